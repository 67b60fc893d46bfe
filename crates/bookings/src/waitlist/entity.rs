//! Rows of the waiting list. Private: other crates see [`super::WaitlistEntry`].

use sea_orm::entity::prelude::*;

/// A row of table `waitlist_entry`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "waitlist_entry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub company_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub token_hash: Vec<u8>,
    pub status: String,
    pub client_id: Uuid,
    pub channel: String,
    pub location_id: Uuid,
    pub service_id: Uuid,
    pub session_id: Option<Uuid>,
    pub party_size: i32,
    pub staff_ids: Json,
    pub windows: Json,
    pub expires_at: DateTimeUtc,
    pub hold_id: Option<Uuid>,
    pub booking_id: Option<Uuid>,
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

/// None: only ids leave this table.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

db::company_owned!(Entity);
