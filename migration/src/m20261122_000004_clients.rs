//! Clients: the card, the keys it is found by, private notes.

use crate::ddl::Ddl;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ddl = Ddl::new(manager);
        cards(&ddl).await?;
        keys(&ddl).await?;
        notes(&ddl).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

async fn cards(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    // Lists that are shown with the card stand in it, so that a page of clients is one statement;
    // what a card is found by is repeated, folded, in `client_key`.
    ddl.company_table(
        "client",
        "company_id {uuid} NOT NULL,
         id {uuid} NOT NULL,
         name {text} NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
         search_key {key} NOT NULL,
         sort_key {bytes} NOT NULL,
         phones {json} NOT NULL,
         emails {json} NOT NULL,
         tags {json} NOT NULL,
         preferences {json} NOT NULL,
         birthday {date},
         source {text},
         language {key} CHECK (language IN ('uk', 'en')),
         blocked_at {time},
         block_reason {text},
         consent {bool},
         consent_at {time},
         consent_wording {text},
         created_by {uuid},
         created_at {time} NOT NULL,
         updated_at {time} NOT NULL,
         version {int} NOT NULL DEFAULT 1 CHECK (version > 0),
         archived_at {time},
         PRIMARY KEY (company_id, id),
         CONSTRAINT client_block CHECK ((blocked_at IS NULL) = (block_reason IS NULL)),
         CONSTRAINT client_consent CHECK ((consent IS NULL) = (consent_at IS NULL) AND (consent IS NULL) = (consent_wording IS NULL))",
    )
    .await?;
    ddl.run(
        "CREATE INDEX client_search ON client (company_id, search_key, id);
         CREATE INDEX client_order ON client (company_id, sort_key, id);
         CREATE INDEX client_age ON client (company_id, created_at, id)",
    )
    .await
}

async fn keys(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.company_table(
        "client_key",
        "company_id {uuid} NOT NULL,
         id {uuid} NOT NULL,
         client_id {uuid} NOT NULL,
         kind {key} NOT NULL CHECK (kind IN ('phone', 'email', 'tag')),
         value {key} NOT NULL CHECK (length(value) BETWEEN 1 AND 254),
         PRIMARY KEY (company_id, id),
         FOREIGN KEY (company_id, client_id) REFERENCES client (company_id, id)",
    )
    .await?;
    // Unique within the card only: a family shares a phone.
    ddl.run(
        "CREATE UNIQUE INDEX client_key_value ON client_key (company_id, kind, value, client_id);
         CREATE INDEX client_key_client ON client_key (company_id, client_id)",
    )
    .await
}

async fn notes(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.company_table(
        "client_note",
        "company_id {uuid} NOT NULL,
         id {uuid} NOT NULL,
         client_id {uuid} NOT NULL,
         author_id {uuid},
         body {text} NOT NULL CHECK (length(body) BETWEEN 1 AND 4000),
         pinned {bool} NOT NULL,
         created_at {time} NOT NULL,
         updated_at {time} NOT NULL,
         version {int} NOT NULL DEFAULT 1 CHECK (version > 0),
         archived_at {time},
         PRIMARY KEY (company_id, id),
         FOREIGN KEY (company_id, client_id) REFERENCES client (company_id, id)",
    )
    .await?;
    ddl.run("CREATE INDEX client_note_client ON client_note (company_id, client_id, created_at, id) WHERE archived_at IS NULL")
        .await
}
