//! A type of resource: rooms, halls, chairs, equipment. Its units are resources.

mod entity;
pub(crate) mod graphql;
mod repo;
mod service;

use crate::localized::Localized;
use serde::{Deserialize, Serialize};

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
