//! Queries of profiles. A profile and its links are one aggregate: they are read and written together.

use super::entity::{location, member, service};
use super::{Performs, StaffId, StaffMember, StaffTable};
use catalog::stored::narrow;
use catalog::{Localized, ServiceId};
use db::{Reader, Tx, fault};
use kernel::{Money, Result, UserId};
use sea_orm::{ActiveValue::Set, ColumnTrait, QueryFilter};
use std::collections::HashMap;
use tenancy::LocationId;
use uuid::Uuid;

/// Every staff member of the company, in three statements.
pub async fn load(r: &Reader) -> Result<StaffTable> {
    let rows = r.find::<member::Entity>().all(r.conn()).await.map_err(fault)?;
    let places = r.find::<location::Entity>().all(r.conn()).await.map_err(fault)?;
    let services = r.find::<service::Entity>().all(r.conn()).await.map_err(fault)?;

    let mut locations: HashMap<Uuid, Vec<LocationId>> = HashMap::new();
    for row in places {
        locations.entry(row.staff_id).or_default().push(LocationId::from_uuid(row.location_id));
    }
    let mut performs: HashMap<Uuid, Vec<Performs>> = HashMap::new();
    for row in services {
        performs.entry(row.staff_id).or_default().push(performs_of(&row)?);
    }
    let member = |row: member::Model| {
        let mut places = locations.remove(&row.id).unwrap_or_default();
        let mut services = performs.remove(&row.id).unwrap_or_default();
        places.sort_unstable();
        services.sort_by_key(|performs| performs.service_id);
        member_of(row, places, services)
    };
    Ok(StaffTable::new(rows.into_iter().map(member).collect::<Result<_>>()?))
}

/// Inserts a profile with its links.
pub async fn insert(tx: &Tx, member: &StaffMember) -> Result<()> {
    tx.insert(member::ActiveModel { id: Set(member.id.uuid()), created_at: Set(tx.now()), ..row_of(tx, member) })
        .await?;
    insert_links(tx, member).await
}

/// Writes a profile over the version `expected`, links included; false when it has another one by now.
pub async fn update(tx: &Tx, member: &StaffMember, expected: i32) -> Result<bool> {
    if !write(tx, member.id, expected, row_of(tx, member)).await? {
        return Ok(false);
    }
    // Links carry nothing but the link: what was booked has its own copies.
    let id = member.id.uuid();
    let places = tx.delete::<location::Entity>().filter(location::Column::StaffId.eq(id));
    places.exec(tx.conn()).await.map_err(fault)?;
    let services = tx.delete::<service::Entity>().filter(service::Column::StaffId.eq(id));
    services.exec(tx.conn()).await.map_err(fault)?;
    insert_links(tx, member).await?;
    Ok(true)
}

/// Archives or restores a profile of the version `expected`; false when it has another one by now.
pub async fn archive(tx: &Tx, id: StaffId, expected: i32, archived: bool) -> Result<bool> {
    let archived_at = Set(archived.then(|| tx.now()));
    write(tx, id, expected, member::ActiveModel { archived_at, ..next_version(tx, expected) }).await
}

/// Counts an edit of somebody's hours; false when the profile has another version by now.
pub async fn advance(tx: &Tx, id: StaffId, expected: i32) -> Result<bool> {
    write(tx, id, expected, next_version(tx, expected)).await
}

fn next_version(tx: &Tx, expected: i32) -> member::ActiveModel {
    member::ActiveModel { updated_at: Set(tx.now()), version: Set(expected + 1), ..Default::default() }
}

async fn write(tx: &Tx, id: StaffId, expected: i32, change: member::ActiveModel) -> Result<bool> {
    let update = tx.update::<member::Entity>().set(change);
    let update = update.filter(member::Column::Id.eq(id.uuid())).filter(member::Column::Version.eq(expected));
    Ok(update.exec(tx.conn()).await.map_err(fault)?.rows_affected == 1)
}

async fn insert_links(tx: &Tx, member: &StaffMember) -> Result<()> {
    let places = member.location_ids.iter().map(|place| location::ActiveModel {
        id: Set(Uuid::now_v7()),
        staff_id: Set(member.id.uuid()),
        location_id: Set(place.uuid()),
        ..Default::default()
    });
    tx.insert_many(places.collect::<Vec<_>>()).await?;
    let services = member.performs.iter().map(|performs| service::ActiveModel {
        id: Set(Uuid::now_v7()),
        staff_id: Set(member.id.uuid()),
        service_id: Set(performs.service_id.uuid()),
        duration_minutes: Set(performs.duration_minutes.map(Into::into)),
        price_minor: Set(performs.price.map(|price| price.minor)),
        currency: Set(performs.price.map(|price| price.currency.code().to_owned())),
        ..Default::default()
    });
    tx.insert_many(services.collect::<Vec<_>>()).await
}

/// Everything of a row but its identity and its birth.
fn row_of(tx: &Tx, member: &StaffMember) -> member::ActiveModel {
    member::ActiveModel {
        user_id: Set(member.user_id.map(UserId::uuid)),
        name: Set(member.name.clone()),
        title_uk: Set(member.title.uk.clone()),
        title_en: Set(member.title.en.clone()),
        bio_uk: Set(member.bio.uk.clone()),
        bio_en: Set(member.bio.en.clone()),
        color: Set(member.color.clone()),
        bookable_online: Set(member.bookable_online),
        lanes: Set(member.lanes.into()),
        employed_from: Set(member.employed_from),
        employed_to: Set(member.employed_to),
        position: Set(member.position),
        version: Set(member.version),
        updated_at: Set(tx.now()),
        ..Default::default()
    }
}

fn member_of(row: member::Model, location_ids: Vec<LocationId>, performs: Vec<Performs>) -> Result<StaffMember> {
    Ok(StaffMember {
        id: StaffId::from_uuid(row.id),
        user_id: row.user_id.map(UserId::from_uuid),
        name: row.name,
        title: Localized { uk: row.title_uk, en: row.title_en },
        bio: Localized { uk: row.bio_uk, en: row.bio_en },
        location_ids,
        performs,
        color: row.color,
        bookable_online: row.bookable_online,
        lanes: narrow(row.lanes)?,
        employed_from: row.employed_from,
        employed_to: row.employed_to,
        position: row.position,
        archived: row.archived_at.is_some(),
        version: row.version,
    })
}

fn performs_of(row: &service::Model) -> Result<Performs> {
    let price = row.price_minor.zip(row.currency.as_deref());
    let price = price.map(|(minor, currency)| Ok::<_, kernel::Error>(Money { minor, currency: currency.parse()? }));
    Ok(Performs {
        service_id: ServiceId::from_uuid(row.service_id),
        duration_minutes: row.duration_minutes.map(narrow).transpose()?,
        price: price.transpose()?,
    })
}
