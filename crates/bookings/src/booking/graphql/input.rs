//! What callers may write about a visit.

use crate::availability::Rule;
use crate::booking::repo::{Filter, Order, OrderBy};
use crate::booking::service::{
    BookingSearch, Ending, LineMove, LinesChange, Move, NewBooking, NoteChange, Reassignment, SlotChoice, Swap,
    SwapSide, WhoseVisit,
};
use crate::booking::{CancelReason, Initiator, Status};
use crate::error::BookingErrorCode;
use crate::hold::HoldToken;
use crate::rules::ScheduleRule;
use crate::session::Seats;
use crate::slots::{AvailabilityQuery, LineEdit, LineWish, VisitWish};
use async_graphql::{Enum, ID, InputObject, MaybeUndefined};
use clients::Contact;
use gql::{DateTime, LocalDate, Locale};
use kernel::{CommonCode, Error, Result};

/// One service of a visit.
#[derive(InputObject, Clone)]
#[graphql(name = "VisitLineInput")]
pub(crate) struct LineWishInput {
    /// The service.
    service_id: ID,
    /// By whom; null: by whoever suits best.
    staff_id: Option<ID>,
    /// Whether it starts together with the line before it, by somebody else and with other units, rather than after it.
    /// Up to 5 lines may start together; the next one starts when the longest of them ends.
    #[graphql(default)]
    with_previous: bool,
    /// What the client has on top of the service: add-ons of it, each once.
    #[graphql(default)]
    add_on_ids: Vec<ID>,
    /// How many people it is for: 1 to 1000. A service that takes one unit of a kind gets one that holds them all.
    #[graphql(default = 1)]
    persons: i32,
    /// For which of the companions, from 1 to 9; null: for the client.
    guest: Option<i32>,
}

/// A visit as asked for.
pub(crate) fn wish(location: &ID, lines: &[LineWishInput]) -> Result<VisitWish> {
    let line = |line: &LineWishInput| {
        Ok(LineWish {
            service: gql::id(&line.service_id)?,
            staff: line.staff_id.as_ref().map(gql::id).transpose()?,
            with_previous: line.with_previous,
            add_ons: gql::ids(&line.add_on_ids)?,
            persons: line.persons,
            guest: line.guest,
        })
    };
    Ok(VisitWish { location: gql::id(location)?, lines: lines.iter().map(line).collect::<Result<_>>()? })
}

/// Named rules.
pub(crate) fn overrides(rules: Option<Vec<ScheduleRule>>) -> Vec<Rule> {
    rules.unwrap_or_default().into_iter().map(Rule::from).collect()
}

/// Who wants to come.
#[derive(InputObject, Clone)]
pub(crate) struct BookingContactInput {
    /// What they are called: 1 to 120 characters.
    name: String,
    /// A phone in any spelling. From the public side a phone or an e-mail address is required.
    phone: Option<String>,
    /// An e-mail address.
    email: Option<String>,
    /// The language that they read; null: the caller's.
    language: Option<Locale>,
}

/// A visit to be booked: what a hold keeps, a time with services, or seats of a session.
#[derive(InputObject, Clone)]
pub(super) struct BookingCreateInput {
    /// The token of a hold; then no location, start and lines are given.
    hold_token: Option<String>,
    /// A session; then no hold, location, start and lines are given.
    group_session_id: Option<ID>,
    /// Seats of the session: for how many people, 1 when left out. Only with a session.
    party_size: Option<i32>,
    /// The branch.
    location_id: Option<ID>,
    /// When the first service starts.
    starts_at: Option<DateTime>,
    /// The services in order, at most 10: one after another, or together where a line says so.
    lines: Option<Vec<LineWishInput>>,
    /// A client's card; for staff.
    client_id: Option<ID>,
    /// Somebody who says who they are. They get a card of their own: a phone that merely was typed opens nobody's. A client who
    /// signed in books with the card that they have, and leaves this out; their first booking makes one of it, with the address
    /// that they proved.
    client: Option<BookingContactInput>,
    /// What the companions are called, the first of them first: 1 to 120 characters each, no more names than the lines have
    /// companions. Those who are not named are only counted.
    #[graphql(default)]
    guest_names: Vec<String>,
    /// What the client wrote or may read: at most 2,000 characters.
    client_note: Option<String>,
    /// What the client never sees: at most 2,000 characters. Needs the permission bookings.notes.
    internal_note: Option<String>,
    /// Rules to set aside, each by name. Needs the permission bookings.override; the booking's history keeps them.
    overrides: Option<Vec<ScheduleRule>>,
    /// The caller's key, at most 64 characters: a repeated request with the same key books once.
    idempotency_key: String,
}

impl BookingCreateInput {
    pub(super) fn read(&self, caller: kernel::Locale) -> Result<NewBooking> {
        let slot = match self.seats()? {
            Some(seats) => SlotChoice::Seats(seats),
            None => self.slot()?,
        };
        let whose = whose(self.client_id.as_ref(), self.client.as_ref(), caller)?;
        Ok(NewBooking {
            slot,
            whose,
            guests: self.guest_names.clone(),
            client_note: self.client_note.clone(),
            internal_note: self.internal_note.clone(),
            overrides: overrides(self.overrides.clone()),
            idempotency_key: self.idempotency_key.clone(),
        })
    }

    /// The seats of a session that are asked for, if it is seats.
    fn seats(&self) -> Result<Option<Seats>> {
        let Some(session) = &self.group_session_id else {
            return match self.party_size {
                None => Ok(None),
                Some(_) => Err(Error::invalid(CommonCode::Required).at("groupSessionId")),
            };
        };
        if self.hold_token.is_some() || self.location_id.is_some() || self.starts_at.is_some() || self.lines.is_some() {
            return Err(Error::invalid(BookingErrorCode::SlotAmbiguous).at("groupSessionId"));
        }
        let party = crate::session::service::party(self.party_size.unwrap_or(1))?;
        Ok(Some(Seats { session: gql::id(session)?, party }))
    }

    fn slot(&self) -> Result<SlotChoice> {
        Ok(match (&self.hold_token, &self.location_id, self.starts_at, &self.lines) {
            (Some(token), None, None, None) => SlotChoice::Hold(token_of(token)?),
            (None, Some(location), Some(starts_at), Some(lines)) => {
                SlotChoice::Time { wish: wish(location, lines)?, starts_at: starts_at.utc() }
            }
            (Some(_), ..) | (None, None, None, None) => {
                return Err(Error::invalid(BookingErrorCode::SlotAmbiguous).at("holdToken"));
            }
            (None, None, ..) => return Err(Error::invalid(CommonCode::Required).at("locationId")),
            (None, _, None, _) => return Err(Error::invalid(CommonCode::Required).at("startsAt")),
            (None, _, _, None) => return Err(Error::invalid(CommonCode::Required).at("lines")),
        })
    }

    /// The question that the offered alternatives answer.
    pub(super) fn question(&self) -> Option<Refused> {
        if let Some(token) = &self.hold_token {
            return HoldToken::read(token).map(Refused::Hold);
        }
        let wish = wish(self.location_id.as_ref()?, self.lines.as_ref()?).ok()?;
        let client = self.client_id.as_ref().and_then(|id| gql::id(id).ok());
        let query =
            AvailabilityQuery { wish, hold: None, moving: None, as_agreed: None, client, overrides: Vec::new() };
        Some(Refused::Visit(query, self.starts_at?.utc()))
    }
}

/// Who is meant: a card, or somebody who says who they are.
pub(crate) fn whose(
    card: Option<&ID>,
    contact: Option<&BookingContactInput>,
    caller: kernel::Locale,
) -> Result<Option<WhoseVisit>> {
    match (card, contact) {
        (None, None) => Ok(None),
        (Some(id), None) => Ok(Some(WhoseVisit::Card(gql::id(id)?))),
        (None, Some(contact)) => Ok(Some(WhoseVisit::Contact(Contact {
            name: contact.name.clone(),
            phone: contact.phone.clone(),
            email: contact.email.clone(),
            language: Some(contact.language.map_or(caller, Into::into)),
            phone_is_proven: false,
        }))),
        (Some(_), Some(_)) => Err(Error::invalid(BookingErrorCode::ClientAmbiguous).at("client")),
    }
}

/// What was asked for and refused: other times are offered for the same.
pub(super) enum Refused {
    /// A visit at a time.
    Visit(AvailabilityQuery, chrono::DateTime<chrono::Utc>),
    /// What a hold kept.
    Hold(HoldToken),
}

/// What a hold's token was sent as; one that can't be one has ended, like any that is not known.
fn token_of(raw: &str) -> Result<HoldToken> {
    HoldToken::read(raw).ok_or_else(|| Error::conflict(BookingErrorCode::HoldEnded).at("holdToken"))
}

/// A line that somebody else is to do.
#[derive(InputObject, Clone)]
pub(super) struct BookingLineMoveInput {
    /// The line.
    line_id: ID,
    /// By whom; null: by whoever suits best.
    staff_id: Option<ID>,
}

/// A visit to be moved.
#[derive(InputObject, Clone)]
pub(super) struct BookingRescheduleInput {
    /// Which.
    pub(super) id: ID,
    /// The version that the move is based on.
    version: i32,
    /// When the first service is to start.
    pub(super) starts_at: DateTime,
    /// Lines that somebody else is to do; the others keep their people.
    lines: Option<Vec<BookingLineMoveInput>>,
    /// Rules to set aside, each by name. Needs the permission bookings.override; the booking's history keeps them.
    overrides: Option<Vec<ScheduleRule>>,
    /// On whose wish. The client's terms (deadline, count) hold for the client alone; a late move of theirs keeps the
    /// earlier deadlines.
    #[graphql(default)]
    initiator: Initiator,
    /// Whether this is only a preview: the same answer, with the booking as it would be, and nothing is written.
    #[graphql(default)]
    dry_run: bool,
    /// The caller's key, at most 64 characters: a repeated request with the same key moves once. A preview does not use it up.
    idempotency_key: String,
}

impl BookingRescheduleInput {
    pub(super) fn read(&self) -> Result<Move> {
        let lines = self.lines.iter().flatten().map(|line| {
            Ok(LineMove { line: gql::id(&line.line_id)?, staff: line.staff_id.as_ref().map(gql::id).transpose()? })
        });
        Ok(Move {
            id: gql::id(&self.id)?,
            version: self.version,
            starts_at: self.starts_at.utc(),
            lines: lines.collect::<Result<_>>()?,
            overrides: overrides(self.overrides.clone()),
            initiator: self.initiator,
            dry_run: self.dry_run,
            idempotency_key: self.idempotency_key.clone(),
        })
    }
}

/// A line as it is to be: one of the booking's with what changes of it, or a new one.
#[derive(InputObject, Clone)]
pub(super) struct BookingLineEditInput {
    /// Which of the booking's lines; null: a new one. What is left out of a line that there is stays as it was agreed.
    line_id: Option<ID>,
    /// The service. Needed for a new line; another one than a line has makes it anew, as the service is today.
    service_id: Option<ID>,
    /// By whom; null: by whoever suits best. Left out: by who has it; a new line by whoever suits best.
    staff_id: MaybeUndefined<ID>,
    /// The units that it is to take, each in place of one of its kind that the service needs; those that are needed beside
    /// them are chosen. Left out: the units that it has, as far as they are free.
    resource_ids: Option<Vec<ID>>,
    /// Whether it starts together with the line before it. Left out: as it does; a new line starts after it.
    with_previous: Option<bool>,
    /// What the client has on top of the service: all of it. Add-ons that a line has keep their price.
    add_on_ids: Option<Vec<ID>>,
    /// How many people it is for: 1 to 1000.
    persons: Option<i32>,
    /// For which of the companions, from 1 to 9; null: for the client.
    guest: MaybeUndefined<i32>,
    /// How many minutes it takes, add-ons included, whatever its service and person usually take: 1 to 1440. Needs the
    /// permission bookings.resize; the booking's history keeps it.
    duration_minutes: Option<i32>,
}

/// The lines that a visit is to have.
#[derive(InputObject, Clone)]
pub(super) struct BookingLinesUpdateInput {
    /// Of which booking.
    id: ID,
    /// The version that the edit is based on.
    version: i32,
    /// When the first line is to start; null: as before, and then grid, notice and horizon are not asked again.
    starts_at: Option<DateTime>,
    /// All lines in order, at most 10. A line of the booking that is not among them is removed.
    lines: Vec<BookingLineEditInput>,
    /// Rules to set aside, each by name. Needs the permission bookings.override; the booking's history keeps them.
    overrides: Option<Vec<ScheduleRule>>,
    /// Whether this is only a preview: the same answer, with the booking as it would be, and nothing is written.
    #[graphql(default)]
    dry_run: bool,
    /// The caller's key, at most 64 characters: a repeated request with the same key edits once. A preview does not use it up.
    idempotency_key: String,
}

impl BookingLinesUpdateInput {
    pub(super) fn read(self) -> Result<LinesChange> {
        let line = |line: BookingLineEditInput| -> Result<LineEdit> {
            Ok(LineEdit {
                line: line.line_id.as_ref().map(gql::id).transpose()?,
                service: line.service_id.as_ref().map(gql::id).transpose()?,
                staff: catalog::patch(line.staff_id).map(|id| id.as_ref().map(gql::id).transpose()).transpose()?,
                resources: line.resource_ids.as_deref().map(gql::ids).transpose()?,
                with_previous: line.with_previous,
                add_ons: line.add_on_ids.as_deref().map(gql::ids).transpose()?,
                persons: line.persons,
                guest: catalog::patch(line.guest),
                minutes: line.duration_minutes,
            })
        };
        Ok(LinesChange {
            id: gql::id(&self.id)?,
            version: self.version,
            starts_at: self.starts_at.map(DateTime::utc),
            lines: self.lines.into_iter().map(line).collect::<Result<_>>()?,
            overrides: overrides(self.overrides),
            dry_run: self.dry_run,
            idempotency_key: self.idempotency_key,
        })
    }
}

/// Visits that others are to do.
#[derive(InputObject, Clone)]
pub(super) struct BookingsReassignInput {
    /// Which, in the order in which they are tried: 1 to 100, each once. A change of working time answers with those that it
    /// hits: `affectedBookings`.
    booking_ids: Vec<ID>,
    /// Whose lines change hands; null: those that cannot be done by who has them any more, and of a visit that has none, all.
    from_staff_id: Option<ID>,
    /// By whom; null: by whoever is free and suits best, but by nobody who gives lines of the visit away.
    staff_id: Option<ID>,
    /// Rules to set aside, each by name. Needs the permission bookings.override; the bookings' history keeps them.
    overrides: Option<Vec<ScheduleRule>>,
    /// Whether this is only a preview: the same answer, each visit as it would be after those before it, and nothing is
    /// written.
    #[graphql(default)]
    dry_run: bool,
    /// The caller's key, at most 64 characters: a repeated request with the same key goes on with what is not done yet. A
    /// preview does not use it up.
    idempotency_key: String,
}

impl BookingsReassignInput {
    pub(super) fn read(self) -> Result<Reassignment> {
        Ok(Reassignment {
            bookings: gql::ids(&self.booking_ids)?,
            from: self.from_staff_id.as_ref().map(gql::id).transpose()?,
            to: self.staff_id.as_ref().map(gql::id).transpose()?,
            overrides: overrides(self.overrides),
            dry_run: self.dry_run,
            idempotency_key: self.idempotency_key,
        })
    }
}

/// Two visits that change places.
#[derive(InputObject, Clone)]
pub(super) struct BookingSwapInput {
    /// One of the two.
    id: ID,
    /// The version of it that this is based on.
    version: i32,
    /// The other one, at the same location.
    other_booking_id: ID,
    /// The version of it that this is based on.
    other_version: i32,
    /// Rules to set aside for both, each by name. Needs the permission bookings.override; the bookings' history keeps them.
    overrides: Option<Vec<ScheduleRule>>,
    /// Whether this is only a preview: the same answer, with the bookings as they would be, and nothing is written.
    #[graphql(default)]
    dry_run: bool,
    /// The caller's key, at most 64 characters: a repeated request with the same key swaps once. A preview does not use it
    /// up.
    idempotency_key: String,
}

impl BookingSwapInput {
    pub(super) fn read(self) -> Result<Swap> {
        Ok(Swap {
            sides: [
                SwapSide { id: gql::id(&self.id)?, version: self.version },
                SwapSide { id: gql::id(&self.other_booking_id)?, version: self.other_version },
            ],
            overrides: overrides(self.overrides),
            dry_run: self.dry_run,
            idempotency_key: self.idempotency_key,
        })
    }
}

/// A booking to be called off.
#[derive(InputObject)]
pub(super) struct BookingCancelInput {
    /// Which.
    pub(super) id: ID,
    /// The version that this is based on.
    pub(super) version: i32,
    /// Why.
    reason: CancelReason,
    /// The same in your words; the client may read them. At most 2,000 characters.
    note: Option<String>,
    /// On whose wish. On the client's its terms hold: late, it is charged, or refused. Staff call off for nothing.
    #[graphql(default)]
    initiator: Initiator,
    /// Whether staff charge what the terms say although the client did not ask. Of no meaning on the client's wish.
    #[graphql(default)]
    charge: bool,
    /// The caller's key, at most 64 characters: a repeated request with the same key cancels once.
    pub(super) idempotency_key: String,
}

/// A pending booking that is not accepted.
#[derive(InputObject)]
pub(super) struct BookingDeclineInput {
    /// Which.
    pub(super) id: ID,
    /// The version that this is based on.
    pub(super) version: i32,
    /// Why.
    reason: CancelReason,
    /// The same in your words; the client may read them. At most 2,000 characters.
    note: Option<String>,
    /// The caller's key, at most 64 characters: a repeated request with the same key declines once.
    pub(super) idempotency_key: String,
}

impl BookingCancelInput {
    pub(super) fn ending(&self) -> Ending {
        Ending {
            reason: self.reason,
            note: self.note.clone(),
            initiator: self.initiator,
            charge: self.charge,
            series: None,
        }
    }
}

impl BookingDeclineInput {
    pub(super) fn ending(&self) -> Ending {
        Ending { note: self.note.clone(), ..Ending::free(self.reason) }
    }
}

/// Declares inputs of steps, which ask for no more than the booking.
macro_rules! steps {
    ($($(#[$meta:meta])+ $name:ident;)+) => {$(
        $(#[$meta])+
        #[derive(InputObject)]
        pub(super) struct $name {
            /// Which.
            pub(super) id: ID,
            /// The version that this is based on.
            pub(super) version: i32,
        }
    )+};
}

steps! {
    /// A pending booking to be accepted.
    BookingConfirmInput;
    /// A booking whose client came.
    BookingArriveInput;
    /// A booking whose visit begins.
    BookingStartInput;
    /// A booking whose visit is over.
    BookingCompleteInput;
    /// A booking whose client came after all.
    BookingNoShowUndoInput;
}

/// A booking whose client did not come.
#[derive(InputObject)]
pub(super) struct BookingNoShowInput {
    /// Which.
    pub(super) id: ID,
    /// The version that this is based on.
    pub(super) version: i32,
    /// Whether what staying away costs by the booking's terms is waived.
    #[graphql(default)]
    pub(super) waive_fee: bool,
}

/// A booking whose links are taken back.
#[derive(InputObject)]
pub(super) struct BookingLinkRevokeInput {
    /// Which.
    pub(super) id: ID,
    /// The version that this is based on.
    pub(super) version: i32,
}

/// A booking whose prepayment came in.
#[derive(InputObject)]
pub(super) struct BookingPrepaymentReceiveInput {
    /// Which.
    pub(super) id: ID,
    /// The version that this is based on.
    pub(super) version: i32,
    /// The caller's key, at most 64 characters: a repeated request with the same key counts once.
    pub(super) idempotency_key: String,
}

/// New notes of a booking. What is left out stays; an empty text removes the note.
#[derive(InputObject)]
pub(super) struct BookingUpdateInput {
    /// Which.
    pub(super) id: ID,
    /// The version that the edit is based on.
    pub(super) version: i32,
    /// What the client may read: at most 2,000 characters.
    client_note: Option<String>,
    /// What the client never sees: at most 2,000 characters. Needs the permission bookings.notes.
    internal_note: Option<String>,
}

impl BookingUpdateInput {
    pub(super) fn read(&self) -> NoteChange {
        NoteChange { client_note: self.client_note.clone(), internal_note: self.internal_note.clone() }
    }
}

/// Which bookings are asked for; every field given narrows the list.
#[derive(InputObject, Default)]
#[graphql(name = "BookingFilterInput")]
pub(super) struct FilterInput {
    /// In any of these states.
    statuses: Option<Vec<Status>>,
    /// From this date at the location on.
    from: Option<LocalDate>,
    /// To this date at the location, itself included.
    to: Option<LocalDate>,
    /// With a line by any of these; at most 100.
    staff_ids: Option<Vec<ID>>,
    /// Of this client.
    client_id: Option<ID>,
    /// With a line of any of these; at most 100.
    service_ids: Option<Vec<ID>>,
    /// At any of these; at most 100.
    location_ids: Option<Vec<ID>>,
    /// A reference in any spelling, part of the client's name, or their phone or e-mail address. Phones and addresses are
    /// found only with the permission clients.contacts.
    search: Option<String>,
}

const IDS_MAX: usize = 100;

impl FilterInput {
    pub(super) fn read(self) -> Result<BookingSearch> {
        fn few<I: kernel::Id>(ids: Option<Vec<ID>>, name: &'static str) -> Result<Vec<I>> {
            let ids = ids.unwrap_or_default();
            if ids.len() > IDS_MAX {
                return Err(Error::invalid_argument(name).with("max", IDS_MAX));
            }
            gql::ids(&ids)
        }
        if self.statuses.as_ref().is_some_and(|statuses| statuses.len() > IDS_MAX) {
            return Err(Error::invalid_argument("filter.statuses").with("max", IDS_MAX));
        }
        let filter = Filter {
            statuses: self.statuses.unwrap_or_default(),
            from: self.from.map(Into::into),
            to: self.to.map(Into::into),
            staff: few(self.staff_ids, "filter.staffIds")?,
            services: few(self.service_ids, "filter.serviceIds")?,
            locations: few(self.location_ids, "filter.locationIds")?,
            clients: self.client_id.as_ref().map(gql::id).transpose()?.into_iter().collect(),
            ..Filter::default()
        };
        Ok(BookingSearch { filter, text: self.search })
    }
}

/// What a list of bookings is ordered by.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum BookingOrderField {
    /// By the start of the visit.
    StartsAt,
    /// By the time of booking.
    CreatedAt,
}

/// How a list of bookings is ordered.
#[derive(InputObject)]
#[graphql(name = "BookingOrderInput")]
pub(super) struct OrderInput {
    /// By what.
    field: BookingOrderField,
    /// From the latest to the earliest?
    #[graphql(default)]
    descending: bool,
}

impl OrderInput {
    pub(super) fn read(order: Option<&Self>) -> (Order, &'static str) {
        let (by, descending) =
            order.map_or((BookingOrderField::StartsAt, false), |order| (order.field, order.descending));
        let name = match (by, descending) {
            (BookingOrderField::StartsAt, false) => "bookings.startsAt",
            (BookingOrderField::StartsAt, true) => "bookings.startsAt.desc",
            (BookingOrderField::CreatedAt, false) => "bookings.createdAt",
            (BookingOrderField::CreatedAt, true) => "bookings.createdAt.desc",
        };
        let by = match by {
            BookingOrderField::StartsAt => OrderBy::StartsAt,
            BookingOrderField::CreatedAt => OrderBy::CreatedAt,
        };
        (Order { by, descending }, name)
    }
}
