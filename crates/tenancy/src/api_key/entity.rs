//! Table `credential`: API keys, global, since a key is looked up to learn the company.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credential")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub company_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: String,
    pub name: String,
    /// The last characters, so that people can tell keys apart.
    pub hint: String,
    /// SHA-256 of the whole key.
    pub hash: Vec<u8>,
    /// Names of permissions, an array; empty for publishable keys, whose permissions are fixed.
    pub permissions: Json,
    /// Allowed origins of a publishable key, an array.
    pub origins: Json,
    pub created_by: Option<Uuid>,
    pub created_at: DateTimeUtc,
    pub last_used_at: Option<DateTimeUtc>,
    pub revoked_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

db::global!(Entity);
