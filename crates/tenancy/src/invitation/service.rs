//! Use cases of invitations.

use access::{Actor, Cx, Role};
use chrono::{DateTime, Duration, Utc};
use db::{Reader, Tx};
use kernel::{CommonCode, CompanyId, Email, Error, Locale, Page, PageRequest, Result, UserId};

use super::{Invitation, InvitationId, VALID_DAYS, repo};
use crate::error::TenancyErrorCode;
use crate::events::{InvitationRevoked, MemberInvited, MemberJoined};
use crate::handle::{Tenancy, elsewhere};
use crate::idempotency::idempotency;
use crate::link::{self, Link, Purpose};
use crate::location::{self, LocationId};
use crate::member::{self, Member, MemberId};
use crate::permissions::{MEMBERS_READ, MEMBERS_WRITE};
use crate::role::{self, RoleRef};
use crate::session::Tokens;
use crate::user::repo::Registration;
use crate::user::{self, NewUser, link_invalid};
use crate::{company, user::User};

/// What an invitation is made of.
#[derive(Debug, Clone, serde::Serialize)]
pub struct NewInvitation {
    /// The address, as typed.
    pub email: String,
    /// What they will be able to do.
    pub role: RoleRef,
    /// The locations they will work at: information, which limits nothing.
    pub location_ids: Vec<LocationId>,
    /// The language of the mail; the company's when absent.
    pub locale: Option<Locale>,
    /// Makes a repeated request harmless.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// How an invitation is accepted by somebody who is not signed in.
#[derive(Clone)]
pub struct Acceptance {
    /// Their name.
    pub name: String,
    /// The password they choose.
    pub password: String,
    /// Their language; that of the invitation when absent.
    pub locale: Option<Locale>,
}

/// What came of accepting.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// Their place in the company.
    pub member: Member,
    /// A session for the company, when the account was made by accepting.
    pub tokens: Option<Tokens>,
}

/// What the owner of a link sees before accepting.
#[derive(Debug, Clone)]
pub struct InvitationPreview {
    /// The company's name.
    pub company_name: String,
    /// The address that was invited.
    pub email: Email,
    /// The role's name.
    pub role: Role,
    /// When the link stops working.
    pub expires_at: DateTime<Utc>,
    /// Whether the address has an account: then its owner logs in to accept.
    pub has_account: bool,
}

impl Tenancy {
    /// Invites an address. Inviting one that is invited already sends a new link with the new role.
    pub async fn invite(&self, cx: &Cx, new: NewInvitation) -> Result<Invitation> {
        cx.require(MEMBERS_WRITE)?;
        let company = cx.company()?;
        let email = Email::parse(&new.email).map_err(|fault| Error::invalid(fault).at("email"))?;
        self.count_invitation(cx, company).await?;
        let key = idempotency(cx, "invitationCreate", new.idempotency_key.as_deref(), &new)?;
        db::transaction!(self.db(), company, |tx| {
            if let Some(known) = key.done(tx).await? {
                return get(tx, InvitationId::from_uuid(known)).await;
            }
            company::repo::lock(tx).await?;
            self.within_reach(cx, tx, new.role, "role").await?;
            location::repo::expect_all(tx, &new.location_ids).await?;
            if works_here(tx, &email).await? {
                return Err(Error::conflict(TenancyErrorCode::AlreadyMember).at("email"));
            }
            if let Some(open) = repo::find_pending(tx, &email).await? {
                repo::revoke(tx, open.id).await?;
            }
            let settings = company::repo::find(tx, company).await?.ok_or_else(Error::not_found)?;
            let invitation = Invitation {
                id: InvitationId::new(),
                company_id: company,
                email: email.clone(),
                role: new.role,
                location_ids: new.location_ids.clone(),
                locale: new.locale.unwrap_or(settings.locale),
                invited_by: cx.user().ok(),
                expires_at: tx.now() + Duration::days(VALID_DAYS),
                accepted_at: None,
                revoked_at: None,
                created_at: tx.now(),
                sent_at: tx.now(),
            };
            repo::insert(tx, &invitation).await?;
            self.jobs().publish_in(cx, tx, &MemberInvited { invitation: invitation.id }).await?;
            key.remember(tx, invitation.id.uuid()).await?;
            Ok(invitation)
        })
    }

    /// Sends a new link, which replaces the old one and works for seven days from now.
    pub async fn resend_invitation(&self, cx: &Cx, id: InvitationId) -> Result<Invitation> {
        cx.require(MEMBERS_WRITE)?;
        let company = cx.company()?;
        self.count_invitation(cx, company).await?;
        db::transaction!(self.db(), company, |tx| {
            let invitation = get(tx, id).await?;
            self.within_reach(cx, tx, invitation.role, "role").await?;
            if !repo::renew(tx, id).await? {
                return Err(Error::conflict(TenancyErrorCode::LinkInvalid));
            }
            self.jobs().publish_in(cx, tx, &MemberInvited { invitation: id }).await?;
            get(tx, id).await
        })
    }

    /// Withdraws an invitation; its link stops working.
    pub async fn revoke_invitation(&self, cx: &Cx, id: InvitationId) -> Result<Invitation> {
        cx.require(MEMBERS_WRITE)?;
        db::transaction!(self.db(), cx.company()?, |tx| {
            get(tx, id).await?;
            if !repo::revoke(tx, id).await? {
                return Err(Error::conflict(TenancyErrorCode::LinkInvalid));
            }
            self.jobs().publish_in(cx, tx, &InvitationRevoked { invitation: id }).await?;
            get(tx, id).await
        })
    }

    /// The company's invitations that wait for an answer, newest first.
    pub async fn invitations(&self, cx: &Cx, reader: &Reader, request: &PageRequest) -> Result<Page<Invitation>> {
        cx.require(MEMBERS_READ)?;
        repo::page(reader, request).await
    }

    /// What a link offers, before it is accepted.
    pub async fn invitation_preview(&self, cx: &Cx, token: &str) -> Result<InvitationPreview> {
        cx.public("whoever has the link may see what it offers");
        self.count_token(cx).await?;
        let presented = link::read(Purpose::Invitation, token).ok_or_else(Error::not_found)?;
        let directory = self.db().directory().await?;
        let row = repo::find_by_link(&directory, presented.id).await?.ok_or_else(Error::not_found)?;
        if !presented.is_genuine(self.secrets(), Some(&row.nonce)) {
            return Err(Error::not_found());
        }
        let invitation = Invitation::try_from(row)?;
        if !invitation.is_open(cx.now()) {
            return Err(Error::not_found());
        }
        let company = invitation.company_id;
        let settings = company::repo::find(&directory, company).await?.ok_or_else(Error::not_found)?;
        let account = user::repo::find_by_email(&directory, &invitation.email).await?;
        Ok(InvitationPreview {
            company_name: settings.name,
            role: role::repo::resolve(&directory, company, invitation.role).await?,
            has_account: account.is_some_and(|account| account.email_verified_at.is_some()),
            email: invitation.email,
            expires_at: invitation.expires_at,
        })
    }

    /// Accepts an invitation: as the person who is signed in, or as a new one, whose address the link proves.
    pub async fn accept_invitation(&self, cx: &Cx, token: &str, new: Option<Acceptance>) -> Result<Accepted> {
        cx.public("whoever has the link was invited; whose account joins is asked below");
        self.count_token(cx).await?;
        let presented = link::read(Purpose::Invitation, token).ok_or_else(link_invalid)?;
        let row = repo::find_by_link(&self.db().directory().await?, presented.id).await?.ok_or_else(link_invalid)?;
        if !presented.is_genuine(self.secrets(), Some(&row.nonce)) {
            return Err(link_invalid());
        }
        let nonce = row.nonce.clone();
        let invitation = Invitation::try_from(row)?;
        if !invitation.is_open(cx.now()) {
            return Err(link_invalid());
        }
        let joining = match &cx.actor {
            Actor::User { user, .. } => Joining::Known(*user),
            _ => self.newcomer(&invitation, new).await?,
        };
        let there = elsewhere(cx, invitation.company_id);
        let (member, is_new) = db::transaction!(self.db(), invitation.company_id, |tx| {
            company::repo::lock(tx).await?;
            // Read again under the lock: it may have been sent anew, withdrawn or used meanwhile.
            let current = repo::find_by_link(tx, presented.id).await?.filter(|row| row.nonce == nonce);
            if current.is_none() || !repo::accept(tx, invitation.id).await? {
                return Err(link_invalid());
            }
            let (user, is_new) = joining.settle(tx, &invitation).await?;
            let member = join(tx, user, &invitation).await?;
            let event = MemberJoined { member: member.id, user, invitation: invitation.id };
            self.jobs().publish_in(&there, tx, &event).await?;
            Ok((member, is_new))
        })?;
        // An account that has no session yet gets its first one: the person has just chosen the password.
        let tokens = if is_new { Some(self.start_session(cx, member.user_id, None).await?) } else { None };
        Ok(Accepted { member, tokens })
    }

    /// The link of an invitation of the reader's company, for the mail that is being sent now; `None` when it is no longer
    /// open.
    pub async fn invitation_link(&self, reader: &Reader, invitation: InvitationId) -> Result<Option<Link>> {
        let row = repo::find_by_link(reader, invitation.uuid()).await?;
        let Some(row) = row.filter(|row| row.company_id == reader.company().uuid()) else { return Ok(None) };
        let nonce = row.nonce.clone();
        let invitation = Invitation::try_from(row)?;
        if !invitation.is_open(reader.now()) {
            return Ok(None);
        }
        let token = link::token(self.secrets(), Purpose::Invitation, invitation.id.uuid(), &nonce);
        let url = link::url(&self.config().public_url, Purpose::Invitation, &token);
        let (email, locale, expires_at) = (invitation.email, invitation.locale, invitation.expires_at);
        Ok(Some(Link { email, name: None, locale, url, token, expires_at }))
    }

    /// Checks and hashes outside the transaction what a newcomer chose.
    async fn newcomer(&self, invitation: &Invitation, new: Option<Acceptance>) -> Result<Joining> {
        let account = user::repo::find_by_email(&self.db().directory().await?, &invitation.email).await?;
        if account.is_some_and(|account| account.email_verified_at.is_some()) {
            return Err(Error::conflict(TenancyErrorCode::LoginRequired));
        }
        let new = new.ok_or_else(|| Error::invalid(CommonCode::Required).at("newUser"))?;
        let locale = new.locale.unwrap_or(invitation.locale);
        let email = invitation.email.to_string();
        let new = NewUser { email, name: new.name, password: new.password, locale: Some(locale) };
        let checked = new.check().map_err(|error| error.within("newUser"))?;
        let password_hash = self.passwords().hash(&new.password).await?;
        Ok(Joining::New { name: checked.name, locale, password_hash })
    }
}

/// Who joins.
enum Joining {
    Known(UserId),
    New { name: String, locale: Locale, password_hash: String },
}

impl Joining {
    /// The account that joins, made if need be, and whether it was.
    async fn settle(&self, tx: &Tx, invitation: &Invitation) -> Result<(UserId, bool)> {
        match self {
            Self::Known(id) => {
                let row = user::repo::find(tx, *id).await?.ok_or_else(Error::unauthenticated)?;
                if User::try_from(row)?.email == invitation.email {
                    Ok((*id, false))
                } else {
                    Err(Error::conflict(TenancyErrorCode::EmailMismatch))
                }
            }
            Self::New { name, locale, password_hash } => {
                let new =
                    Registration { email: &invitation.email, name, locale: *locale, password_hash, verified: true };
                match user::repo::find_by_email(tx, &invitation.email).await? {
                    None => {
                        let id = UserId::new();
                        user::repo::insert(tx, id, &new).await?;
                        Ok((id, true))
                    }
                    // Registered but never proven: the link proves it now, and what was chosen now counts.
                    Some(row) if row.email_verified_at.is_none() => {
                        let id = UserId::from_uuid(row.id);
                        user::repo::register_again(tx, id, &new).await?;
                        Ok((id, true))
                    }
                    Some(_) => Err(Error::conflict(TenancyErrorCode::LoginRequired)),
                }
            }
        }
    }
}

/// Makes the person a member; whoever was one before gets their old place back with the new role.
async fn join(tx: &Tx, user: UserId, invitation: &Invitation) -> Result<Member> {
    let company: CompanyId = tx.company();
    match member::repo::find_of_user(tx, company, user).await? {
        Some(known) if known.is_active(tx.now()) => Err(Error::conflict(TenancyErrorCode::AlreadyMember)),
        Some(known) => {
            let next = Member {
                role: invitation.role,
                location_ids: invitation.location_ids.clone(),
                ends_at: None,
                removed_at: None,
                ..known.clone()
            };
            member::repo::update(tx, &next, known.version).await?;
            Ok(Member { version: known.version + 1, ..next })
        }
        None => {
            let id = MemberId::new();
            member::repo::insert(tx, id, user, invitation.role, &invitation.location_ids).await?;
            member::repo::find(tx, company, id).await?.ok_or_else(Error::not_found)
        }
    }
}

async fn works_here(tx: &Tx, email: &Email) -> Result<bool> {
    let Some(row) = user::repo::find_by_email(tx, email).await? else { return Ok(false) };
    let member = member::repo::find_of_user(tx, tx.company(), UserId::from_uuid(row.id)).await?;
    Ok(member.is_some_and(|member| member.is_active(tx.now())))
}

async fn get(tx: &Tx, id: InvitationId) -> Result<Invitation> {
    repo::find(tx, id).await?.ok_or_else(Error::not_found)
}
