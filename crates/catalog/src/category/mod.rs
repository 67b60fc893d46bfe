//! A category: a heading that services are listed under.

mod entity;
pub(crate) mod graphql;
mod repo;
mod service;

use crate::field::number;
use crate::localized::{Localized, NAME};
use kernel::{Checks, Result};
use serde::{Deserialize, Serialize};

pub(crate) use repo::load;

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

/// Every category of a company, archived ones too, in catalogue order.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Categories(Vec<Category>);

impl Categories {
    /// Puts the categories into catalogue order: position, then name, then id.
    pub fn new(mut rows: Vec<Category>) -> Self {
        rows.sort_by_cached_key(|category| {
            (category.position, category.name.sort_key(kernel::Locale::Uk), category.id)
        });
        Self(rows)
    }

    /// The category with this id, archived or not.
    pub fn get(&self, id: CategoryId) -> Option<&Category> {
        self.0.iter().find(|category| category.id == id)
    }

    /// All categories, archived ones too.
    pub fn iter(&self) -> impl Iterator<Item = &Category> {
        self.0.iter()
    }
}

/// A category as asked for: nothing is checked yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CategoryDraft {
    /// Its name.
    pub name: Localized,
    /// Where it stands among the categories.
    pub position: i32,
}

impl CategoryDraft {
    /// The category that this draft makes, or everything that is wrong with it.
    pub fn check(self, id: CategoryId) -> Result<Category> {
        let mut checks = Checks::new();
        let name = self.name.check(&mut checks, "name", NAME);
        let position = checks.check("position", number(self.position, -1_000_000, 1_000_000));
        checks.build(|| Some(Category { id, name: name?, position: position?, archived: false, version: 1 }))
    }
}
