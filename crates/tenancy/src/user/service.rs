//! Use cases of a person's account.

use access::{Actor, Cx};
use db::Fault;
use kernel::text::text;
use kernel::{Checks, CommonCode, CompanyId, Email, Error, Locale, Result, UserId};

use super::repo::{self, Registration};
use super::{User, password};
use crate::error::TenancyErrorCode;
use crate::events::{
    EmailVerified, MailRefused, PasswordChanged, PasswordResetRequested, RegistrationRepeated, UserRegistered,
    VerificationRequested,
};
use crate::handle::{Tenancy, signed_in};
use crate::link::{self, Link, Purpose};
use crate::session::{self, SessionId};

/// Longest name of a person, in characters.
pub(crate) const NAME_LENGTH: usize = 80;

/// What somebody registers with.
#[derive(Clone)]
pub struct NewUser {
    /// Their e-mail address, as typed.
    pub email: String,
    /// Their name.
    pub name: String,
    /// The password they chose.
    pub password: String,
    /// The language to write to them in; that of the request when absent.
    pub locale: Option<Locale>,
}

/// An edit of one's own account.
#[derive(Debug, Clone)]
pub struct UserChange {
    /// The version that was seen.
    pub version: i32,
    /// A new name.
    pub name: Option<String>,
    /// Another language.
    pub locale: Option<Locale>,
}

/// A checked registration.
pub(crate) struct Checked {
    pub(crate) email: Email,
    pub(crate) name: String,
}

impl NewUser {
    pub(crate) fn check(&self) -> Result<Checked> {
        let mut checks = Checks::new();
        let email = checks.check("email", Email::parse(&self.email));
        let name = checks.check("name", text(&self.name, 1, NAME_LENGTH));
        let _ = checks.check("password", password::check(&self.password, &[&self.email, &self.name]));
        checks.build(|| Some(Checked { email: email?, name: name? }))
    }
}

impl Tenancy {
    /// Registers a person and has the mail with the verification link sent. The answer is the same for an address that
    /// has an account already; its owner is told by mail.
    pub async fn register(&self, cx: &Cx, new: NewUser) -> Result<()> {
        cx.public("registration is how a stranger becomes a user");
        let checked = new.check()?;
        self.count_mail(cx, checked.email.as_str()).await?;
        let hash = self.passwords().hash(&new.password).await?;
        let registration = Registration {
            email: &checked.email,
            name: &checked.name,
            locale: new.locale.unwrap_or(cx.locale),
            password_hash: &hash,
            verified: false,
        };
        let outcome = db::transaction!(self.db(), CompanyId::NONE, |tx| {
            match repo::find_by_email(tx, &checked.email).await? {
                None => {
                    let user = UserId::new();
                    repo::insert(tx, user, &registration).await?;
                    self.jobs().publish_in(cx, tx, &UserRegistered { user }).await?;
                }
                Some(known) if known.email_verified_at.is_none() => {
                    let user = UserId::from_uuid(known.id);
                    repo::register_again(tx, user, &registration).await?;
                    self.jobs().publish_in(cx, tx, &UserRegistered { user }).await?;
                }
                Some(known) => {
                    let user = UserId::from_uuid(known.id);
                    self.jobs().publish_in(cx, tx, &RegistrationRepeated { user }).await?;
                }
            }
            Ok(())
        });
        match outcome {
            // Somebody registered the same address at this very moment: the answer is the same as a moment later.
            Err(error) if Fault::is_unique_violation(&error) => Ok(()),
            other => other,
        }
    }

    /// Registers a person whose address needs no proof: for the command line and demonstration data, which is why only
    /// the server itself may call it. Unlike [`Tenancy::register`] it says when the address is taken.
    pub async fn register_verified(&self, cx: &Cx, new: NewUser) -> Result<UserId> {
        cx.public("only the server itself comes past the next line");
        if !matches!(cx.actor, Actor::System { .. }) {
            return Err(Error::unauthenticated());
        }
        let checked = new.check()?;
        let hash = self.passwords().hash(&new.password).await?;
        let registration = Registration {
            email: &checked.email,
            name: &checked.name,
            locale: new.locale.unwrap_or(cx.locale),
            password_hash: &hash,
            verified: true,
        };
        db::transaction!(self.db(), CompanyId::NONE, |tx| {
            if repo::find_by_email(tx, &checked.email).await?.is_some() {
                return Err(Error::conflict(CommonCode::Taken).at("email"));
            }
            let user = UserId::new();
            repo::insert(tx, user, &registration).await?;
            self.jobs().publish_in(cx, tx, &EmailVerified { user }).await?;
            Ok(user)
        })
    }

    /// Proves an address with the token of the mail and the password that was chosen with it. It works once. Anybody can
    /// register anybody's address: who has the mailbox but not the password has not registered, and must not give an
    /// account to whoever did. They set a password of their own by [`Tenancy::request_password_reset`], which proves the
    /// address too.
    pub async fn verify_email(&self, cx: &Cx, token: &str, password: &str) -> Result<User> {
        cx.public("whoever has the link proves that the mailbox is theirs");
        self.count_token(cx).await?;
        let presented = link::read(Purpose::Verification, token).ok_or_else(link_invalid)?;
        let id = UserId::from_uuid(presented.id);
        let row = repo::find(&self.db().directory().await?, id).await?.ok_or_else(link_invalid)?;
        let nonce = row.verification_nonce.as_deref();
        let genuine =
            presented.is_genuine(self.secrets(), nonce) && repo::is_live(row.verification_expires_at, cx.now());
        if !genuine {
            return Err(link_invalid());
        }
        self.count_password(cx, &row.email).await?;
        if !self.passwords().verify(password, Some(&row.password_hash)).await? {
            return Err(Error::invalid(TenancyErrorCode::PasswordWrong).at("password"));
        }
        db::transaction!(self.db(), CompanyId::NONE, |tx| {
            // Compared again in the statement: registered anew meanwhile, this link and this password are worth nothing.
            if !repo::verify(tx, &row).await? {
                return Err(link_invalid());
            }
            self.jobs().publish_in(cx, tx, &EmailVerified { user: id }).await?;
            let row = repo::find(tx, id).await?.ok_or_else(link_invalid)?;
            User::try_from(row)
        })
    }

    /// Sends the verification link again. The answer is the same whether or not the address waits for one.
    pub async fn resend_verification(&self, cx: &Cx, email: &str) -> Result<()> {
        cx.public("a person who has no verified account cannot be signed in");
        let email = Email::parse(email).map_err(|fault| Error::invalid(fault).at("email"))?;
        self.count_mail(cx, email.as_str()).await?;
        db::transaction!(self.db(), CompanyId::NONE, |tx| {
            match repo::find_by_email(tx, &email).await? {
                Some(row) if row.email_verified_at.is_none() => {
                    let user = UserId::from_uuid(row.id);
                    repo::renew_verification(tx, user).await?;
                    self.jobs().publish_in(cx, tx, &VerificationRequested { user }).await
                }
                // The refusal is recorded so that it costs a write too: the time of the answer tells nothing.
                _ => self.jobs().publish_in(cx, tx, &MailRefused {}).await,
            }
        })?;
        Ok(())
    }

    /// Has a reset link sent. The answer is the same for addresses without an account.
    pub async fn request_password_reset(&self, cx: &Cx, email: &str) -> Result<()> {
        cx.public("a person who forgot the password cannot be signed in");
        let email = Email::parse(email).map_err(|fault| Error::invalid(fault).at("email"))?;
        self.count_mail(cx, email.as_str()).await?;
        db::transaction!(self.db(), CompanyId::NONE, |tx| {
            match repo::find_by_email(tx, &email).await? {
                Some(row) if row.disabled_at.is_none() => {
                    let user = UserId::from_uuid(row.id);
                    repo::start_reset(tx, user).await?;
                    self.jobs().publish_in(cx, tx, &PasswordResetRequested { user }).await
                }
                _ => self.jobs().publish_in(cx, tx, &MailRefused {}).await,
            }
        })?;
        Ok(())
    }

    /// Sets a new password with the token of the mail, and ends every session. It works once.
    pub async fn reset_password(&self, cx: &Cx, token: &str, password: &str) -> Result<()> {
        cx.public("whoever has the link has the mailbox of the account");
        self.count_token(cx).await?;
        let presented = link::read(Purpose::Reset, token).ok_or_else(link_invalid)?;
        let id = UserId::from_uuid(presented.id);
        let row = repo::find(&self.db().directory().await?, id).await?.ok_or_else(link_invalid)?;
        let nonce = row.reset_nonce.as_deref();
        let genuine = presented.is_genuine(self.secrets(), nonce) && repo::is_live(row.reset_expires_at, cx.now());
        let Some(nonce) = nonce.filter(|_| genuine) else { return Err(link_invalid()) };
        password::check(password, &[&row.email, &row.name]).map_err(|issue| Error::invalid(issue).at("password"))?;
        let hash = self.passwords().hash(password).await?;
        db::transaction!(self.db(), CompanyId::NONE, |tx| {
            // Compared again in the statement: of two requests with one link the second finds no such nonce.
            if !repo::set_password(tx, &row, &hash, Some(nonce)).await? {
                return Err(link_invalid());
            }
            session::repo::revoke_all(tx, id, None, session::Ending::Password).await?;
            self.jobs().publish_in(cx, tx, &PasswordChanged { user: id }).await?;
            Ok(())
        })
    }

    /// Changes one's own password, and ends every other session.
    pub async fn change_password(&self, cx: &Cx, current: &str, password: &str) -> Result<()> {
        let id = signed_in(cx)?;
        let row = repo::find(&self.db().directory().await?, id).await?.ok_or_else(Error::unauthenticated)?;
        self.count_password(cx, &row.email).await?;
        if !self.passwords().verify(current, Some(&row.password_hash)).await? {
            return Err(Error::invalid(TenancyErrorCode::PasswordWrong).at("currentPassword"));
        }
        password::check(password, &[&row.email, &row.name]).map_err(|issue| Error::invalid(issue).at("password"))?;
        let hash = self.passwords().hash(password).await?;
        let keep = match cx.actor {
            Actor::User { session, .. } => Some(SessionId::from_uuid(session)),
            _ => None,
        };
        db::transaction!(self.db(), CompanyId::NONE, |tx| {
            // Changed or reset since it was compared: the old one proves nothing any more.
            if !repo::set_password(tx, &row, &hash, None).await? {
                return Err(Error::invalid(TenancyErrorCode::PasswordWrong).at("currentPassword"));
            }
            session::repo::revoke_all(tx, id, keep, session::Ending::Password).await?;
            self.jobs().publish_in(cx, tx, &PasswordChanged { user: id }).await?;
            Ok(())
        })
    }

    /// Edits one's own name and language.
    pub async fn update_user(&self, cx: &Cx, change: UserChange) -> Result<User> {
        let id = signed_in(cx)?;
        let name = change.name.as_deref().map(|name| text(name, 1, NAME_LENGTH)).transpose();
        let name = name.map_err(|fault| Error::invalid(fault).at("name"))?;
        db::transaction!(self.db(), CompanyId::NONE, |tx| {
            let current = User::try_from(repo::find(tx, id).await?.ok_or_else(Error::unauthenticated)?)?;
            let name = name.as_deref().unwrap_or(&current.name);
            let locale = change.locale.unwrap_or(current.locale);
            if !repo::update(tx, id, change.version, name, locale).await? {
                return Err(Error::conflict(CommonCode::VersionConflict).at("version").current(current));
            }
            User::try_from(repo::find(tx, id).await?.ok_or_else(Error::unauthenticated)?)
        })
    }

    /// The person who asks.
    pub async fn me(&self, cx: &Cx) -> Result<User> {
        let id = signed_in(cx)?;
        repo::find(&self.db().directory().await?, id).await?.ok_or_else(Error::unauthenticated)?.try_into()
    }

    /// The verification link of a person, for the mail that is being sent now; `None` when none is wanted any more.
    pub async fn verification_link(&self, user: UserId) -> Result<Option<Link>> {
        let Some(row) = repo::find(&self.db().directory().await?, user).await? else { return Ok(None) };
        let (nonce, expires_at) = (row.verification_nonce.clone(), row.verification_expires_at);
        self.personal_link(Purpose::Verification, row, nonce, expires_at)
    }

    /// The password reset link of a person, for the mail that is being sent now; `None` when none is wanted any more.
    pub async fn reset_link(&self, user: UserId) -> Result<Option<Link>> {
        let Some(row) = repo::find(&self.db().directory().await?, user).await? else { return Ok(None) };
        let (nonce, expires_at) = (row.reset_nonce.clone(), row.reset_expires_at);
        self.personal_link(Purpose::Reset, row, nonce, expires_at)
    }

    /// A person's account, for mails about it.
    pub async fn user(&self, user: UserId) -> Result<Option<User>> {
        repo::find(&self.db().directory().await?, user).await?.map(User::try_from).transpose()
    }

    fn personal_link(
        &self,
        purpose: Purpose,
        row: super::entity::Model,
        nonce: Option<Vec<u8>>,
        expires_at: Option<chrono::DateTime<chrono::Utc>>,
    ) -> Result<Option<Link>> {
        let (Some(nonce), Some(expires_at)) = (nonce, expires_at) else { return Ok(None) };
        if !repo::is_live(Some(expires_at), self.db().clock().now()) {
            return Ok(None);
        }
        let user = User::try_from(row)?;
        let token = link::token(self.secrets(), purpose, user.id.uuid(), &nonce);
        let url = link::url(&self.config().public_url, purpose, &token);
        Ok(Some(Link { email: user.email, name: Some(user.name), locale: user.locale, url, token, expires_at }))
    }
}

/// One answer for used, withdrawn, replaced, expired and forged tokens.
pub(crate) fn link_invalid() -> Error {
    Error::invalid(TenancyErrorCode::LinkInvalid).at("token")
}
