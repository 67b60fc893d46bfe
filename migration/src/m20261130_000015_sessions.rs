//! Group sessions: a service at an hour that the company sets, with seats.
//!
//! `taken` is the guarded counter of seats: of the blocking bookings that name the session, and of holds. It may exceed
//! `capacity` only where somebody forced it (`overfull`), which no constraint could tell apart. Whose time and what units
//! the session occupies lies in `allocation` under its own id; a seat occupies nothing of its own.

use crate::ddl::Ddl;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ddl = Ddl::new(manager);
        sessions(&ddl).await?;
        seats(&ddl).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

async fn sessions(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    // The line is a copy of what was planned, read whole: it stays one document, as a hold's lines do.
    ddl.company_table(
        "group_session",
        "company_id {uuid} NOT NULL,
         id {uuid} NOT NULL,
         status {key} NOT NULL CHECK (status IN ('SCHEDULED', 'CANCELLED', 'COMPLETED')),
         visibility {key} NOT NULL CHECK (visibility IN ('PUBLIC', 'LINK', 'STAFF')),
         location_id {uuid} NOT NULL,
         service_id {uuid} NOT NULL,
         staff_id {uuid},
         starts_at {time} NOT NULL,
         ends_at {time} NOT NULL,
         zone {text} NOT NULL,
         local_date {date} NOT NULL,
         currency {text} NOT NULL,
         line {json} NOT NULL,
         overrides {json} NOT NULL,
         capacity {int} NOT NULL CHECK (capacity >= 1),
         taken {int} NOT NULL DEFAULT 0 CHECK (taken >= 0),
         overfull {bool} NOT NULL,
         waitlist_closes_minutes {int} NOT NULL CHECK (waitlist_closes_minutes >= 0),
         recurrence_id {uuid},
         cancel_reason {key},
         cancel_note {text},
         version {int} NOT NULL DEFAULT 1,
         created_at {time} NOT NULL,
         updated_at {time} NOT NULL,
         PRIMARY KEY (company_id, id),
         CONSTRAINT group_session_range CHECK (starts_at < ends_at),
         FOREIGN KEY (company_id, location_id) REFERENCES location (company_id, id),
         FOREIGN KEY (company_id, service_id) REFERENCES service (company_id, id),
         FOREIGN KEY (company_id, staff_id) REFERENCES staff_member (company_id, id)",
    )
    .await?;
    ddl.run(
        "CREATE INDEX group_session_time ON group_session (company_id, starts_at, id);
         CREATE INDEX group_session_staff ON group_session (company_id, staff_id, starts_at) WHERE staff_id IS NOT NULL;
         CREATE INDEX group_session_recurrence ON group_session (company_id, recurrence_id, starts_at)
             WHERE recurrence_id IS NOT NULL",
    )
    .await
}

async fn seats(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.run(
        "ALTER TABLE booking ADD COLUMN session_id {uuid};
         ALTER TABLE booking ADD COLUMN party_size {int} NOT NULL DEFAULT 1 CHECK (party_size >= 1);
         ALTER TABLE hold ADD COLUMN session_id {uuid};
         ALTER TABLE hold ADD COLUMN party_size {int} NOT NULL DEFAULT 1 CHECK (party_size >= 1);
         ALTER TABLE hold ADD COLUMN seats {int} NOT NULL DEFAULT 0 CHECK (seats >= 0);
         CREATE INDEX booking_session ON booking (company_id, session_id) WHERE session_id IS NOT NULL;
         CREATE INDEX hold_session ON hold (company_id, session_id, expires_at) WHERE seats > 0",
    )
    .await?;
    // SQLite cannot add a key of two columns to a table that is there.
    ddl.only_postgres(
        "ALTER TABLE booking ADD FOREIGN KEY (company_id, session_id) REFERENCES group_session (company_id, id);
         ALTER TABLE hold ADD FOREIGN KEY (company_id, session_id) REFERENCES group_session (company_id, id)",
    )
    .await
}
