//! Series: visits of one client that repeat. A booking names its series and the date that the series' rule gave it.
//!
//! SQLite cannot add a foreign key to a table that exists, so there the series of a booking is fenced by the code that
//! writes it alone; both are written in one transaction.

use crate::ddl::Ddl;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ddl = Ddl::new(manager);
        ddl.company_table(
            "booking_series",
            "company_id {uuid} NOT NULL,
             id {uuid} NOT NULL,
             location_id {uuid} NOT NULL,
             client_id {uuid} NOT NULL,
             wish {json} NOT NULL,
             recurrence {json} NOT NULL,
             zone {text} NOT NULL,
             first_date {date} NOT NULL,
             start_minutes {int} NOT NULL CHECK (start_minutes BETWEEN 0 AND 1440),
             skipped {json} NOT NULL,
             split_from {uuid},
             ended_at {time},
             version {int} NOT NULL DEFAULT 1,
             created_at {time} NOT NULL,
             updated_at {time} NOT NULL,
             PRIMARY KEY (company_id, id),
             FOREIGN KEY (company_id, location_id) REFERENCES location (company_id, id),
             FOREIGN KEY (company_id, client_id) REFERENCES client (company_id, id),
             FOREIGN KEY (company_id, split_from) REFERENCES booking_series (company_id, id)",
        )
        .await?;
        ddl.run(
            "CREATE INDEX booking_series_made ON booking_series (company_id, created_at, id);
             CREATE INDEX booking_series_client ON booking_series (company_id, client_id, created_at, id);
             ALTER TABLE booking ADD COLUMN series_id {uuid};
             ALTER TABLE booking ADD COLUMN series_date {date};
             CREATE INDEX booking_of_series ON booking (company_id, series_id, series_date) WHERE series_id IS NOT NULL",
        )
        .await?;
        ddl.only_postgres(
            "ALTER TABLE booking ADD CONSTRAINT booking_series_known
                 FOREIGN KEY (company_id, series_id) REFERENCES booking_series (company_id, id)",
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
