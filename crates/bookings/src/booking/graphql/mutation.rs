//! Changing bookings.

use super::input::{
    BookingArriveInput, BookingCancelInput, BookingCompleteInput, BookingConfirmInput, BookingCreateInput,
    BookingDeclineInput, BookingLinesUpdateInput, BookingLinkRevokeInput, BookingNoShowInput, BookingNoShowUndoInput,
    BookingPrepaymentReceiveInput, BookingRescheduleInput, BookingStartInput, BookingSwapInput, BookingUpdateInput,
    BookingsReassignInput, Refused,
};
use super::object::BookingObject;
use super::{booker, runner, runner_or_client};
use crate::booking::service::{BrokenBySide, Reassigned};
use crate::booking::{Booking, BookingId};
use crate::error::{BookingErrorCode, Broken, told_to};
use crate::slots::graphql::{AvailableSlot, RuleViolation, other_times, violations};
use crate::slots::{Clash, LineEdit};
use crate::{BookingUserError, Bookings};
use async_graphql::{ComplexObject, Context, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

/// What became of a booking request.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct BookingCreatePayload {
    /// The booking; null when it was refused.
    booking: Option<BookingObject>,
    /// Why it was refused.
    user_errors: Vec<BookingUserError>,
    #[graphql(skip)]
    asked: Option<Refused>,
}

/// What became of a booking request.
#[ComplexObject]
impl BookingCreatePayload {
    /// After `SLOT_TAKEN` or `HOLD_ENDED`: the nearest other times for the same visit, at most five. Looked for only when
    /// selected.
    async fn alternatives(&self, ctx: &Context<'_>) -> Result<Vec<AvailableSlot>> {
        match &self.asked {
            None => Ok(Vec::new()),
            Some(Refused::Visit(query, start)) => other_times(ctx, Some(&(query.clone(), *start))).await,
            Some(Refused::Hold(token)) => {
                let reader = gql::reader(ctx).await?;
                other_times(ctx, ctx.data::<Bookings>()?.question_of_hold(&reader, token).await?.as_ref()).await
            }
        }
    }
}

/// Declares the payloads of changes that take a visit's time anew.
macro_rules! retaken {
    ($($(#[$meta:meta])+ $name:ident;)+) => {$(
        $(#[$meta])+
        #[derive(SimpleObject)]
        #[graphql(complex)]
        pub struct $name {
            /// The booking, in a dry run as it would be; null when the change was refused.
            booking: Option<BookingObject>,
            /// After `VERSION_CONFLICT`: the booking as it is now.
            current: Option<BookingObject>,
            /// Why it was refused.
            user_errors: Vec<BookingUserError>,
            #[graphql(skip)]
            asked: Option<OtherTimes>,
            #[graphql(skip)]
            broken: Vec<Clash>,
        }

        $(#[$meta])+
        #[ComplexObject]
        impl $name {
            /// After `SLOT_TAKEN`: the nearest other times for the same visit, at most five. Looked for only when selected.
            async fn alternatives(&self, ctx: &Context<'_>) -> Result<Vec<AvailableSlot>> {
                match &self.asked {
                    Some(asked) => asked.find(ctx).await,
                    None => Ok(Vec::new()),
                }
            }

            /// Every rule of scheduling that stands in the way, by name, whether it may be set aside, and whose visits have
            /// the time. None when it is refused for another reason.
            async fn violations(&self, ctx: &Context<'_>) -> Result<Vec<RuleViolation>> {
                violations(ctx, &self.broken).await
            }
        }

        impl $name {
            fn of(outcome: std::result::Result<Booking, gql::Refusal>, asked: OtherTimes) -> Self {
                match outcome {
                    Ok(booking) => Self {
                        booking: Some(booking.into()),
                        current: None,
                        user_errors: Vec::new(),
                        asked: None,
                        broken: Vec::new(),
                    },
                    Err(refusal) => Self {
                        booking: None,
                        current: refusal.current::<Booking>().map(BookingObject::from),
                        asked: refusal.has(BookingErrorCode::SlotTaken).then_some(asked),
                        broken: rules_behind(&refusal),
                        user_errors: refusal.into(),
                    },
                }
            }
        }
    )+};
}

retaken! {
    /// What became of a move.
    BookingReschedulePayload;
    /// What became of an edit of a visit's lines.
    BookingLinesUpdatePayload;
}

/// What other times are looked for after a refusal: for which booking, with which edits of its lines, near when.
struct OtherTimes {
    booking: BookingId,
    edits: Vec<LineEdit>,
    /// None: when it starts.
    start: Option<DateTime<Utc>>,
}

impl OtherTimes {
    async fn find(&self, ctx: &Context<'_>) -> Result<Vec<AvailableSlot>> {
        let (cx, reader) = (gql::cx(ctx)?, gql::reader(ctx).await?);
        let bookings = ctx.data::<Bookings>()?;
        let start = match self.start {
            Some(start) => start,
            None => bookings.get(cx, &reader, self.booking).await?.starts_at,
        };
        let query = bookings.question_of(cx, &reader, self.booking, self.edits.clone()).await?;
        other_times(ctx, Some(&(query, start))).await
    }
}

/// What became of two visits that were to change places.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct BookingSwapPayload {
    /// The first booking, in a dry run as it would be; null when the swap was refused.
    booking: Option<BookingObject>,
    /// The other booking, in a dry run as it would be; null when the swap was refused.
    other_booking: Option<BookingObject>,
    /// After `VERSION_CONFLICT`: the booking in question as it is now.
    current: Option<BookingObject>,
    /// Why it was refused: at `id` for the first booking, at `otherBookingId` for the other one.
    user_errors: Vec<BookingUserError>,
    #[graphql(skip)]
    broken: BrokenBySide,
}

/// What became of two visits that were to change places.
#[ComplexObject]
impl BookingSwapPayload {
    /// Every rule of scheduling that keeps the first booking from the other's place.
    async fn violations(&self, ctx: &Context<'_>) -> Result<Vec<RuleViolation>> {
        violations(ctx, &self.broken.0[0]).await
    }

    /// Every rule of scheduling that keeps the other booking from the first one's place.
    async fn other_violations(&self, ctx: &Context<'_>) -> Result<Vec<RuleViolation>> {
        violations(ctx, &self.broken.0[1]).await
    }
}

/// What became of a reassignment.
#[derive(SimpleObject)]
pub struct BookingsReassignPayload {
    /// What became of each booking, in the order in which they were named; none when the request itself is wrong.
    results: Vec<BookingReassignment>,
    /// What is wrong with the request itself.
    user_errors: Vec<BookingUserError>,
}

/// What became of one booking of a reassignment.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct BookingReassignment {
    /// Which.
    booking_id: ID,
    /// The booking, in a dry run as it would be; null when it stays as it was.
    booking: Option<BookingObject>,
    /// After `VERSION_CONFLICT`: the booking as it is now.
    current: Option<BookingObject>,
    /// Why it stays as it was.
    user_errors: Vec<BookingUserError>,
    #[graphql(skip)]
    broken: Vec<Clash>,
}

/// What became of one booking of a reassignment.
#[ComplexObject]
impl BookingReassignment {
    /// Every rule of scheduling that stands in the way, by name. None when it is refused for another reason.
    async fn violations(&self, ctx: &Context<'_>) -> Result<Vec<RuleViolation>> {
        violations(ctx, &self.broken).await
    }
}

impl BookingReassignment {
    fn of(ctx: &Context<'_>, done: Reassigned) -> Result<Self> {
        let booking_id = gql::to_id(done.id);
        Ok(match gql::settle(ctx, done.outcome)? {
            Ok(booking) => Self {
                booking_id,
                booking: Some(booking.into()),
                current: None,
                user_errors: Vec::new(),
                broken: Vec::new(),
            },
            Err(refusal) => Self {
                booking_id,
                booking: None,
                current: refusal.current::<Booking>().map(BookingObject::from),
                broken: rules_behind(&refusal),
                user_errors: refusal.into(),
            },
        })
    }
}

/// The broken rules that a refusal carries.
fn rules_behind(refusal: &gql::Refusal) -> Vec<Clash> {
    refusal.error().attached::<Broken>().map(|broken| broken.0.clone()).unwrap_or_default()
}

gql::payloads! {
    BookingUserError;
    /// What became of a cancellation.
    BookingCancelPayload { booking: BookingObject = Booking } or current: Booking;
    /// What became of a refusal.
    BookingDeclinePayload { booking: BookingObject = Booking } or current: Booking;
    /// What became of an acceptance.
    BookingConfirmPayload { booking: BookingObject = Booking } or current: Booking;
    /// What became of a prepayment.
    BookingPrepaymentReceivePayload { booking: BookingObject = Booking } or current: Booking;
    /// What became of an arrival.
    BookingArrivePayload { booking: BookingObject = Booking } or current: Booking;
    /// What became of a start.
    BookingStartPayload { booking: BookingObject = Booking } or current: Booking;
    /// What became of a completion.
    BookingCompletePayload { booking: BookingObject = Booking } or current: Booking;
    /// What became of a no-show.
    BookingNoShowPayload { booking: BookingObject = Booking } or current: Booking;
    /// What became of a no-show taken back.
    BookingNoShowUndoPayload { booking: BookingObject = Booking } or current: Booking;
    /// What became of an edit.
    BookingUpdatePayload { booking: BookingObject = Booking } or current: Booking;
    /// What became of the links to a booking.
    BookingLinkRevokePayload { booking: BookingObject = Booking } or current: Booking;
}

/// Mutations of bookings.
#[derive(Default)]
pub struct BookingMutation;

#[Object]
impl BookingMutation {
    /// Books a visit: by staff, by a client through a publishable key, or from a hold. Emits booking.created, and
    /// booking.confirmed unless approval or a prepayment is awaited. A hold that ran out within the last hour takes its slot
    /// again if it is free; else it is `HOLD_ENDED`. Permission:
    /// bookings.book, bookings.own or bookings.all.
    async fn booking_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The visit.")] input: BookingCreateInput,
    ) -> Result<Option<BookingCreatePayload>> {
        let (cx, bookings) = (booker(ctx)?, ctx.data::<Bookings>()?);
        let made = match input.read(cx.locale) {
            Ok(new) => Box::pin(bookings.create(cx, new)).await.map_err(|error| told_to(cx, error)),
            Err(error) => Err(error),
        };
        Ok(Some(match gql::settle(ctx, made)? {
            Ok(booking) => BookingCreatePayload { booking: Some(booking.into()), user_errors: Vec::new(), asked: None },
            Err(refusal) => {
                let lost = [BookingErrorCode::SlotTaken, BookingErrorCode::HoldEnded];
                let asked = input.question().filter(|_| lost.iter().any(|code| refusal.has(*code)));
                BookingCreatePayload { booking: None, user_errors: refusal.into(), asked }
            }
        }))
    }

    /// Moves a visit to another time, other people, or both; the old time is given up only for the new one. A dry run says
    /// what would become of it, by the very same rules. A client moves on their own wish, whatever `initiator` says. Emits
    /// booking.rescheduled. Permission: bookings.own, or a client for their own visit.
    async fn booking_reschedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The move.")] input: BookingRescheduleInput,
    ) -> Result<Option<BookingReschedulePayload>> {
        let (cx, bookings) = (runner_or_client(ctx)?, ctx.data::<Bookings>()?);
        let wanted = input.read()?;
        let asked = OtherTimes { booking: wanted.id, edits: Vec::new(), start: Some(wanted.starts_at) };
        let moved = Box::pin(bookings.reschedule(cx, &wanted)).await.map_err(|error| told_to(cx, error));
        Ok(Some(BookingReschedulePayload::of(gql::settle(ctx, moved)?, asked)))
    }

    /// Gives a visit other lines, all at once: adds and removes them, replaces their service, people and units, changes their
    /// order, what starts together and how long they take. A line that stays keeps the terms that were agreed for it, a new
    /// one is as the catalogue has it today; the cancellation terms become the stricter of both, for the new price. A dry run
    /// says what would become of it, by the very same rules. Emits `booking.lines_changed`. Permission: bookings.own.
    async fn booking_lines_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which booking, and its lines.")] input: BookingLinesUpdateInput,
    ) -> Result<Option<BookingLinesUpdatePayload>> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let wanted = input.read()?;
        let asked = OtherTimes { booking: wanted.id, edits: wanted.lines.clone(), start: wanted.starts_at };
        let edited = bookings.change_lines(cx, &wanted).await;
        Ok(Some(BookingLinesUpdatePayload::of(gql::settle(ctx, edited)?, asked)))
    }

    /// Gives visits to other people without moving them, each by itself: what is possible is done, and for the rest it is said
    /// why not. Emits booking.rescheduled for each that was given away. Permission: bookings.own.
    async fn bookings_reassign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and to whom.")] input: BookingsReassignInput,
    ) -> Result<Option<BookingsReassignPayload>> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let done = Box::pin(bookings.reassign(cx, &input.read()?)).await;
        Ok(Some(match gql::settle(ctx, done)? {
            Ok(done) => {
                let results = done.into_iter().map(|one| BookingReassignment::of(ctx, one)).collect::<Result<_>>()?;
                BookingsReassignPayload { results, user_errors: Vec::new() }
            }
            Err(refusal) => BookingsReassignPayload { results: Vec::new(), user_errors: refusal.into() },
        }))
    }

    /// Lets two visits at one location change places, both or neither: each takes the other's start, and line by line the
    /// person of the other's line at the same position, or of its last one. Durations and prices stay as agreed. Of swaps and
    /// moves of one booking at once the first wins, the others are `VERSION_CONFLICT`. Emits booking.rescheduled for each.
    /// Permission: bookings.own.
    async fn booking_swap(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The two.")] input: BookingSwapInput,
    ) -> Result<Option<BookingSwapPayload>> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let swapped = Box::pin(bookings.swap(cx, &input.read()?)).await;
        Ok(Some(match gql::settle(ctx, swapped)? {
            Ok([one, other]) => BookingSwapPayload {
                booking: Some(one.into()),
                other_booking: Some(other.into()),
                current: None,
                user_errors: Vec::new(),
                broken: BrokenBySide::default(),
            },
            Err(refusal) => BookingSwapPayload {
                booking: None,
                other_booking: None,
                current: refusal.current::<Booking>().map(BookingObject::from),
                broken: refusal.error().attached::<BrokenBySide>().cloned().unwrap_or_default(),
                user_errors: refusal.into(),
            },
        }))
    }

    /// Calls a booking off; its time is free again. What is due by its terms is recorded on it; `cancellationTerms` says it
    /// before. A client calls off on their own wish, whatever `initiator`, `reason` and `charge` say. Emits booking.cancelled.
    /// Permission: bookings.own, or a client for their own visit.
    async fn booking_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which and why.")] input: BookingCancelInput,
    ) -> Result<Option<BookingCancelPayload>> {
        let (cx, bookings) = (runner_or_client(ctx)?, ctx.data::<Bookings>()?);
        let id = gql::id(&input.id)?;
        let done = bookings.cancel(cx, id, input.version, input.ending(), &input.idempotency_key).await;
        gql::answer(ctx, done)
    }

    /// Approves a pending booking: it is agreed, unless its prepayment is still awaited. Emits booking.confirmed or
    /// booking.approved. Permission: bookings.own.
    async fn booking_confirm(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: BookingConfirmInput,
    ) -> Result<Option<BookingConfirmPayload>> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let done = bookings.confirm(cx, gql::id(&input.id)?, input.version).await;
        gql::answer(ctx, done)
    }

    /// Says that the prepayment of a pending booking came in: it is agreed, unless approval is still awaited. Emits
    /// booking.prepaid, and then booking.confirmed. Permission: bookings.own.
    async fn booking_prepayment_receive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: BookingPrepaymentReceiveInput,
    ) -> Result<Option<BookingPrepaymentReceivePayload>> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let id = gql::id(&input.id)?;
        let done = bookings.receive_prepayment(cx, id, input.version, &input.idempotency_key).await;
        gql::answer(ctx, done)
    }

    /// Does not accept a pending booking; its time is free again. Emits booking.declined. Permission: bookings.own.
    async fn booking_decline(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which and why.")] input: BookingDeclineInput,
    ) -> Result<Option<BookingDeclinePayload>> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let id = gql::id(&input.id)?;
        let done = bookings.decline(cx, id, input.version, input.ending(), &input.idempotency_key).await;
        gql::answer(ctx, done)
    }

    /// The client came. Emits booking.arrived. Permission: bookings.own.
    async fn booking_arrive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: BookingArriveInput,
    ) -> Result<Option<BookingArrivePayload>> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let done = bookings.arrive(cx, gql::id(&input.id)?, input.version).await;
        gql::answer(ctx, done)
    }

    /// The visit begins. Emits booking.started. Permission: bookings.own.
    async fn booking_start(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: BookingStartInput,
    ) -> Result<Option<BookingStartPayload>> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let done = bookings.start(cx, gql::id(&input.id)?, input.version).await;
        gql::answer(ctx, done)
    }

    /// The visit is over; what is left of its time is free again. Emits booking.completed. Permission: bookings.own.
    async fn booking_complete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: BookingCompleteInput,
    ) -> Result<Option<BookingCompletePayload>> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let done = bookings.complete(cx, gql::id(&input.id)?, input.version).await;
        gql::answer(ctx, done)
    }

    /// The client did not come, once the start and the company's grace have passed; the time is free again, and what
    /// staying away costs by the booking's terms is due unless it is waived. Emits `booking.no_show`.
    /// Permission: bookings.own.
    async fn booking_no_show(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: BookingNoShowInput,
    ) -> Result<Option<BookingNoShowPayload>> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let done = bookings.mark_no_show(cx, gql::id(&input.id)?, input.version, input.waive_fee).await;
        gql::answer(ctx, done)
    }

    /// Takes a no-show back within 24 hours, if its time is still free. Emits `booking.no_show_undone`.
    /// Permission: bookings.own.
    async fn booking_no_show_undo(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: BookingNoShowUndoInput,
    ) -> Result<Option<BookingNoShowUndoPayload>> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let done = Box::pin(bookings.undo_no_show(cx, gql::id(&input.id)?, input.version)).await;
        gql::answer(ctx, done)
    }

    /// Takes back the links by which its client sees, moves and cancels a booking: those in letters that were sent, and
    /// `manageUrl`. Later letters have a new one. Emits `booking.link_revoked`. Permission: bookings.own.
    async fn booking_link_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose links.")] input: BookingLinkRevokeInput,
    ) -> Result<Option<BookingLinkRevokePayload>> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let done = bookings.revoke_links(cx, gql::id(&input.id)?, input.version).await;
        gql::answer(ctx, done)
    }

    /// Edits a booking's notes. Emits booking.noted. Permission: bookings.own.
    async fn booking_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and the notes.")] input: BookingUpdateInput,
    ) -> Result<Option<BookingUpdatePayload>> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let done = bookings.edit_notes(cx, gql::id(&input.id)?, input.version, &input.read()).await;
        gql::answer(ctx, done)
    }
}
