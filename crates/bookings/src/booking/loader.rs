//! Batches for fields of other objects that lead to a booking. What may lead here was already visible to the caller.

use super::{Booking, BookingId, repo};
use gql::{Load, Source};
use kernel::Result;
use std::collections::HashMap;
use std::sync::Arc;

/// A booking behind a field.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct BookingLoad(pub BookingId);

impl Load for BookingLoad {
    type Value = Arc<Booking>;

    async fn load(source: &Source, keys: &[Self]) -> Result<HashMap<Self, Arc<Booking>>> {
        let ids: Vec<BookingId> = keys.iter().map(|key| key.0).collect();
        let bookings = repo::list_by_ids(&*source.reader().await?, &ids).await?;
        Ok(bookings.into_iter().map(|booking| (Self(booking.id), Arc::new(booking))).collect())
    }
}
