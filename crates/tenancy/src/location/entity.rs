//! Table `location`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "location")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub company_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    /// Folded; unique among the locations of a company that are not archived.
    pub name_key: String,
    pub zone: String,
    pub address: String,
    pub phone: Option<String>,
    pub step_minutes: i32,
    pub grid: String,
    pub buffer_overhang: bool,
    pub tight_starts: bool,
    /// The week's intervals, an array of `OpeningInterval`.
    pub opening: Json,
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub archived_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

db::company_owned!(Entity);
