//! When a session's newest pair of tokens was made: for a few seconds after that the pair before it is no replay.

use crate::ddl::Ddl;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // NULL where no pair has been exchanged yet. The type looks for its column's name at the beginning of its line.
        Ddl::new(manager)
            .run(
                "ALTER TABLE session ADD COLUMN
                 rotated_at {time}",
            )
            .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
