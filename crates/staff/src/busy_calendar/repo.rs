//! Queries of busy calendars.

use super::entity::{calendar, month};
use super::times::{Minutes, by_month};
use super::{BusyCalendar, BusyCalendarFault, BusyCalendarId, BusyCalendarSource};
use crate::member::StaffId;
use catalog::stored::{name_of, named};
use chrono::{DateTime, NaiveDate, Utc};
use db::{Reader, Tx, fault};
use kernel::time::RangeSet;
use kernel::{Error, Result};
use outbound::Validators;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::NotSet, ActiveValue::Set, ColumnTrait, QueryFilter, QueryOrder};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// How an address is asked again: the address itself, sealed, and what its last answer is known by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subscription {
    /// The sealed address.
    pub address: Vec<u8>,
    /// Of the answer that counts.
    pub validators: Validators,
}

/// One calendar, removed or not.
pub async fn find(r: &Reader, id: BusyCalendarId) -> Result<Option<BusyCalendar>> {
    Ok(find_with_address(r, id).await?.map(|(calendar, _)| calendar))
}

/// The same with how its address is asked, if it has one.
pub async fn find_with_address(r: &Reader, id: BusyCalendarId) -> Result<Option<(BusyCalendar, Option<Subscription>)>> {
    let row = r.find_by_id::<calendar::Entity>(id.uuid()).one(r.conn()).await.map_err(fault)?;
    let Some(row) = row else { return Ok(None) };
    let validators = Validators { etag: row.etag.clone(), last_modified: row.last_modified.clone() };
    let subscription = row.address.clone().map(|address| Subscription { address, validators });
    Ok(Some((calendar_of(row)?, subscription)))
}

/// The calendars of a person that were not removed, by name.
pub async fn list_of(r: &Reader, staff: StaffId) -> Result<Vec<BusyCalendar>> {
    let rows = r
        .find::<calendar::Entity>()
        .filter(calendar::Column::StaffId.eq(staff.uuid()))
        .filter(calendar::Column::RemovedAt.is_null())
        .order_by_asc(calendar::Column::CreatedAt)
        .order_by_asc(calendar::Column::Id);
    rows.all(r.conn()).await.map_err(fault)?.into_iter().map(calendar_of).collect()
}

/// The subscriptions that should have been read before an instant.
pub async fn list_due_before(r: &Reader, instant: DateTime<Utc>) -> Result<Vec<BusyCalendar>> {
    let rows = r
        .find::<calendar::Entity>()
        .filter(calendar::Column::RemovedAt.is_null())
        .filter(calendar::Column::NextFetchAt.lt(instant));
    rows.all(r.conn()).await.map_err(fault)?.into_iter().map(calendar_of).collect()
}

/// Whose each calendar is that was not removed.
pub async fn owners(r: &Reader) -> Result<HashMap<Uuid, StaffId>> {
    let rows = r.find::<calendar::Entity>().filter(calendar::Column::RemovedAt.is_null());
    let rows = rows.all(r.conn()).await.map_err(fault)?;
    Ok(rows.into_iter().map(|row| (row.id, StaffId::from_uuid(row.staff_id))).collect())
}

/// What was read of all calendars, from a month on.
pub async fn months_since(r: &Reader, since: NaiveDate) -> Result<Vec<(Uuid, Vec<Minutes>)>> {
    let rows = r.find::<month::Entity>().filter(month::Column::Month.gte(since));
    let rows = rows.all(r.conn()).await.map_err(fault)?;
    rows.into_iter().map(|row| Ok((row.calendar_id, stretches(row.ranges)?))).collect()
}

/// Makes what was read of a calendar to be this; false when it was this before. At most four statements.
pub async fn replace_months(tx: &Tx, id: BusyCalendarId, ranges: &RangeSet) -> Result<bool> {
    let rows = tx.find::<month::Entity>().filter(month::Column::CalendarId.eq(id.uuid()));
    let mut before: BTreeMap<NaiveDate, Vec<Minutes>> = BTreeMap::new();
    for row in rows.all(tx.conn()).await.map_err(fault)? {
        before.insert(row.month, stretches(row.ranges)?);
    }
    let after = by_month(ranges);
    let gone: Vec<NaiveDate> = before.keys().copied().filter(|month| !after.contains_key(month)).collect();
    let changed = after.iter().filter(|(month, stretches)| before.get(month) != Some(stretches));
    let changed = changed.map(|(month, stretches)| {
        Ok(month::ActiveModel {
            company_id: NotSet,
            calendar_id: Set(id.uuid()),
            month: Set(*month),
            ranges: Set(serde_json::to_value(stretches).map_err(Error::internal)?),
        })
    });
    let changed: Vec<_> = changed.collect::<Result<_>>()?;
    let is_other = !gone.is_empty() || !changed.is_empty();
    if !gone.is_empty() {
        let delete = tx.delete::<month::Entity>().filter(month::Column::CalendarId.eq(id.uuid()));
        delete.filter(month::Column::Month.is_in(gone)).exec(tx.conn()).await.map_err(fault)?;
    }
    let columns = [month::Column::CompanyId, month::Column::CalendarId, month::Column::Month];
    tx.upsert(changed, OnConflict::columns(columns).update_column(month::Column::Ranges).to_owned()).await?;
    Ok(is_other)
}

/// Inserts a calendar.
pub async fn insert(tx: &Tx, new: &BusyCalendar, subscription: Option<&Subscription>) -> Result<()> {
    let state = state_of(new, subscription);
    tx.insert(calendar::ActiveModel {
        company_id: NotSet,
        id: Set(new.id.uuid()),
        staff_id: Set(new.staff_id.uuid()),
        name: Set(new.name.clone()),
        source: Set(name_of(SOURCES, new.source).to_owned()),
        host: Set(new.host.clone()),
        created_at: Set(tx.now()),
        version: Set(new.version),
        removed_at: Set(None),
        ..state
    })
    .await
}

/// Writes what was read, or why not; false when the calendar is not of the version `expected`, or was removed.
pub async fn save(tx: &Tx, after: &BusyCalendar, expected: i32, subscription: Option<&Subscription>) -> Result<bool> {
    let change = calendar::ActiveModel { version: Set(after.version), ..state_of(after, subscription) };
    update(tx, after.id, expected, change).await
}

/// Takes a calendar away with everything that was read of it, and forgets its address.
pub async fn remove(tx: &Tx, id: BusyCalendarId, expected: i32) -> Result<bool> {
    let change = calendar::ActiveModel {
        address: Set(None),
        etag: Set(None),
        last_modified: Set(None),
        next_fetch_at: Set(None),
        range_count: Set(0),
        removed_at: Set(Some(tx.now())),
        version: Set(expected + 1),
        ..Default::default()
    };
    update(tx, id, expected, change).await
}

async fn update(tx: &Tx, id: BusyCalendarId, expected: i32, change: calendar::ActiveModel) -> Result<bool> {
    let update = tx.update::<calendar::Entity>().set(change).filter(calendar::Column::Id.eq(id.uuid()));
    let update = update.filter(calendar::Column::Version.eq(expected)).filter(calendar::Column::RemovedAt.is_null());
    Ok(update.exec(tx.conn()).await.map_err(fault)?.rows_affected == 1)
}

fn state_of(calendar: &BusyCalendar, subscription: Option<&Subscription>) -> calendar::ActiveModel {
    let validators = subscription.map(|subscription| subscription.validators.clone()).unwrap_or_default();
    calendar::ActiveModel {
        address: subscription.map_or(NotSet, |subscription| Set(Some(subscription.address.clone()))),
        etag: Set(validators.etag),
        last_modified: Set(validators.last_modified),
        range_count: Set(calendar.range_count),
        unread_count: Set(calendar.unread_count),
        read_at: Set(calendar.read_at),
        fetched_at: Set(calendar.fetched_at),
        fault: Set(calendar.fault.map(|fault| name_of(FAULTS, fault).to_owned())),
        failures: Set(calendar.failures),
        next_fetch_at: Set(calendar.next_fetch_at),
        ..Default::default()
    }
}

fn calendar_of(row: calendar::Model) -> Result<BusyCalendar> {
    Ok(BusyCalendar {
        id: BusyCalendarId::from_uuid(row.id),
        staff_id: StaffId::from_uuid(row.staff_id),
        name: row.name,
        source: named(SOURCES, &row.source)?,
        host: row.host,
        range_count: row.range_count,
        unread_count: row.unread_count,
        read_at: row.read_at,
        fetched_at: row.fetched_at,
        fault: row.fault.map(|fault| named(FAULTS, &fault)).transpose()?,
        failures: row.failures,
        next_fetch_at: row.next_fetch_at,
        removed_at: row.removed_at,
        version: row.version,
    })
}

fn stretches(ranges: serde_json::Value) -> Result<Vec<Minutes>> {
    serde_json::from_value(ranges).map_err(Error::internal)
}

const SOURCES: &[(BusyCalendarSource, &str)] =
    &[(BusyCalendarSource::Upload, "upload"), (BusyCalendarSource::Subscription, "subscription")];

const FAULTS: &[(BusyCalendarFault, &str)] = &[
    (BusyCalendarFault::AddressRefused, "address_refused"),
    (BusyCalendarFault::Unreachable, "unreachable"),
    (BusyCalendarFault::Denied, "denied"),
    (BusyCalendarFault::TooLarge, "too_large"),
    (BusyCalendarFault::NotACalendar, "not_a_calendar"),
];
