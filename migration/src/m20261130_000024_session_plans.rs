//! What a repetition says of each of its sessions, beside what the session is: where they differ, it was changed alone.
//!
//! A session of before has none, and is as its repetition says.

use crate::ddl::Ddl;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        Ddl::new(manager).run("ALTER TABLE group_session ADD COLUMN recurrence_plan {json}").await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
