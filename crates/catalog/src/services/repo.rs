//! Queries of services. A service and its links are one aggregate: they are read and written together.

use super::entity::{add_on, location, requirement, rule, service};
use super::{
    AddOn, AddOnId, Price, PriceKind, Processing, Requirement, RequirementTarget, Service, ServiceId, ServiceKind,
    ServiceRules, Services, Visibility,
};
use crate::cancellation_policy::CancellationPolicyId;
use crate::category::CategoryId;
use crate::localized::Localized;
use crate::resource::ResourceId;
use crate::resource_type::ResourceTypeId;
use crate::stored::{name_of, named, narrow};
use db::{Reader, Tx, fault};
use kernel::{Error, Money, Result};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, QueryFilter, QueryOrder};
use std::collections::HashMap;
use tenancy::LocationId;
use uuid::Uuid;

/// Every service of the company, in five statements.
pub async fn load(r: &Reader) -> Result<Services> {
    let rows = r.find::<service::Entity>().all(r.conn()).await.map_err(fault)?;
    let places = r.find::<location::Entity>().all(r.conn()).await.map_err(fault)?;
    let needs = r.find::<requirement::Entity>().order_by_asc(requirement::Column::Ordinal);
    let needs = needs.all(r.conn()).await.map_err(fault)?;
    let extras = r.find::<add_on::Entity>().order_by_asc(add_on::Column::Ordinal);
    let extras = extras.all(r.conn()).await.map_err(fault)?;

    let rows_of_rules = r.find::<rule::Entity>().all(r.conn()).await.map_err(fault)?;

    let mut locations: HashMap<Uuid, Vec<LocationId>> = HashMap::new();
    for row in places {
        locations.entry(row.service_id).or_default().push(LocationId::from_uuid(row.location_id));
    }
    let mut requirements: HashMap<Uuid, Vec<Requirement>> = HashMap::new();
    for row in needs {
        requirements.entry(row.service_id).or_default().push(requirement_of(&row)?);
    }
    let mut rules: HashMap<Uuid, ServiceRules> = HashMap::new();
    for row in rows_of_rules {
        rules.insert(row.service_id, rules_of(row)?);
    }
    let mut add_ons: HashMap<Uuid, Vec<AddOn>> = HashMap::new();
    for row in extras {
        add_ons.entry(row.service_id).or_default().push(add_on_of(row)?);
    }
    let service = |row: service::Model| {
        let rules = rules.remove(&row.id).unwrap_or_default();
        let mut places = locations.remove(&row.id).unwrap_or_default();
        let needs = requirements.remove(&row.id).unwrap_or_default();
        let extras = add_ons.remove(&row.id).unwrap_or_default();
        places.sort_unstable();
        service_of(row, places, needs, extras, rules)
    };
    Ok(Services::new(rows.into_iter().map(service).collect::<Result<_>>()?))
}

/// Inserts a service with its links.
pub async fn insert(tx: &Tx, service: &Service) -> Result<()> {
    let row = service::ActiveModel { id: Set(service.id.uuid()), created_at: Set(tx.now()), ..row_of(tx, service) };
    tx.insert(row).await?;
    insert_links(tx, service).await
}

/// Writes a service over the version `expected`, links included; false when it has another one by now.
pub async fn update(tx: &Tx, service: &Service, expected: i32) -> Result<bool> {
    let written = tx
        .update::<service::Entity>()
        .set(row_of(tx, service))
        .filter(service::Column::Id.eq(service.id.uuid()))
        .filter(service::Column::Version.eq(expected))
        .exec(tx.conn())
        .await
        .map_err(fault)?
        .rows_affected;
    if written == 0 {
        return Ok(false);
    }
    // Links carry nothing but the link: what was booked has its own copies.
    let id = service.id.uuid();
    let places = tx.delete::<location::Entity>().filter(location::Column::ServiceId.eq(id));
    places.exec(tx.conn()).await.map_err(fault)?;
    let needs = tx.delete::<requirement::Entity>().filter(requirement::Column::ServiceId.eq(id));
    needs.exec(tx.conn()).await.map_err(fault)?;
    insert_links(tx, service).await?;
    Ok(true)
}

/// Archives or restores a service of the version `expected`; false when it has another one by now.
pub async fn archive(tx: &Tx, id: ServiceId, expected: i32, archived: bool) -> Result<bool> {
    let change = service::ActiveModel {
        archived_at: Set(archived.then(|| tx.now())),
        updated_at: Set(tx.now()),
        version: Set(expected + 1),
        ..Default::default()
    };
    let written = tx
        .update::<service::Entity>()
        .set(change)
        .filter(service::Column::Id.eq(id.uuid()))
        .filter(service::Column::Version.eq(expected))
        .exec(tx.conn())
        .await
        .map_err(fault)?;
    Ok(written.rows_affected == 1)
}

async fn insert_links(tx: &Tx, service: &Service) -> Result<()> {
    put_rules(tx, service).await?;
    let places = service.location_ids.iter().map(|place| location::ActiveModel {
        id: Set(Uuid::now_v7()),
        service_id: Set(service.id.uuid()),
        location_id: Set(place.uuid()),
        ..Default::default()
    });
    tx.insert_many(places.collect::<Vec<_>>()).await?;
    let needs = (0..).zip(&service.requirements).map(|(ordinal, need)| {
        let (type_id, resource_id) = match need.target {
            RequirementTarget::Type(id) => (Some(id.uuid()), None),
            RequirementTarget::Unit(id) => (None, Some(id.uuid())),
        };
        requirement::ActiveModel {
            id: Set(Uuid::now_v7()),
            service_id: Set(service.id.uuid()),
            ordinal: Set(ordinal),
            type_id: Set(type_id),
            resource_id: Set(resource_id),
            units: Set(need.units.into()),
            setup_minutes: Set(need.setup_minutes.into()),
            cleanup_minutes: Set(need.cleanup_minutes.into()),
            ..Default::default()
        }
    });
    tx.insert_many(needs.collect::<Vec<_>>()).await?;
    // Add-ons are never deleted: visits have them. One that is there is written over.
    let extras = (0..).zip(&service.add_ons).map(|(ordinal, extra)| add_on::ActiveModel {
        id: Set(extra.id.uuid()),
        service_id: Set(service.id.uuid()),
        ordinal: Set(ordinal),
        name_uk: Set(extra.name.uk.clone()),
        name_en: Set(extra.name.en.clone()),
        minutes: Set(extra.minutes.into()),
        price_minor: Set(extra.price.minor),
        currency: Set(extra.price.currency.code().to_owned()),
        archived_at: Set(extra.archived.then(|| tx.now())),
        ..Default::default()
    });
    let over = OnConflict::columns([add_on::Column::CompanyId, add_on::Column::Id])
        .update_columns([
            add_on::Column::Ordinal,
            add_on::Column::NameUk,
            add_on::Column::NameEn,
            add_on::Column::Minutes,
            add_on::Column::PriceMinor,
            add_on::Column::Currency,
            add_on::Column::ArchivedAt,
        ])
        .to_owned();
    tx.upsert(extras.collect::<Vec<_>>(), over).await
}

/// Everything of a row but its identity and its birth.
fn row_of(tx: &Tx, service: &Service) -> service::ActiveModel {
    service::ActiveModel {
        category_id: Set(service.category_id.map(CategoryId::uuid)),
        name_uk: Set(service.name.uk.clone()),
        name_en: Set(service.name.en.clone()),
        name_key: Set(service.name.key()),
        description_uk: Set(service.description.uk.clone()),
        description_en: Set(service.description.en.clone()),
        kind: Set(name_of(KINDS, service.kind).to_owned()),
        duration_minutes: Set(service.duration_minutes.into()),
        processing_after: Set(service.processing.map(|processing| processing.after.into())),
        processing_minutes: Set(service.processing.map(|processing| processing.minutes.into())),
        price_kind: Set(name_of(PRICE_KINDS, service.price.kind).to_owned()),
        price_minor: Set(service.price.money.minor),
        currency: Set(service.price.money.currency.code().to_owned()),
        tax_rate_bp: Set(service.tax_rate_bp.into()),
        buffer_before: Set(service.buffer_before.into()),
        buffer_after: Set(service.buffer_after.into()),
        step_minutes: Set(service.step_minutes.map(Into::into)),
        notice_minutes: Set(service.notice_minutes.and_then(|minutes| i32::try_from(minutes).ok())),
        horizon_days: Set(service.horizon_days.map(Into::into)),
        bookable_from: Set(service.bookable_from),
        bookable_to: Set(service.bookable_to),
        color: Set(service.color.clone()),
        position: Set(service.position),
        visibility: Set(name_of(VISIBILITIES, service.visibility).to_owned()),
        requires_staff: Set(service.requires_staff),
        version: Set(service.version),
        updated_at: Set(tx.now()),
        ..Default::default()
    }
}

fn service_of(
    row: service::Model,
    location_ids: Vec<LocationId>,
    requirements: Vec<Requirement>,
    add_ons: Vec<AddOn>,
    rules: ServiceRules,
) -> Result<Service> {
    let processing = match (row.processing_after, row.processing_minutes) {
        (Some(after), Some(minutes)) => Some(Processing { after: narrow(after)?, minutes: narrow(minutes)? }),
        _ => None,
    };
    Ok(Service {
        id: ServiceId::from_uuid(row.id),
        category_id: row.category_id.map(CategoryId::from_uuid),
        name: Localized { uk: row.name_uk, en: row.name_en },
        description: Localized { uk: row.description_uk, en: row.description_en },
        kind: named(KINDS, &row.kind)?,
        duration_minutes: narrow(row.duration_minutes)?,
        processing,
        price: Price {
            kind: named(PRICE_KINDS, &row.price_kind)?,
            money: Money { minor: row.price_minor, currency: row.currency.parse()? },
        },
        tax_rate_bp: narrow(row.tax_rate_bp)?,
        buffer_before: narrow(row.buffer_before)?,
        buffer_after: narrow(row.buffer_after)?,
        step_minutes: row.step_minutes.map(narrow).transpose()?,
        notice_minutes: row.notice_minutes.map(narrow).transpose()?,
        horizon_days: row.horizon_days.map(narrow).transpose()?,
        bookable_from: row.bookable_from,
        bookable_to: row.bookable_to,
        color: row.color,
        position: row.position,
        visibility: named(VISIBILITIES, &row.visibility)?,
        location_ids,
        requirements,
        add_ons,
        requires_staff: row.requires_staff,
        rules,
        archived: row.archived_at.is_some(),
        version: row.version,
    })
}

/// Writes what a service asks of its bookings over what it asked before.
async fn put_rules(tx: &Tx, service: &Service) -> Result<()> {
    let row = rule::ActiveModel {
        service_id: Set(service.id.uuid()),
        approval_required: Set(service.rules.approval_required),
        prepayment: Set(serde_json::to_value(service.rules.prepayment).map_err(Error::internal)?),
        cancellation_policy_id: Set(service.rules.cancellation_policy_id.map(CancellationPolicyId::uuid)),
        daily_limit: Set(service.rules.daily_limit.map(Into::into)),
        first_visit_only: Set(service.rules.first_visit_only),
        ..Default::default()
    };
    let all = [
        rule::Column::ApprovalRequired,
        rule::Column::Prepayment,
        rule::Column::CancellationPolicyId,
        rule::Column::DailyLimit,
        rule::Column::FirstVisitOnly,
    ];
    let replace =
        OnConflict::columns([rule::Column::CompanyId, rule::Column::ServiceId]).update_columns(all).to_owned();
    tx.upsert([row], replace).await
}

fn rules_of(row: rule::Model) -> Result<ServiceRules> {
    Ok(ServiceRules {
        approval_required: row.approval_required,
        prepayment: serde_json::from_value(row.prepayment).map_err(Error::internal)?,
        cancellation_policy_id: row.cancellation_policy_id.map(CancellationPolicyId::from_uuid),
        daily_limit: row.daily_limit.map(narrow).transpose()?,
        first_visit_only: row.first_visit_only,
    })
}

fn add_on_of(row: add_on::Model) -> Result<AddOn> {
    Ok(AddOn {
        id: AddOnId::from_uuid(row.id),
        name: Localized { uk: row.name_uk, en: row.name_en },
        minutes: narrow(row.minutes)?,
        price: Money { minor: row.price_minor, currency: row.currency.parse()? },
        archived: row.archived_at.is_some(),
    })
}

fn requirement_of(row: &requirement::Model) -> Result<Requirement> {
    let target = match (row.type_id, row.resource_id) {
        (Some(id), None) => RequirementTarget::Type(ResourceTypeId::from_uuid(id)),
        (None, Some(id)) => RequirementTarget::Unit(ResourceId::from_uuid(id)),
        _ => return Err(Error::internal("a stored requirement has no single target")),
    };
    Ok(Requirement {
        target,
        units: narrow(row.units)?,
        setup_minutes: narrow(row.setup_minutes)?,
        cleanup_minutes: narrow(row.cleanup_minutes)?,
    })
}

const KINDS: &[(ServiceKind, &str)] =
    &[(ServiceKind::Appointment, "appointment"), (ServiceKind::Group, "group"), (ServiceKind::Rental, "rental")];
const PRICE_KINDS: &[(PriceKind, &str)] =
    &[(PriceKind::Fixed, "fixed"), (PriceKind::From, "from"), (PriceKind::Free, "free")];
const VISIBILITIES: &[(Visibility, &str)] =
    &[(Visibility::Public, "public"), (Visibility::Link, "link"), (Visibility::Staff, "staff")];
