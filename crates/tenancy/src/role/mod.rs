//! Roles: three built-in ones, and custom ones, which are named sets of permissions of one company.
//! Nobody makes a role that can do more than they can themselves.

pub(crate) mod entity;
mod graphql;
pub(crate) mod repo;
pub(crate) mod service;

use access::{BuiltinRole, PermissionSet, Role};

pub use graphql::{MemberRole, RoleInput, RoleMutation, RoleObject, RoleQuery};
pub use service::{NewRole, RoleChange};

kernel::id! {
    /// A custom role of a company.
    pub struct RoleId("rol");
}

/// A custom role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomRole {
    /// Its id.
    pub id: RoleId,
    /// Its name, unique among the company's roles that are not archived.
    pub name: String,
    /// What it may do.
    pub permissions: PermissionSet,
    /// Whether it is archived: nobody has it any more.
    pub archived: bool,
    /// Counts edits; an edit names the one it saw.
    pub version: i32,
}

/// Which role somebody has or is to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub enum RoleRef {
    /// One that every company has.
    Builtin(BuiltinRole),
    /// One that the company made.
    Custom(RoleId),
}

impl RoleRef {
    /// The administrator's, of which a company always keeps one.
    pub const ADMINISTRATOR: Self = Self::Builtin(BuiltinRole::Administrator);

    /// How it is stored: name of a built-in role, or id of a custom one.
    pub(crate) fn columns(self) -> (Option<String>, Option<uuid::Uuid>) {
        match self {
            Self::Builtin(role) => (Some(role.name().to_owned()), None),
            Self::Custom(id) => (None, Some(id.uuid())),
        }
    }

    /// Reads what [`RoleRef::columns`] stored.
    pub(crate) fn from_columns(builtin: Option<&str>, custom: Option<uuid::Uuid>) -> kernel::Result<Self> {
        match (builtin, custom) {
            (Some(name), None) => Ok(Self::Builtin(crate::globals::stored("role", name.parse())?)),
            (None, Some(id)) => Ok(Self::Custom(RoleId::from_uuid(id))),
            _ => Err(kernel::Error::internal("a member has no role, or two")),
        }
    }
}

impl From<CustomRole> for Role {
    fn from(role: CustomRole) -> Self {
        Self::Custom { id: role.id.uuid(), name: role.name, permissions: role.permissions }
    }
}
