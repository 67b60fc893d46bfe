//! Calendars of other programs that say when somebody is busy, and what was read of them: a row for each month in UTC, with
//! stretches of minutes since 1970.

use crate::ddl::Ddl;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ddl = Ddl::new(manager);
        // The address is a secret of the person's: sealed, and gone once the calendar is removed.
        ddl.company_table(
            "busy_calendar",
            "company_id {uuid} NOT NULL,
             id {uuid} NOT NULL,
             staff_id {uuid} NOT NULL,
             name {text} NOT NULL CHECK (name <> ''),
             source {key} NOT NULL CHECK (source IN ('upload', 'subscription')),
             host {text},
             address {bytes},
             etag {text},
             last_modified {text},
             range_count {int} NOT NULL,
             unread_count {int} NOT NULL,
             read_at {time} NOT NULL,
             fetched_at {time},
             fault {key},
             failures {int} NOT NULL DEFAULT 0,
             next_fetch_at {time},
             created_at {time} NOT NULL,
             removed_at {time},
             version {int} NOT NULL DEFAULT 1,
             PRIMARY KEY (company_id, id),
             CONSTRAINT busy_calendar_address CHECK (
                 (source = 'subscription' AND removed_at IS NULL) = (address IS NOT NULL)),
             FOREIGN KEY (company_id, staff_id) REFERENCES staff_member (company_id, id)",
        )
        .await?;
        ddl.run(
            "CREATE UNIQUE INDEX busy_calendar_name ON busy_calendar (company_id, staff_id, name) WHERE removed_at IS NULL",
        )
        .await?;
        ddl.company_table(
            "busy_month",
            "company_id {uuid} NOT NULL,
             calendar_id {uuid} NOT NULL,
             month {date} NOT NULL,
             ranges {json} NOT NULL,
             PRIMARY KEY (company_id, calendar_id, month),
             FOREIGN KEY (company_id, calendar_id) REFERENCES busy_calendar (company_id, id)",
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
