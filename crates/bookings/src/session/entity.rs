//! Rows of group sessions. Private: other crates see [`super::GroupSession`].

use sea_orm::entity::prelude::*;

/// A row of table `group_session`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "group_session")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub company_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub status: String,
    pub visibility: String,
    pub location_id: Uuid,
    pub service_id: Uuid,
    pub staff_id: Option<Uuid>,
    pub starts_at: DateTimeUtc,
    pub ends_at: DateTimeUtc,
    pub zone: String,
    pub local_date: Date,
    pub currency: String,
    pub line: Json,
    pub overrides: Json,
    pub capacity: i32,
    pub taken: i32,
    pub overfull: bool,
    pub waitlist_closes_minutes: i32,
    pub recurrence_id: Option<Uuid>,
    pub recurrence_plan: Option<Json>,
    pub cancel_reason: Option<String>,
    pub cancel_note: Option<String>,
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

/// None: only ids leave this table.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

db::company_owned!(Entity);
