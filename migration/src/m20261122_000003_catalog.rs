//! The catalogue: categories, services with their locations and requirements, resource types, units, maintenance.

use crate::ddl::Ddl;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ddl = Ddl::new(manager);
        categories(&ddl).await?;
        resources(&ddl).await?;
        maintenance(&ddl).await?;
        services(&ddl).await?;
        service_locations(&ddl).await?;
        service_requirements(&ddl).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

async fn categories(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.company_table(
        "service_category",
        "company_id {uuid} NOT NULL,
         id {uuid} NOT NULL,
         name_uk {text},
         name_en {text},
         name_key {key} NOT NULL CHECK (name_key <> ''),
         position {int} NOT NULL DEFAULT 0,
         archived_at {time},
         version {int} NOT NULL DEFAULT 1,
         created_at {time} NOT NULL,
         updated_at {time} NOT NULL,
         PRIMARY KEY (company_id, id),
         CONSTRAINT service_category_named CHECK (name_uk IS NOT NULL OR name_en IS NOT NULL)",
    )
    .await?;
    ddl.run(
        "CREATE UNIQUE INDEX service_category_name ON service_category (company_id, name_key) WHERE archived_at IS NULL",
    )
    .await
}

async fn resources(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.company_table(
        "resource_type",
        "company_id {uuid} NOT NULL,
         id {uuid} NOT NULL,
         name_uk {text},
         name_en {text},
         name_key {key} NOT NULL CHECK (name_key <> ''),
         archived_at {time},
         version {int} NOT NULL DEFAULT 1,
         created_at {time} NOT NULL,
         updated_at {time} NOT NULL,
         PRIMARY KEY (company_id, id),
         CONSTRAINT resource_type_named CHECK (name_uk IS NOT NULL OR name_en IS NOT NULL)",
    )
    .await?;
    ddl.company_table(
        "resource",
        "company_id {uuid} NOT NULL,
         id {uuid} NOT NULL,
         type_id {uuid} NOT NULL,
         location_id {uuid} NOT NULL,
         name {text} NOT NULL,
         name_key {key} NOT NULL CHECK (name_key <> ''),
         capacity {int} NOT NULL CHECK (capacity BETWEEN 1 AND 10000),
         active {bool} NOT NULL DEFAULT TRUE,
         archived_at {time},
         version {int} NOT NULL DEFAULT 1,
         created_at {time} NOT NULL,
         updated_at {time} NOT NULL,
         PRIMARY KEY (company_id, id),
         FOREIGN KEY (company_id, type_id) REFERENCES resource_type (company_id, id),
         FOREIGN KEY (company_id, location_id) REFERENCES location (company_id, id)",
    )
    .await?;
    ddl.run(
        "CREATE UNIQUE INDEX resource_type_name ON resource_type (company_id, name_key) WHERE archived_at IS NULL;
         CREATE UNIQUE INDEX resource_name ON resource (company_id, location_id, name_key) WHERE archived_at IS NULL;
         CREATE INDEX resource_of_type ON resource (company_id, type_id)",
    )
    .await
}

async fn maintenance(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    // Windows of one unit may overlap: two people plan two repairs, and both are true.
    ddl.company_table(
        "maintenance",
        "company_id {uuid} NOT NULL,
         id {uuid} NOT NULL,
         resource_id {uuid} NOT NULL,
         starts_at {time} NOT NULL,
         ends_at {time} NOT NULL,
         reason {text} NOT NULL,
         cancelled_at {time},
         version {int} NOT NULL DEFAULT 1,
         created_at {time} NOT NULL,
         updated_at {time} NOT NULL,
         PRIMARY KEY (company_id, id),
         FOREIGN KEY (company_id, resource_id) REFERENCES resource (company_id, id),
         CONSTRAINT maintenance_range CHECK (starts_at < ends_at)",
    )
    .await?;
    ddl.run(
        "CREATE INDEX maintenance_live ON maintenance (company_id, ends_at) WHERE cancelled_at IS NULL;
         CREATE INDEX maintenance_of_resource ON maintenance (company_id, resource_id, ends_at)",
    )
    .await
}

async fn services(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.company_table(
        "service",
        "company_id {uuid} NOT NULL,
         id {uuid} NOT NULL,
         category_id {uuid},
         name_uk {text},
         name_en {text},
         name_key {key} NOT NULL CHECK (name_key <> ''),
         description_uk {text},
         description_en {text},
         kind {key} NOT NULL CHECK (kind IN ('appointment', 'group', 'rental')),
         duration_minutes {int} NOT NULL CHECK (duration_minutes BETWEEN 1 AND 1440),
         price_kind {key} NOT NULL CHECK (price_kind IN ('fixed', 'from', 'free')),
         price_minor {bigint} NOT NULL CHECK (price_minor >= 0),
         currency {key} NOT NULL,
         tax_rate_bp {int} NOT NULL DEFAULT 0 CHECK (tax_rate_bp BETWEEN 0 AND 10000),
         buffer_before {int} NOT NULL DEFAULT 0 CHECK (buffer_before BETWEEN 0 AND 480),
         buffer_after {int} NOT NULL DEFAULT 0 CHECK (buffer_after BETWEEN 0 AND 480),
         step_minutes {int} CHECK (step_minutes BETWEEN 5 AND 1440),
         notice_minutes {int} CHECK (notice_minutes BETWEEN 0 AND 525600),
         horizon_days {int} CHECK (horizon_days BETWEEN 1 AND 730),
         color {key},
         position {int} NOT NULL DEFAULT 0,
         visibility {key} NOT NULL CHECK (visibility IN ('public', 'link', 'staff')),
         requires_staff {bool} NOT NULL,
         archived_at {time},
         version {int} NOT NULL DEFAULT 1,
         created_at {time} NOT NULL,
         updated_at {time} NOT NULL,
         PRIMARY KEY (company_id, id),
         FOREIGN KEY (company_id, category_id) REFERENCES service_category (company_id, id),
         CONSTRAINT service_named CHECK (name_uk IS NOT NULL OR name_en IS NOT NULL),
         CONSTRAINT service_free CHECK (price_kind <> 'free' OR price_minor = 0),
         CONSTRAINT service_rental CHECK (kind <> 'rental' OR NOT requires_staff)",
    )
    .await?;
    // Two services may share a name in different categories ('Haircut' for men and for women). NULL is never equal
    // to NULL in a key, so those without a category have a key of their own.
    ddl.run(
        "CREATE UNIQUE INDEX service_name ON service (company_id, category_id, name_key)
             WHERE archived_at IS NULL AND category_id IS NOT NULL;
         CREATE UNIQUE INDEX service_name_uncategorised ON service (company_id, name_key)
             WHERE archived_at IS NULL AND category_id IS NULL",
    )
    .await
}

async fn service_locations(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.company_table(
        "service_location",
        "company_id {uuid} NOT NULL,
         id {uuid} NOT NULL,
         service_id {uuid} NOT NULL,
         location_id {uuid} NOT NULL,
         PRIMARY KEY (company_id, id),
         UNIQUE (company_id, service_id, location_id),
         FOREIGN KEY (company_id, service_id) REFERENCES service (company_id, id),
         FOREIGN KEY (company_id, location_id) REFERENCES location (company_id, id)",
    )
    .await
}

async fn service_requirements(ddl: &Ddl<'_>) -> Result<(), DbErr> {
    ddl.company_table(
        "service_requirement",
        "company_id {uuid} NOT NULL,
         id {uuid} NOT NULL,
         service_id {uuid} NOT NULL,
         ordinal {int} NOT NULL,
         type_id {uuid},
         resource_id {uuid},
         units {int} NOT NULL CHECK (units BETWEEN 1 AND 20),
         setup_minutes {int} NOT NULL CHECK (setup_minutes BETWEEN 0 AND 480),
         cleanup_minutes {int} NOT NULL CHECK (cleanup_minutes BETWEEN 0 AND 480),
         PRIMARY KEY (company_id, id),
         UNIQUE (company_id, service_id, ordinal),
         FOREIGN KEY (company_id, service_id) REFERENCES service (company_id, id),
         FOREIGN KEY (company_id, type_id) REFERENCES resource_type (company_id, id),
         FOREIGN KEY (company_id, resource_id) REFERENCES resource (company_id, id),
         CONSTRAINT service_requirement_target CHECK ((type_id IS NULL) <> (resource_id IS NULL)),
         CONSTRAINT service_requirement_one_unit CHECK (resource_id IS NULL OR units = 1)",
    )
    .await
}
