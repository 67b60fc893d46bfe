//! What the catalogue lets a role do. The administrator has all of it; brackets name who else does.

access::permissions! {
    /// Permissions of the catalogue.
    pub mod permissions {
        /// See the public catalogue: categories and the services that clients can book.
        CATALOG_READ = "catalog.read" [Manager, Employee, PublishableKey];
        /// See what the public does not: hidden and archived services, resources, maintenance and statuses.
        CATALOG_INTERNAL = "catalog.internal" [Manager, Employee];
        /// Change categories, services, resources and maintenance.
        CATALOG_WRITE = "catalog.write" [Manager];
    }
}

pub use permissions::*;
