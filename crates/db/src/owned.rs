//! Which entities belong to a company, and which to none.

use sea_orm::EntityTrait;

/// A table whose rows belong to one company; its primary key is `(company_id, id)` or starts with `company_id`.
pub trait CompanyOwned: EntityTrait {
    /// The column that every statement is filtered by.
    const COMPANY: Self::Column;
}

/// A table that belongs to no single company: users, sessions, companies.
pub trait Global: EntityTrait {}

/// Declares that an entity's rows belong to a company; its column enum must have `CompanyId`.
#[macro_export]
macro_rules! company_owned {
    ($entity:path, $column:path) => {
        impl $crate::CompanyOwned for $entity {
            const COMPANY: <$entity as ::sea_orm::EntityTrait>::Column = <$column>::CompanyId;
        }
    };
    ($entity:path) => {
        $crate::company_owned!($entity, Column);
    };
}

/// Declares that an entity's table is global.
#[macro_export]
macro_rules! global {
    ($entity:path) => {
        impl $crate::Global for $entity {}
    };
}
