//! Whether those who listen still may. All sockets and streams of the process are looked at together every few seconds,
//! in a statement per some hundred sessions: a timer and a statement for each would be most of what an idle server does.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use access::Cx;
use tokio::sync::oneshot::{Receiver, Sender, channel};

use crate::app::App;

/// Who listens.
#[derive(Default)]
pub struct Listeners {
    listeners: Mutex<Vec<Listener>>,
}

struct Listener {
    cx: Cx,
    /// Dropped when they may not listen any more; closed when they have gone themselves.
    permit: Sender<()>,
}

/// Ends when what let a caller in has ended, or lets them do other things than before: the session, the key, the place in
/// the company, the role. Then they come again, as who they are now.
pub struct Ended(Option<Receiver<()>>);

impl Listeners {
    /// Watches a caller from now on, until the answer is dropped.
    pub fn watch(&self, cx: &Cx) -> Ended {
        if cx.actor.is_anonymous() {
            return Ended(None);
        }
        let (permit, ended) = channel();
        self.add([Listener { cx: cx.clone(), permit }]);
        Ended(Some(ended))
    }

    fn add(&self, listeners: impl IntoIterator<Item = Listener>) {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner).extend(listeners);
    }

    fn take(&self) -> Vec<Listener> {
        let mut listeners = std::mem::take(&mut *self.listeners.lock().unwrap_or_else(PoisonError::into_inner));
        listeners.retain(|listener| !listener.permit.is_closed());
        listeners
    }

    async fn check(&self, app: &App) {
        let listeners = self.take();
        if listeners.is_empty() {
            return;
        }
        let callers: Vec<Cx> = listeners.iter().map(|listener| listener.cx.clone()).collect();
        match app.domains.tenancy.still_stand(&callers).await {
            Ok(standing) => {
                let stay = listeners.into_iter().zip(standing).filter(|(_, stands)| *stands);
                self.add(stay.map(|(listener, _)| listener));
            }
            Err(error) => {
                // A database that does not answer ends nothing.
                tracing::warn!(%error, "the sessions behind sockets could not be looked at");
                self.add(listeners);
            }
        }
    }
}

impl Ended {
    /// Waits for the end.
    pub async fn wait(&mut self) {
        match &mut self.0 {
            Some(ended) => drop(ended.await),
            None => std::future::pending().await,
        }
    }
}

/// Looks at all who listen, for as long as the process lives.
pub async fn watch(app: Arc<App>) {
    let pause = Duration::from_secs(app.config.graphql.socket_check_seconds.max(1));
    loop {
        tokio::time::sleep(pause).await;
        let app = app.clone();
        // In a task of its own: should it panic, those it looked at are closed, and the others are looked at as before.
        let checked = tokio::spawn(async move { app.listeners.check(&app).await });
        if let Err(error) = checked.await {
            tracing::error!(%error, "looking at the sessions behind sockets stopped");
        }
    }
}
