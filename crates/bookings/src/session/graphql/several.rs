//! What callers may write about sessions that repeat and change together.

use crate::booking::CancelReason;
use crate::booking::graphql::overrides;
use crate::booking::service::Ending;
use crate::rules::ScheduleRule;
use crate::series::Scope;
use crate::session::service::{
    RecurrenceMode, SessionChange, SessionsCancel, SessionsChange, SessionsMove, Several, capacity, shift_days,
    waitlist_closes,
};
use async_graphql::{ID, InputObject};
use catalog::Visibility;
use gql::LocalTime;
use kernel::{CommonCode, Error, Result};

/// Sessions that repeat, to be moved.
#[derive(InputObject)]
pub(super) struct GroupSessionsRescheduleInput {
    /// The session that it begins with.
    id: ID,
    /// The version of that session that the move is based on.
    version: i32,
    /// How far it reaches. Sessions that have begun, were called off, or were moved singly, stay.
    scope: Scope,
    /// What the clock at the location is to show when a session starts, `00:00` to `23:59`; null: as before.
    time: Option<LocalTime>,
    /// By how many days each goes to a later date, or with a minus to an earlier one; at most 31. `1` makes Wednesdays of
    /// Tuesdays.
    #[graphql(default)]
    shift_days: i32,
    /// Somebody else who is to hold them; left out: who holds each now. One that was given somebody singly keeps them.
    staff_id: Option<ID>,
    /// Rules to set aside for every session, each by name. Needs the permission bookings.override.
    overrides: Option<Vec<ScheduleRule>>,
    /// What happens when one cannot go where it is to. One that is skipped stays where it was.
    #[graphql(default_with = "RecurrenceMode::AllOrNothing")]
    mode: RecurrenceMode,
    /// Only say what would become of each session; nothing is written, and the key may be used afterwards.
    #[graphql(default)]
    dry_run: bool,
    /// The caller's key, at most 64 characters: a repeated request with the same key moves once.
    idempotency_key: String,
}

impl GroupSessionsRescheduleInput {
    pub(super) fn read(&self) -> Result<SessionsMove> {
        let which = several(&self.id, self.version, self.scope)?;
        let staff = self.staff_id.as_ref().map(gql::id).transpose()?;
        let time = self.time.map(|time| time.0);
        if time == Some(kernel::WallTime::END_OF_DAY) {
            return Err(Error::invalid(CommonCode::OutOfRange).at("time"));
        }
        Ok(SessionsMove {
            which,
            time,
            shift_days: shift_days(self.shift_days)?,
            staff,
            overrides: overrides(self.overrides.clone()),
            mode: self.mode,
            dry_run: self.dry_run,
            idempotency_key: self.idempotency_key.clone(),
        })
    }
}

/// New seats or visibility of sessions that repeat. What is left out stays.
#[derive(InputObject)]
pub(super) struct GroupSessionsUpdateInput {
    /// The session that it begins with.
    id: ID,
    /// The version of that session that the edit is based on.
    version: i32,
    /// How far it reaches. Sessions that have begun, were called off, or were moved singly, stay; one that was given seats or
    /// a visibility singly keeps them.
    scope: Scope,
    /// Seats of each, 1 to 500; not fewer than are taken, unless that is forced.
    capacity: Option<i32>,
    /// Whether there may be fewer seats than are taken. Nobody loses theirs.
    #[graphql(default)]
    force: bool,
    /// Who may see and book them.
    visibility: Option<Visibility>,
    /// Minutes before a start after which a freed seat is promised to nobody by itself, at most a week.
    waitlist_closes_minutes: Option<i32>,
    /// What happens when more seats of one are taken than there are to be. One that is skipped stays as it was.
    #[graphql(default_with = "RecurrenceMode::AllOrNothing")]
    mode: RecurrenceMode,
    /// Only say what would become of each session; nothing is written.
    #[graphql(default)]
    dry_run: bool,
}

impl GroupSessionsUpdateInput {
    pub(super) fn read(&self) -> Result<SessionsChange> {
        Ok(SessionsChange {
            which: several(&self.id, self.version, self.scope)?,
            change: SessionChange {
                capacity: self.capacity.map(capacity).transpose()?,
                force: self.force,
                visibility: self.visibility,
                waitlist_closes_minutes: self.waitlist_closes_minutes.map(waitlist_closes).transpose()?,
            },
            mode: self.mode,
            dry_run: self.dry_run,
        })
    }
}

/// Sessions that repeat, to be called off.
#[derive(InputObject)]
pub(super) struct GroupSessionsCancelInput {
    /// The session that it begins with.
    id: ID,
    /// The version of that session that this is based on.
    version: i32,
    /// How far it reaches. Sessions that have begun, were called off, or were moved singly, stay.
    scope: Scope,
    /// Why; their bookings are cancelled for the same reason.
    reason: CancelReason,
    /// The same in your words; clients may read them. At most 2,000 characters.
    note: Option<String>,
    /// Only say which sessions would be called off; nothing is written, and the key may be used afterwards.
    #[graphql(default)]
    dry_run: bool,
    /// The caller's key, at most 64 characters: a repeated request with the same key cancels once.
    idempotency_key: String,
}

impl GroupSessionsCancelInput {
    pub(super) fn read(&self) -> Result<SessionsCancel> {
        Ok(SessionsCancel {
            which: several(&self.id, self.version, self.scope)?,
            ending: Ending { note: self.note.clone(), ..Ending::free(self.reason) },
            dry_run: self.dry_run,
            idempotency_key: self.idempotency_key.clone(),
        })
    }
}

fn several(id: &ID, version: i32, scope: Scope) -> Result<Several> {
    Ok(Several { id: gql::id(id)?, version, scope })
}
