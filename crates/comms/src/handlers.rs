//! Which letter follows from which event. Personal data is read here and when the letter is sent, never carried by events.

use access::Cx;
use bookings::events::{
    BookingCancelled, BookingConfirmed, BookingCreated, BookingDeclined, BookingLinesChanged, BookingRescheduled,
    BookingSeriesCancelled, BookingSeriesCreated, BookingSeriesExtended, BookingSeriesMoved, SeriesVisit,
    WaitlistOffered,
};
use bookings::{BookingId, Status};
use chrono::{DateTime, Utc};
use clients::ClientId;
use clients::events::ClientCodeRequested;
use jobs::{Delivery, Event, HandlerResult, Registrar};
use kernel::{Error, UserId};
use tenancy::events::{
    MemberInvited, PasswordChanged, PasswordResetRequested, RegistrationRepeated, UserRegistered, VerificationRequested,
};

use crate::Comms;
use crate::letter::Letter;
use crate::message::{Facts, SendMessage};

/// Registers every reaction of this crate, and the job that sends.
pub fn register(registrar: &mut Registrar, comms: &Comms) {
    on(registrar, comms, "comms.write_booking_received", Comms::on_created);
    on(registrar, comms, "comms.write_booking_confirmed", Comms::on_confirmed);
    on(registrar, comms, "comms.write_booking_moved", Comms::on_rescheduled);
    on(registrar, comms, "comms.write_booking_edited", Comms::on_lines_changed);
    on(registrar, comms, "comms.write_booking_cancelled", Comms::on_cancelled);
    on(registrar, comms, "comms.write_booking_declined", Comms::on_declined);
    on(registrar, comms, "comms.write_slot_offered", Comms::on_offered);
    on(registrar, comms, "comms.write_series_confirmed", Comms::on_series_created);
    on(registrar, comms, "comms.write_series_extended", Comms::on_series_extended);
    on(registrar, comms, "comms.write_series_moved", Comms::on_series_moved);
    on(registrar, comms, "comms.write_series_cancelled", Comms::on_series_cancelled);
    on(registrar, comms, "comms.write_client_code", Comms::on_code_requested);
    on(registrar, comms, "comms.write_email_verification", Comms::on_registered);
    on(registrar, comms, "comms.write_email_verification_again", Comms::on_verification_requested);
    on(registrar, comms, "comms.write_registration_repeated", Comms::on_registration_repeated);
    on(registrar, comms, "comms.write_password_reset", Comms::on_reset_requested);
    on(registrar, comms, "comms.write_password_changed", Comms::on_password_changed);
    on(registrar, comms, "comms.write_invitation", Comms::on_invited);
    let comms = comms.clone();
    registrar.job::<SendMessage>(move |cx, delivery: Delivery<SendMessage>| {
        let comms = comms.clone();
        async move { comms.send(cx, delivery).await }
    });
}

fn on<E, F, O>(registrar: &mut Registrar, comms: &Comms, name: &'static str, reaction: F)
where
    E: Event,
    F: Fn(Comms, Cx, Delivery<E>) -> O + Send + Sync + 'static,
    O: Future<Output = HandlerResult> + Send + 'static,
{
    let comms = comms.clone();
    registrar.on::<E>(name, move |cx, delivery| reaction(comms.clone(), cx, delivery));
}

impl Comms {
    /// A visit that is confirmed at birth has a second event, and gets its letter there.
    async fn on_created(self, cx: Cx, delivery: Delivery<BookingCreated>) -> HandlerResult {
        if delivery.status != Status::Pending || delivery.series.is_some() {
            return Ok(());
        }
        let facts = Facts::Visit { starts_at: delivery.starts_at, was: None, also: Vec::new() };
        let whose = (delivery.client, delivery.booking);
        Ok(self.queue_for_client(&cx, &delivery, Letter::BookingReceived, whose, facts).await?)
    }

    async fn on_confirmed(self, cx: Cx, delivery: Delivery<BookingConfirmed>) -> HandlerResult {
        if delivery.series.is_some() {
            return Ok(());
        }
        let facts = Facts::Visit { starts_at: delivery.starts_at, was: None, also: Vec::new() };
        let whose = (delivery.client, delivery.booking);
        Ok(self.queue_for_client(&cx, &delivery, Letter::BookingConfirmed, whose, facts).await?)
    }

    async fn on_rescheduled(self, cx: Cx, delivery: Delivery<BookingRescheduled>) -> HandlerResult {
        if delivery.series.is_some() {
            return Ok(());
        }
        let (was, is) = ((delivery.from_starts_at, delivery.from_ends_at), (delivery.starts_at, delivery.ends_at));
        let others = delivery.from_staff != delivery.staff;
        self.on_moved(&cx, &delivery, (delivery.client, delivery.booking), was, is, others).await
    }

    async fn on_lines_changed(self, cx: Cx, delivery: Delivery<BookingLinesChanged>) -> HandlerResult {
        let (was, is) = ((delivery.from_starts_at, delivery.from_ends_at), (delivery.starts_at, delivery.ends_at));
        let others = delivery.from_staff() != delivery.staff();
        self.on_moved(&cx, &delivery, (delivery.client, delivery.booking), was, is, others).await
    }

    /// Another room is no news to a client; another time or person is.
    async fn on_moved<E>(
        self,
        cx: &Cx,
        delivery: &Delivery<E>,
        whose: (ClientId, BookingId),
        was: (DateTime<Utc>, DateTime<Utc>),
        is: (DateTime<Utc>, DateTime<Utc>),
        by_others: bool,
    ) -> HandlerResult {
        let retimed = was != is;
        if !retimed && !by_others {
            return Ok(());
        }
        let facts = Facts::Visit { starts_at: is.0, was: retimed.then_some(was), also: Vec::new() };
        Ok(self.queue_for_client(cx, delivery, Letter::BookingMoved, whose, facts).await?)
    }

    async fn on_cancelled(self, cx: Cx, delivery: Delivery<BookingCancelled>) -> HandlerResult {
        if delivery.series.is_some() {
            return Ok(());
        }
        let facts = Facts::Visit { starts_at: delivery.starts_at, was: None, also: Vec::new() };
        let whose = (delivery.client, delivery.booking);
        Ok(self.queue_for_client(&cx, &delivery, Letter::BookingCancelled, whose, facts).await?)
    }

    /// One letter about the first visit that names the others: what happens to a series is one piece of news.
    async fn on_series<E>(
        self,
        cx: &Cx,
        delivery: &Delivery<E>,
        letter: Letter,
        client: ClientId,
        visits: &[SeriesVisit],
    ) -> HandlerResult {
        let Some((first, others)) = visits.split_first() else { return Ok(()) };
        let also = others.iter().map(|visit| visit.starts_at).collect();
        let facts = Facts::Visit { starts_at: first.starts_at, was: first.was, also };
        Ok(self.queue_for_client(cx, delivery, letter, (client, first.booking), facts).await?)
    }

    async fn on_series_created(self, cx: Cx, delivery: Delivery<BookingSeriesCreated>) -> HandlerResult {
        self.on_series(&cx, &delivery, Letter::BookingConfirmed, delivery.client, &delivery.visits).await
    }

    async fn on_series_extended(self, cx: Cx, delivery: Delivery<BookingSeriesExtended>) -> HandlerResult {
        self.on_series(&cx, &delivery, Letter::BookingConfirmed, delivery.client, &delivery.visits).await
    }

    async fn on_series_moved(self, cx: Cx, delivery: Delivery<BookingSeriesMoved>) -> HandlerResult {
        self.on_series(&cx, &delivery, Letter::BookingMoved, delivery.client, &delivery.visits).await
    }

    async fn on_series_cancelled(self, cx: Cx, delivery: Delivery<BookingSeriesCancelled>) -> HandlerResult {
        self.on_series(&cx, &delivery, Letter::BookingCancelled, delivery.client, &delivery.visits).await
    }

    /// A visit that was declined keeps its time: what it was declined for is what stands there now.
    async fn on_declined(self, cx: Cx, delivery: Delivery<BookingDeclined>) -> HandlerResult {
        let reader = self.db.read(cx.company()?).await?;
        let booking = self.bookings.facts_bookings(&reader, &[delivery.booking]).await?.pop();
        drop(reader);
        let starts_at = booking.ok_or_else(Error::not_found)?.starts_at;
        let facts = Facts::Visit { starts_at, was: None, also: Vec::new() };
        let whose = (delivery.client, delivery.booking);
        Ok(self.queue_for_client(&cx, &delivery, Letter::BookingDeclined, whose, facts).await?)
    }

    async fn on_offered(self, cx: Cx, delivery: Delivery<WaitlistOffered>) -> HandlerResult {
        let facts = Facts::Offer { hold: delivery.hold, until: delivery.expires_at };
        Ok(self.queue_offer(&cx, &delivery, delivery.client, facts).await?)
    }

    async fn on_code_requested(self, cx: Cx, delivery: Delivery<ClientCodeRequested>) -> HandlerResult {
        let reader = self.db.read(cx.company()?).await?;
        let letter = self.clients.facts_code(&reader, delivery.code).await?;
        drop(reader);
        // Replaced or used already: nobody is to be written to.
        let Some(letter) = letter else { return Ok(()) };
        let to = (delivery.code.uuid(), letter.address.as_str(), letter.language);
        Ok(self.queue_for_account(&cx, &delivery, Letter::ClientCode, to).await?)
    }

    async fn on_registered(self, cx: Cx, delivery: Delivery<UserRegistered>) -> HandlerResult {
        self.queue_for_user(&cx, &delivery, Letter::EmailVerification, delivery.user).await
    }

    async fn on_verification_requested(self, cx: Cx, delivery: Delivery<VerificationRequested>) -> HandlerResult {
        self.queue_for_user(&cx, &delivery, Letter::EmailVerification, delivery.user).await
    }

    async fn on_registration_repeated(self, cx: Cx, delivery: Delivery<RegistrationRepeated>) -> HandlerResult {
        self.queue_for_user(&cx, &delivery, Letter::RegistrationRepeated, delivery.user).await
    }

    async fn on_reset_requested(self, cx: Cx, delivery: Delivery<PasswordResetRequested>) -> HandlerResult {
        self.queue_for_user(&cx, &delivery, Letter::PasswordReset, delivery.user).await
    }

    async fn on_password_changed(self, cx: Cx, delivery: Delivery<PasswordChanged>) -> HandlerResult {
        self.queue_for_user(&cx, &delivery, Letter::PasswordChanged, delivery.user).await
    }

    async fn on_invited(self, cx: Cx, delivery: Delivery<MemberInvited>) -> HandlerResult {
        let reader = self.db.read(cx.company()?).await?;
        let link = self.tenancy.invitation_link(&reader, delivery.invitation).await?;
        drop(reader);
        // Withdrawn already: nobody is to be written to.
        let Some(link) = link else { return Ok(()) };
        let to = (delivery.invitation.uuid(), link.email.as_str(), link.locale);
        Ok(self.queue_for_account(&cx, &delivery, Letter::Invitation, to).await?)
    }

    async fn queue_for_user<E>(&self, cx: &Cx, delivery: &Delivery<E>, letter: Letter, user: UserId) -> HandlerResult {
        let Some(person) = self.tenancy.user(user).await? else { return Ok(()) };
        let to = (user.uuid(), person.email.as_str(), person.locale);
        Ok(self.queue_for_account(cx, delivery, letter, to).await?)
    }
}
