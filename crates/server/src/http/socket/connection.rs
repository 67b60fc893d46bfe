//! One socket from the upgrade to its close. The connection is one task that reads and writes; each operation is a
//! task of its own that hands its messages over a short queue, so that a slow reader slows its own operations only.

use std::sync::Arc;
use std::time::Duration;

use axum::http::request::Parts;
use hyper::upgrade::Upgraded;
use tokio::time::Instant;

use super::greeting;
use super::message::{Closing, Said, Say};
use super::operations::Operations;
use super::wire::Wire;
use crate::app::App;
use crate::http::caller::Caller;
use crate::telemetry::{Counted, SOCKETS};

/// How often a silent peer is asked for a sign of life; after two questions without one it is taken for gone.
const PING: Duration = Duration::from_secs(30);

/// Serves a socket until it closes. What happens once is boxed, so that it takes no room while the socket is idle.
pub async fn run(app: Arc<App>, parts: Box<Parts>, upgraded: Upgraded) {
    let counted = Counted::new(SOCKETS);
    let stall = Duration::from_secs(app.config.http.stall_seconds);
    let mut wire = Box::pin(Wire::new(upgraded, stall)).await;
    let closing = tokio::select! {
        biased;
        () = app.stopping.cancelled() => Closing::GoingAway,
        closing = talk(&app, parts, &mut wire) => closing,
    };
    Box::pin(wire.close(closing)).await;
    drop(counted);
}

async fn talk(app: &Arc<App>, parts: Box<Parts>, wire: &mut Wire) -> Closing {
    let greeted = Box::pin(greeting::greet(app, &parts, wire)).await;
    // The head of the request is not needed any more, for as long as the socket lives.
    drop(parts);
    match greeted {
        Ok(caller) => {
            let Err(closing) = serve(app, wire, caller).await;
            closing
        }
        Err(closing) => closing,
    }
}

async fn serve(app: &Arc<App>, wire: &mut Wire, caller: Caller) -> Result<std::convert::Infallible, Closing> {
    let mut ended = app.listeners.watch(&caller.cx);
    let mut operations = Operations::new(app.clone(), caller);
    let mut heard = Instant::now();
    let ping = tokio::time::sleep(PING);
    tokio::pin!(ping);
    loop {
        // In no order: neither a busy subscription nor a talkative client keeps the other from being heard.
        let say = tokio::select! {
            () = ended.wait() => return Err(Closing::Forbidden),
            text = operations.next() => text,
            said = wire.hear() => {
                heard = Instant::now();
                match said? {
                    None | Some(Said::Pong) => continue,
                    Some(Said::Ping(payload)) => Say::Pong { payload }.text(),
                    Some(Said::ConnectionInit(_)) => return Err(Closing::TooManyInitialisations),
                    Some(Said::Complete(id)) => {
                        operations.stop(&id);
                        continue;
                    }
                    Some(Said::Subscribe(id, posted)) => {
                        operations.start(id, posted)?;
                        continue;
                    }
                }
            }
            () = &mut ping => {
                if heard.elapsed() > PING * 2 {
                    return Err(Closing::Gone);
                }
                ping.as_mut().reset(Instant::now() + PING);
                wire.ping().await?;
                continue;
            }
        };
        wire.say(say).await?;
    }
}
