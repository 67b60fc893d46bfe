//! From a promise to its delivery. A mail is handed over while no connection to the database is held; if the process
//! dies between that and the mark, the mail goes again with the same Message-ID, by which mailboxes drop it.

use access::Cx;
use jobs::{Delivery, HandlerResult, Job, JobError};
use kernel::{CompanyId, Error};
use serde::{Deserialize, Serialize};

use super::compose::Composed;
use super::{MessageId, Reason, State, repo};
use crate::Comms;
use crate::mail::{Mail, Undelivered};

/// Sends a message, if it is still true.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SendMessage {
    /// Which one.
    pub(crate) message: MessageId,
}

impl Job for SendMessage {
    const NAME: &'static str = "comms.send_message";
}

impl Comms {
    /// The handler of [`SendMessage`].
    pub(crate) async fn send(&self, cx: Cx, delivery: Delivery<SendMessage>) -> HandlerResult {
        let company = cx.company_id().unwrap_or(CompanyId::NONE);
        let id = delivery.message;
        let found = repo::find(&self.db.read(company).await?, id).await?;
        // A promise that lost against the same promise has no row: the other one's job sends it.
        let Some(message) = found else { return Ok(()) };
        if matches!(message.state, State::Sent | State::Skipped) {
            return Ok(());
        }
        let outcome = match self.compose(company, &message).await? {
            Composed::Obsolete(reason) => (State::Skipped, Some(reason)),
            Composed::Mail(mail) => match self.hand_over(&mail).await? {
                Ok(()) => (State::Sent, None),
                Err(Undelivered::Refused(code)) => {
                    tracing::warn!(message = %id, code, "the mail server refused a message");
                    (State::Failed, Some(Reason::Refused))
                }
                Err(Undelivered::Later(why)) => return self.try_later(company, &delivery, why).await,
            },
        };
        db::transaction!(self.db, company, |tx| {
            let (state, reason) = outcome;
            repo::settle(tx, id, state, reason, state != State::Skipped).await?;
            delivery.complete_in(tx).await
        })?;
        Ok(())
    }

    async fn hand_over(&self, mail: &Mail) -> kernel::Result<Result<(), Undelivered>> {
        let name = mail.message_id.split('@').next().unwrap_or_default();
        let outcome = self.transport.deliver(name, mail.message(self.transport.folder().is_some())?).await;
        db::failpoint!("comms.after_delivery");
        Ok(outcome)
    }

    /// Notes the failed try. The last one fails the message for people to see; running the dead job again sends it.
    async fn try_later(
        &self,
        company: CompanyId,
        delivery: &Delivery<SendMessage>,
        why: &'static str,
    ) -> HandlerResult {
        let state = if delivery.is_last_try() { State::Failed } else { State::Queued };
        db::transaction!(self.db, company, |tx| {
            repo::settle(tx, delivery.message, state, Some(Reason::Unavailable), true).await
        })?;
        tracing::warn!(message = %delivery.message, why, attempt = delivery.attempt, "a message could not be sent yet");
        Err(JobError::Retry(Error::unavailable(Undelivered::Later(why))))
    }
}
