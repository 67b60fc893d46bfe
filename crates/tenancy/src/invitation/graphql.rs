//! Invitations in the schema.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use gql::ConnectionArgs;
use kernel::Error;

use super::{Acceptance, Accepted, Invitation, InvitationId, InvitationPreview, NewInvitation, repo};
use crate::error::TenancyUserError;
use crate::graphql::to_ids;
use crate::handle::Tenancy;
use crate::permissions::{MEMBERS_READ, MEMBERS_WRITE};
use crate::role::{MemberRole, RoleInput};
use crate::session::TokensObject;

/// An invitation.
#[derive(Clone, Debug)]
pub struct InvitationObject(Invitation);

impl From<Invitation> for InvitationObject {
    fn from(invitation: Invitation) -> Self {
        Self(invitation)
    }
}

/// An invitation of somebody's address to the company.
#[Object(name = "Invitation")]
impl InvitationObject {
    /// The invitation's id, `inv_…`.
    async fn id(&self) -> ID {
        gql::to_id(self.0.id)
    }

    /// Whom it is for.
    async fn email(&self) -> &str {
        self.0.email.as_str()
    }

    /// What they will be able to do.
    async fn role(&self, ctx: &Context<'_>) -> Result<MemberRole> {
        MemberRole::load(ctx, self.0.role).await
    }

    /// The locations they will work at: information, which limits nothing.
    async fn location_ids(&self) -> Vec<ID> {
        to_ids(&self.0.location_ids)
    }

    /// When the link stops working.
    async fn expires_at(&self) -> gql::DateTime {
        self.0.expires_at.into()
    }

    /// When it was accepted.
    async fn accepted_at(&self) -> Option<gql::DateTime> {
        self.0.accepted_at.map(gql::DateTime::from)
    }

    /// When it was withdrawn.
    async fn revoked_at(&self) -> Option<gql::DateTime> {
        self.0.revoked_at.map(gql::DateTime::from)
    }

    /// When the link was last sent.
    async fn sent_at(&self) -> gql::DateTime {
        self.0.sent_at.into()
    }
}

/// What the owner of an invitation's link sees before accepting.
struct PreviewObject(InvitationPreview);

/// What the owner of an invitation's link sees before accepting.
#[Object(name = "InvitationPreview")]
impl PreviewObject {
    /// The company's name.
    async fn company_name(&self) -> &str {
        &self.0.company_name
    }

    /// The address that was invited.
    async fn email(&self) -> &str {
        self.0.email.as_str()
    }

    /// What they will be able to do.
    async fn role(&self) -> MemberRole {
        MemberRole::from(&self.0.role)
    }

    /// When the link stops working.
    async fn expires_at(&self) -> gql::DateTime {
        self.0.expires_at.into()
    }

    /// Whether the address has an account: then its owner logs in and accepts; otherwise they choose name and password.
    async fn has_account(&self) -> bool {
        self.0.has_account
    }
}

impl gql::Node for InvitationObject {
    type Id = InvitationId;

    async fn find(ctx: &Context<'_>, id: InvitationId) -> Result<Self> {
        gql::cx(ctx)?.require(MEMBERS_READ)?;
        Ok(repo::find(&*gql::reader(ctx).await?, id).await?.ok_or_else(Error::not_found)?.into())
    }
}

gql::node!(InvitationObject);

/// Queries about invitations.
#[derive(Default)]
pub struct InvitationQuery;

#[Object]
impl InvitationQuery {
    /// The company's invitations that wait for an answer, newest first, expired ones too. Permission: members.read.
    async fn invitations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many of the first items: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many of the last items: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only items before this cursor.")] before: Option<String>,
    ) -> Result<Option<gql::Connection<InvitationObject>>> {
        let paging =
            gql::Paging::new(ctx, "invitations.createdAt.desc", ConnectionArgs { first, after, last, before })?;
        let reader = gql::reader(ctx).await?;
        let page = ctx.data::<Tenancy>()?.invitations(gql::cx(ctx)?, &reader, paging.request()).await?;
        Ok(Some(paging.connection(page, InvitationObject::from)))
    }

    /// What an invitation's link offers; `NOT_FOUND` when it no longer works. Public: whoever has the link was invited.
    async fn invitation_preview(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token of the mail.", secret)] token: String,
    ) -> Result<Option<PreviewObject>> {
        Ok(Some(PreviewObject(ctx.data::<Tenancy>()?.invitation_preview(gql::cx(ctx)?, &token).await?)))
    }
}

/// Somebody to be invited.
#[derive(InputObject)]
struct InvitationCreateInput {
    /// The e-mail address; a mail with a link goes there.
    email: String,
    /// What they will be able to do, which is not more than the caller can.
    role: RoleInput,
    /// The locations they will work at: information, which limits nothing.
    #[graphql(default)]
    location_ids: Vec<ID>,
    /// The language of the mail; the company's when left out.
    locale: Option<gql::Locale>,
    /// The caller's key, at most 64 characters: a repeated request with the same key invites once.
    idempotency_key: Option<String>,
}

impl InvitationCreateInput {
    fn read(self) -> kernel::Result<NewInvitation> {
        Ok(NewInvitation {
            email: self.email,
            role: self.role.read()?,
            location_ids: gql::ids(&self.location_ids)?,
            locale: self.locale.map(Into::into),
            idempotency_key: self.idempotency_key,
        })
    }
}

/// An invitation to be sent again.
#[derive(InputObject)]
struct InvitationResendInput {
    /// Which invitation.
    id: ID,
}

/// An invitation to be withdrawn.
#[derive(InputObject)]
struct InvitationRevokeInput {
    /// Which invitation.
    id: ID,
}

/// The account that is made by accepting.
#[derive(InputObject)]
struct InvitedUserInput {
    /// The person's name, at most 80 characters.
    name: String,
    /// The password: 10 to 256 characters.
    #[graphql(secret)]
    password: String,
    /// Their language; that of the invitation when left out.
    locale: Option<gql::Locale>,
}

/// The acceptance of an invitation.
#[derive(InputObject)]
struct InvitationAcceptInput {
    /// The token of the mail.
    #[graphql(secret)]
    token: String,
    /// The account to be made, for somebody who has none. Left out by who is signed in.
    new_user: Option<InvitedUserInput>,
}

gql::payloads! {
    TenancyUserError;
    /// What became of an invitation.
    InvitationCreatePayload { invitation: InvitationObject = Invitation };
    /// What became of an invitation that was sent again.
    InvitationResendPayload { invitation: InvitationObject = Invitation };
    /// What became of an invitation that was withdrawn.
    InvitationRevokePayload { invitation: InvitationObject = Invitation };
}

/// What came of accepting an invitation.
#[derive(SimpleObject)]
struct InvitationAcceptPayload {
    /// The company that was joined; null when it was refused. Who was signed in selects it next.
    company_id: Option<ID>,
    /// The member's id; null when it was refused.
    member_id: Option<ID>,
    /// A session for the company, when the account was made by accepting; null otherwise.
    tokens: Option<TokensObject>,
    /// What to mend; empty when it was accepted.
    user_errors: Vec<TenancyUserError>,
}

impl From<Result<Accepted, gql::Refusal>> for InvitationAcceptPayload {
    fn from(outcome: Result<Accepted, gql::Refusal>) -> Self {
        match outcome {
            Ok(accepted) => Self {
                company_id: Some(gql::to_id(accepted.member.company_id)),
                member_id: Some(gql::to_id(accepted.member.id)),
                tokens: accepted.tokens.map(TokensObject::from),
                user_errors: Vec::new(),
            },
            Err(refusal) => Self { company_id: None, member_id: None, tokens: None, user_errors: refusal.into() },
        }
    }
}

/// Changes of invitations.
#[derive(Default)]
pub struct InvitationMutation;

#[Object]
impl InvitationMutation {
    /// Invites an address; the link works for seven days. Inviting again replaces the invitation. Emits `member.invited`.
    /// Permission: members.write.
    async fn invitation_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The invitation.")] input: InvitationCreateInput,
    ) -> Result<Option<InvitationCreatePayload>> {
        let cx = gql::cx(ctx)?;
        cx.require(MEMBERS_WRITE)?;
        let outcome = match input.read() {
            Ok(new) => ctx.data::<Tenancy>()?.invite(cx, new).await,
            Err(error) => Err(error),
        };
        gql::answer(ctx, outcome)
    }

    /// Sends a new link, which replaces the one before and works for seven days from now. Emits `member.invited`.
    /// Permission: members.write.
    async fn invitation_resend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which invitation.")] input: InvitationResendInput,
    ) -> Result<Option<InvitationResendPayload>> {
        let (cx, id) = (gql::cx(ctx)?, gql::id(&input.id)?);
        let outcome = ctx.data::<Tenancy>()?.resend_invitation(cx, id).await;
        gql::answer(ctx, outcome)
    }

    /// Withdraws an invitation; its link stops working. Emits `invitation.revoked`. Permission: members.write.
    async fn invitation_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which invitation.")] input: InvitationRevokeInput,
    ) -> Result<Option<InvitationRevokePayload>> {
        let (cx, id) = (gql::cx(ctx)?, gql::id(&input.id)?);
        let outcome = ctx.data::<Tenancy>()?.revoke_invitation(cx, id).await;
        gql::answer(ctx, outcome)
    }

    /// Accepts an invitation, as the person who is signed in or as a new one. It works once, and for the invited address
    /// only. Emits `member.joined`. Public: whoever has the link was invited.
    async fn invitation_accept(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The acceptance.")] input: InvitationAcceptInput,
    ) -> Result<Option<InvitationAcceptPayload>> {
        let new = input.new_user.map(|new| Acceptance {
            name: new.name,
            password: new.password,
            locale: new.locale.map(Into::into),
        });
        let outcome = ctx.data::<Tenancy>()?.accept_invitation(gql::cx(ctx)?, &input.token, new).await;
        gql::answer(ctx, outcome)
    }
}
