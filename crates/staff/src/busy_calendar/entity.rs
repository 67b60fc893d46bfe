//! Rows of busy calendars, and of what was read of them, a month each. Private to this crate.

/// Calendars.
pub mod calendar {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "busy_calendar")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub company_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub staff_id: Uuid,
        pub name: String,
        pub source: String,
        pub host: Option<String>,
        pub address: Option<Vec<u8>>,
        pub etag: Option<String>,
        pub last_modified: Option<String>,
        pub range_count: i32,
        pub unread_count: i32,
        pub read_at: DateTimeUtc,
        pub fetched_at: Option<DateTimeUtc>,
        pub fault: Option<String>,
        pub failures: i32,
        pub next_fetch_at: Option<DateTimeUtc>,
        pub created_at: DateTimeUtc,
        pub removed_at: Option<DateTimeUtc>,
        pub version: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    db::company_owned!(Entity);
}

/// Months.
pub mod month {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "busy_month")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub company_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub calendar_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub month: Date,
        pub ranges: Json,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    db::company_owned!(Entity);
}
