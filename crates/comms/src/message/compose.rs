//! Writes a message's mail from what is true now, or says why it must not be sent.

use bookings::{Booking, HoldId};
use catalog::PriceKind;
use chrono::{DateTime, Utc};
use clients::ClientCodeId;
use db::Reader;
use kernel::{CompanyId, Email, Error, Result, UserId};
use tenancy::{InvitationId, Link};
use uuid::Uuid;

use super::obsolete::{self, Now};
use super::{Facts, Message, Reason};
use crate::Comms;
use crate::letter::booking::Visit;
use crate::letter::{Content, Letter, account};
use crate::mail::Mail;

/// What becomes of a message now.
pub(super) enum Composed {
    /// It is to be sent so.
    Mail(Box<Mail>),
    /// It is no longer true.
    Obsolete(Reason),
}

/// From when to when.
type Span = (DateTime<Utc>, DateTime<Utc>);

impl Comms {
    /// Opens what it reads and closes it again, so that no connection is held while the mail is handed over.
    pub(super) async fn compose(&self, company: CompanyId, message: &Message) -> Result<Composed> {
        match &message.facts {
            Facts::Visit { .. } => self.about_visit(&self.db.read(company).await?, message).await,
            Facts::Offer { hold, until } => {
                self.about_offer(&self.db.read(company).await?, message, (*hold, *until)).await
            }
            Facts::Account(subject) => self.about_account(company, message, *subject).await,
        }
    }

    async fn about_visit(&self, reader: &Reader, message: &Message) -> Result<Composed> {
        let (Some(booking), Some(client), Facts::Visit { starts_at, was, also }) =
            (message.booking_id, message.client_id, &message.facts)
        else {
            return Err(Error::internal("a message about a visit names no visit"));
        };
        let Some(booking) = self.bookings.facts_bookings(reader, &[booking]).await?.pop() else {
            return Ok(Composed::Obsolete(Reason::Superseded));
        };
        let now = Now { status: booking.status, starts_at: booking.starts_at, at: reader.now() };
        if let Some(reason) = obsolete::reason(message.letter, *starts_at, now) {
            return Ok(Composed::Obsolete(reason));
        }
        let client = self.clients.get_many(reader, &[client]).await?.pop().ok_or_else(Error::not_found)?;
        let Some(to) = client.emails.iter().find(|email| email.as_str() == message.recipient) else {
            return Ok(Composed::Obsolete(Reason::AddressChanged));
        };
        let mut visit = self.visit(reader, message, &booking, client.name.clone(), (*was, also)).await?;
        visit.manage = self.bookings.facts_manage_url(reader, &booking, to.as_str()).await?;
        let content = visit.content(message.letter, message.language);
        let invite = visit.invite(message.letter, self.sender.email.as_ref(), to.as_str(), reader.now());
        self.mail(message, reader.now(), (to.clone(), Some(client.name)), (content, Some(visit.company)), invite)
    }

    /// An offer is true for as long as its slot is held.
    async fn about_offer(
        &self,
        reader: &Reader,
        message: &Message,
        (hold, until): (HoldId, DateTime<Utc>),
    ) -> Result<Composed> {
        let hold = self.bookings.facts_hold(reader, hold).await?.filter(|hold| hold.is_live(reader.now()));
        let (Some(hold), Some(client)) = (hold, message.client_id) else {
            return Ok(Composed::Obsolete(Reason::Superseded));
        };
        let client = self.clients.get_many(reader, &[client]).await?.pop().ok_or_else(Error::not_found)?;
        let Some(to) = client.emails.iter().find(|email| email.as_str() == message.recipient) else {
            return Ok(Composed::Obsolete(Reason::AddressChanged));
        };
        let company = self.tenancy.settings(reader).await?;
        let locations = self.tenancy.locations(reader).await?;
        let location = locations.get(hold.location_id).ok_or_else(Error::not_found)?;
        let mut staff: Vec<String> = hold.lines.iter().filter_map(|line| line.staff_name.clone()).collect();
        staff.dedup();
        let visit = Visit {
            id: hold.id.to_string(),
            reference: String::new(),
            version: 0,
            pending: true,
            company: company.name.clone(),
            client: client.name.clone(),
            location: location.name.clone(),
            address: location.address.clone(),
            phone: location.phone.as_ref().map(ToString::to_string),
            zone: hold.zone,
            starts_at: hold.starts_at,
            ends_at: hold.ends_at,
            was: None,
            also: Vec::new(),
            services: hold.lines.iter().map(|line| line.service_name.get(message.language).to_owned()).collect(),
            staff,
            price: None,
            manage: None,
        };
        let content = visit.offer(message.language, until);
        self.mail(message, reader.now(), (to.clone(), Some(client.name)), (content, Some(visit.company)), None)
    }

    async fn visit(
        &self,
        reader: &Reader,
        message: &Message,
        booking: &Booking,
        client: String,
        (was, also): (Option<Span>, &[DateTime<Utc>]),
    ) -> Result<Visit> {
        let company = self.tenancy.settings(reader).await?;
        let locations = self.tenancy.locations(reader).await?;
        let location = locations.get(booking.location_id).ok_or_else(Error::not_found)?;
        let language = message.language;
        let mut staff: Vec<String> = booking.lines.iter().filter_map(|line| line.staff_name.clone()).collect();
        staff.dedup();
        // "From 500" is no price: the sum is known when the visit is over.
        let fixed = booking.lines.iter().all(|line| line.price.kind == PriceKind::Fixed);
        Ok(Visit {
            id: booking.id.to_string(),
            reference: booking.reference.clone(),
            version: booking.version,
            pending: booking.status == bookings::Status::Pending,
            company: company.name.clone(),
            client,
            location: location.name.clone(),
            address: location.address.clone(),
            phone: location.phone.as_ref().map(ToString::to_string),
            zone: booking.zone,
            starts_at: booking.starts_at,
            ends_at: booking.ends_at,
            was,
            also: also.to_vec(),
            services: booking.lines.iter().map(|line| line.service_name.get(language).to_owned()).collect(),
            staff,
            price: fixed.then(|| booking.total.formatted(language)),
            manage: None,
        })
    }

    async fn about_account(&self, company: CompanyId, message: &Message, subject: Uuid) -> Result<Composed> {
        if message.letter == Letter::Invitation {
            return self
                .about_invitation(&self.db.read(company).await?, message, InvitationId::from_uuid(subject))
                .await;
        }
        if message.letter == Letter::ClientCode {
            return self.about_code(&self.db.read(company).await?, message, ClientCodeId::from_uuid(subject)).await;
        }
        let user = UserId::from_uuid(subject);
        let addressee = match message.letter {
            Letter::EmailVerification => linked(self.tenancy.verification_link(user).await?),
            Letter::PasswordReset => linked(self.tenancy.reset_link(user).await?),
            _ => self.tenancy.user(user).await?.map(|user| (user.email, Some(user.name), None)),
        };
        let Some((to, name, link)) = addressee.filter(|(to, ..)| to.as_str() == message.recipient) else {
            return Ok(Composed::Obsolete(Reason::NotNeeded));
        };
        let content = account::content(message.letter, message.language, name.as_deref(), "", link.as_deref());
        self.mail(message, self.db.clock().now(), (to, name), (content, None), None)
    }

    async fn about_invitation(&self, reader: &Reader, message: &Message, id: InvitationId) -> Result<Composed> {
        let link = self.tenancy.invitation_link(reader, id).await?;
        let Some(link) = link.filter(|link| link.email.as_str() == message.recipient) else {
            return Ok(Composed::Obsolete(Reason::NotNeeded));
        };
        let company = &self.tenancy.settings(reader).await?.name;
        let name = link.name.as_deref();
        let content = account::content(message.letter, message.language, name, company, Some(&link.url));
        self.mail(message, reader.now(), (link.email, link.name), (content, None), None)
    }

    /// The digits exist while the letter is written, and in it.
    async fn about_code(&self, reader: &Reader, message: &Message, id: ClientCodeId) -> Result<Composed> {
        let Some(letter) = self.clients.facts_code(reader, id).await? else {
            return Ok(Composed::Obsolete(Reason::NotNeeded));
        };
        let company = self.tenancy.settings(reader).await?.name.clone();
        let content = account::code(letter.language, &company, &letter.code);
        self.mail(message, reader.now(), (letter.address, None), (content, Some(company)), None)
    }

    fn mail(
        &self,
        message: &Message,
        date: DateTime<Utc>,
        (to, to_name): (Email, Option<String>),
        (content, from_name): (Content, Option<String>),
        invite: Option<ical::Calendar>,
    ) -> Result<Composed> {
        Ok(Composed::Mail(Box::new(Mail {
            message_id: format!("{}@{}", message.id, self.sender.email.domain()),
            from: self.sender.clone(),
            from_name,
            to,
            to_name,
            date,
            bodies: content.render()?,
            invite,
        })))
    }
}

/// Whom a link goes to, their name, and the address to open.
fn linked(link: Option<Link>) -> Option<(Email, Option<String>, Option<String>)> {
    link.map(|link| (link.email, link.name, Some(link.url)))
}
