//! One permission, and sets of them.
//!
//! A set is a bit per permission of this program: copying and asking cost nothing. The bits' order depends on what
//! is linked in, so a set leaves the process (a row, a cache) only as names.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::registry::{all_permissions, find_permission, position};
use crate::role::BuiltinRole;

/// The right to one kind of action. Declared with [`permissions!`](crate::permissions!) only.
#[derive(Clone, Copy)]
pub struct Permission {
    /// `catalog.write`: stable, stored in custom roles and keys.
    pub name: &'static str,
    /// One sentence for the people who make roles.
    pub description: &'static str,
    /// The built-in roles that have it, besides the administrator, who has all.
    pub roles: &'static [BuiltinRole],
}

impl Permission {
    /// Whether a built-in role has it.
    pub fn is_of(self, role: BuiltinRole) -> bool {
        role == BuiltinRole::Administrator || self.roles.contains(&role)
    }
}

impl PartialEq for Permission {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Permission {}

impl fmt::Debug for Permission {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Permission({})", self.name)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name)
    }
}

const WORDS: usize = 4;

/// How many permissions a program may declare. A constant keeps a set at 32 bytes, without an allocation.
pub(crate) const CAPACITY: usize = WORDS * 64;

/// A set of permissions: `Copy`, 32 bytes.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct PermissionSet {
    words: [u64; WORDS],
}

impl PermissionSet {
    /// May do nothing.
    pub const EMPTY: Self = Self { words: [0; WORDS] };

    /// Every permission there is.
    pub fn all() -> Self {
        all_permissions().iter().copied().collect()
    }

    /// The set of these names; refuses the first one that no permission has. For what people choose now.
    pub fn from_names<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> Result<Self, UnknownPermission> {
        let mut set = Self::EMPTY;
        for name in names {
            let name = name.as_ref();
            let permission = find_permission(name).ok_or_else(|| UnknownPermission(name.to_owned()))?;
            set.insert(permission);
        }
        Ok(set)
    }

    /// The set of those of these names that still exist. For what was stored by an older or newer release: a
    /// permission that is gone grants nothing, and must not lock its owner out of the rest.
    pub fn from_stored<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> Self {
        names.into_iter().filter_map(|name| find_permission(name.as_ref())).collect()
    }

    /// Whether it has `permission`.
    pub fn contains(&self, permission: Permission) -> bool {
        position(permission.name).is_some_and(|at| self.words[at / 64] & (1 << (at % 64)) != 0)
    }

    /// Whether it has all that `other` has: nobody may give away more than they have.
    pub fn contains_all(&self, other: &Self) -> bool {
        self.words.iter().zip(other.words).all(|(mine, theirs)| mine & theirs == theirs)
    }

    /// Adds one. A permission that was never declared through the macro adds nothing.
    pub fn insert(&mut self, permission: Permission) {
        if let Some(at) = position(permission.name) {
            self.words[at / 64] |= 1 << (at % 64);
        }
    }

    /// What either has.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self { words: std::array::from_fn(|at| self.words[at] | other.words[at]) }
    }

    /// What both have: a narrowed key of a narrowed role.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self { words: std::array::from_fn(|at| self.words[at] & other.words[at]) }
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.words == [0; WORDS]
    }

    /// How many it has.
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Its permissions by name.
    pub fn iter(&self) -> impl Iterator<Item = Permission> + use<> {
        let set = *self;
        all_permissions().iter().copied().filter(move |permission| set.contains(*permission))
    }

    /// Its names in order, as they are stored.
    pub fn names(&self) -> Vec<&'static str> {
        self.iter().map(|permission| permission.name).collect()
    }
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        let mut set = Self::EMPTY;
        for permission in permissions {
            set.insert(permission);
        }
        set
    }
}

impl fmt::Debug for PermissionSet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.names()).finish()
    }
}

impl Serialize for PermissionSet {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        self.names().serialize(out)
    }
}

impl<'de> Deserialize<'de> for PermissionSet {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Vec::<String>::deserialize(input).map(Self::from_stored)
    }
}

/// A name that no permission of this program has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownPermission(pub String);

impl fmt::Display for UnknownPermission {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "there is no permission {:?}", self.0)
    }
}

impl std::error::Error for UnknownPermission {}
