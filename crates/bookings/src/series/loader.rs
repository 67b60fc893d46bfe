//! Batches for fields that lead to a series or to its visits. What may lead here was already visible to the caller; of the
//! visits the resolver shows those that the caller reaches.

use super::{Series, SeriesId, repo};
use crate::booking::Booking;
use gql::{Load, Source};
use kernel::Result;
use std::collections::HashMap;
use std::sync::Arc;

impl Load for SeriesId {
    type Value = Arc<Series>;

    async fn load(source: &Source, ids: &[Self]) -> Result<HashMap<Self, Arc<Series>>> {
        let series = repo::list_by_ids(&*source.reader().await?, ids).await?;
        Ok(series.into_iter().map(|series| (series.id, Arc::new(series))).collect())
    }
}

/// The visits of a series, in order of their dates.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct VisitsOf(pub(super) SeriesId);

impl Load for VisitsOf {
    type Value = Arc<Vec<Arc<Booking>>>;

    async fn load(source: &Source, keys: &[Self]) -> Result<HashMap<Self, Self::Value>> {
        let ids: Vec<SeriesId> = keys.iter().map(|key| key.0).collect();
        let mut visits: HashMap<Self, Vec<Arc<Booking>>> = HashMap::with_capacity(keys.len());
        for booking in crate::booking::repo::list_of_series(&*source.reader().await?, &ids).await? {
            if let Some(own) = booking.series {
                visits.entry(Self(own.id)).or_default().push(Arc::new(booking));
            }
        }
        Ok(visits.into_iter().map(|(key, visits)| (key, Arc::new(visits))).collect())
    }
}
