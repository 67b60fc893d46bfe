//! One thing to be done. While a worker holds it, `run_at` is the end of its lease: then it is due again.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub company_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub bucket: i32,
    pub handler: String,
    pub event_id: Option<Uuid>,
    pub payload: Option<Json>,
    pub unique_key: Option<String>,
    pub state: String,
    pub run_at: DateTimeUtc,
    pub attempts: i32,
    pub locked_by: Option<Uuid>,
    pub locked_until: Option<DateTimeUtc>,
    pub request_id: Uuid,
    pub error: Option<String>,
    pub created_at: DateTimeUtc,
    pub died_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

db::company_owned!(Entity);

/// Waiting for its time, or held by a worker until then.
pub const READY: &str = "ready";
/// Given up after too many tries; waits for a person.
pub const DEAD: &str = "dead";
/// How many buckets companies are dealt into, for workers that look for due jobs of all of them.
pub const BUCKETS: u8 = 16;

/// The bucket of a company. The tail of an id is random, also of one that starts with a time.
pub fn bucket(company: kernel::CompanyId) -> i32 {
    i32::from(company.uuid().as_bytes()[15] % BUCKETS)
}
