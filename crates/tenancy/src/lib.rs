//! Tenancy: who may enter (users, sessions, companies, members, roles, invitations, API keys) and where work is done
//! (locations, opening hours, closures), with the audit log of it all.
//!
//! [`Tenancy`] is the handle. A request enters by [`Tenancy::authenticate`]; other domains read the company's settings
//! and locations from the stamped snapshot by [`Tenancy::settings`] and [`Tenancy::locations`].

pub mod permissions;
pub mod ports;
pub mod events;
mod config;
mod error;
mod secrets;
mod link;
mod globals;
mod idempotency;
mod limits;

mod user;
mod session;
mod company;
mod location;
mod closure;
mod role;
mod member;
mod invitation;
mod api_key;
mod audit;

mod authenticate;
mod snapshot;
mod handle;
mod jobs;
mod graphql;

pub use api_key::{ApiKey, ApiKeyChange, ApiKeyId, ApiKeyObject, IssuedApiKey, NewApiKey};
pub use authenticate::Entrance;
pub use closure::{Closure, ClosureChange, ClosureId, ClosureObject, NewClosure};
pub use company::{CompanyChange, CompanyObject, CompanySettings, NewCompany};
pub use config::{Config, Limits};
pub use error::{TenancyErrorCode, TenancyUserError};
pub use graphql::{TenancyMutation, TenancyQuery};
pub use handle::Tenancy;
pub use invitation::{Acceptance, Accepted, Invitation, InvitationId, InvitationObject, InvitationPreview, NewInvitation};
pub use self::jobs::register;
pub use link::Link;
pub use location::{
    Grid, Location, LocationChange, LocationId, LocationObject, Locations, NewLocation, OpeningInterval, SlotGrid,
};
pub use member::{Member, MemberChange, MemberId, MemberObject};
pub use ports::{AffectedBooking, CalendarChange, CalendarImpact, Occupation};
pub use role::{CustomRole, NewRole, RoleChange, RoleId, RoleObject, RoleRef};
pub use secrets::{InvalidSecret, MINIMUM_SECRET_BYTES, Secrets};
pub use session::{Session, SessionId, Tokens};
pub use user::{NewUser, User, UserChange, UserObject};

gql::messages!();
