//! Clients with a session, as tenancy lets them in. The token names the company, so the row is found inside it like any other.

use access::{BuiltinRole, ClientProof};
use kernel::{CompanyId, Result};
use tenancy::{Admitted, ClientDoor};

use crate::{ClientId, Clients};

#[async_trait::async_trait]
impl ClientDoor for Clients {
    async fn admit(&self, shown: &str) -> Result<Option<Admitted>> {
        match self.tenancy.read_client_token(shown) {
            Some((company, session)) => self.readmit(company, ClientProof::Session(session)).await,
            None => Ok(None),
        }
    }

    async fn readmit(&self, company: CompanyId, proof: ClientProof) -> Result<Option<Admitted>> {
        let ClientProof::Session(session) = proof else { return Ok(None) };
        let r = self.db.read(company).await?;
        let known = self.session_of(&r, session).await?;
        Ok(known.map(|(session, card)| Admitted {
            company,
            client: card.map(ClientId::uuid),
            proof,
            // Like a page on which they could do the same without saying who they are.
            permissions: BuiltinRole::PublishableKey.permissions(),
            locale: Some(session.language),
        }))
    }
}
