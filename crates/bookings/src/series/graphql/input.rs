//! What callers may write about a series.

use crate::booking::graphql::{LineWishInput, overrides, wish};
use crate::booking::service::Ending;
use crate::booking::{CancelReason, Initiator};
use crate::recurrence::graphql::RecurrenceInput;
use crate::rules::ScheduleRule;
use crate::series::service::{NewSeries, SeriesCancel, SeriesExtension, SeriesMove, StaffAt};
use crate::series::{Mode, Scope};
use async_graphql::{ID, InputObject};
use gql::{LocalDate, LocalTime};
use kernel::{CommonCode, Error, Result};

/// Visits to be booked that repeat.
#[derive(InputObject)]
pub(super) struct BookingSeriesCreateInput {
    /// The branch.
    location_id: ID,
    /// The services of each visit in order, one after another; at most 10. "Anybody" is chosen for each date anew.
    lines: Vec<LineWishInput>,
    /// The date at the location from which on the rule counts; the first visit is on the first date that the rule gives.
    first_date: LocalDate,
    /// What the clock at the location shows when a visit starts, `00:00` to `23:59`.
    time: LocalTime,
    /// What repeats.
    recurrence: RecurrenceInput,
    /// The client's card.
    client_id: ID,
    /// What the client may read, on each visit: at most 2,000 characters.
    client_note: Option<String>,
    /// What the client never sees, on each visit: at most 2,000 characters. Needs the permission bookings.notes.
    internal_note: Option<String>,
    /// Rules to set aside on every date, each by name. Needs the permission bookings.override.
    overrides: Option<Vec<ScheduleRule>>,
    /// What is done when not every date is possible.
    #[graphql(default_with = "Mode::AllOrNothing")]
    mode: Mode,
    /// Only say what would become of each date; nothing is written, and the key may be used afterwards.
    #[graphql(default)]
    dry_run: bool,
    /// The caller's key, at most 64 characters: a repeated request with the same key books once.
    idempotency_key: String,
}

impl BookingSeriesCreateInput {
    pub(super) fn read(&self) -> Result<NewSeries> {
        let time = self.time.0;
        let wish = wish(&self.location_id, &self.lines)?;
        let client = gql::id(&self.client_id)?;
        if time == kernel::WallTime::END_OF_DAY {
            return Err(Error::invalid(CommonCode::OutOfRange).at("time"));
        }
        Ok(NewSeries {
            wish,
            first_date: self.first_date.0,
            time,
            recurrence: self.recurrence.read()?,
            client,
            client_note: self.client_note.clone(),
            internal_note: self.internal_note.clone(),
            overrides: overrides(self.overrides.clone()),
            mode: self.mode,
            dry_run: self.dry_run,
            idempotency_key: self.idempotency_key.clone(),
        })
    }
}

/// A line of the visits that somebody else is to do.
#[derive(InputObject)]
struct BookingSeriesStaffInput {
    /// The line's place in the visit, from 0.
    position: i32,
    /// By whom; null: by whoever suits best.
    staff_id: Option<ID>,
}

/// Visits of a series to be moved.
#[derive(InputObject)]
pub(super) struct BookingSeriesMoveInput {
    /// The visit that it begins with.
    booking_id: ID,
    /// The version of that visit that the move is based on.
    version: i32,
    /// How far it reaches. Visits that have begun, and those that were moved singly, stay.
    scope: Scope,
    /// What the clock at the location is to show when a visit starts, `00:00` to `23:59`; null: as before.
    time: Option<LocalTime>,
    /// Lines that somebody else is to do; the others keep their people. At most 10.
    staff: Option<Vec<BookingSeriesStaffInput>>,
    /// Rules to set aside on every date, each by name. Needs the permission bookings.override.
    overrides: Option<Vec<ScheduleRule>>,
    /// What is done when not every date is possible. A visit that is skipped stays where it was.
    #[graphql(default_with = "Mode::AllOrNothing")]
    mode: Mode,
    /// Only say what would become of each date; nothing is written, and the key may be used afterwards.
    #[graphql(default)]
    dry_run: bool,
    /// The caller's key, at most 64 characters: a repeated request with the same key moves once.
    idempotency_key: String,
}

impl BookingSeriesMoveInput {
    pub(super) fn read(&self) -> Result<SeriesMove> {
        let booking = gql::id(&self.booking_id)?;
        let staff = self.staff.iter().flatten().enumerate().map(|(at, change)| {
            Ok(StaffAt {
                staff: change.staff_id.as_ref().map(gql::id).transpose()?,
                position: usize::try_from(change.position)
                    .map_err(|_| Error::invalid(CommonCode::OutOfRange).at(format!("staff.{at}.position")))?,
            })
        });
        let staff: Vec<StaffAt> = staff.collect::<Result<_>>()?;
        if staff.len() > crate::booking::MAX_LINES {
            return Err(Error::invalid(CommonCode::TooLong).at("staff").with("max", crate::booking::MAX_LINES));
        }
        let time = self.time.map(|time| time.0);
        if time == Some(kernel::WallTime::END_OF_DAY) {
            return Err(Error::invalid(CommonCode::OutOfRange).at("time"));
        }
        Ok(SeriesMove {
            booking,
            version: self.version,
            scope: self.scope,
            time,
            staff,
            overrides: overrides(self.overrides.clone()),
            mode: self.mode,
            dry_run: self.dry_run,
            idempotency_key: self.idempotency_key.clone(),
        })
    }
}

/// Visits of a series to be called off.
#[derive(InputObject)]
pub(super) struct BookingSeriesCancelInput {
    /// The visit that it begins with.
    booking_id: ID,
    /// The version of that visit that this is based on.
    version: i32,
    /// How far it reaches. Visits that have begun, and those that were moved singly, stay.
    scope: Scope,
    /// Why.
    reason: CancelReason,
    /// The same in your words; the client may read them. At most 2,000 characters.
    note: Option<String>,
    /// On whose wish. On the client's the terms of each visit hold: late, it is charged, or all of it is refused. Staff call
    /// off for nothing.
    #[graphql(default)]
    initiator: Initiator,
    /// Whether staff charge what the terms of each visit say although the client did not ask. Of no meaning on the client's
    /// wish.
    #[graphql(default)]
    charge: bool,
    /// The caller's key, at most 64 characters: a repeated request with the same key cancels once.
    idempotency_key: String,
}

impl BookingSeriesCancelInput {
    pub(super) fn read(&self) -> Result<SeriesCancel> {
        Ok(SeriesCancel {
            booking: gql::id(&self.booking_id)?,
            version: self.version,
            scope: self.scope,
            ending: Ending {
                reason: self.reason,
                note: self.note.clone(),
                initiator: self.initiator,
                charge: self.charge,
                series: None,
            },
            idempotency_key: self.idempotency_key.clone(),
        })
    }
}

/// A series that goes on.
#[derive(InputObject)]
pub(super) struct BookingSeriesExtendInput {
    /// Which.
    id: ID,
    /// The version that this is based on.
    version: i32,
    /// Its last date at the location from now on, itself included. The whole series has at most 104 dates within 24 months.
    until: LocalDate,
    /// Rules to set aside on every new date, each by name. Needs the permission bookings.override.
    overrides: Option<Vec<ScheduleRule>>,
    /// What is done when not every new date is possible.
    #[graphql(default_with = "Mode::AllOrNothing")]
    mode: Mode,
    /// Only say what would become of each new date; nothing is written, and the key may be used afterwards.
    #[graphql(default)]
    dry_run: bool,
    /// The caller's key, at most 64 characters: a repeated request with the same key books once.
    idempotency_key: String,
}

impl BookingSeriesExtendInput {
    pub(super) fn read(&self) -> Result<SeriesExtension> {
        Ok(SeriesExtension {
            id: gql::id(&self.id)?,
            version: self.version,
            until: self.until.0,
            overrides: overrides(self.overrides.clone()),
            mode: self.mode,
            dry_run: self.dry_run,
            idempotency_key: self.idempotency_key.clone(),
        })
    }
}

/// Which series are asked for; every field given narrows the list.
#[derive(InputObject, Default)]
#[graphql(name = "BookingSeriesFilterInput")]
pub(super) struct FilterInput {
    /// Of this client.
    client_id: Option<ID>,
}

impl FilterInput {
    pub(super) fn read(&self) -> Result<crate::series::repo::Filter> {
        let client = self.client_id.as_ref().map(gql::id).transpose()?;
        Ok(crate::series::repo::Filter { client, own: None })
    }
}
