//! Calling off sessions that repeat, each with all its bookings.

use super::Several;
use crate::Bookings;
use crate::booking::service::{Ending, idempotency_key, note};
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_OWN};
use crate::session::service::RepeatedSessions;
use crate::session::service::recur::sessions_again;
use access::Cx;
use db::{IdempotencyKey, Tx};
use kernel::Result;
use uuid::Uuid;

/// Sessions to be called off.
#[derive(Debug, Clone)]
pub struct SessionsCancel {
    /// Which.
    pub which: Several,
    /// Why.
    pub ending: Ending,
    /// Whether this only shows what would happen.
    pub dry_run: bool,
    /// The caller's key.
    pub idempotency_key: String,
}

impl Bookings {
    /// Calls sessions off: all of them, or none when somebody changed the one that it begins with.
    pub async fn cancel_sessions(&self, cx: &Cx, wanted: &SessionsCancel) -> Result<RepeatedSessions> {
        cx.require_any(&[BOOKINGS_ALL, BOOKINGS_OWN])?;
        let ending = Ending { note: note("note", wanted.ending.note.clone())?, ..wanted.ending.clone() };
        let key = idempotency_key(cx, "groupSessionsCancel", &wanted.idempotency_key, &(wanted.which, &ending))?;
        let cancelled = db::transaction!(self.db, cx.company()?, |tx| {
            tx.preview_if(wanted.dry_run);
            let done = if wanted.dry_run { None } else { tx.idempotent(&key).await? };
            match done {
                Some(ids) => sessions_again(tx, &ids).await,
                None => Box::pin(self.cancel_sessions_in(cx, tx, wanted, &ending, &key)).await,
            }
        })?;
        db::failpoint!("bookings.commit.after");
        Ok(cancelled)
    }

    async fn cancel_sessions_in(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        wanted: &SessionsCancel,
        ending: &Ending,
        key: &IdempotencyKey,
    ) -> Result<RepeatedSessions> {
        let around = self.around_session_in(cx, tx, &wanted.which).await?;
        let mut ids: Vec<Uuid> = Vec::new();
        for session in around.reached(tx.now()) {
            self.cancel_session_in(cx, tx, session.id, session.version, ending).await?;
            ids.push(session.id.uuid());
        }
        if !wanted.dry_run {
            tx.remember(key, &ids).await?;
        }
        sessions_again(tx, &ids).await
    }
}
