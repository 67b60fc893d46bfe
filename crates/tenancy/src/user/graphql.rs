//! Accounts in the schema.

use access::{Actor, PermissionSet};
use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::{NewUser, User, UserChange};
use crate::company::CompanyObject;
use crate::error::TenancyUserError;
use crate::graphql::done_payloads;
use crate::handle::Tenancy;
use crate::member::MemberObject;
use crate::role::MemberRole;

/// A person with an account.
#[derive(Clone, Debug)]
pub struct UserObject(User);

impl From<User> for UserObject {
    fn from(user: User) -> Self {
        Self(user)
    }
}

/// A person with an account.
#[Object(name = "User")]
impl UserObject {
    /// The person's id, `usr_…`.
    async fn id(&self) -> ID {
        gql::to_id(self.0.id)
    }

    /// The address with which they log in.
    async fn email(&self) -> &str {
        self.0.email.as_str()
    }

    /// Whether they proved the address.
    async fn email_verified(&self) -> bool {
        self.0.email_verified_at.is_some()
    }

    /// Their name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The language we write to them in.
    async fn locale(&self) -> gql::Locale {
        self.0.locale.into()
    }

    /// When they registered.
    async fn created_at(&self) -> gql::DateTime {
        self.0.created_at.into()
    }

    /// Grows with each edit; an edit names the one that it is based on.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// A company that the person who asks works for.
#[derive(SimpleObject)]
struct ViewerCompany {
    /// The company.
    company: CompanyObject,
    /// The person's place in it.
    member: MemberObject,
}

/// Who is asking.
struct ViewerObject {
    permissions: PermissionSet,
}

/// Who is asking, and what they may do.
#[Object(name = "Viewer")]
impl ViewerObject {
    /// The person; null for an API key.
    async fn user(&self, ctx: &Context<'_>) -> Result<Option<UserObject>> {
        match gql::cx(ctx)?.actor {
            Actor::User { .. } => Ok(Some(ctx.data::<Tenancy>()?.me(gql::cx(ctx)?).await?.into())),
            _ => Ok(None),
        }
    }

    /// The selected company; null before one is selected, and after the person's place in it has ended.
    async fn company(&self, ctx: &Context<'_>) -> Result<Option<CompanyObject>> {
        if gql::cx(ctx)?.company_id().is_none() {
            return Ok(None);
        }
        let (tenancy, reader) = (ctx.data::<Tenancy>()?, gql::reader(ctx).await?);
        let (settings, locations) = (tenancy.settings(&reader).await?, tenancy.locations(&reader).await?);
        Ok(Some(CompanyObject::new(settings, locations)))
    }

    /// The person's role in the selected company; null for an API key and without a company.
    async fn role(&self, ctx: &Context<'_>) -> Result<Option<MemberRole>> {
        Ok(match &gql::cx(ctx)?.actor {
            Actor::User { role, .. } => role.as_ref().map(MemberRole::from),
            _ => None,
        })
    }

    /// Names of the permissions in the selected company, in order.
    async fn permissions(&self) -> Vec<&'static str> {
        self.permissions.names()
    }

    /// The companies that the person works for, in order of name; empty for an API key.
    async fn companies(&self, ctx: &Context<'_>) -> Result<Vec<ViewerCompany>> {
        let cx = gql::cx(ctx)?;
        if cx.user().is_err() {
            return Ok(Vec::new());
        }
        let companies = ctx.data::<Tenancy>()?.my_companies(cx).await?;
        let list = companies
            .into_iter()
            .map(|(company, member)| ViewerCompany { company: company.into(), member: member.into() });
        Ok(list.collect())
    }
}

/// Queries about the account of the person who asks.
#[derive(Default)]
pub struct UserQuery;

#[Object]
impl UserQuery {
    /// Who is asking; null for a stranger. Public: it tells callers only about themselves.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Option<ViewerObject>> {
        let cx = gql::cx(ctx)?;
        cx.public("it tells callers only about themselves");
        Ok((!cx.actor.is_anonymous()).then(|| ViewerObject { permissions: cx.permissions() }))
    }
}

/// A registration.
#[derive(InputObject)]
struct UserRegisterInput {
    /// The e-mail address; a mail with a link goes there.
    email: String,
    /// The person's name, at most 80 characters.
    name: String,
    /// The password: 10 to 256 characters, not among the first that anybody would guess.
    #[graphql(secret)]
    password: String,
    /// The language to write to them in; that of the request when left out.
    locale: Option<gql::Locale>,
}

/// The proof of an address.
#[derive(InputObject)]
struct EmailVerifyInput {
    /// The token of the mail.
    #[graphql(secret)]
    token: String,
    /// The password that was chosen when the address was registered.
    #[graphql(secret)]
    password: String,
}

/// An address whose verification mail is wanted again.
#[derive(InputObject)]
struct EmailVerificationResendInput {
    /// The e-mail address.
    email: String,
}

/// An address whose password was forgotten.
#[derive(InputObject)]
struct PasswordResetRequestInput {
    /// The e-mail address.
    email: String,
}

/// A new password, by the link of a mail.
#[derive(InputObject)]
struct PasswordResetInput {
    /// The token of the mail.
    #[graphql(secret)]
    token: String,
    /// The new password: 10 to 256 characters.
    #[graphql(secret)]
    password: String,
}

/// A change of one's password.
#[derive(InputObject)]
struct PasswordChangeInput {
    /// The password so far.
    #[graphql(secret)]
    current_password: String,
    /// The new password: 10 to 256 characters.
    #[graphql(secret)]
    password: String,
}

/// An edit of one's account. A field that is left out stays as it is.
#[derive(InputObject)]
struct UserUpdateInput {
    /// The version that the edit is based on.
    version: i32,
    /// A new name, at most 80 characters.
    name: Option<String>,
    /// Another language.
    locale: Option<gql::Locale>,
}

gql::payloads! {
    TenancyUserError;
    /// What became of the proof of an address.
    EmailVerifyPayload { user: UserObject = User };
    /// What became of an edit of an account.
    UserUpdatePayload { user: UserObject = User } or current: User;
}

done_payloads! {
    /// What became of a registration.
    UserRegisterPayload;
    /// What became of a wish for another verification mail.
    EmailVerificationResendPayload;
    /// What became of a wish for a link that sets a new password.
    PasswordResetRequestPayload;
    /// What became of a new password by the link of a mail.
    PasswordResetPayload;
    /// What became of a change of one's password.
    PasswordChangePayload;
}

/// Changes of accounts.
#[derive(Default)]
pub struct UserMutation;

#[Object]
impl UserMutation {
    /// Registers a person and sends the verification mail. The answer is the same for an address that has an account; its
    /// owner is told by mail. Emits `user.registered`. Public: registration is how a stranger becomes a user.
    async fn user_register(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The registration.")] input: UserRegisterInput,
    ) -> Result<Option<UserRegisterPayload>> {
        let locale = input.locale.map(Into::into);
        let new = NewUser { email: input.email, name: input.name, password: input.password, locale };
        let outcome = ctx.data::<Tenancy>()?.register(gql::cx(ctx)?, new).await;
        gql::answer(ctx, outcome)
    }

    /// Proves an address with the token of the mail and the password of the registration; it works once. Who has the mail
    /// but did not register asks for `passwordResetRequest` instead. Emits `user.email_verified`.
    /// Public: whoever has the link has the mailbox.
    async fn email_verify(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The proof.")] input: EmailVerifyInput,
    ) -> Result<Option<EmailVerifyPayload>> {
        let outcome = ctx.data::<Tenancy>()?.verify_email(gql::cx(ctx)?, &input.token, &input.password).await;
        gql::answer(ctx, outcome)
    }

    /// Sends the verification mail again; the link before stops working. Emits `user.verification_requested`.
    /// Public: without a verified address nobody can log in.
    async fn email_verification_resend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The address.")] input: EmailVerificationResendInput,
    ) -> Result<Option<EmailVerificationResendPayload>> {
        let outcome = ctx.data::<Tenancy>()?.resend_verification(gql::cx(ctx)?, &input.email).await;
        gql::answer(ctx, outcome)
    }

    /// Sends a link that sets a new password; it works for an hour. Emits `user.password_reset_requested`.
    /// Public: whoever forgot the password cannot log in.
    async fn password_reset_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The address.")] input: PasswordResetRequestInput,
    ) -> Result<Option<PasswordResetRequestPayload>> {
        let outcome = ctx.data::<Tenancy>()?.request_password_reset(gql::cx(ctx)?, &input.email).await;
        gql::answer(ctx, outcome)
    }

    /// Sets a new password with the token of the mail, which works once, and ends every session.
    /// Emits `user.password_changed`. Public: whoever has the link has the mailbox.
    async fn password_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new password.")] input: PasswordResetInput,
    ) -> Result<Option<PasswordResetPayload>> {
        let outcome = ctx.data::<Tenancy>()?.reset_password(gql::cx(ctx)?, &input.token, &input.password).await;
        gql::answer(ctx, outcome)
    }

    /// Changes one's own password and ends one's other sessions. Emits `user.password_changed`. Permission: signed in.
    async fn password_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Both passwords.")] input: PasswordChangeInput,
    ) -> Result<Option<PasswordChangePayload>> {
        let (current, new) = (&input.current_password, &input.password);
        let outcome = ctx.data::<Tenancy>()?.change_password(gql::cx(ctx)?, current, new).await;
        gql::answer(ctx, outcome)
    }

    /// Edits one's own name and language. Permission: signed in.
    async fn user_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The edit.")] input: UserUpdateInput,
    ) -> Result<Option<UserUpdatePayload>> {
        let change = UserChange { version: input.version, name: input.name, locale: input.locale.map(Into::into) };
        let outcome = ctx.data::<Tenancy>()?.update_user(gql::cx(ctx)?, change).await;
        gql::answer(ctx, outcome)
    }
}
