//! All permissions of the program, gathered from the crates linked into it.
//!
//! Holds: names are unique, the list is sorted by name and never changes while the process runs.

use std::fmt::Write as _;
use std::sync::OnceLock;

use crate::permission::{CAPACITY, Permission};
use crate::role::BuiltinRole;

/// What one [`permissions!`](crate::permissions!) block declared.
pub struct Declared(pub &'static [Permission]);

inventory::collect!(Declared);

/// Every permission of this program, sorted by name.
///
/// # Panics
/// When two crates declare one name, or there are more than a set can hold: a mistake of the programmer that the
/// first start, and every test, shows.
pub fn all_permissions() -> &'static [Permission] {
    static ALL: OnceLock<Vec<Permission>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut all: Vec<Permission> =
            inventory::iter::<Declared>.into_iter().flat_map(|declared| declared.0).copied().collect();
        all.sort_by_key(|permission| permission.name);
        if let Some(twice) = all.windows(2).find(|pair| pair[0].name == pair[1].name) {
            panic!("the permission {} is declared twice", twice[0].name);
        }
        assert!(all.len() <= CAPACITY, "more permissions than a PermissionSet can hold");
        all
    })
}

/// The permission of this name.
pub fn find_permission(name: &str) -> Option<Permission> {
    position(name).map(|at| all_permissions()[at])
}

pub(crate) fn position(name: &str) -> Option<usize> {
    all_permissions().binary_search_by(|permission| permission.name.cmp(name)).ok()
}

/// The table of permissions and built-in roles, in Markdown, for the documentation.
pub fn permission_table() -> String {
    let mut table =
        String::from("| permission | what it allows | administrator | manager | employee | publishable key |\n");
    table.push_str("| --- | --- | :-: | :-: | :-: | :-: |\n");
    for permission in all_permissions() {
        let _ = write!(table, "| `{}` | {} |", permission.name, permission.description);
        for role in BuiltinRole::ALL {
            table.push_str(if permission.is_of(role) { " ✓ |" } else { "   |" });
        }
        table.push('\n');
    }
    table
}

/// Declares the permissions of a slice: a constant each, and their entry in [`all_permissions`].
///
/// The whole of a `permissions.rs`:
/// ```
/// # use zapys_access as access;
/// # mod permissions {
/// # use zapys_access as access;
/// access::permissions! {
///     /// See services, prices and resources.
///     CATALOG_READ = "catalog.read" [Manager, Employee, PublishableKey];
///     /// Change services, prices and resources.
///     CATALOG_WRITE = "catalog.write" [Manager];
/// }
/// # }
/// assert_eq!(permissions::CATALOG_READ.name, "catalog.read");
/// assert!(access::find_permission("catalog.write").is_some());
/// ```
///
/// The brackets name the built-in roles that have it besides the administrator; they may be empty. Around the constants
/// may stand a `pub mod name { … }`, which the macro then makes.
#[macro_export]
macro_rules! permissions {
    (
        $(
            $(#[doc = $description:literal])+
            $constant:ident = $name:literal [$($role:ident),* $(,)?];
        )+
    ) => {
        $(
            $(#[doc = $description])+
            pub const $constant: $crate::Permission = $crate::Permission {
                name: $name,
                description: concat!($($description),+).trim_ascii(),
                roles: &[$($crate::BuiltinRole::$role),*],
            };
        )+

        $crate::inventory::submit! { $crate::Declared(&[$($constant),+]) }
    };
    (
        $(#[$attribute:meta])*
        $visibility:vis mod $module:ident { $($declarations:tt)+ }
    ) => {
        $(#[$attribute])*
        $visibility mod $module {
            $crate::permissions! { $($declarations)+ }
        }
    };
}
