//! Rows of cancellation policies and of the company's choice among them. Private to this crate.

/// The table `cancellation_policy`.
pub mod policy {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "cancellation_policy")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub company_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name_uk: Option<String>,
        pub name_en: Option<String>,
        pub name_key: String,
        pub tiers: Json,
        pub late: String,
        pub reschedule_hours: Option<i32>,
        pub max_reschedules: Option<i32>,
        pub no_show_fee: Json,
        pub no_show_keeps_deposit: bool,
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

/// The table `cancellation_default`: at most one row a company.
pub mod default {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "cancellation_default")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub company_id: Uuid,
        pub policy_id: Uuid,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    db::company_owned!(Entity);
}
