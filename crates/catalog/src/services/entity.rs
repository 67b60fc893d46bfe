//! Rows of services and of their links. Private to this crate.

/// The table `service`.
pub mod service {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "service")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub company_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub category_id: Option<Uuid>,
        pub name_uk: Option<String>,
        pub name_en: Option<String>,
        pub name_key: String,
        pub description_uk: Option<String>,
        pub description_en: Option<String>,
        pub kind: String,
        pub duration_minutes: i32,
        pub processing_after: Option<i32>,
        pub processing_minutes: Option<i32>,
        pub price_kind: String,
        pub price_minor: i64,
        pub currency: String,
        pub tax_rate_bp: i32,
        pub buffer_before: i32,
        pub buffer_after: i32,
        pub step_minutes: Option<i32>,
        pub notice_minutes: Option<i32>,
        pub horizon_days: Option<i32>,
        pub bookable_from: Option<Date>,
        pub bookable_to: Option<Date>,
        pub color: Option<String>,
        pub position: i32,
        pub visibility: String,
        pub requires_staff: bool,
        pub archived_at: Option<DateTimeUtc>,
        pub version: i32,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    db::company_owned!(Entity);
}

/// The table `service_location`.
pub mod location {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "service_location")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub company_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub service_id: Uuid,
        pub location_id: Uuid,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    db::company_owned!(Entity);
}

/// The table `service_rule`: one row a service; a service of before it came has none.
pub mod rule {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "service_rule")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub company_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub service_id: Uuid,
        pub approval_required: Option<bool>,
        pub prepayment: Json,
        pub cancellation_policy_id: Option<Uuid>,
        pub daily_limit: Option<i32>,
        pub first_visit_only: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    db::company_owned!(Entity);
}

/// The table `service_requirement`.
pub mod requirement {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "service_requirement")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub company_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub service_id: Uuid,
        pub ordinal: i32,
        pub type_id: Option<Uuid>,
        pub resource_id: Option<Uuid>,
        pub units: i32,
        pub setup_minutes: i32,
        pub cleanup_minutes: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    db::company_owned!(Entity);
}

/// The table `service_add_on`.
pub mod add_on {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "service_add_on")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub company_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub service_id: Uuid,
        pub ordinal: i32,
        pub name_uk: Option<String>,
        pub name_en: Option<String>,
        pub minutes: i32,
        pub price_minor: i64,
        pub currency: String,
        pub archived_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    db::company_owned!(Entity);
}
