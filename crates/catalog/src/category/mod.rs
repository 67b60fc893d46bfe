//! A category: a heading that services are listed under.

mod entity;
pub(crate) mod graphql;
mod repo;
mod service;

use crate::localized::Localized;
use serde::{Deserialize, Serialize};

kernel::id! {
    /// A category of services.
    pub struct CategoryId("cat");
}

/// A heading of the catalogue. It is archived, never deleted, and only when no live service stands under it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// Its id.
    pub id: CategoryId,
    /// Its name; never empty.
    pub name: Localized,
    /// Where it stands among the categories, smallest first.
    pub position: i32,
    /// Is it withdrawn?
    pub archived: bool,
    /// Goes up with each edit.
    pub version: i32,
}
