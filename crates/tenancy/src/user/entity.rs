//! Table `user_account`: global, since one person may work for several companies.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user_account")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Normalised; unique.
    pub email: String,
    pub name: String,
    pub locale: String,
    /// A PHC string.
    pub password_hash: String,
    pub password_changed_at: DateTimeUtc,
    pub email_verified_at: Option<DateTimeUtc>,
    /// Set while a link that proves the address is out; the link's code is derived from it.
    pub verification_nonce: Option<Vec<u8>>,
    pub verification_expires_at: Option<DateTimeUtc>,
    /// Set while a link that sets a new password is out.
    pub reset_nonce: Option<Vec<u8>>,
    pub reset_expires_at: Option<DateTimeUtc>,
    pub disabled_at: Option<DateTimeUtc>,
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

db::global!(Entity);
