//! Policies of booking: what a service asks for before it is agreed, what calling off costs, limits, and what a booking
//! waits for and owes. Holds remember that they were extended.
//!
//! The rules of a service stand in a table of their own: a composite foreign key cannot be added to a table of SQLite.

use crate::ddl::Ddl;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ddl = Ddl::new(manager);
        settings(&ddl).await?;
        cancellation_policies(&ddl).await?;
        service_rules(&ddl).await?;
        bookings(&ddl).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

async fn settings(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.run(
        "ALTER TABLE company ADD COLUMN
             no_show_grace_minutes {int} NOT NULL DEFAULT 10 CHECK (no_show_grace_minutes BETWEEN 0 AND 240);
         ALTER TABLE company ADD COLUMN
             pending_minutes {int} NOT NULL DEFAULT 1440 CHECK (pending_minutes BETWEEN 5 AND 43200);
         ALTER TABLE company ADD COLUMN
             hold_extension_minutes {int} NOT NULL DEFAULT 10 CHECK (hold_extension_minutes BETWEEN 2 AND 30);
         ALTER TABLE company ADD COLUMN
             client_active_limit {int} CHECK (client_active_limit BETWEEN 1 AND 1000);
         ALTER TABLE company ADD COLUMN
             client_daily_limit {int} CHECK (client_daily_limit BETWEEN 1 AND 100);
         ALTER TABLE company ADD COLUMN
             staff_daily_limit {int} CHECK (staff_daily_limit BETWEEN 1 AND 200);
         ALTER TABLE company ADD COLUMN
             staff_daily_minutes {int} CHECK (staff_daily_minutes BETWEEN 5 AND 1440)",
    )
    .await
}

async fn cancellation_policies(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.company_table(
        "cancellation_policy",
        "company_id {uuid} NOT NULL,
         id {uuid} NOT NULL,
         name_uk {text},
         name_en {text},
         name_key {key} NOT NULL CHECK (name_key <> ''),
         tiers {json} NOT NULL,
         late {key} NOT NULL CHECK (late IN ('charged', 'refused')),
         reschedule_hours {int} CHECK (reschedule_hours BETWEEN 0 AND 8760),
         max_reschedules {int} CHECK (max_reschedules BETWEEN 0 AND 100),
         no_show_fee {json} NOT NULL,
         no_show_keeps_deposit {bool} NOT NULL,
         archived_at {time},
         version {int} NOT NULL DEFAULT 1,
         created_at {time} NOT NULL,
         updated_at {time} NOT NULL,
         PRIMARY KEY (company_id, id),
         CONSTRAINT cancellation_policy_named CHECK (name_uk IS NOT NULL OR name_en IS NOT NULL)",
    )
    .await?;
    ddl.run(
        "CREATE UNIQUE INDEX cancellation_policy_name ON cancellation_policy (company_id, name_key)
             WHERE archived_at IS NULL",
    )
    .await?;
    // At most one row a company: the policy of services that name none.
    ddl.company_table(
        "cancellation_default",
        "company_id {uuid} NOT NULL,
         policy_id {uuid} NOT NULL,
         PRIMARY KEY (company_id),
         FOREIGN KEY (company_id, policy_id) REFERENCES cancellation_policy (company_id, id)",
    )
    .await
}

async fn service_rules(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.company_table(
        "service_rule",
        "company_id {uuid} NOT NULL,
         service_id {uuid} NOT NULL,
         approval_required {bool},
         prepayment {json} NOT NULL,
         cancellation_policy_id {uuid},
         daily_limit {int} CHECK (daily_limit BETWEEN 1 AND 1000),
         first_visit_only {bool} NOT NULL,
         PRIMARY KEY (company_id, service_id),
         FOREIGN KEY (company_id, service_id) REFERENCES service (company_id, id),
         FOREIGN KEY (company_id, cancellation_policy_id) REFERENCES cancellation_policy (company_id, id)",
    )
    .await
}

async fn bookings(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.run(
        "ALTER TABLE booking ADD COLUMN
             awaits_approval {bool} NOT NULL DEFAULT FALSE;
         ALTER TABLE booking ADD COLUMN
             awaits_prepayment {bool} NOT NULL DEFAULT FALSE;
         ALTER TABLE booking ADD COLUMN
             pending_until {time};
         ALTER TABLE booking ADD COLUMN
             prepayment_minor {bigint} NOT NULL DEFAULT 0 CHECK (prepayment_minor >= 0);
         ALTER TABLE booking ADD COLUMN
             fee_minor {bigint} CHECK (fee_minor >= 0);
         ALTER TABLE booking ADD COLUMN
             deposit_kept {bool} NOT NULL DEFAULT FALSE;
         ALTER TABLE booking ADD COLUMN
             client_moves {int} NOT NULL DEFAULT 0 CHECK (client_moves >= 0);
         ALTER TABLE hold ADD COLUMN
             extended {bool} NOT NULL DEFAULT FALSE;
         CREATE INDEX hold_client ON hold (company_id, client_id, expires_at)
             WHERE state = 'LIVE' AND client_id IS NOT NULL;
         CREATE INDEX hold_date ON hold (company_id, local_date) WHERE state = 'LIVE'",
    )
    .await?;
    // Until now approval was all that a booking could wait for.
    ddl.across_companies(&["booking"], "UPDATE booking SET awaits_approval = TRUE WHERE status = 'PENDING'").await
}
