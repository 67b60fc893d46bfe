//! Rotas, and the shift plan that they are drafted into and that is published from there.
//!
//! A row of the plan is a month of one person at one location: dates with intervals, an empty list being a free day. Rows
//! that were replaced keep the instant of it.

use crate::ddl::Ddl;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ddl = Ddl::new(manager);
        ddl.company_table(
            "rota",
            "company_id {uuid} NOT NULL,
             id {uuid} NOT NULL,
             staff_id {uuid} NOT NULL,
             location_id {uuid} NOT NULL,
             name {text} NOT NULL,
             anchor {date} NOT NULL,
             cycle {json} NOT NULL,
             valid_from {date} NOT NULL,
             valid_to {date},
             version {int} NOT NULL DEFAULT 1,
             created_at {time} NOT NULL,
             updated_at {time} NOT NULL,
             archived_at {time},
             PRIMARY KEY (company_id, id),
             FOREIGN KEY (company_id, staff_id) REFERENCES staff_member (company_id, id),
             FOREIGN KEY (company_id, location_id) REFERENCES location (company_id, id),
             CONSTRAINT rota_validity CHECK (valid_from <= valid_to)",
        )
        .await?;
        ddl.company_table(
            "shift_month",
            "company_id {uuid} NOT NULL,
             id {uuid} NOT NULL,
             staff_id {uuid} NOT NULL,
             location_id {uuid} NOT NULL,
             month {date} NOT NULL,
             published {bool} NOT NULL,
             days {json} NOT NULL,
             created_at {time} NOT NULL,
             replaced_at {time},
             PRIMARY KEY (company_id, id),
             FOREIGN KEY (company_id, staff_id) REFERENCES staff_member (company_id, id),
             FOREIGN KEY (company_id, location_id) REFERENCES location (company_id, id)",
        )
        .await?;
        ddl.run(
            "CREATE UNIQUE INDEX shift_month_current
                 ON shift_month (company_id, published, month, staff_id, location_id) WHERE replaced_at IS NULL",
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
