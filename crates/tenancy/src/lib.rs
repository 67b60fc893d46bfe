//! Tenancy: who may enter (users, sessions, companies, members, roles, invitations, API keys) and where work is done
//! (locations, opening hours, closures, public holidays), with the audit log of it all.
//!
//! [`Tenancy`] is the handle. A request enters by [`Tenancy::authenticate`]; other domains read the company's settings
//! and locations from the stamped snapshot by [`Tenancy::settings`] and [`Tenancy::locations`].

mod config;
mod error;
pub mod events;
mod globals;
mod idempotency;
mod limits;
mod link;
pub mod permissions;
pub mod ports;
mod secrets;

mod api_key;
mod audit;
mod closure;
mod company;
mod holiday;
mod invitation;
mod location;
mod member;
mod role;
mod session;
mod user;

mod authenticate;
mod graphql;
mod handle;
mod jobs;
mod snapshot;

pub use self::jobs::register;
pub use api_key::origin;
pub use api_key::{ApiKey, ApiKeyChange, ApiKeyId, ApiKeyObject, IssuedApiKey, NewApiKey};
pub use audit::AuditEntry;
pub use authenticate::Entrance;
pub use closure::{Closure, ClosureChange, ClosureId, ClosureObject, NewClosure};
pub use company::{BookingLimits, BookingLimitsChange, CompanyChange, CompanyObject, CompanySettings, NewCompany};
pub use config::{Config, Limits};
pub use error::{TenancyErrorCode, TenancyUserError};
pub use graphql::{TenancyMutation, TenancyQuery};
pub use handle::Tenancy;
pub use holiday::{Holiday, HolidayClosing, HolidayCountry, holidays};
pub use invitation::{
    Acceptance, Accepted, Invitation, InvitationId, InvitationObject, InvitationPreview, NewInvitation,
};
pub use link::Link;
pub use location::{
    Grid, Location, LocationChange, LocationId, LocationObject, Locations, NewLocation, OpeningInterval, SlotGrid,
};
pub use member::{Member, MemberChange, MemberId, MemberObject};
pub use ports::{Admitted, AffectedBooking, CalendarChange, CalendarImpact, ClientDoor, Occupation};
pub use role::{CustomRole, NewRole, RoleChange, RoleId, RoleObject, RoleRef};
pub use secrets::{InvalidSecret, MINIMUM_SECRET_BYTES, Secrets};
pub use session::key_id;
pub use session::{RefreshCookie, Session, SessionId, Tokens};
pub use snapshot::STAMP;
pub use user::{NewUser, PasswordWork, User, UserChange, UserObject};

gql::messages!();
