//! Changing group sessions and their seats.

use super::input::{
    BookingMoveToSessionInput, GroupSessionAttendanceMarkInput, GroupSessionCancelInput, GroupSessionCompleteInput,
    GroupSessionCreateInput, GroupSessionHoldInput, GroupSessionRescheduleInput, GroupSessionUpdateInput,
    GroupSessionsCreateInput,
};
use super::object::GroupSessionObject;
use super::several::{GroupSessionsCancelInput, GroupSessionsRescheduleInput, GroupSessionsUpdateInput};
use crate::booking::Booking;
use crate::booking::graphql::{BookingObject, booker, runner};
use crate::hold::HoldToken;
use crate::hold::graphql::HoldObject;
use crate::hold::service::Held;
use crate::session::GroupSession;
use crate::session::service::{Conflict, Conflicts, RepeatedSessions};
use crate::{BookingUserError, Bookings};
use async_graphql::{Context, Object, Result, SimpleObject};
use gql::{DateTime, LocalDate};
use kernel::{Error, Kind};

/// What became of a request to hold seats.
#[derive(SimpleObject)]
pub struct GroupSessionHoldPayload {
    /// The hold; null when it was refused.
    hold: Option<HoldObject>,
    /// The secret that owns the hold: it books the seats, or gives them back. Keep it; it can't be asked for.
    token: Option<String>,
    /// Why it was refused.
    user_errors: Vec<BookingUserError>,
}

/// A date on which no session could be planned, or to which none could be moved.
#[derive(SimpleObject)]
pub struct GroupSessionConflict {
    /// The date at the location.
    local_date: LocalDate,
    /// When the session would have started.
    starts_at: DateTime,
    /// The session, which stays as it was; null where none was planned.
    group_session: Option<GroupSessionObject>,
    /// Why not.
    user_errors: Vec<BookingUserError>,
}

/// What became of sessions that repeat.
#[derive(SimpleObject)]
pub struct GroupSessionsCreatePayload {
    /// The sessions by start; null when they were refused.
    group_sessions: Option<Vec<GroupSessionObject>>,
    /// The dates that could not be had, whether they were left out or the whole was refused for them. Empty for a repeated
    /// request.
    conflicts: Vec<GroupSessionConflict>,
    /// Why all of it was refused.
    user_errors: Vec<BookingUserError>,
}

/// What a change of sessions that repeat answers.
macro_rules! several_payload {
    ($(#[doc = $doc:literal] $name:ident;)+) => { $(
        #[doc = $doc]
        #[derive(SimpleObject)]
        pub struct $name {
            /// The sessions that were changed, or would be, by start; null when the change was refused.
            group_sessions: Option<Vec<GroupSessionObject>>,
            /// Those that could not be changed, whether they were skipped or the whole was refused for them. Empty for a
            /// repeated request.
            conflicts: Vec<GroupSessionConflict>,
            /// After `VERSION_CONFLICT`: the session in question as it is now.
            current: Option<GroupSessionObject>,
            /// Why all of it was refused, or would be.
            user_errors: Vec<BookingUserError>,
        }

        impl $name {
            fn of(ctx: &Context<'_>, done: kernel::Result<RepeatedSessions>) -> Result<Option<Self>> {
                Ok(Some(match gql::settle(ctx, done)? {
                    Ok(done) => Self {
                        group_sessions: Some(done.sessions.into_iter().map(GroupSessionObject::from).collect()),
                        conflicts: conflicts(ctx, done.conflicts)?,
                        current: None,
                        user_errors: Vec::new(),
                    },
                    Err(refusal) => Self {
                        group_sessions: None,
                        conflicts: conflicts(ctx, conflicts_of(&refusal))?,
                        current: refusal.current::<GroupSession>().map(GroupSessionObject::from),
                        user_errors: refusal.into(),
                    },
                }))
            }
        }
    )+ };
}

several_payload! {
    /// What became of a move of sessions that repeat.
    GroupSessionsReschedulePayload;
    /// What became of an edit of sessions that repeat.
    GroupSessionsUpdatePayload;
    /// What became of the cancellation of sessions that repeat.
    GroupSessionsCancelPayload;
}

/// The dates that a refusal is about.
fn conflicts_of(refusal: &gql::Refusal) -> Vec<Conflict> {
    refusal.error().attached::<Conflicts>().cloned().map(|Conflicts(found)| found).unwrap_or_default()
}

fn conflicts(ctx: &Context<'_>, conflicts: Vec<Conflict>) -> Result<Vec<GroupSessionConflict>> {
    let mut told = Vec::with_capacity(conflicts.len());
    for Conflict { occurrence, session, issues } in conflicts {
        let mut error = Error::new(Kind::Conflict);
        error.issues = issues;
        let user_errors = gql::settle::<()>(ctx, Err(error))?.err().map(Into::into).unwrap_or_default();
        told.push(GroupSessionConflict {
            local_date: LocalDate(occurrence.date),
            starts_at: DateTime::from(occurrence.starts_at),
            group_session: session.map(GroupSessionObject::from),
            user_errors,
        });
    }
    Ok(told)
}

gql::payloads! {
    BookingUserError;
    /// What became of a new session.
    GroupSessionCreatePayload { group_session: GroupSessionObject = GroupSession };
    /// What became of an edit of a session.
    GroupSessionUpdatePayload { group_session: GroupSessionObject = GroupSession } or current: GroupSession;
    /// What became of a move of a session.
    GroupSessionReschedulePayload { group_session: GroupSessionObject = GroupSession } or current: GroupSession;
    /// What became of the cancellation of a session.
    GroupSessionCancelPayload { group_session: GroupSessionObject = GroupSession } or current: GroupSession;
    /// What became of the completion of a session.
    GroupSessionCompletePayload { group_session: GroupSessionObject = GroupSession } or current: GroupSession;
    /// What became of a roll-call.
    GroupSessionAttendanceMarkPayload { group_session: GroupSessionObject = GroupSession };
    /// What became of a move to another session.
    BookingMoveToSessionPayload { booking: BookingObject = Booking } or current: Booking;
}

/// Mutations of group sessions.
#[derive(Default)]
pub struct GroupSessionMutation;

#[Object]
impl GroupSessionMutation {
    /// Plans a group session: person and units are taken for it as for a visit. Emits `group_session.planned`.
    /// Permission: bookings.own.
    async fn group_session_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The session.")] input: GroupSessionCreateInput,
    ) -> Result<Option<GroupSessionCreatePayload>> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let done = match input.read() {
            Ok(new) => bookings.plan_session(cx, &new).await,
            Err(error) => Err(error),
        };
        gql::answer(ctx, done)
    }

    /// Plans group sessions on all dates of a rule, each as a session of its own, in one transaction: all, or those that can
    /// be had. Emits `group_session.planned` for each. Permission: bookings.own.
    async fn group_sessions_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The sessions.")] input: GroupSessionsCreateInput,
    ) -> Result<Option<GroupSessionsCreatePayload>> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let planned = match input.read() {
            Ok(new) => bookings.plan_sessions(cx, &new).await,
            Err(error) => Err(error),
        };
        Ok(Some(match gql::settle(ctx, planned)? {
            Ok(planned) => GroupSessionsCreatePayload {
                group_sessions: Some(planned.sessions.into_iter().map(GroupSessionObject::from).collect()),
                conflicts: conflicts(ctx, planned.conflicts)?,
                user_errors: Vec::new(),
            },
            Err(refusal) => GroupSessionsCreatePayload {
                group_sessions: None,
                conflicts: conflicts(ctx, conflicts_of(&refusal))?,
                user_errors: refusal.into(),
            },
        }))
    }

    /// Moves sessions that repeat by days, to another time of day, another person, or all of it, each with all its bookings:
    /// all, or those that can go where they are to. The time of day is the clock's at the location, so it stays where clocks
    /// change. With `THIS_AND_FOLLOWING` they become a repetition of their own. Emits `group_session.moved` for each, and
    /// booking.rescheduled for each booking. Permission: bookings.own.
    async fn group_sessions_reschedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The move.")] input: GroupSessionsRescheduleInput,
    ) -> Result<Option<GroupSessionsReschedulePayload>> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let moved = match input.read() {
            Ok(wanted) => bookings.move_sessions(cx, &wanted).await,
            Err(error) => Err(error),
        };
        GroupSessionsReschedulePayload::of(ctx, moved)
    }

    /// Edits seats of sessions that repeat and who sees them. With `THIS_AND_FOLLOWING` they become a repetition of their own.
    /// Emits `group_session.changed` for each. Permission: bookings.own.
    async fn group_sessions_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what changes.")] input: GroupSessionsUpdateInput,
    ) -> Result<Option<GroupSessionsUpdatePayload>> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let changed = match input.read() {
            Ok(wanted) => bookings.change_sessions(cx, &wanted).await,
            Err(error) => Err(error),
        };
        GroupSessionsUpdatePayload::of(ctx, changed)
    }

    /// Calls sessions that repeat off, with all their bookings; their time is free again. Emits `group_session.cancelled` for
    /// each, and booking.cancelled for each booking. Permission: bookings.own.
    async fn group_sessions_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which and why.")] input: GroupSessionsCancelInput,
    ) -> Result<Option<GroupSessionsCancelPayload>> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let ended = bookings.cancel_sessions(cx, &input.read()?).await;
        GroupSessionsCancelPayload::of(ctx, ended)
    }

    /// Edits a session's seats and who sees it. Emits `group_session.changed`. Permission: bookings.own.
    async fn group_session_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what changes.")] input: GroupSessionUpdateInput,
    ) -> Result<Option<GroupSessionUpdatePayload>> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let id = gql::id(&input.id)?;
        let done = match input.read() {
            Ok(change) => bookings.change_session(cx, id, input.version, change).await,
            Err(error) => Err(error),
        };
        gql::answer(ctx, done)
    }

    /// Moves a session to another time, another person, or both, with all its bookings; the old time is given up only for
    /// the new one. Emits `group_session.moved`, and booking.rescheduled for each booking. Permission: bookings.own.
    async fn group_session_reschedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The move.")] input: GroupSessionRescheduleInput,
    ) -> Result<Option<GroupSessionReschedulePayload>> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let wanted = input.read()?;
        gql::answer(ctx, bookings.move_session(cx, &wanted).await)
    }

    /// Calls a session off, with all its bookings; its time is free again. Emits `group_session.cancelled`, and
    /// booking.cancelled for each booking. Permission: bookings.own.
    async fn group_session_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which and why.")] input: GroupSessionCancelInput,
    ) -> Result<Option<GroupSessionCancelPayload>> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let id = gql::id(&input.id)?;
        let done =
            Box::pin(bookings.cancel_session(cx, id, input.version, input.ending(), &input.idempotency_key)).await;
        gql::answer(ctx, done)
    }

    /// A session that began is over: those who were marked as come have been served, and what is left of its time is free
    /// again. Emits `group_session.completed`, and booking.completed for each who came. Permission: bookings.own.
    async fn group_session_complete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: GroupSessionCompleteInput,
    ) -> Result<Option<GroupSessionCompletePayload>> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let done = Box::pin(bookings.complete_session(cx, gql::id(&input.id)?, input.version)).await;
        gql::answer(ctx, done)
    }

    /// Marks who came to a session and who did not: all marks are made, or none when one is refused. A mark that stands
    /// already is left as it is. Emits booking.arrived, `booking.no_show` or `booking.no_show_undone` for each.
    /// Permission: bookings.own.
    async fn group_session_attendance_mark(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who came and who did not.")] input: GroupSessionAttendanceMarkInput,
    ) -> Result<Option<GroupSessionAttendanceMarkPayload>> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let id = gql::id(&input.id)?;
        let done = bookings.mark_attendance(cx, id, &input.read()?).await;
        gql::answer(ctx, done)
    }

    /// Keeps seats of a session for a few minutes for whoever has the token; `bookingCreate` with it books them. A client
    /// has at most five holds at once. Emits hold.created. Permission:
    /// bookings.book, bookings.own or bookings.all.
    async fn group_session_hold(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The seats.")] input: GroupSessionHoldInput,
    ) -> Result<Option<GroupSessionHoldPayload>> {
        let (cx, bookings) = (booker(ctx)?, ctx.data::<Bookings>()?);
        let held = match input.read() {
            Ok(new) => Box::pin(bookings.hold_seats(cx, &new)).await,
            Err(error) => Err(error),
        };
        Ok(Some(match gql::settle(ctx, held)? {
            Ok(Held { hold, token }) => GroupSessionHoldPayload {
                hold: Some(hold.into()),
                token: Some(HoldToken::reveal(&token).to_owned()),
                user_errors: Vec::new(),
            },
            Err(refusal) => GroupSessionHoldPayload { hold: None, token: None, user_errors: refusal.into() },
        }))
    }

    /// Moves a booking's seats to another session of the same service; the old seats are given up only for the new ones.
    /// The price stays as agreed. Emits booking.rescheduled. Permission: bookings.own.
    async fn booking_move_to_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The move.")] input: BookingMoveToSessionInput,
    ) -> Result<Option<BookingMoveToSessionPayload>> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let wanted = input.read()?;
        gql::answer(ctx, Box::pin(bookings.move_seats(cx, &wanted)).await)
    }
}
