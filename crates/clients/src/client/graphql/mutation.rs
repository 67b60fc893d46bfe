//! Changing cards.

use async_graphql::{Context, Object, Result, SimpleObject};

use super::super::{Client, ClientId};
use super::input::{
    ClientArchiveInput, ClientBlockInput, ClientConsentSetInput, ClientCreateInput, ClientRestoreInput,
    ClientUnblockInput, ClientUpdateInput,
};
use super::object::ClientObject;
use crate::{ClientUserError, Clients};

/// What became of a new card.
#[derive(SimpleObject)]
pub(super) struct ClientCreatePayload {
    /// The card; null when it was refused.
    client: Option<ClientObject>,
    /// Live cards that may be the same person: a phone, an address or the name in common. They never prevent the new one.
    possible_duplicates: Vec<ClientObject>,
    /// What to mend; empty when the card was made.
    user_errors: Vec<ClientUserError>,
}

gql::payloads! {
    ClientUserError;
    /// What became of an edit of a card.
    ClientUpdatePayload { client: ClientObject = Client } or current: Client;
    /// What became of a card that was put away.
    ClientArchivePayload { client: ClientObject = Client } or current: Client;
    /// What became of a card that was brought back.
    ClientRestorePayload { client: ClientObject = Client } or current: Client;
    /// What became of a client that was put onto the block list.
    ClientBlockPayload { client: ClientObject = Client } or current: Client;
    /// What became of a client that was taken off the block list.
    ClientUnblockPayload { client: ClientObject = Client } or current: Client;
    /// What became of what a client said about advertising.
    ClientConsentSetPayload { client: ClientObject = Client } or current: Client;
}

/// Changes of cards.
#[derive(Default)]
pub struct ClientMutation;

#[Object]
impl ClientMutation {
    /// Makes a card. Emits `client.created`. Permission: clients.write.
    async fn client_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The card.")] input: ClientCreateInput,
    ) -> Result<Option<ClientCreatePayload>> {
        let (cx, clients) = (gql::cx(ctx)?, ctx.data::<Clients>()?);
        let outcome = clients.create(cx, input.read()?).await;
        Ok(Some(match gql::settle(ctx, outcome)? {
            Ok(client) => {
                let reader = gql::reader(ctx).await?;
                let alike = clients.duplicates(cx, &reader, &client).await?;
                ClientCreatePayload {
                    client: Some(client.into()),
                    possible_duplicates: alike.into_iter().map(ClientObject::from).collect(),
                    user_errors: Vec::new(),
                }
            }
            Err(refusal) => {
                ClientCreatePayload { client: None, possible_duplicates: Vec::new(), user_errors: refusal.into() }
            }
        }))
    }

    /// Edits a card. Emits `client.changed`. Permission: clients.write.
    async fn client_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The edit.")] input: ClientUpdateInput,
    ) -> Result<Option<ClientUpdatePayload>> {
        let (cx, id, version) = (gql::cx(ctx)?, gql::id::<ClientId>(&input.id)?, input.version);
        let outcome = ctx.data::<Clients>()?.update(cx, id, version, input.read()?).await;
        gql::answer(ctx, outcome)
    }

    /// Puts a card away; its visits stay. Emits `client.archived`. Permission: clients.manage.
    async fn client_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which card.")] input: ClientArchiveInput,
    ) -> Result<Option<ClientArchivePayload>> {
        let outcome = ctx.data::<Clients>()?.archive(gql::cx(ctx)?, gql::id(&input.id)?, input.version).await;
        gql::answer(ctx, outcome)
    }

    /// Brings an archived card back. Emits `client.restored`. Permission: clients.manage.
    async fn client_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which card.")] input: ClientRestoreInput,
    ) -> Result<Option<ClientRestorePayload>> {
        let outcome = ctx.data::<Clients>()?.restore(gql::cx(ctx)?, gql::id(&input.id)?, input.version).await;
        gql::answer(ctx, outcome)
    }

    /// Puts a client onto the block list, or changes the reason: they may no longer book by themselves, staff may
    /// still book for them. Emits `client.blocked`. Permission: clients.manage.
    async fn client_block(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who and why.")] input: ClientBlockInput,
    ) -> Result<Option<ClientBlockPayload>> {
        let (cx, id) = (gql::cx(ctx)?, gql::id(&input.id)?);
        let outcome = ctx.data::<Clients>()?.block(cx, id, input.version, &input.reason).await;
        gql::answer(ctx, outcome)
    }

    /// Takes a client off the block list. Emits `client.unblocked`. Permission: clients.manage.
    async fn client_unblock(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which card.")] input: ClientUnblockInput,
    ) -> Result<Option<ClientUnblockPayload>> {
        let outcome = ctx.data::<Clients>()?.unblock(gql::cx(ctx)?, gql::id(&input.id)?, input.version).await;
        gql::answer(ctx, outcome)
    }

    /// Records what a client said about advertising, with the sentence that they were shown; the time is now. Emits
    /// `client.consent_changed`. Permission: clients.write.
    async fn client_consent_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who said what.")] input: ClientConsentSetInput,
    ) -> Result<Option<ClientConsentSetPayload>> {
        let (cx, id) = (gql::cx(ctx)?, gql::id(&input.id)?);
        let outcome = ctx.data::<Clients>()?.set_consent(cx, id, input.version, input.given, &input.wording).await;
        gql::answer(ctx, outcome)
    }
}
