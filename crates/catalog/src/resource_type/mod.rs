//! A type of resource: rooms, halls, chairs, equipment. Its units are resources.

mod entity;
pub(crate) mod graphql;
mod repo;
mod service;

use crate::localized::{Localized, NAME};
use kernel::{Checks, Result};
use serde::{Deserialize, Serialize};

pub(crate) use repo::load;

kernel::id! {
    /// A type of resource.
    pub struct ResourceTypeId("rty");
}

/// A type of resource. It is archived, never deleted, and only when it has no live unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceType {
    /// Its id.
    pub id: ResourceTypeId,
    /// Its name; never empty.
    pub name: Localized,
    /// Is it withdrawn?
    pub archived: bool,
    /// Goes up with each edit.
    pub version: i32,
}

impl ResourceType {
    /// The type of this name, or what is wrong with the name.
    pub fn named(id: ResourceTypeId, name: &Localized) -> Result<Self> {
        let mut checks = Checks::new();
        let name = name.check(&mut checks, "name", NAME);
        checks.build(|| Some(Self { id, name: name?, archived: false, version: 1 }))
    }
}
