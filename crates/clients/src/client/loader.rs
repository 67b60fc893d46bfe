//! Batches for the fields of other objects that lead to a card, and for what a card asks of bookings.
//! What may lead here was already visible to the caller, so a name is; phones and notes ask for their permission.

use std::collections::HashMap;
use std::sync::Arc;

use gql::{Load, Source};
use kernel::Result;

use super::{Client, ClientId};
use crate::Clients;
use crate::ports::Visits;

impl Load for ClientId {
    type Value = Arc<Client>;

    async fn load(source: &Source, ids: &[Self]) -> Result<HashMap<Self, Arc<Client>>> {
        let clients = source.handle::<Clients>()?.get_many(&*source.reader().await?, ids).await?;
        Ok(clients.into_iter().map(|client| (client.id, Arc::new(client))).collect())
    }
}

/// The visits of a client.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct VisitsOf(pub(crate) ClientId);

impl Load for VisitsOf {
    type Value = Visits;

    async fn load(source: &Source, keys: &[Self]) -> Result<HashMap<Self, Visits>> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let visits = source.handle::<Clients>()?.visits(&*source.reader().await?, &ids).await?;
        Ok(visits.into_iter().map(|(id, visits)| (Self(id), visits)).collect())
    }
}
