//! Messages: the trace of each one from the event that asked for it to its delivery.

use crate::ddl::Ddl;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ddl = Ddl::new(manager);
        // `facts` are ids, versions and times that the letter was promised for: what is compared when it is sent.
        ddl.company_table(
            "message",
            "company_id {uuid} NOT NULL,
             id {uuid} NOT NULL,
             event_id {uuid} NOT NULL,
             letter {key} NOT NULL,
             channel {key} NOT NULL CHECK (channel IN ('email')),
             recipient {key} NOT NULL,
             language {key} NOT NULL CHECK (language IN ('uk', 'en')),
             client_id {uuid},
             booking_id {uuid},
             facts {json} NOT NULL,
             state {key} NOT NULL CHECK (state IN ('queued', 'sent', 'failed', 'skipped')),
             reason {key},
             attempts {int} NOT NULL DEFAULT 0 CHECK (attempts >= 0),
             queued_at {time} NOT NULL,
             finished_at {time},
             updated_at {time} NOT NULL,
             PRIMARY KEY (company_id, id),
             CONSTRAINT message_once UNIQUE (company_id, event_id, channel, recipient),
             CONSTRAINT message_finished CHECK ((state = 'queued') = (finished_at IS NULL)),
             CONSTRAINT message_explained CHECK (state IN ('queued', 'sent') OR reason IS NOT NULL),
             FOREIGN KEY (company_id, client_id) REFERENCES client (company_id, id),
             FOREIGN KEY (company_id, booking_id) REFERENCES booking (company_id, id)",
        )
        .await?;
        ddl.run(
            "CREATE INDEX message_booking ON message (company_id, booking_id, queued_at, id);
             CREATE INDEX message_client ON message (company_id, client_id, queued_at, id);
             CREATE INDEX message_age ON message (company_id, queued_at, id)",
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
