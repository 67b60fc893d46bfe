//! Clients' own access: codes, the sessions that they open, the page to which links of letters lead, and how often the links
//! to a booking were taken back.
//!
//! A client's token names its company, so its row is found inside that company, fenced and sharded like any other.

use crate::ddl::Ddl;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ddl = Ddl::new(manager);
        codes(&ddl).await?;
        sessions(&ddl).await?;
        ddl.run(
            "ALTER TABLE company ADD COLUMN client_page {text};
             ALTER TABLE booking ADD COLUMN link_revocations {int} NOT NULL DEFAULT 0 CHECK (link_revocations >= 0)",
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

async fn codes(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    // One for each address: a newer code takes the row of the one before. The digits are derived from the nonce.
    ddl.company_table(
        "client_code",
        "company_id {uuid} NOT NULL,
         id {uuid} NOT NULL,
         channel {key} NOT NULL CHECK (channel IN ('email')),
         address {key} NOT NULL,
         language {key} NOT NULL CHECK (language IN ('uk', 'en')),
         nonce {bytes} NOT NULL,
         tries {int} NOT NULL CHECK (tries >= 0),
         sent_at {time} NOT NULL,
         expires_at {time} NOT NULL,
         used_at {time},
         PRIMARY KEY (company_id, id),
         CONSTRAINT client_code_address UNIQUE (company_id, channel, address)",
    )
    .await
}

async fn sessions(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    // What was proved is the address; which cards that means is asked of the cards each time.
    ddl.company_table(
        "client_session",
        "company_id {uuid} NOT NULL,
         id {uuid} NOT NULL,
         channel {key} NOT NULL CHECK (channel IN ('email')),
         address {key} NOT NULL,
         language {key} NOT NULL CHECK (language IN ('uk', 'en')),
         created_at {time} NOT NULL,
         expires_at {time} NOT NULL,
         revoked_at {time},
         PRIMARY KEY (company_id, id)",
    )
    .await
}
