//! Batches for fields that lead to sessions and to their rosters. What may lead here was already visible to the caller.

use super::{GroupSession, GroupSessionId, repo};
use crate::booking::{Booking, repo as bookings};
use gql::{Load, Source};
use kernel::Result;
use std::collections::HashMap;
use std::sync::Arc;

/// A session behind a field.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionLoad(pub GroupSessionId);

impl Load for SessionLoad {
    type Value = GroupSession;

    async fn load(source: &Source, keys: &[Self]) -> Result<HashMap<Self, GroupSession>> {
        let ids: Vec<GroupSessionId> = keys.iter().map(|key| key.0).collect();
        let sessions = repo::list_by_ids(&*source.reader().await?, &ids).await?;
        Ok(sessions.into_iter().map(|session| (Self(session.id), session)).collect())
    }
}

/// The bookings of a session, but those that were called off or declined: two statements for any number of sessions.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RosterLoad(pub GroupSessionId);

impl Load for RosterLoad {
    type Value = Vec<Arc<Booking>>;

    async fn load(source: &Source, keys: &[Self]) -> Result<HashMap<Self, Vec<Arc<Booking>>>> {
        let sessions: Vec<GroupSessionId> = keys.iter().map(|key| key.0).collect();
        let reader = source.reader().await?;
        let rosters = repo::rosters(&reader, &sessions).await?;
        let ids: Vec<_> = rosters.values().flatten().copied().collect();
        let found = bookings::list_by_ids(&reader, &ids).await?;
        let found: HashMap<_, _> = found.into_iter().map(|booking| (booking.id, Arc::new(booking))).collect();
        let roster = |session: &GroupSessionId| {
            let ids = rosters.get(session).map(Vec::as_slice).unwrap_or_default();
            (Self(*session), ids.iter().filter_map(|id| found.get(id).cloned()).collect())
        };
        Ok(sessions.iter().map(roster).collect())
    }
}
