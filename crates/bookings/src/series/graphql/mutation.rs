//! Changing series.

use super::input::{
    BookingSeriesCancelInput, BookingSeriesCreateInput, BookingSeriesExtendInput, BookingSeriesMoveInput,
};
use super::object::{SeriesObject, SeriesOccurrence};
use crate::booking::Booking;
use crate::booking::graphql::{BookingObject, runner};
use crate::series::Series;
use crate::series::service::conflicts;
use crate::{BookingUserError, Bookings};
use async_graphql::{Context, Object, Result, SimpleObject};

/// What became of a new series.
#[derive(SimpleObject)]
pub struct BookingSeriesCreatePayload {
    /// The series; null when it was refused, and in a dry run.
    series: Option<SeriesObject>,
    /// Date by date, in order: also of a dry run and after `SERIES_CONFLICT`. A repeated request is told of the visits that
    /// were made; what was skipped is on the series.
    occurrences: Vec<SeriesOccurrence>,
    /// Why it was refused, or would be.
    user_errors: Vec<BookingUserError>,
}

/// What became of a series that was to go on.
#[derive(SimpleObject)]
pub struct BookingSeriesExtendPayload {
    /// The series; null when it was refused, and in a dry run.
    series: Option<SeriesObject>,
    /// Its new dates one by one, in order: also of a dry run and after `SERIES_CONFLICT`.
    occurrences: Vec<SeriesOccurrence>,
    /// After `VERSION_CONFLICT`: the series as it is now.
    current: Option<SeriesObject>,
    /// Why it was refused, or would be.
    user_errors: Vec<BookingUserError>,
}

/// What became of a move of visits.
#[derive(SimpleObject)]
pub struct BookingSeriesMovePayload {
    /// The series that the visits belong to now; null when it was refused, and in a dry run.
    series: Option<SeriesObject>,
    /// The visits one by one, in order of their dates: also of a dry run and after `SERIES_CONFLICT`.
    occurrences: Vec<SeriesOccurrence>,
    /// After `VERSION_CONFLICT`: the visit in question as it is now.
    current: Option<BookingObject>,
    /// Why it was refused, or would be.
    user_errors: Vec<BookingUserError>,
}

/// What became of visits that were to be called off.
#[derive(SimpleObject)]
pub struct BookingSeriesCancelPayload {
    /// The series; null when it was refused.
    series: Option<SeriesObject>,
    /// The visits that were called off, in order of their dates.
    occurrences: Vec<SeriesOccurrence>,
    /// After `VERSION_CONFLICT` and `CANCEL_TOO_LATE`: the visit in question as it is now.
    current: Option<BookingObject>,
    /// Why it was refused.
    user_errors: Vec<BookingUserError>,
}

/// Mutations of series.
#[derive(Default)]
pub struct SeriesMutation;

#[Object]
impl SeriesMutation {
    /// Books visits that repeat, at the same time of day: all of them or, with `SKIP_CONFLICTS`, those that are possible.
    /// Every date is decided as a single booking is, in one transaction. Emits `booking_series.created`, and
    /// booking.created for each visit. Permission: bookings.own.
    async fn booking_series_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The series.")] input: BookingSeriesCreateInput,
    ) -> Result<Option<BookingSeriesCreatePayload>> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let made = match input.read() {
            Ok(new) => bookings.create_series(cx, &new).await,
            Err(error) => Err(error),
        };
        Ok(Some(match gql::settle(ctx, made)? {
            Ok(changed) => BookingSeriesCreatePayload {
                series: changed.series.map(SeriesObject::from),
                occurrences: SeriesOccurrence::all(changed.outcomes, changed.zone),
                user_errors: Vec::new(),
            },
            Err(refusal) => BookingSeriesCreatePayload {
                series: None,
                occurrences: occurrences(&refusal),
                user_errors: refusal.into(),
            },
        }))
    }

    /// Books the further dates that a series' rule gives up to a later last date. Emits `booking_series.extended`, and
    /// booking.created for each visit. Permission: bookings.own.
    async fn booking_series_extend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and until when.")] input: BookingSeriesExtendInput,
    ) -> Result<Option<BookingSeriesExtendPayload>> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let made = bookings.extend_series(cx, &input.read()?).await;
        Ok(Some(match gql::settle(ctx, made)? {
            Ok(changed) => BookingSeriesExtendPayload {
                series: changed.series.map(SeriesObject::from),
                occurrences: SeriesOccurrence::all(changed.outcomes, changed.zone),
                current: None,
                user_errors: Vec::new(),
            },
            Err(refusal) => BookingSeriesExtendPayload {
                series: None,
                occurrences: occurrences(&refusal),
                current: refusal.current::<Series>().map(SeriesObject::from),
                user_errors: refusal.into(),
            },
        }))
    }

    /// Moves visits of a series to another time of day, to other people, or both. With `THIS_AND_FOLLOWING` they become a
    /// series of their own. Emits `booking_series.moved`, and booking.rescheduled for each visit. Permission: bookings.own.
    async fn booking_series_move(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The move.")] input: BookingSeriesMoveInput,
    ) -> Result<Option<BookingSeriesMovePayload>> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let moved = match input.read() {
            Ok(wanted) => bookings.move_series(cx, &wanted).await,
            Err(error) => Err(error),
        };
        Ok(Some(match gql::settle(ctx, moved)? {
            Ok(changed) => BookingSeriesMovePayload {
                series: changed.series.map(SeriesObject::from),
                occurrences: SeriesOccurrence::all(changed.outcomes, changed.zone),
                current: None,
                user_errors: Vec::new(),
            },
            Err(refusal) => BookingSeriesMovePayload {
                series: None,
                occurrences: occurrences(&refusal),
                current: refusal.current::<Booking>().map(BookingObject::from),
                user_errors: refusal.into(),
            },
        }))
    }

    /// Calls visits of a series off; their time is free again. What is due by the terms of each is recorded on it, as
    /// `bookingCancel` does. Emits `booking_series.cancelled`, and booking.cancelled for each visit. Permission: bookings.own.
    async fn booking_series_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which and why.")] input: BookingSeriesCancelInput,
    ) -> Result<Option<BookingSeriesCancelPayload>> {
        let (cx, bookings) = (runner(ctx)?, ctx.data::<Bookings>()?);
        let ended = Box::pin(bookings.cancel_series(cx, &input.read()?)).await;
        Ok(Some(match gql::settle(ctx, ended)? {
            Ok(changed) => BookingSeriesCancelPayload {
                series: changed.series.map(SeriesObject::from),
                occurrences: SeriesOccurrence::all(changed.outcomes, changed.zone),
                current: None,
                user_errors: Vec::new(),
            },
            Err(refusal) => BookingSeriesCancelPayload {
                series: None,
                occurrences: Vec::new(),
                current: refusal.error().attached::<Booking>().cloned().map(BookingObject::from),
                user_errors: refusal.into(),
            },
        }))
    }
}

/// Date by date, of a refusal because of some.
fn occurrences(refusal: &gql::Refusal) -> Vec<SeriesOccurrence> {
    let (outcomes, zone) = conflicts(refusal.error()).unwrap_or((Vec::new(), chrono_tz::Tz::UTC));
    SeriesOccurrence::all(outcomes, zone)
}
