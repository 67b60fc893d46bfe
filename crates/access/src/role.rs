//! Roles: three built in, one for keys that stand in web pages, and those a company makes itself.
//!
//! A role is nothing but a set of permissions with a name; no code asks for a role, only for permissions.

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::permission::PermissionSet;
use crate::registry::all_permissions;

/// A role every company has and nobody can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BuiltinRole {
    /// May do everything, now and with every permission added later.
    Administrator,
    /// Runs the daily work: everything but what touches access, money settings and the company itself.
    Manager,
    /// Sees the business and works with their own calendar.
    Employee,
    /// What a key that anybody can read in a web page may do. Never a person's role.
    PublishableKey,
}

impl BuiltinRole {
    /// All of them, in order of power.
    pub const ALL: [Self; 4] = [Self::Administrator, Self::Manager, Self::Employee, Self::PublishableKey];
    /// Those that a person can have.
    pub const PEOPLE: [Self; 3] = [Self::Administrator, Self::Manager, Self::Employee];

    /// The name stored in rows and tokens.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Manager => "manager",
            Self::Employee => "employee",
            Self::PublishableKey => "publishable_key",
        }
    }

    /// What this role may do. Gathered once per process.
    pub fn permissions(self) -> PermissionSet {
        static SETS: OnceLock<[PermissionSet; 4]> = OnceLock::new();
        SETS.get_or_init(|| Self::ALL.map(Self::gather))[self as usize]
    }

    fn gather(self) -> PermissionSet {
        all_permissions().iter().copied().filter(|permission| permission.is_of(self)).collect()
    }
}

impl fmt::Display for BuiltinRole {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// The text names no built-in role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownRole;

impl fmt::Display for UnknownRole {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("no built-in role has this name")
    }
}

impl std::error::Error for UnknownRole {}

impl FromStr for BuiltinRole {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|role| role.name() == text).ok_or(UnknownRole)
    }
}

/// The role of a member of a company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// One of the three that every company has.
    Builtin(BuiltinRole),
    /// One that the company made: a named set of permissions.
    Custom {
        /// Its id; the typed form lives where roles are kept.
        id: Uuid,
        /// The name people gave it.
        name: String,
        /// What it may do.
        permissions: PermissionSet,
    },
}

impl Role {
    /// What a member with this role may do.
    pub fn permissions(&self) -> PermissionSet {
        match self {
            Self::Builtin(role) => role.permissions(),
            Self::Custom { permissions, .. } => *permissions,
        }
    }

    /// The name to show or to log.
    pub fn name(&self) -> &str {
        match self {
            Self::Builtin(role) => role.name(),
            Self::Custom { name, .. } => name,
        }
    }

    /// Whether it is the administrator's, which the last member holding it cannot lose.
    pub fn is_administrator(&self) -> bool {
        matches!(self, Self::Builtin(BuiltinRole::Administrator))
    }
}

impl From<BuiltinRole> for Role {
    fn from(role: BuiltinRole) -> Self {
        Self::Builtin(role)
    }
}
