//! Bookings with their lines, and holds.
//!
//! What was agreed is copied onto the line (names, price, times, buffers, requirements): later edits of a service
//! change nothing booked. Who occupies what lies in `allocation`, whose rows name the hold or the line.

use crate::ddl::Ddl;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ddl = Ddl::new(manager);
        holds(&ddl).await?;
        bookings(&ddl).await?;
        lines(&ddl).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

async fn holds(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    // The lines of a hold live for minutes and are read whole: they stay one document.
    ddl.company_table(
        "hold",
        "company_id {uuid} NOT NULL,
         id {uuid} NOT NULL,
         token_hash {bytes} NOT NULL,
         holder {key} NOT NULL,
         state {key} NOT NULL CHECK (state IN ('LIVE', 'CONSUMED', 'RELEASED', 'EXPIRED')),
         location_id {uuid} NOT NULL,
         client_id {uuid},
         starts_at {time} NOT NULL,
         ends_at {time} NOT NULL,
         zone {text} NOT NULL,
         local_date {date} NOT NULL,
         currency {text} NOT NULL,
         lines {json} NOT NULL,
         overrides {json} NOT NULL,
         expires_at {time} NOT NULL,
         created_at {time} NOT NULL,
         updated_at {time} NOT NULL,
         PRIMARY KEY (company_id, id),
         CONSTRAINT hold_token UNIQUE (company_id, token_hash),
         CONSTRAINT hold_range CHECK (starts_at < ends_at),
         FOREIGN KEY (company_id, location_id) REFERENCES location (company_id, id),
         FOREIGN KEY (company_id, client_id) REFERENCES client (company_id, id)",
    )
    .await?;
    ddl.run(
        "CREATE INDEX hold_live ON hold (company_id, holder, expires_at) WHERE state = 'LIVE';
         CREATE INDEX hold_expiry ON hold (company_id, expires_at) WHERE state = 'LIVE'",
    )
    .await
}

async fn bookings(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.company_table(
        "booking",
        "company_id {uuid} NOT NULL,
         id {uuid} NOT NULL,
         reference {key} NOT NULL,
         status {key} NOT NULL CHECK (status IN ('PENDING', 'CONFIRMED', 'ARRIVED', 'IN_SERVICE', 'COMPLETED',
             'CANCELLED', 'DECLINED', 'NO_SHOW')),
         status_since {time} NOT NULL,
         location_id {uuid} NOT NULL,
         client_id {uuid} NOT NULL,
         hold_id {uuid},
         starts_at {time} NOT NULL,
         ends_at {time} NOT NULL,
         zone {text} NOT NULL,
         local_date {date} NOT NULL,
         currency {text} NOT NULL,
         total_minor {bigint} NOT NULL CHECK (total_minor >= 0),
         channel {key} NOT NULL,
         policy {json} NOT NULL,
         overrides {json} NOT NULL,
         client_note {text},
         internal_note {text},
         cancel_reason {key},
         cancel_note {text},
         version {int} NOT NULL DEFAULT 1,
         created_at {time} NOT NULL,
         updated_at {time} NOT NULL,
         PRIMARY KEY (company_id, id),
         CONSTRAINT booking_reference UNIQUE (company_id, reference),
         CONSTRAINT booking_range CHECK (starts_at < ends_at),
         FOREIGN KEY (company_id, location_id) REFERENCES location (company_id, id),
         FOREIGN KEY (company_id, client_id) REFERENCES client (company_id, id),
         FOREIGN KEY (company_id, hold_id) REFERENCES hold (company_id, id)",
    )
    .await?;
    ddl.run(
        "CREATE INDEX booking_time ON booking (company_id, starts_at, id);
         CREATE INDEX booking_made ON booking (company_id, created_at, id);
         CREATE INDEX booking_client ON booking (company_id, client_id, starts_at, id);
         CREATE INDEX booking_location ON booking (company_id, location_id, starts_at, id);
         CREATE INDEX booking_status ON booking (company_id, status, starts_at, id)",
    )
    .await
}

async fn lines(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.company_table(
        "booking_line",
        "company_id {uuid} NOT NULL,
         id {uuid} NOT NULL,
         booking_id {uuid} NOT NULL,
         position {int} NOT NULL CHECK (position >= 0),
         service_id {uuid} NOT NULL,
         service_name_uk {text},
         service_name_en {text},
         color {text},
         staff_id {uuid},
         staff_name {text},
         staff_choice {key} NOT NULL CHECK (staff_choice IN ('NAMED', 'ONLY_ONE', 'USUAL', 'LEAST_BOOKED',
             'LEAST_FRAGMENTED', 'FIRST', 'NONE')),
         starts_at {time} NOT NULL,
         ends_at {time} NOT NULL,
         duration_minutes {int} NOT NULL CHECK (duration_minutes > 0),
         buffer_before_minutes {int} NOT NULL CHECK (buffer_before_minutes >= 0),
         buffer_after_minutes {int} NOT NULL CHECK (buffer_after_minutes >= 0),
         price_kind {key} NOT NULL CHECK (price_kind IN ('FIXED', 'FROM', 'FREE')),
         price_minor {bigint} NOT NULL CHECK (price_minor >= 0),
         tax_rate_bp {int} NOT NULL CHECK (tax_rate_bp >= 0),
         requirements {json} NOT NULL,
         resources {json} NOT NULL,
         PRIMARY KEY (company_id, id),
         CONSTRAINT booking_line_position UNIQUE (company_id, booking_id, position),
         CONSTRAINT booking_line_range CHECK (starts_at < ends_at),
         CONSTRAINT booking_line_choice CHECK ((staff_id IS NULL) = (staff_choice = 'NONE')),
         FOREIGN KEY (company_id, booking_id) REFERENCES booking (company_id, id),
         FOREIGN KEY (company_id, service_id) REFERENCES service (company_id, id),
         FOREIGN KEY (company_id, staff_id) REFERENCES staff_member (company_id, id)",
    )
    .await?;
    ddl.run(
        "CREATE INDEX booking_line_staff ON booking_line (company_id, staff_id, starts_at) WHERE staff_id IS NOT NULL;
         CREATE INDEX booking_line_service ON booking_line (company_id, service_id, starts_at)",
    )
    .await
}
