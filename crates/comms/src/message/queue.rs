//! From an event to a promise: the message's row and the job that sends it, in one transaction with the end of the job
//! that reacts to the event.

use access::Cx;
use bookings::BookingId;
use clients::ClientId;
use db::Tx;
use jobs::{Delivery, EventId};
use kernel::{CompanyId, Error, Locale, Result};
use uuid::Uuid;

use super::{Channel, Facts, Message, MessageId, Reason, SendMessage, State, repo};
use crate::Comms;
use crate::letter::Letter;

impl Comms {
    /// Promises a letter about a visit to its client. A client without an address gets a row that says so.
    pub(crate) async fn queue_for_client<E>(
        &self,
        cx: &Cx,
        delivery: &Delivery<E>,
        letter: Letter,
        (client, booking): (ClientId, BookingId),
        facts: Facts,
    ) -> Result<()> {
        self.queue_to_client(cx, delivery, letter, (client, Some(booking)), facts).await
    }

    async fn queue_to_client<E>(
        &self,
        cx: &Cx,
        delivery: &Delivery<E>,
        letter: Letter,
        (client, booking): (ClientId, Option<BookingId>),
        facts: Facts,
    ) -> Result<()> {
        let event = event_of(delivery)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            let found = self.clients.get_many(tx, &[client]).await?.pop().ok_or_else(Error::not_found)?;
            let company = self.tenancy.settings(tx).await?;
            let address = found.emails.first().map(ToString::to_string);
            let mut message = blank(event, letter, address.unwrap_or_default(), found.language(company.locale), tx);
            message.client_id = Some(client);
            message.booking_id = booking;
            message.facts = facts.clone();
            self.promise_in(cx, tx, message).await?;
            delivery.complete_in(tx).await
        })
    }

    /// Promises somebody who waited a letter about the slot that is held for them.
    pub(crate) async fn queue_offer<E>(
        &self,
        cx: &Cx,
        delivery: &Delivery<E>,
        client: ClientId,
        facts: Facts,
    ) -> Result<()> {
        self.queue_to_client(cx, delivery, Letter::SlotOffered, (client, None), facts).await
    }

    /// Promises a letter about an account or an invitation, in the transaction of the company that the event is of.
    pub(crate) async fn queue_for_account<E>(
        &self,
        cx: &Cx,
        delivery: &Delivery<E>,
        letter: Letter,
        (subject, address, language): (Uuid, &str, Locale),
    ) -> Result<()> {
        let event = event_of(delivery)?;
        db::transaction!(self.db, cx.company_id().unwrap_or(CompanyId::NONE), |tx| {
            let mut message = blank(event, letter, address.to_owned(), language, tx);
            message.facts = Facts::Account(subject);
            self.promise_in(cx, tx, message).await?;
            delivery.complete_in(tx).await
        })
    }

    async fn promise_in(&self, cx: &Cx, tx: &mut Tx, mut message: Message) -> Result<()> {
        if message.recipient.is_empty() {
            message.state = State::Skipped;
            message.reason = Some(Reason::NoAddress);
            message.finished_at = Some(tx.now());
            return repo::insert(tx, &message).await;
        }
        repo::insert(tx, &message).await?;
        self.jobs.enqueue_in(cx, tx, &SendMessage { message: message.id }).await
    }
}

/// A reaction runs for an event, always.
fn event_of<E>(delivery: &Delivery<E>) -> Result<EventId> {
    delivery.event.ok_or_else(|| Error::internal("a reaction was run without its event"))
}

fn blank(event: EventId, letter: Letter, recipient: String, language: Locale, tx: &Tx) -> Message {
    Message {
        id: MessageId::new(),
        event_id: event.uuid(),
        letter,
        channel: Channel::Email,
        recipient,
        language,
        client_id: None,
        booking_id: None,
        facts: Facts::Account(Uuid::nil()),
        state: State::Queued,
        reason: None,
        attempts: 0,
        queued_at: tx.now(),
        finished_at: None,
    }
}
