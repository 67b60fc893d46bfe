//! Making cards by the hundred, for databases that load is measured on. The cards obey the same rules as others; bulk
//! means that they are written together and that there are no events about them.

use access::Cx;
use kernel::{Error, Result};

use super::amend::ClientChange;
use super::{Client, ClientId, repo};
use crate::Clients;
use crate::permissions::CLIENTS_WRITE;

impl Clients {
    /// Makes cards in one transaction. Only the server itself may.
    pub async fn load(&self, cx: &Cx, cards: &[ClientChange]) -> Result<Vec<ClientId>> {
        cx.require(CLIENTS_WRITE)?;
        if !cx.actor.is_system() {
            return Err(Error::forbidden(CLIENTS_WRITE.name));
        }
        db::transaction!(self.db, cx.company()?, |tx| {
            let settings = self.tenancy.settings(tx).await?;
            let today = kernel::time::local_date(settings.zone, tx.now());
            let mut clients = Vec::with_capacity(cards.len());
            for card in cards {
                let mut client = Client::blank(ClientId::new(), None, tx.now());
                client.amend(card.clone(), today)?;
                clients.push(client);
            }
            repo::insert_all(tx, &clients, settings.locale).await?;
            Ok(clients.iter().map(|client| client.id).collect())
        })
    }
}
