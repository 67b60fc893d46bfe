//! The waiting list: who wants a seat of a full session, or a visit in some hours that are taken.

use crate::ddl::Ddl;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ddl = Ddl::new(manager);
        ddl.company_table(
            "waitlist_entry",
            "company_id {uuid} NOT NULL,
             id {uuid} NOT NULL,
             token_hash {bytes} NOT NULL,
             status {key} NOT NULL CHECK (status IN ('WAITING', 'OFFERED', 'BOOKED', 'LEFT', 'LAPSED')),
             client_id {uuid} NOT NULL,
             channel {key} NOT NULL,
             location_id {uuid} NOT NULL,
             service_id {uuid} NOT NULL,
             session_id {uuid},
             party_size {int} NOT NULL CHECK (party_size >= 1),
             staff_ids {json} NOT NULL,
             windows {json} NOT NULL,
             expires_at {time} NOT NULL,
             hold_id {uuid},
             booking_id {uuid},
             version {int} NOT NULL DEFAULT 1,
             created_at {time} NOT NULL,
             updated_at {time} NOT NULL,
             PRIMARY KEY (company_id, id),
             CONSTRAINT waitlist_token UNIQUE (company_id, token_hash),
             FOREIGN KEY (company_id, client_id) REFERENCES client (company_id, id),
             FOREIGN KEY (company_id, location_id) REFERENCES location (company_id, id),
             FOREIGN KEY (company_id, service_id) REFERENCES service (company_id, id),
             FOREIGN KEY (company_id, session_id) REFERENCES group_session (company_id, id),
             FOREIGN KEY (company_id, hold_id) REFERENCES hold (company_id, id),
             FOREIGN KEY (company_id, booking_id) REFERENCES booking (company_id, id)",
        )
        .await?;
        ddl.run(
            "CREATE INDEX waitlist_made ON waitlist_entry (company_id, created_at, id);
             CREATE INDEX waitlist_session ON waitlist_entry (company_id, session_id, created_at, id)
                 WHERE session_id IS NOT NULL;
             CREATE INDEX waitlist_location ON waitlist_entry (company_id, location_id, created_at, id)
                 WHERE status = 'WAITING' AND session_id IS NULL;
             CREATE INDEX waitlist_hold ON waitlist_entry (company_id, hold_id) WHERE hold_id IS NOT NULL;
             CREATE UNIQUE INDEX waitlist_once ON waitlist_entry (company_id, session_id, client_id)
                 WHERE status = 'WAITING' AND session_id IS NOT NULL",
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
