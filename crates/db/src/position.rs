//! Rows read by the place of their columns.
//!
//! The ORM reads each column by its name, which it puts together anew for every value. Long lists read by place instead;
//! the order is that of the entity's struct, which is also the order in which the ORM selects.

use sea_orm::{ConnectionTrait as _, DbErr, EntityTrait, QueryResult, QueryTrait as _, Select};

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
                ::std::result::Result::Ok(Self { $($field: row.try_get_by_index(next())?),+ })
            }
        }
    };
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
