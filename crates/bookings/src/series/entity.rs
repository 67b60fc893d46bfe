//! Rows of series. Private: other crates see [`super::Series`], never these.

use sea_orm::entity::prelude::*;

/// A row of `booking_series`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "booking_series")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub company_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub location_id: Uuid,
    pub client_id: Uuid,
    pub wish: Json,
    pub recurrence: Json,
    pub zone: String,
    pub first_date: Date,
    pub start_minutes: i32,
    pub skipped: Json,
    pub split_from: Option<Uuid>,
    pub ended_at: Option<DateTimeUtc>,
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

/// Within this crate only.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

db::company_owned!(Entity);
