//! What every domain stands on: stamps, schedule locks, the allocation guard, idempotency keys.

use crate::ddl::Ddl;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ddl = Ddl::new(manager);
        stamps_and_locks(&ddl).await?;
        allocations(&ddl).await?;
        idempotency(&ddl).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

async fn stamps_and_locks(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    // One random value per small table of a company: what a cache is keyed by.
    ddl.company_table(
        "stamp",
        "company_id {uuid} NOT NULL,
         name {key} NOT NULL,
         value {bigint} NOT NULL,
         PRIMARY KEY (company_id, name)",
    )
    .await?;
    // One row per thing whose time can be taken; it exists only to be locked.
    ddl.company_table(
        "schedule",
        "company_id {uuid} NOT NULL,
         kind {int} NOT NULL CHECK (kind BETWEEN 0 AND 3),
         subject_id {uuid} NOT NULL,
         PRIMARY KEY (company_id, kind, subject_id)",
    )
    .await
}

async fn allocations(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.only_postgres("CREATE EXTENSION IF NOT EXISTS btree_gist").await?;
    ddl.company_table(
        "allocation",
        "company_id {uuid} NOT NULL,
         id {uuid} NOT NULL,
         subject_kind {int} NOT NULL CHECK (subject_kind BETWEEN 0 AND 3),
         subject_id {uuid} NOT NULL,
         lane {int} NOT NULL DEFAULT 0 CHECK (lane >= 0),
         busy_from {time} NOT NULL,
         busy_to {time} NOT NULL,
         active {bool} NOT NULL DEFAULT TRUE,
         hold_id {uuid},
         booking_line_id {uuid},
         session_id {uuid},
         expires_at {time},
         PRIMARY KEY (company_id, id),
         CONSTRAINT allocation_range CHECK (busy_from < busy_to),
         CONSTRAINT allocation_one_owner CHECK (
             (CASE WHEN hold_id IS NULL THEN 0 ELSE 1 END)
             + (CASE WHEN booking_line_id IS NULL THEN 0 ELSE 1 END)
             + (CASE WHEN session_id IS NULL THEN 0 ELSE 1 END) = 1)",
    )
    .await?;
    ddl.run(
        "CREATE INDEX allocation_busy ON allocation (company_id, subject_id, lane, busy_from, busy_to) WHERE active;
         CREATE INDEX allocation_hold ON allocation (company_id, hold_id) WHERE hold_id IS NOT NULL;
         CREATE INDEX allocation_line ON allocation (company_id, booking_line_id) WHERE booking_line_id IS NOT NULL",
    )
    .await?;
    ddl.only_postgres(
        "ALTER TABLE allocation ADD CONSTRAINT allocation_no_overlap EXCLUDE USING gist
             (company_id WITH =, subject_id WITH =, lane WITH =, tstzrange(busy_from, busy_to) WITH &&) WHERE (active)",
    )
    .await?;
    // SQLite has no exclusion constraint. Active rows of a subject and lane are disjoint, so among those that start
    // before the new end the newest also ends last: one look at that neighbour by index decides.
    for (name, when) in [
        ("allocation_no_overlap_insert", "BEFORE INSERT ON allocation"),
        (
            "allocation_no_overlap_update",
            "BEFORE UPDATE OF company_id, subject_id, lane, busy_from, busy_to, active ON allocation",
        ),
    ] {
        ddl.only_sqlite(&format!(
            "CREATE TRIGGER {name} {when} WHEN NEW.active BEGIN
                SELECT RAISE(ABORT, 'allocation_no_overlap') WHERE NEW.busy_from < (
                    SELECT busy_to FROM allocation
                    WHERE company_id = NEW.company_id AND subject_id = NEW.subject_id AND lane = NEW.lane AND active
                      AND busy_from < NEW.busy_to AND id <> NEW.id
                    ORDER BY busy_from DESC LIMIT 1);
             END"
        ))
        .await?;
    }
    Ok(())
}

async fn idempotency(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.company_table(
        "idempotency",
        "company_id {uuid} NOT NULL,
         principal {key} NOT NULL,
         operation {key} NOT NULL,
         key {key} NOT NULL,
         input_hash {bytes} NOT NULL,
         result {json},
         created_at {time} NOT NULL,
         PRIMARY KEY (company_id, principal, operation, key)",
    )
    .await?;
    ddl.run("CREATE INDEX idempotency_age ON idempotency (company_id, created_at)").await
}
