//! Table `session`: global, since it is looked up to learn the company.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    /// The selected company.
    pub company_id: Option<Uuid>,
    /// What the texts of the refresh tokens are derived from.
    pub nonce: Vec<u8>,
    /// Counts the pairs of tokens; only the newest refreshes.
    pub generation: i32,
    /// Whether the newest pair has been used.
    pub pair_used: bool,
    /// Whether the newest pair was already given a second time.
    pub pair_repeated: bool,
    /// When the newest pair was made; none of the first, which was exchanged for nothing.
    pub rotated_at: Option<DateTimeUtc>,
    pub address: Option<String>,
    pub user_agent: Option<String>,
    pub created_at: DateTimeUtc,
    pub last_seen_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
    pub revoked_at: Option<DateTimeUtc>,
    pub revoked_for: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

db::global!(Entity);
