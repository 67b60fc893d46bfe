//! Rows of bookings and their lines. Private: other crates see [`super::Booking`], never these.

/// Table `booking`.
pub mod booking {
    use super::super::Policy;
    use db::Document;
    use sea_orm::entity::prelude::*;

    /// A row.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "booking")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub company_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub reference: String,
        pub status: String,
        pub status_since: DateTimeUtc,
        pub location_id: Uuid,
        pub client_id: Uuid,
        pub hold_id: Option<Uuid>,
        pub session_id: Option<Uuid>,
        pub party_size: i32,
        pub series_id: Option<Uuid>,
        pub series_date: Option<Date>,
        pub starts_at: DateTimeUtc,
        pub ends_at: DateTimeUtc,
        pub zone: String,
        pub local_date: Date,
        pub currency: String,
        pub total_minor: i64,
        pub channel: String,
        pub policy: Document<Policy>,
        pub awaits_approval: bool,
        pub awaits_prepayment: bool,
        pub pending_until: Option<DateTimeUtc>,
        pub prepayment_minor: i64,
        pub fee_minor: Option<i64>,
        pub deposit_kept: bool,
        pub client_moves: i32,
        pub link_revocations: i32,
        pub overrides: Document<Vec<String>>,
        pub guests: Document<Vec<String>>,
        pub client_note: Option<String>,
        pub internal_note: Option<String>,
        pub cancel_reason: Option<String>,
        pub cancel_note: Option<String>,
        pub version: i32,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
    }

    /// Within this crate only.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(has_many = "super::line::Entity")]
        Line,
    }

    impl Related<super::line::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Line.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}

    db::company_owned!(Entity);

    db::by_position!(Model {
        company_id,
        id,
        reference,
        status,
        status_since,
        location_id,
        client_id,
        hold_id,
        session_id,
        party_size,
        series_id,
        series_date,
        starts_at,
        ends_at,
        zone,
        local_date,
        currency,
        total_minor,
        channel,
        policy,
        awaits_approval,
        awaits_prepayment,
        pending_until,
        prepayment_minor,
        fee_minor,
        deposit_kept,
        client_moves,
        link_revocations,
        overrides,
        guests,
        client_note,
        internal_note,
        cancel_reason,
        cancel_note,
        version,
        created_at,
        updated_at,
    });
}

/// Table `booking_line`.
pub mod line {
    use super::super::{TakenAddOn, TakenUnit};
    use catalog::Requirement;
    use db::Document;
    use sea_orm::entity::prelude::*;

    /// A row.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "booking_line")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub company_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub booking_id: Uuid,
        pub position: i32,
        pub service_id: Uuid,
        pub service_name_uk: Option<String>,
        pub service_name_en: Option<String>,
        pub color: Option<String>,
        pub with_previous: bool,
        pub guest: Option<i32>,
        pub persons: i32,
        pub add_ons: Document<Vec<TakenAddOn>>,
        pub staff_id: Option<Uuid>,
        pub staff_name: Option<String>,
        pub staff_choice: String,
        pub starts_at: DateTimeUtc,
        pub ends_at: DateTimeUtc,
        pub duration_minutes: i32,
        pub processing_after: Option<i32>,
        pub processing_minutes: Option<i32>,
        pub buffer_before_minutes: i32,
        pub buffer_after_minutes: i32,
        pub price_kind: String,
        pub price_minor: i64,
        pub tax_rate_bp: i32,
        pub requirements: Document<Vec<Requirement>>,
        pub resources: Document<Vec<TakenUnit>>,
    }

    /// Within this crate only.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::booking::Entity",
            from = "(Column::CompanyId, Column::BookingId)",
            to = "(super::booking::Column::CompanyId, super::booking::Column::Id)"
        )]
        Booking,
    }

    impl Related<super::booking::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Booking.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}

    db::company_owned!(Entity);

    db::by_position!(Model {
        company_id,
        id,
        booking_id,
        position,
        service_id,
        service_name_uk,
        service_name_en,
        color,
        with_previous,
        guest,
        persons,
        add_ons,
        staff_id,
        staff_name,
        staff_choice,
        starts_at,
        ends_at,
        duration_minutes,
        processing_after,
        processing_minutes,
        buffer_before_minutes,
        buffer_after_minutes,
        price_kind,
        price_minor,
        tax_rate_bp,
        requirements,
        resources,
    });
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_are_read_where_they_are_selected() {
        assert!(db::in_order::<super::booking::Entity>());
        assert!(db::in_order::<super::line::Entity>());
    }
}
