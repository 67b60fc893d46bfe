//! Who is asking, and what they may do.
//!
//! [`Cx`] is the first argument of every use case: company, actor, permissions, clock, language, request.
//! It holds no connection and no transaction. Permissions are declared in the slice that checks them, by
//! [`permissions!`], and gathered when the program is linked: there is no central list to collide on.
//!
//! Deliberately absent: how a caller proves who they are (tenancy), and rows of roles (tenancy too).

mod actor;
mod cx;
mod permission;
mod registry;
mod role;

pub use actor::{Actor, ActorKind, ActorRef, ClientProof, KeyKind};
pub use cx::{Channel, Context, Cx, CxBuilder};
pub use permission::{Permission, PermissionSet, UnknownPermission};
pub use registry::{Declared, all_permissions, find_permission, permission_table};
pub use role::{BuiltinRole, Role, UnknownRole};

/// For [`permissions!`] only: the macro must reach it from the crate that declares permissions.
#[doc(hidden)]
pub use inventory;
