//! What occupies somebody within some days is found without walking through all that ever occupied them, whatever the
//! lane. On PostgreSQL the index by lane served nothing else: its guard has an index of its own. SQLite's guard needs it.

use crate::ddl::Ddl;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ddl = Ddl::new(manager);
        ddl.only_postgres("DROP INDEX allocation_busy").await?;
        ddl.run("CREATE INDEX allocation_time ON allocation (company_id, subject_id, busy_from) WHERE active").await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
