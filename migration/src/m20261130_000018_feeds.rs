//! The calendar towards other calendars: stamps of local dates, feeds behind secret addresses.

use crate::ddl::Ddl;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ddl = Ddl::new(manager);
        days(&ddl).await?;
        feeds(&ddl).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

async fn days(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    // The stamp before stands beside the stamp: one statement replaces it and says what it was.
    ddl.company_table(
        "calendar_day",
        "company_id {uuid} NOT NULL,
         local_date {date} NOT NULL,
         previous {bigint} NOT NULL,
         stamp {bigint} NOT NULL,
         PRIMARY KEY (company_id, local_date)",
    )
    .await
}

async fn feeds(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    // The address names company and feed, so that the row is found inside the company; the hash is of the rest of it.
    ddl.company_table(
        "calendar_feed",
        "company_id {uuid} NOT NULL,
         id {uuid} NOT NULL,
         name {text} NOT NULL CHECK (name <> ''),
         scope {key} NOT NULL CHECK (scope IN ('company', 'location', 'staff')),
         location_id {uuid},
         staff_id {uuid},
         client_names {bool} NOT NULL,
         secret_hash {bytes} NOT NULL,
         created_by {uuid},
         created_at {time} NOT NULL,
         rotated_at {time},
         revoked_at {time},
         version {int} NOT NULL DEFAULT 1,
         PRIMARY KEY (company_id, id),
         CONSTRAINT calendar_feed_subject CHECK (
             (scope = 'location') = (location_id IS NOT NULL) AND (scope = 'staff') = (staff_id IS NOT NULL)),
         FOREIGN KEY (company_id, location_id) REFERENCES location (company_id, id),
         FOREIGN KEY (company_id, staff_id) REFERENCES staff_member (company_id, id)",
    )
    .await?;
    ddl.run("CREATE INDEX calendar_feed_recent ON calendar_feed (company_id, created_at, id)").await
}
