//! The staff: profiles, where they work and what they perform, weekly templates, dated exceptions, time off.
//!
//! Hours that were replaced keep their rows with the instant of it: who worked when stays answerable.

use crate::ddl::Ddl;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ddl = Ddl::new(manager);
        members(&ddl).await?;
        links(&ddl).await?;
        hours(&ddl).await?;
        time_off(&ddl).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

async fn members(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.company_table(
        "staff_member",
        "company_id {uuid} NOT NULL,
         id {uuid} NOT NULL,
         user_id {uuid},
         name {text} NOT NULL CHECK (name <> ''),
         title_uk {text},
         title_en {text},
         bio_uk {text},
         bio_en {text},
         color {key},
         bookable_online {bool} NOT NULL DEFAULT TRUE,
         lanes {int} NOT NULL DEFAULT 1 CHECK (lanes BETWEEN 1 AND 8),
         employed_from {date},
         employed_to {date},
         position {int} NOT NULL DEFAULT 0,
         archived_at {time},
         version {int} NOT NULL DEFAULT 1,
         created_at {time} NOT NULL,
         updated_at {time} NOT NULL,
         PRIMARY KEY (company_id, id),
         FOREIGN KEY (company_id, user_id) REFERENCES membership (company_id, user_id),
         CONSTRAINT staff_member_employment CHECK (employed_from <= employed_to)",
    )
    .await?;
    // A login is one person: whose own calendar it opens must never be a question.
    ddl.run(
        "CREATE UNIQUE INDEX staff_member_user ON staff_member (company_id, user_id)
             WHERE archived_at IS NULL AND user_id IS NOT NULL",
    )
    .await
}

async fn links(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.company_table(
        "staff_location",
        "company_id {uuid} NOT NULL,
         id {uuid} NOT NULL,
         staff_id {uuid} NOT NULL,
         location_id {uuid} NOT NULL,
         PRIMARY KEY (company_id, id),
         UNIQUE (company_id, staff_id, location_id),
         FOREIGN KEY (company_id, staff_id) REFERENCES staff_member (company_id, id),
         FOREIGN KEY (company_id, location_id) REFERENCES location (company_id, id)",
    )
    .await?;
    ddl.company_table(
        "staff_service",
        "company_id {uuid} NOT NULL,
         id {uuid} NOT NULL,
         staff_id {uuid} NOT NULL,
         service_id {uuid} NOT NULL,
         duration_minutes {int} CHECK (duration_minutes BETWEEN 1 AND 1440),
         price_minor {bigint} CHECK (price_minor >= 0),
         currency {key},
         PRIMARY KEY (company_id, id),
         UNIQUE (company_id, staff_id, service_id),
         FOREIGN KEY (company_id, staff_id) REFERENCES staff_member (company_id, id),
         FOREIGN KEY (company_id, service_id) REFERENCES service (company_id, id),
         CONSTRAINT staff_service_price CHECK ((price_minor IS NULL) = (currency IS NULL))",
    )
    .await?;
    ddl.run("CREATE INDEX staff_service_performers ON staff_service (company_id, service_id)").await
}

async fn hours(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    // Intervals are one value, always read and replaced whole: a week is a list of 7 days, a day a list of
    // intervals.
    ddl.company_table(
        "staff_template",
        "company_id {uuid} NOT NULL,
         id {uuid} NOT NULL,
         staff_id {uuid} NOT NULL,
         location_id {uuid} NOT NULL,
         valid_from {date} NOT NULL,
         valid_to {date},
         week {json} NOT NULL,
         created_at {time} NOT NULL,
         replaced_at {time},
         PRIMARY KEY (company_id, id),
         FOREIGN KEY (company_id, staff_id) REFERENCES staff_member (company_id, id),
         FOREIGN KEY (company_id, location_id) REFERENCES location (company_id, id),
         CONSTRAINT staff_template_validity CHECK (valid_from <= valid_to)",
    )
    .await?;
    ddl.company_table(
        "staff_exception",
        "company_id {uuid} NOT NULL,
         id {uuid} NOT NULL,
         staff_id {uuid} NOT NULL,
         location_id {uuid} NOT NULL,
         date {date} NOT NULL,
         intervals {json} NOT NULL,
         note {text} NOT NULL,
         created_at {time} NOT NULL,
         replaced_at {time},
         PRIMARY KEY (company_id, id),
         FOREIGN KEY (company_id, staff_id) REFERENCES staff_member (company_id, id),
         FOREIGN KEY (company_id, location_id) REFERENCES location (company_id, id)",
    )
    .await?;
    ddl.run(
        "CREATE UNIQUE INDEX staff_template_start ON staff_template (company_id, staff_id, location_id, valid_from)
             WHERE replaced_at IS NULL;
         CREATE UNIQUE INDEX staff_exception_day ON staff_exception (company_id, staff_id, location_id, date)
             WHERE replaced_at IS NULL",
    )
    .await
}

async fn time_off(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.company_table(
        "time_off",
        "company_id {uuid} NOT NULL,
         id {uuid} NOT NULL,
         staff_id {uuid} NOT NULL,
         starts_at {time} NOT NULL,
         ends_at {time} NOT NULL,
         reason {text} NOT NULL,
         status {key} NOT NULL CHECK (status IN ('requested', 'approved', 'declined', 'cancelled')),
         version {int} NOT NULL DEFAULT 1,
         created_at {time} NOT NULL,
         updated_at {time} NOT NULL,
         PRIMARY KEY (company_id, id),
         FOREIGN KEY (company_id, staff_id) REFERENCES staff_member (company_id, id),
         CONSTRAINT time_off_range CHECK (starts_at < ends_at)",
    )
    .await?;
    ddl.run("CREATE INDEX time_off_recent ON time_off (company_id, staff_id, ends_at)").await
}
