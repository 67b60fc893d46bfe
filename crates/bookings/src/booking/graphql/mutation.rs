//! Changing bookings.

use super::input::{
    BookingCancelInput, BookingCreateInput, BookingDeclineInput, BookingRescheduleInput, BookingUpdateInput, StepInput,
};
use super::object::BookingObject;
use super::{booker, runner};
use crate::booking::{Booking, BookingId};
use crate::error::BookingErrorCode;
use crate::slots::AvailabilityQuery;
use crate::slots::graphql::{AvailableSlot, other_times};
use crate::{BookingUserError, Bookings};
use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use gql::Refusal;
use kernel::CommonCode;

/// What became of a booking request.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct BookingCreatePayload {
    /// The booking; null when it was refused.
    booking: Option<BookingObject>,
    /// Why it was refused.
    user_errors: Vec<BookingUserError>,
    #[graphql(skip)]
    asked: Option<(AvailabilityQuery, DateTime<Utc>)>,
}

/// What became of a booking request.
#[ComplexObject]
impl BookingCreatePayload {
    /// After `SLOT_TAKEN`: the nearest other times for the same visit, at most five. Looked for only when selected.
    async fn alternatives(&self, ctx: &Context<'_>) -> Result<Vec<AvailableSlot>> {
        other_times(ctx, self.asked.as_ref()).await
    }
}

/// What became of a move.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct BookingReschedulePayload {
    /// The booking; null when the move was refused.
    booking: Option<BookingObject>,
    /// After `VERSION_CONFLICT`: the booking as it is now.
    current: Option<BookingObject>,
    /// Why it was refused.
    user_errors: Vec<BookingUserError>,
    #[graphql(skip)]
    asked: Option<(BookingId, DateTime<Utc>)>,
}

/// What became of a move.
#[ComplexObject]
impl BookingReschedulePayload {
    /// After `SLOT_TAKEN`: the nearest other times for the same visit, at most five. Looked for only when selected.
    async fn alternatives(&self, ctx: &Context<'_>) -> Result<Vec<AvailableSlot>> {
        let Some((id, start)) = self.asked else { return Ok(Vec::new()) };
        let (cx, reader) = (gql::cx(ctx)?, gql::reader(ctx).await?);
        let query = ctx.data::<Bookings>()?.question_of(cx, &reader, id).await?;
        other_times(ctx, Some(&(query, start))).await
    }
}

/// Declares payloads of changes that answer with the booking.
macro_rules! payloads {
    ($($(#[doc = $doc:literal])+ $name:ident;)+) => {$(
        $(#[doc = $doc])+
        #[derive(SimpleObject)]
        pub struct $name {
            /// The booking; null when it was refused.
            booking: Option<BookingObject>,
            /// After `VERSION_CONFLICT`: the booking as it is now.
            current: Option<BookingObject>,
            /// Why it was refused.
            user_errors: Vec<BookingUserError>,
        }

        impl $name {
            fn settle(ctx: &Context<'_>, result: kernel::Result<Booking>) -> Result<Self> {
                Ok(match gql::settle(ctx, result)? {
                    Ok(booking) => Self { booking: Some(booking.into()), current: None, user_errors: Vec::new() },
                    Err(refusal) => Self { booking: None, current: current(&refusal), user_errors: refusal.into() },
                })
            }
        }
    )+};
}

payloads! {
    /// What became of a cancellation.
    BookingCancelPayload;
    /// What became of a refusal.
    BookingDeclinePayload;
    /// What became of an acceptance.
    BookingConfirmPayload;
    /// What became of an arrival.
    BookingArrivePayload;
    /// What became of a start.
    BookingStartPayload;
    /// What became of a completion.
    BookingCompletePayload;
    /// What became of a no-show.
    BookingNoShowPayload;
    /// What became of a no-show taken back.
    BookingNoShowUndoPayload;
    /// What became of an edit.
    BookingUpdatePayload;
}

/// Mutations of bookings.
#[derive(Default)]
pub struct BookingMutation;

#[Object]
impl BookingMutation {
    /// Books a visit: by staff, by a client through a publishable key, or from a hold. Emits booking.created, and
    /// booking.confirmed unless approval is awaited. Permission:
    /// bookings.book, bookings.own or bookings.all.
    async fn booking_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The visit.")] input: BookingCreateInput,
    ) -> Result<BookingCreatePayload> {
        let (cx, bookings) = (booker(ctx)?, ctx.data::<Bookings>()?);
        let made = match input.read(cx.locale) {
            Ok(new) => bookings.create(cx, new).await,
            Err(error) => Err(error),
        };
        Ok(match gql::settle(ctx, made)? {
            Ok(booking) => BookingCreatePayload { booking: Some(booking.into()), user_errors: Vec::new(), asked: None },
            Err(refusal) => {
                let asked = input.question().filter(|_| refusal.has(BookingErrorCode::SlotTaken));
                BookingCreatePayload { booking: None, user_errors: refusal.into(), asked }
            }
        })
    }

    /// Moves a visit to another time, other people, or both; the old time is given up only for the new one. Emits
    /// booking.rescheduled. Permission: bookings.own.
    async fn booking_reschedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The move.")] input: BookingRescheduleInput,
    ) -> Result<BookingReschedulePayload> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let wanted = input.read()?;
        Ok(match gql::settle(ctx, bookings.reschedule(cx, &wanted).await)? {
            Ok(booking) => BookingReschedulePayload {
                booking: Some(booking.into()),
                current: None,
                user_errors: Vec::new(),
                asked: None,
            },
            Err(refusal) => BookingReschedulePayload {
                booking: None,
                current: current(&refusal),
                asked: refusal.has(BookingErrorCode::SlotTaken).then_some((wanted.id, wanted.starts_at)),
                user_errors: refusal.into(),
            },
        })
    }

    /// Calls a booking off; its time is free again. Emits booking.cancelled. Permission: bookings.own.
    async fn booking_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which and why.")] input: BookingCancelInput,
    ) -> Result<BookingCancelPayload> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let id = gql::id(&input.id)?;
        let done = bookings.cancel(cx, id, input.version, input.ending(), &input.idempotency_key).await;
        BookingCancelPayload::settle(ctx, done)
    }

    /// Accepts a pending booking. Emits booking.confirmed. Permission: bookings.own.
    async fn booking_confirm(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: StepInput,
    ) -> Result<BookingConfirmPayload> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let done = bookings.confirm(cx, gql::id(&input.id)?, input.version).await;
        BookingConfirmPayload::settle(ctx, done)
    }

    /// Does not accept a pending booking; its time is free again. Emits booking.declined. Permission: bookings.own.
    async fn booking_decline(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which and why.")] input: BookingDeclineInput,
    ) -> Result<BookingDeclinePayload> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let id = gql::id(&input.id)?;
        let done = bookings.decline(cx, id, input.version, input.ending(), &input.idempotency_key).await;
        BookingDeclinePayload::settle(ctx, done)
    }

    /// The client came. Emits booking.arrived. Permission: bookings.own.
    async fn booking_arrive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: StepInput,
    ) -> Result<BookingArrivePayload> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let done = bookings.arrive(cx, gql::id(&input.id)?, input.version).await;
        BookingArrivePayload::settle(ctx, done)
    }

    /// The visit begins. Emits booking.started. Permission: bookings.own.
    async fn booking_start(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: StepInput,
    ) -> Result<BookingStartPayload> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let done = bookings.start(cx, gql::id(&input.id)?, input.version).await;
        BookingStartPayload::settle(ctx, done)
    }

    /// The visit is over; what is left of its time is free again. Emits booking.completed. Permission: bookings.own.
    async fn booking_complete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: StepInput,
    ) -> Result<BookingCompletePayload> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let done = bookings.complete(cx, gql::id(&input.id)?, input.version).await;
        BookingCompletePayload::settle(ctx, done)
    }

    /// The client did not come, ten minutes after the start at the earliest; the time is free again. Emits
    /// `booking.no_show`. Permission: bookings.own.
    async fn booking_no_show(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: StepInput,
    ) -> Result<BookingNoShowPayload> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let done = bookings.mark_no_show(cx, gql::id(&input.id)?, input.version).await;
        BookingNoShowPayload::settle(ctx, done)
    }

    /// Takes a no-show back within 24 hours, if its time is still free. Emits `booking.no_show_undone`.
    /// Permission: bookings.own.
    async fn booking_no_show_undo(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: StepInput,
    ) -> Result<BookingNoShowUndoPayload> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let done = bookings.undo_no_show(cx, gql::id(&input.id)?, input.version).await;
        BookingNoShowUndoPayload::settle(ctx, done)
    }

    /// Edits a booking's notes. Emits booking.noted. Permission: bookings.own.
    async fn booking_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and the notes.")] input: BookingUpdateInput,
    ) -> Result<BookingUpdatePayload> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let done = bookings.edit_notes(cx, gql::id(&input.id)?, input.version, &input.read()).await;
        BookingUpdatePayload::settle(ctx, done)
    }
}

/// The present state that came with a version conflict.
fn current(refusal: &Refusal) -> Option<BookingObject> {
    let conflict = refusal.has(CommonCode::VersionConflict);
    refusal.attached::<Booking>().filter(|_| conflict).cloned().map(BookingObject::from)
}
