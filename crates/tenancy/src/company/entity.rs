//! Table `company`: global, since slugs are unique in the installation and people list their companies.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "company")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub slug: String,
    pub name: String,
    pub currency: String,
    pub locale: String,
    pub zone: String,
    pub notice_minutes: i32,
    pub horizon_days: i32,
    pub hold_minutes: i32,
    pub approval_required: bool,
    pub no_show_grace_minutes: i32,
    pub pending_minutes: i32,
    pub hold_extension_minutes: i32,
    pub client_active_limit: Option<i32>,
    pub client_daily_limit: Option<i32>,
    pub staff_daily_limit: Option<i32>,
    pub staff_daily_minutes: Option<i32>,
    pub client_page: Option<String>,
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

db::global!(Entity);
