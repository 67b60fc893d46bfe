//! What happened in tenancy. Ids only: whoever writes a mail asks for address and link when it is sent.
//! Events about accounts belong to the reserved company, [`kernel::CompanyId::NONE`]; the rest to the company concerned.

use jobs::Event;
use kernel::{CompanyId, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::api_key::ApiKeyId;
use crate::closure::ClosureId;
use crate::holiday::HolidayCountry;
use crate::invitation::InvitationId;
use crate::location::LocationId;
use crate::member::MemberId;
use crate::role::RoleId;
use crate::session::SessionId;

macro_rules! events {
    ($($(#[$meta:meta])* $event:ident = $name:literal ($subject:ident) { $($(#[$field_meta:meta])* $field:ident: $type:ty),+ $(,)? })+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $event {
            $($(#[$field_meta])* pub $field: $type,)+
        }

        impl Event for $event {
            const NAME: &'static str = $name;

            fn subject(&self) -> Option<Uuid> {
                Some(self.$subject.uuid())
            }
        }
    )+};
}

events! {
    /// Somebody registered, and waits for the mail with the verification link.
    UserRegistered = "user.registered" (user) {
        /// Who.
        user: UserId,
    }
    /// Somebody registered with the address of a verified account; its owner is told.
    RegistrationRepeated = "user.registration_repeated" (user) {
        /// Whose account it is.
        user: UserId,
    }
    /// The verification link was asked for again.
    VerificationRequested = "user.verification_requested" (user) {
        /// Who.
        user: UserId,
    }
    /// An address was proven.
    EmailVerified = "user.email_verified" (user) {
        /// Whose.
        user: UserId,
    }
    /// A reset link was asked for.
    PasswordResetRequested = "user.password_reset_requested" (user) {
        /// Whose account it is.
        user: UserId,
    }
    /// A password was set or changed; its owner is told.
    PasswordChanged = "user.password_changed" (user) {
        /// Whose.
        user: UserId,
    }
    /// A refresh token came back after it was exchanged; the session was ended.
    RefreshReplayed = "session.refresh_replayed" (user) {
        /// Whose session it was.
        user: UserId,
        /// Which.
        session: SessionId,
    }
    /// A company was created, with its first location and administrator.
    CompanyCreated = "company.created" (company) {
        /// Which.
        company: CompanyId,
        /// Who created it, and administers it.
        user: UserId,
        /// Its first location.
        location: LocationId,
    }
    /// A company's name, slug or settings changed.
    CompanyUpdated = "company.updated" (company) {
        /// Which.
        company: CompanyId,
    }
    /// A location was added.
    LocationCreated = "location.created" (location) {
        /// Which.
        location: LocationId,
    }
    /// A location, or its opening hours, changed.
    LocationUpdated = "location.updated" (location) {
        /// Which.
        location: LocationId,
    }
    /// A location was archived.
    LocationArchived = "location.archived" (location) {
        /// Which.
        location: LocationId,
    }
    /// An archived location was taken back.
    LocationRestored = "location.restored" (location) {
        /// Which.
        location: LocationId,
    }
    /// A location is shut for a while.
    ClosureCreated = "closure.created" (closure) {
        /// Which.
        closure: ClosureId,
        /// What is shut.
        location: LocationId,
    }
    /// A closure was moved or given another reason.
    ClosureUpdated = "closure.updated" (closure) {
        /// Which.
        closure: ClosureId,
        /// What is shut.
        location: LocationId,
    }
    /// A closure was taken back.
    ClosureRemoved = "closure.removed" (closure) {
        /// Which.
        closure: ClosureId,
        /// What is no longer shut.
        location: LocationId,
    }
    /// Somebody was invited, or invited again: the mail with the link is wanted.
    MemberInvited = "member.invited" (invitation) {
        /// Which invitation.
        invitation: InvitationId,
    }
    /// An invitation was withdrawn.
    InvitationRevoked = "invitation.revoked" (invitation) {
        /// Which.
        invitation: InvitationId,
    }
    /// Somebody accepted an invitation.
    MemberJoined = "member.joined" (member) {
        /// Their place in the company.
        member: MemberId,
        /// Who.
        user: UserId,
        /// Which invitation.
        invitation: InvitationId,
    }
    /// A member's role, locations or end changed.
    RoleChanged = "member.role_changed" (member) {
        /// Whose.
        member: MemberId,
        /// Who they are.
        user: UserId,
    }
    /// A member was removed.
    MemberRemoved = "member.removed" (member) {
        /// Whose place.
        member: MemberId,
        /// Who they are.
        user: UserId,
    }
    /// A custom role was made.
    RoleCreated = "role.created" (role) {
        /// Which.
        role: RoleId,
    }
    /// A custom role changed.
    RoleUpdated = "role.updated" (role) {
        /// Which.
        role: RoleId,
    }
    /// A custom role was archived.
    RoleArchived = "role.archived" (role) {
        /// Which.
        role: RoleId,
    }
    /// Locations were shut on public holidays.
    HolidaysClosed = "closure.holidays" (company) {
        /// Whose locations.
        company: CompanyId,
        /// Whose holidays.
        country: HolidayCountry,
        /// The new closures.
        closures: Vec<ClosureId>,
        /// The locations that were asked about.
        locations: Vec<LocationId>,
    }
    /// An API key was made.
    ApiKeyCreated = "api_key.created" (key) {
        /// Which.
        key: ApiKeyId,
    }
    /// The allowed origins or the name of an API key changed.
    ApiKeyUpdated = "api_key.updated" (key) {
        /// Which.
        key: ApiKeyId,
    }
    /// An API key was revoked.
    ApiKeyRevoked = "api_key.revoked" (key) {
        /// Which.
        key: ApiKeyId,
    }
}

/// Somebody asked for a mail to an address that gets none: it has no account, or needs no such mail. Recorded so that
/// the refused request does the same work as a granted one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailRefused {}

impl Event for MailRefused {
    const NAME: &'static str = "user.mail_refused";
}
