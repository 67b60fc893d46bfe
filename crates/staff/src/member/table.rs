//! All staff of a company as one value: small, read by every booking, served from the stamped snapshot.

use super::{StaffId, StaffMember};
use kernel::text::sort_key;
use kernel::{Locale, UserId};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

/// Every staff member of a company, archived ones too (old bookings show them), in list order.
#[derive(Clone, Debug, Default)]
pub struct StaffTable {
    rows: Vec<Arc<StaffMember>>,
    by_id: HashMap<StaffId, usize>,
}

impl StaffTable {
    /// Puts the members into list order: position, then name, then id.
    pub fn new(mut rows: Vec<StaffMember>) -> Self {
        rows.sort_by_cached_key(|member| (member.position, sort_key(&member.name, Locale::Uk), member.id));
        let by_id = rows.iter().enumerate().map(|(index, member)| (member.id, index)).collect();
        Self { rows: rows.into_iter().map(Arc::new).collect(), by_id }
    }

    /// The member with this id, archived or not.
    pub fn get(&self, id: StaffId) -> Option<&StaffMember> {
        self.by_id.get(&id).map(|index| self.rows[*index].as_ref())
    }

    /// The same for who keeps it longer than the table: no copy.
    pub fn shared(&self, id: StaffId) -> Option<Arc<StaffMember>> {
        self.by_id.get(&id).map(|index| self.rows[*index].clone())
    }

    /// The profile of a user; at most one live profile belongs to a user, and a live one is preferred.
    pub fn of_user(&self, user: UserId) -> Option<&StaffMember> {
        let theirs = || self.iter().filter(|member| member.user_id == Some(user));
        theirs().find(|member| !member.archived).or_else(|| theirs().next())
    }

    /// All members in list order, archived ones too.
    pub fn iter(&self) -> impl Iterator<Item = &StaffMember> {
        self.rows.iter().map(Arc::as_ref)
    }
}

impl Serialize for StaffTable {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for StaffTable {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::new)
    }
}
