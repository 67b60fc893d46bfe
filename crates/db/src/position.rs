//! Rows read by the place of their columns.
//!
//! The ORM reads each column by its name, which it puts together anew for every value. Long lists read by place instead;
//! the order is that of the entity's struct, which is also the order in which the ORM selects.

use std::sync::Arc;

use sea_orm::{ConnectionTrait as _, DbErr, EntityTrait, QueryResult, QueryTrait as _, RuntimeErr, Select};
use sqlx::{Decode, Postgres, Row as _, Sqlite, Type};

use crate::{Reader, fault};

/// A row whose columns stand in the order of its struct's fields.
pub trait ByPosition: Sized {
    /// How many columns there are.
    const WIDTH: usize;

    /// The columns' names in order.
    const NAMES: &'static [&'static str];

    /// Reads the columns from `first` on.
    fn read(row: &QueryResult, first: usize) -> Result<Self, DbErr>;
}

/// Declares the order of an entity's columns; a field that is left out does not compile. [`in_order`] belongs into a test
/// of whoever uses it.
#[macro_export]
macro_rules! by_position {
    ($model:ident { $($field:ident),+ $(,)? }) => {
        impl $crate::ByPosition for $model {
            const NAMES: &'static [&'static str] = &[$(stringify!($field)),+];
            const WIDTH: usize = Self::NAMES.len();

            fn read(row: &::sea_orm::QueryResult, first: usize) -> ::std::result::Result<Self, ::sea_orm::DbErr> {
                let mut places = first..;
                let mut next = || places.next().unwrap_or(usize::MAX);
                ::std::result::Result::Ok(Self { $($field: $crate::column(row, next())?),+ })
            }
        }
    };
}

/// A type that a column of either engine can hold.
pub trait Column: for<'r> Decode<'r, Postgres> + Type<Postgres> + for<'r> Decode<'r, Sqlite> + Type<Sqlite> {}

impl<T> Column for T where T: for<'r> Decode<'r, Postgres> + Type<Postgres> + for<'r> Decode<'r, Sqlite> + Type<Sqlite> {}

/// The value at a place. Straight from the driver: the ORM writes a text about each NULL before it takes it for `None`, and
/// the driver, unless told not to, compares the type of each column of each row, which our migrations have settled.
pub fn column<T: Column>(row: &QueryResult, place: usize) -> Result<T, DbErr> {
    let value = match (row.try_as_pg_row(), row.try_as_sqlite_row()) {
        (Some(row), _) => row.try_get_unchecked(place),
        (_, Some(row)) => row.try_get_unchecked(place),
        _ => return Err(DbErr::Type("a row of an engine that is not ours".to_owned())),
    };
    value.map_err(|error| DbErr::Query(RuntimeErr::SqlxError(Arc::new(error))))
}

/// Every row of a query, read by place.
pub async fn all<E: EntityTrait>(r: &Reader, select: Select<E>) -> kernel::Result<Vec<E::Model>>
where
    E::Model: ByPosition,
{
    let statement = select.build(r.conn().get_database_backend());
    let rows = r.conn().query_all_raw(statement).await.map_err(fault)?;
    rows.iter().map(|row| E::Model::read(row, 0).map_err(fault)).collect()
}

/// Whether the ORM selects the columns in this order.
pub fn in_order<E: EntityTrait>() -> bool
where
    E::Model: ByPosition,
{
    use sea_orm::{IdenStatic as _, Iterable as _};
    E::Column::iter().map(|column| column.as_str()).eq(E::Model::NAMES.iter().copied())
}
