//! Sessions in the schema.

use access::Actor;
use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use kernel::Kind;

use super::{Session, SessionId, Tokens, cookie};
use crate::error::TenancyUserError;
use crate::graphql::done_payloads;
use crate::handle::Tenancy;

/// A pair of tokens.
#[derive(SimpleObject)]
#[graphql(name = "AuthTokens")]
pub struct TokensObject {
    /// Sent with each request as `Authorization: Bearer …`. A JWT; what it may do is decided by the server's records.
    access_token: String,
    /// When the access token expires: 15 minutes from now.
    access_expires_at: gql::DateTime,
    /// Exchanged once for the next pair by `sessionRefresh`. Keep it where scripts of others cannot read it. Null when the
    /// browser keeps it in a cookie.
    refresh_token: Option<String>,
    /// When the refresh token expires: 30 days from now.
    refresh_expires_at: gql::DateTime,
    /// The session that the pair belongs to.
    session_id: ID,
    /// The selected company, for which the access token is; null before one is selected.
    company_id: Option<ID>,
}

impl From<Tokens> for TokensObject {
    fn from(tokens: Tokens) -> Self {
        Self {
            access_token: tokens.access_token,
            access_expires_at: tokens.access_expires_at.into(),
            refresh_token: Some(tokens.refresh_token),
            refresh_expires_at: tokens.refresh_expires_at.into(),
            session_id: gql::to_id(tokens.session),
            company_id: tokens.company.map(gql::to_id),
        }
    }
}

impl TokensObject {
    /// The same without the refresh token, which goes another way.
    pub(super) fn without_refresh(tokens: Tokens) -> Self {
        Self { refresh_token: None, ..tokens.into() }
    }
}

/// One log-in of a person on one device.
struct SessionObject {
    session: Session,
    current: bool,
}

/// One log-in of a person on one device.
#[Object(name = "Session")]
impl SessionObject {
    /// The session's id, `ses_…`.
    async fn id(&self) -> ID {
        gql::to_id(self.session.id)
    }

    /// Whether this request belongs to it.
    async fn current(&self) -> bool {
        self.current
    }

    /// What the program of the last refresh called itself.
    async fn device(&self) -> Option<&str> {
        self.session.user_agent.as_deref()
    }

    /// The network address of the last refresh.
    async fn address(&self) -> Option<&str> {
        self.session.address.as_deref()
    }

    /// When the person logged in.
    async fn created_at(&self) -> gql::DateTime {
        self.session.created_at.into()
    }

    /// When it was last used, to within five minutes.
    async fn last_seen_at(&self) -> gql::DateTime {
        self.session.last_seen_at.into()
    }

    /// When it ends unless it is refreshed.
    async fn expires_at(&self) -> gql::DateTime {
        self.session.expires_at.into()
    }
}

/// Queries about sessions.
#[derive(Default)]
pub struct SessionQuery;

#[Object]
impl SessionQuery {
    /// One's own living sessions, newest first, at most 100. Permission: signed in.
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Option<Vec<SessionObject>>> {
        let cx = gql::cx(ctx)?;
        let current = match cx.actor {
            Actor::User { session, .. } => Some(SessionId::from_uuid(session)),
            _ => None,
        };
        let sessions = ctx.data::<Tenancy>()?.sessions(cx).await?;
        let object = |session: Session| SessionObject { current: Some(session.id) == current, session };
        Ok(Some(sessions.into_iter().map(object).collect()))
    }
}

/// A log-in.
#[derive(InputObject)]
struct UserLoginInput {
    /// The e-mail address.
    email: String,
    /// The password.
    #[graphql(secret)]
    password: String,
    /// What the program or device calls itself, for the list of sessions.
    device: Option<String>,
    /// Whether the refresh token goes into a cookie that scripts cannot read, instead of the answer. Only for pages of the
    /// origins that the operator lists.
    #[graphql(default)]
    use_cookie: bool,
}

/// A refresh.
#[derive(InputObject)]
struct SessionRefreshInput {
    /// The refresh token of the newest pair; when it is left out, that of the browser's cookie is used and replaced.
    #[graphql(secret)]
    refresh_token: Option<String>,
    /// What the program or device calls itself, for the list of sessions.
    device: Option<String>,
    /// Whether the next refresh token goes into a cookie although this one came in the input.
    #[graphql(default)]
    use_cookie: bool,
}

/// A choice of company.
#[derive(InputObject)]
struct CompanySelectInput {
    /// The company.
    company_id: ID,
}

/// A session to be ended.
#[derive(InputObject)]
struct SessionRevokeInput {
    /// The session.
    id: ID,
}

gql::payloads! {
    TenancyUserError;
    /// A pair of tokens for whoever logged in, or why there is none.
    UserLoginPayload { tokens: TokensObject = TokensObject };
    /// The next pair of tokens, or why there is none.
    SessionRefreshPayload { tokens: TokensObject = TokensObject };
    /// A pair of tokens for the company, or why there is none.
    CompanySelectPayload { tokens: TokensObject = TokensObject };
}

done_payloads! {
    /// What became of the end of this session.
    UserLogoutPayload;
    /// What became of the end of a session.
    SessionRevokePayload;
    /// What became of the end of one's other sessions.
    SessionRevokeOthersPayload;
}

/// Changes of sessions.
#[derive(Default)]
pub struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Logs a person in. Who works for exactly one company has it selected at once. Wrong address, wrong password and an
    /// unproven address are one answer, `LOGIN_FAILED`. Public: logging in is how a stranger becomes known.
    async fn user_login(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Address and password.")] input: UserLoginInput,
    ) -> Result<Option<UserLoginPayload>> {
        let (cx, device) = (gql::cx(ctx)?, input.device.as_deref());
        let outcome = match input.use_cookie.then(|| cookie::require(ctx)).transpose() {
            Ok(_) => ctx.data::<Tenancy>()?.log_in(cx, &input.email, &input.password, device).await,
            Err(error) => Err(error),
        };
        gql::answer(ctx, outcome.map(|tokens| cookie::hand_over(ctx, tokens, input.use_cookie, cx.now())))
    }

    /// Exchanges a refresh token for the next pair. Each works once; an old one that comes back ends the session. The last one
    /// is given the same pair again within seconds from the same network, since two tabs of a browser may refresh at once
    /// (`auth.refresh_grace_seconds`), and later once while the new pair is unused, since the answer may have been lost.
    /// Public: a refresh token is its own proof.
    async fn session_refresh(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The refresh token.")] input: SessionRefreshInput,
    ) -> Result<Option<SessionRefreshPayload>> {
        let (cx, device) = (gql::cx(ctx)?, input.device.as_deref());
        let in_cookie = input.use_cookie || input.refresh_token.is_none();
        let outcome = match in_cookie.then(|| cookie::require(ctx)).transpose() {
            Ok(_) => {
                let token = input.refresh_token.as_deref().or(cookie::given(ctx)).unwrap_or_default();
                ctx.data::<Tenancy>()?.refresh(cx, token, device).await
            }
            Err(error) => Err(error),
        };
        if input.refresh_token.is_none() && outcome.as_ref().is_err_and(|error| error.kind == Kind::Unauthenticated) {
            cookie::clear(ctx);
        }
        gql::answer(ctx, outcome.map(|tokens| cookie::hand_over(ctx, tokens, in_cookie, cx.now())))
    }

    /// Selects the company that the session is for from now on and gives a pair for it. Tokens of the company before are
    /// refused from this moment. A refresh token that is in a cookie stays in it. Permission: signed in.
    async fn company_select(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The company.")] input: CompanySelectInput,
    ) -> Result<Option<CompanySelectPayload>> {
        let (cx, company) = (gql::cx(ctx)?, gql::id(&input.company_id)?);
        let outcome = ctx.data::<Tenancy>()?.select_company(cx, company).await;
        let in_cookie = outcome.as_ref().is_ok_and(|tokens| cookie::is_of(ctx, tokens.session));
        gql::answer(ctx, outcome.map(|tokens| cookie::hand_over(ctx, tokens, in_cookie, cx.now())))
    }

    /// Ends the session of this request; a cookie with its refresh token is taken away. Permission: signed in.
    async fn user_logout(&self, ctx: &Context<'_>) -> Result<Option<UserLogoutPayload>> {
        let outcome = ctx.data::<Tenancy>()?.log_out(gql::cx(ctx)?).await;
        if outcome.is_ok() {
            cookie::clear(ctx);
        }
        gql::answer(ctx, outcome)
    }

    /// Ends one of one's own sessions. Permission: signed in.
    async fn session_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The session.")] input: SessionRevokeInput,
    ) -> Result<Option<SessionRevokePayload>> {
        let (cx, id) = (gql::cx(ctx)?, gql::id(&input.id)?);
        let outcome = ctx.data::<Tenancy>()?.revoke_session(cx, id).await;
        gql::answer(ctx, outcome)
    }

    /// Ends all of one's own sessions but this one. Permission: signed in.
    async fn session_revoke_others(&self, ctx: &Context<'_>) -> Result<Option<SessionRevokeOthersPayload>> {
        let outcome = ctx.data::<Tenancy>()?.revoke_other_sessions(gql::cx(ctx)?).await.map(|_| ());
        gql::answer(ctx, outcome)
    }
}
