//! The roots of this crate, merged from its slices.

use crate::booking::graphql::{BookingMutation, BookingQuery};
use crate::calendar::graphql::{CalendarQueryRoot, CalendarSubscription};
use crate::feed::graphql::{FeedMutation, FeedQuery};
use crate::hold::graphql::{HoldMutation, HoldQuery};
use crate::series::graphql::{SeriesMutation, SeriesQuery};
use crate::session::graphql::{GroupSessionMutation, GroupSessionQuery};
use crate::slots::graphql::AvailabilityQueryRoot;
use crate::waitlist::graphql::{WaitlistMutation, WaitlistQuery};
use async_graphql::{MergedObject, MergedSubscription};

/// Queries about bookings.
#[derive(MergedObject, Default)]
pub struct BookingsQuery(
    BookingQuery,
    SeriesQuery,
    AvailabilityQueryRoot,
    HoldQuery,
    CalendarQueryRoot,
    GroupSessionQuery,
    WaitlistQuery,
    FeedQuery,
);

/// Changes of bookings.
#[derive(MergedObject, Default)]
pub struct BookingsMutation(
    BookingMutation,
    SeriesMutation,
    HoldMutation,
    GroupSessionMutation,
    WaitlistMutation,
    FeedMutation,
);

/// What changes in the calendar.
#[derive(MergedSubscription, Default)]
pub struct BookingsSubscription(CalendarSubscription);
