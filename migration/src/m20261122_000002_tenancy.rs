//! Who may enter (users, sessions, companies, memberships, roles, invitations, keys) and where work is done
//! (settings, locations, closures).
//!
//! What is looked up before the company is known is global: each request reads session, membership and role in one
//! statement that no company scopes. Row-level security would hide exactly those rows.

use crate::ddl::Ddl;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ddl = Ddl::new(manager);
        users(&ddl).await?;
        companies(&ddl).await?;
        members(&ddl).await?;
        sessions(&ddl).await?;
        invitations_and_keys(&ddl).await?;
        places(&ddl).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

async fn users(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.global_table(
        "user_account",
        "id {uuid} NOT NULL PRIMARY KEY,
         email {key} NOT NULL CONSTRAINT user_account_email UNIQUE,
         name {text} NOT NULL,
         locale {key} NOT NULL CHECK (locale IN ('uk', 'en')),
         password_hash {text} NOT NULL,
         password_changed_at {time} NOT NULL,
         email_verified_at {time},
         verification_nonce {bytes},
         verification_expires_at {time},
         reset_nonce {bytes},
         reset_expires_at {time},
         disabled_at {time},
         version {int} NOT NULL DEFAULT 1,
         created_at {time} NOT NULL,
         updated_at {time} NOT NULL",
    )
    .await
}

async fn companies(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.global_table(
        "company",
        "id {uuid} NOT NULL PRIMARY KEY,
         slug {key} NOT NULL CONSTRAINT company_slug UNIQUE,
         name {text} NOT NULL,
         currency {key} NOT NULL CHECK (length(currency) = 3),
         locale {key} NOT NULL CHECK (locale IN ('uk', 'en')),
         zone {key} NOT NULL,
         notice_minutes {int} NOT NULL CHECK (notice_minutes BETWEEN 0 AND 525600),
         horizon_days {int} NOT NULL CHECK (horizon_days BETWEEN 1 AND 730),
         hold_minutes {int} NOT NULL CHECK (hold_minutes BETWEEN 2 AND 30),
         approval_required {bool} NOT NULL,
         version {int} NOT NULL DEFAULT 1,
         created_at {time} NOT NULL,
         updated_at {time} NOT NULL",
    )
    .await
}

async fn members(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.global_table(
        "role",
        "company_id {uuid} NOT NULL REFERENCES company (id),
         id {uuid} NOT NULL,
         name {text} NOT NULL,
         name_key {key} NOT NULL,
         permissions {json} NOT NULL,
         version {int} NOT NULL DEFAULT 1,
         created_at {time} NOT NULL,
         updated_at {time} NOT NULL,
         archived_at {time},
         PRIMARY KEY (company_id, id)",
    )
    .await?;
    // Either a built-in role by name or a custom one by id; a member who left keeps the row, so that what they did
    // still names them.
    ddl.global_table(
        "membership",
        "company_id {uuid} NOT NULL REFERENCES company (id),
         id {uuid} NOT NULL,
         user_id {uuid} NOT NULL REFERENCES user_account (id),
         builtin_role {key} CHECK (builtin_role IN ('administrator', 'manager', 'employee')),
         role_id {uuid},
         location_ids {json} NOT NULL,
         ends_at {time},
         removed_at {time},
         version {int} NOT NULL DEFAULT 1,
         created_at {time} NOT NULL,
         updated_at {time} NOT NULL,
         PRIMARY KEY (company_id, id),
         CONSTRAINT membership_user UNIQUE (company_id, user_id),
         CONSTRAINT membership_role FOREIGN KEY (company_id, role_id) REFERENCES role (company_id, id),
         CONSTRAINT membership_one_role CHECK ((builtin_role IS NULL) <> (role_id IS NULL))",
    )
    .await?;
    ddl.run(
        "CREATE UNIQUE INDEX role_name ON role (company_id, name_key) WHERE archived_at IS NULL;
         CREATE INDEX membership_of_user ON membership (user_id)",
    )
    .await
}

async fn sessions(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    // `generation` counts the pairs of tokens; the texts are derived from the nonce and never stored.
    ddl.global_table(
        "session",
        "id {uuid} NOT NULL PRIMARY KEY,
         user_id {uuid} NOT NULL REFERENCES user_account (id),
         company_id {uuid} REFERENCES company (id),
         nonce {bytes} NOT NULL,
         generation {int} NOT NULL CHECK (generation >= 1),
         pair_used {bool} NOT NULL,
         pair_repeated {bool} NOT NULL,
         address {text},
         user_agent {text},
         created_at {time} NOT NULL,
         last_seen_at {time} NOT NULL,
         expires_at {time} NOT NULL,
         revoked_at {time},
         revoked_for {key} CHECK (revoked_for IN ('logout', 'user', 'password', 'replay', 'disabled'))",
    )
    .await?;
    ddl.run("CREATE INDEX session_of_user ON session (user_id) WHERE revoked_at IS NULL").await
}

async fn invitations_and_keys(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.global_table(
        "invitation",
        "company_id {uuid} NOT NULL REFERENCES company (id),
         id {uuid} NOT NULL CONSTRAINT invitation_link UNIQUE,
         email {key} NOT NULL,
         builtin_role {key} CHECK (builtin_role IN ('administrator', 'manager', 'employee')),
         role_id {uuid},
         location_ids {json} NOT NULL,
         nonce {bytes} NOT NULL,
         locale {key} NOT NULL CHECK (locale IN ('uk', 'en')),
         invited_by {uuid},
         expires_at {time} NOT NULL,
         accepted_at {time},
         revoked_at {time},
         created_at {time} NOT NULL,
         sent_at {time} NOT NULL,
         PRIMARY KEY (company_id, id),
         CONSTRAINT invitation_role FOREIGN KEY (company_id, role_id) REFERENCES role (company_id, id),
         CONSTRAINT invitation_one_role CHECK ((builtin_role IS NULL) <> (role_id IS NULL))",
    )
    .await?;
    ddl.global_table(
        "credential",
        "company_id {uuid} NOT NULL REFERENCES company (id),
         id {uuid} NOT NULL,
         kind {key} NOT NULL CHECK (kind IN ('publishable', 'secret')),
         name {text} NOT NULL,
         hint {key} NOT NULL,
         hash {bytes} NOT NULL CONSTRAINT credential_hash UNIQUE,
         permissions {json} NOT NULL,
         origins {json} NOT NULL,
         created_by {uuid},
         created_at {time} NOT NULL,
         last_used_at {time},
         revoked_at {time},
         PRIMARY KEY (company_id, id)",
    )
    .await?;
    // One open invitation per address and company: inviting again is resending.
    ddl.run(
        "CREATE UNIQUE INDEX invitation_open ON invitation (company_id, email)
             WHERE accepted_at IS NULL AND revoked_at IS NULL",
    )
    .await
}

async fn places(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.company_table(
        "location",
        "company_id {uuid} NOT NULL REFERENCES company (id),
         id {uuid} NOT NULL,
         name {text} NOT NULL,
         name_key {key} NOT NULL,
         zone {key} NOT NULL,
         address {text} NOT NULL,
         phone {key},
         step_minutes {int} NOT NULL CHECK (step_minutes BETWEEN 1 AND 1440),
         grid {key} NOT NULL CHECK (grid IN ('midnight', 'shift_start')),
         buffer_overhang {bool} NOT NULL,
         opening {json} NOT NULL,
         version {int} NOT NULL DEFAULT 1,
         created_at {time} NOT NULL,
         updated_at {time} NOT NULL,
         archived_at {time},
         PRIMARY KEY (company_id, id)",
    )
    .await?;
    ddl.company_table(
        "closure",
        "company_id {uuid} NOT NULL,
         id {uuid} NOT NULL,
         location_id {uuid} NOT NULL,
         starts_at {time} NOT NULL,
         ends_at {time} NOT NULL,
         reason {text} NOT NULL,
         version {int} NOT NULL DEFAULT 1,
         created_at {time} NOT NULL,
         updated_at {time} NOT NULL,
         archived_at {time},
         PRIMARY KEY (company_id, id),
         CONSTRAINT closure_location FOREIGN KEY (company_id, location_id) REFERENCES location (company_id, id),
         CONSTRAINT closure_range CHECK (starts_at < ends_at)",
    )
    .await?;
    ddl.run(
        "CREATE UNIQUE INDEX location_name ON location (company_id, name_key) WHERE archived_at IS NULL;
         CREATE INDEX closure_of_location ON closure (company_id, location_id, ends_at) WHERE archived_at IS NULL",
    )
    .await
}
