//! Clients who prove who they are, in the schema.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use gql::{DateTime, Locale};

use super::{ClientSelf, ClientToken};
use crate::{ClientUserError, Clients};

/// A client, as they see themselves.
#[derive(SimpleObject)]
#[graphql(name = "ClientSelf")]
pub struct ClientSelfObject {
    /// What the company calls them; null before they have a card, which the first booking makes.
    name: Option<String>,
    /// The address that they proved by a code; null for who shows the link of one booking.
    email: Option<String>,
    /// The language in which they are written to.
    language: Locale,
}

impl From<ClientSelf> for ClientSelfObject {
    fn from(client: ClientSelf) -> Self {
        Self {
            name: client.name,
            email: client.email.map(kernel::Email::into_string),
            language: client.language.into(),
        }
    }
}

/// What a client shows from now on.
#[derive(SimpleObject)]
#[graphql(name = "ClientToken")]
pub struct ClientTokenObject {
    /// Sent with each request as `Authorization: Bearer …`, in the place of the page's key. It is for this company alone.
    token: String,
    /// When it expires: 30 minutes from now. There is no refresh; another code opens another session.
    expires_at: DateTime,
}

impl From<ClientToken> for ClientTokenObject {
    fn from(token: ClientToken) -> Self {
        Self { token: token.token, expires_at: token.expires_at.into() }
    }
}

/// Queries of clients about themselves.
#[derive(Default)]
pub struct SignInQuery;

#[Object]
impl SignInQuery {
    /// The client who asks. Their visits are `clientBookings`. Permission: a client, by the token of a code or by a link.
    async fn client_self(&self, ctx: &Context<'_>) -> Result<Option<ClientSelfObject>> {
        let (cx, reader) = (gql::cx(ctx)?, gql::reader(ctx).await?);
        Ok(Some(ctx.data::<Clients>()?.client_self(cx, &reader).await?.into()))
    }
}

/// An address to which a code is to be sent.
#[derive(InputObject)]
struct ClientCodeRequestInput {
    /// The client's e-mail address.
    email: String,
    /// The language of the letter; the caller's when left out.
    language: Option<Locale>,
}

/// A code that came.
#[derive(InputObject)]
struct ClientCodeConfirmInput {
    /// The address to which it was sent.
    email: String,
    /// The six digits.
    #[graphql(secret)]
    code: String,
}

/// What became of a request for a code.
#[derive(SimpleObject)]
pub struct ClientCodeRequestPayload {
    /// Whether it is on its way: for every address that can be one, whoever has it.
    done: bool,
    /// What to mend; empty when it was done.
    user_errors: Vec<ClientUserError>,
}

/// What became of the end of a client's session.
#[derive(SimpleObject)]
pub struct ClientSignOutPayload {
    /// Whether it was done.
    done: bool,
    /// What to mend; empty when it was done.
    user_errors: Vec<ClientUserError>,
}

macro_rules! done {
    ($($name:ident)+) => {$(
        impl From<std::result::Result<(), gql::Refusal>> for $name {
            fn from(outcome: std::result::Result<(), gql::Refusal>) -> Self {
                match outcome {
                    Ok(()) => Self { done: true, user_errors: Vec::new() },
                    Err(refusal) => Self { done: false, user_errors: refusal.into() },
                }
            }
        }
    )+};
}

done!(ClientCodeRequestPayload ClientSignOutPayload);

gql::payloads! {
    ClientUserError;
    /// What became of a code.
    ClientCodeConfirmPayload { access: ClientTokenObject = ClientTokenObject };
}

/// How clients sign in and out.
#[derive(Default)]
pub struct SignInMutation;

#[Object]
impl SignInMutation {
    /// Sends a code of six digits to an address, good for 10 minutes, five tries and one session; the one before is worth
    /// nothing any more. The answer is the same whether or not the company knows the address. Emits
    /// `client.code_requested`. Permission: clients.prove.
    async fn client_code_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where to.")] input: ClientCodeRequestInput,
    ) -> Result<Option<ClientCodeRequestPayload>> {
        let (cx, clients) = (gql::cx(ctx)?, ctx.data::<Clients>()?);
        let outcome = clients.request_code(cx, &input.email, input.language.map(Into::into)).await;
        gql::answer(ctx, outcome)
    }

    /// Gives a client's token to whoever has the code. A wrong, used, replaced, expired or worn-out code is `CODE_INVALID`,
    /// and so is every other one. Emits `client.signed_in`. Permission: clients.prove.
    async fn client_code_confirm(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Address and code.")] input: ClientCodeConfirmInput,
    ) -> Result<Option<ClientCodeConfirmPayload>> {
        let (cx, clients) = (gql::cx(ctx)?, ctx.data::<Clients>()?);
        let outcome = clients.confirm_code(cx, &input.email, &input.code).await;
        gql::answer(ctx, outcome.map(ClientTokenObject::from))
    }

    /// Ends the session of the client who asks: its token is worth nothing at once. Emits `client.signed_out`. Permission: a
    /// client, by the token of a code.
    async fn client_sign_out(&self, ctx: &Context<'_>) -> Result<Option<ClientSignOutPayload>> {
        let outcome = ctx.data::<Clients>()?.sign_out(gql::cx(ctx)?).await;
        gql::answer(ctx, outcome)
    }
}
