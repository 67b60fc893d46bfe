//! Changing cards.

use async_graphql::{Context, Object, Result, SimpleObject};
use gql::Refusal;

use super::super::{Client, ClientId};
use super::input::{ClientBlockInput, ClientConsentSetInput, ClientCreateInput, ClientUpdateInput, ClientVersionInput};
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

/// What became of a change of a card.
#[derive(SimpleObject)]
pub(super) struct ClientPayload {
    /// The card after the change; null when it was refused.
    client: Option<ClientObject>,
    /// The card as it stands, after `VERSION_CONFLICT`.
    current: Option<ClientObject>,
    /// What to mend; empty when the change was made.
    user_errors: Vec<ClientUserError>,
}

impl From<Result<Client, Refusal>> for ClientPayload {
    fn from(outcome: Result<Client, Refusal>) -> Self {
        match outcome {
            Ok(client) => Self { client: Some(client.into()), current: None, user_errors: Vec::new() },
            Err(refusal) => Self {
                client: None,
                current: refusal.attached::<Client>().cloned().map(ClientObject::from),
                user_errors: refusal.into(),
            },
        }
    }
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
    ) -> Result<ClientCreatePayload> {
        let (cx, clients) = (gql::cx(ctx)?, ctx.data::<Clients>()?);
        let outcome = clients.create(cx, input.read()?).await;
        match gql::settle(ctx, outcome)? {
            Ok(client) => {
                let reader = gql::reader(ctx).await?;
                let alike = clients.duplicates(cx, &reader, &client).await?;
                Ok(ClientCreatePayload {
                    client: Some(client.into()),
                    possible_duplicates: alike.into_iter().map(ClientObject::from).collect(),
                    user_errors: Vec::new(),
                })
            }
            Err(refusal) => {
                Ok(ClientCreatePayload { client: None, possible_duplicates: Vec::new(), user_errors: refusal.into() })
            }
        }
    }

    /// Edits a card. Emits `client.changed`. Permission: clients.write.
    async fn client_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The edit.")] input: ClientUpdateInput,
    ) -> Result<ClientPayload> {
        let (cx, id, version) = (gql::cx(ctx)?, gql::id::<ClientId>(&input.id)?, input.version);
        let outcome = ctx.data::<Clients>()?.update(cx, id, version, input.read()?).await;
        Ok(gql::settle(ctx, outcome)?.into())
    }

    /// Puts a card away; its visits stay. Emits `client.archived`. Permission: clients.manage.
    async fn client_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which card.")] input: ClientVersionInput,
    ) -> Result<ClientPayload> {
        let outcome = ctx.data::<Clients>()?.archive(gql::cx(ctx)?, gql::id(&input.id)?, input.version).await;
        Ok(gql::settle(ctx, outcome)?.into())
    }

    /// Brings an archived card back. Emits `client.restored`. Permission: clients.manage.
    async fn client_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which card.")] input: ClientVersionInput,
    ) -> Result<ClientPayload> {
        let outcome = ctx.data::<Clients>()?.restore(gql::cx(ctx)?, gql::id(&input.id)?, input.version).await;
        Ok(gql::settle(ctx, outcome)?.into())
    }

    /// Puts a client onto the block list, or changes the reason: they may no longer book by themselves, staff may
    /// still book for them. Emits `client.blocked`. Permission: clients.manage.
    async fn client_block(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who and why.")] input: ClientBlockInput,
    ) -> Result<ClientPayload> {
        let (cx, id) = (gql::cx(ctx)?, gql::id(&input.id)?);
        let outcome = ctx.data::<Clients>()?.block(cx, id, input.version, &input.reason).await;
        Ok(gql::settle(ctx, outcome)?.into())
    }

    /// Takes a client off the block list. Emits `client.unblocked`. Permission: clients.manage.
    async fn client_unblock(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which card.")] input: ClientVersionInput,
    ) -> Result<ClientPayload> {
        let outcome = ctx.data::<Clients>()?.unblock(gql::cx(ctx)?, gql::id(&input.id)?, input.version).await;
        Ok(gql::settle(ctx, outcome)?.into())
    }

    /// Records what a client said about advertising, with the sentence that they were shown; the time is now. Emits
    /// `client.consent_changed`. Permission: clients.write.
    async fn client_consent_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who said what.")] input: ClientConsentSetInput,
    ) -> Result<ClientPayload> {
        let (cx, id) = (gql::cx(ctx)?, gql::id(&input.id)?);
        let outcome = ctx.data::<Clients>()?.set_consent(cx, id, input.version, input.given, &input.wording).await;
        Ok(gql::settle(ctx, outcome)?.into())
    }
}
