//! What a visit may be: lines that begin together, processing time, add-ons, companions; a service's own booking window;
//! starts that leave no gap; where an allocation takes place, which decides whether a staff member's lanes count.

use crate::ddl::Ddl;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ddl = Ddl::new(manager);
        services(&ddl).await?;
        lines(&ddl).await?;
        // None: taken before lanes were used; it then fills all of them.
        ddl.run("ALTER TABLE allocation ADD COLUMN location_id {uuid}").await?;
        ddl.run("ALTER TABLE location ADD COLUMN tight_starts {bool} NOT NULL DEFAULT FALSE").await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

async fn services(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.run(
        "ALTER TABLE service ADD COLUMN processing_after {int} CHECK (processing_after BETWEEN 1 AND 1440);
         ALTER TABLE service ADD COLUMN processing_minutes {int} CHECK (processing_minutes BETWEEN 1 AND 1440);
         ALTER TABLE service ADD COLUMN bookable_from {date};
         ALTER TABLE service ADD COLUMN bookable_to {date}",
    )
    .await?;
    ddl.company_table(
        "service_add_on",
        "company_id {uuid} NOT NULL,
         id {uuid} NOT NULL,
         service_id {uuid} NOT NULL,
         ordinal {int} NOT NULL,
         name_uk {text},
         name_en {text},
         minutes {int} NOT NULL CHECK (minutes BETWEEN 0 AND 480),
         price_minor {bigint} NOT NULL CHECK (price_minor >= 0),
         currency {key} NOT NULL,
         archived_at {time},
         PRIMARY KEY (company_id, id),
         FOREIGN KEY (company_id, service_id) REFERENCES service (company_id, id),
         CONSTRAINT service_add_on_named CHECK (name_uk IS NOT NULL OR name_en IS NOT NULL)",
    )
    .await?;
    ddl.run("CREATE INDEX service_add_on_of_service ON service_add_on (company_id, service_id)").await
}

async fn lines(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.run(
        "ALTER TABLE booking ADD COLUMN guests {json} NOT NULL DEFAULT '[]';
         ALTER TABLE booking_line ADD COLUMN with_previous {bool} NOT NULL DEFAULT FALSE;
         ALTER TABLE booking_line ADD COLUMN processing_after {int} CHECK (processing_after >= 1);
         ALTER TABLE booking_line ADD COLUMN processing_minutes {int} CHECK (processing_minutes >= 1);
         ALTER TABLE booking_line ADD COLUMN persons {int} NOT NULL DEFAULT 1 CHECK (persons >= 1);
         ALTER TABLE booking_line ADD COLUMN guest {int} CHECK (guest >= 1);
         ALTER TABLE booking_line ADD COLUMN add_ons {json} NOT NULL DEFAULT '[]'",
    )
    .await
}
