//! Rows of holds. Private: other crates see [`super::Hold`].

use sea_orm::entity::prelude::*;

/// A row of table `hold`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "hold")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub company_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub token_hash: Vec<u8>,
    pub holder: String,
    pub state: String,
    pub location_id: Uuid,
    pub client_id: Option<Uuid>,
    pub starts_at: DateTimeUtc,
    pub ends_at: DateTimeUtc,
    pub zone: String,
    pub local_date: Date,
    pub currency: String,
    pub lines: Json,
    pub overrides: Json,
    pub expires_at: DateTimeUtc,
    pub session_id: Option<Uuid>,
    pub party_size: i32,
    pub seats: i32,
    pub extended: bool,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

/// None: only ids leave this table.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

db::company_owned!(Entity);
