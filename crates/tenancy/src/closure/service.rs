//! Use cases of closures. Each takes the location's schedule lock and answers the bookings that it hits.

use access::Cx;
use chrono::{DateTime, Duration, Timelike, Utc};
use db::{Subject, Tx};
use kernel::text::text;
use kernel::{CommonCode, Error, Result, TimeRange};

use super::{Closure, ClosureId, repo};
use crate::events::{ClosureCreated, ClosureRemoved, ClosureUpdated};
use crate::handle::Tenancy;
use crate::idempotency::idempotency;
use crate::location::{self, LocationId};
use crate::permissions::LOCATIONS_WRITE;
use crate::ports::{AffectedBooking, CalendarChange};

const REASON_LENGTH: usize = 200;
/// The longest closure, in days.
const LONGEST_DAYS: i64 = 2 * 366;
/// The most closures of a location that are still to come.
pub(crate) const LIMIT: u64 = 500;

/// What a closure is made of.
#[derive(Debug, Clone, serde::Serialize)]
pub struct NewClosure {
    /// What is shut.
    pub location: LocationId,
    /// From when, a whole minute.
    pub starts_at: DateTime<Utc>,
    /// Until when, a whole minute.
    pub ends_at: DateTime<Utc>,
    /// What people are told; may be empty.
    pub reason: String,
    /// Makes a repeated request harmless.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// An edit of a closure. What is absent stays.
#[derive(Debug, Clone, Default)]
pub struct ClosureChange {
    /// The version that was seen.
    pub version: i32,
    /// Another start.
    pub starts_at: Option<DateTime<Utc>>,
    /// Another end.
    pub ends_at: Option<DateTime<Utc>>,
    /// Another reason.
    pub reason: Option<String>,
}

impl Tenancy {
    /// Shuts a location for a while. A preview writes nothing.
    pub async fn create_closure(
        &self,
        cx: &Cx,
        new: NewClosure,
        preview: bool,
    ) -> Result<(Closure, Vec<AffectedBooking>)> {
        cx.require(LOCATIONS_WRITE)?;
        let range = checked_range(new.starts_at, new.ends_at)?;
        let reason = checked_reason(&new.reason)?;
        let key = idempotency(cx, "closureCreate", new.idempotency_key.as_deref(), &new)?;
        db::transaction!(self.db(), cx.company()?, |tx| {
            tx.preview_if(preview);
            if let Some(known) = key.done(tx).await? {
                let closure = get(tx, ClosureId::from_uuid(known)).await?;
                let affected = self.hit_by(cx, tx, closure.location_id, closure.range).await?;
                return Ok((closure, affected));
            }
            tx.lock_schedules(&[Subject::location(new.location).exclusive()]).await?;
            location::repo::expect_all(tx, &[new.location]).await?;
            if repo::count_coming(tx, new.location).await? >= LIMIT {
                return Err(Error::conflict(CommonCode::LimitReached).with("max", LIMIT));
            }
            let id = ClosureId::new();
            let closure = Closure { id, location_id: new.location, range, reason: reason.clone(), version: 1 };
            repo::insert_many(tx, &[closure]).await?;
            tx.touch("tenancy");
            self.jobs().publish_in(cx, tx, &ClosureCreated { closure: id, location: new.location }).await?;
            key.remember(tx, id.uuid()).await?;
            Ok((get(tx, id).await?, self.hit_by(cx, tx, new.location, range).await?))
        })
    }

    /// Moves a closure or gives it another reason. A preview writes nothing.
    pub async fn update_closure(
        &self,
        cx: &Cx,
        id: ClosureId,
        change: ClosureChange,
        preview: bool,
    ) -> Result<(Closure, Vec<AffectedBooking>)> {
        cx.require(LOCATIONS_WRITE)?;
        db::transaction!(self.db(), cx.company()?, |tx| {
            tx.preview_if(preview);
            let current = open(tx, id).await?;
            let next = Closure {
                range: checked_range(
                    change.starts_at.unwrap_or(current.range.from),
                    change.ends_at.unwrap_or(current.range.to),
                )?,
                reason: checked_reason(change.reason.as_deref().unwrap_or(&current.reason))?,
                ..current.clone()
            };
            if !repo::update(tx, &next, change.version).await? {
                return Err(version_conflict(current));
            }
            tx.touch("tenancy");
            self.jobs().publish_in(cx, tx, &ClosureUpdated { closure: id, location: next.location_id }).await?;
            Ok((get(tx, id).await?, self.hit_by(cx, tx, next.location_id, next.range).await?))
        })
    }

    /// Takes a closure back; the location works as its opening hours say. Answers what the closure was.
    pub async fn remove_closure(&self, cx: &Cx, id: ClosureId, version: i32) -> Result<Closure> {
        cx.require(LOCATIONS_WRITE)?;
        db::transaction!(self.db(), cx.company()?, |tx| {
            let current = open(tx, id).await?;
            if !repo::remove(tx, id, version).await? {
                return Err(version_conflict(current));
            }
            tx.touch("tenancy");
            self.jobs().publish_in(cx, tx, &ClosureRemoved { closure: id, location: current.location_id }).await?;
            Ok(current)
        })
    }

    async fn hit_by(&self, cx: &Cx, tx: &Tx, location: LocationId, range: TimeRange) -> Result<Vec<AffectedBooking>> {
        let change =
            CalendarChange { locations: vec![location.uuid()], range: Some(range), ..CalendarChange::default() };
        self.calendar().affected(cx, tx, &change).await
    }
}

/// Locks the schedule of the closure's location, then reads the closure again: it may have been removed meanwhile.
async fn open(tx: &Tx, id: ClosureId) -> Result<Closure> {
    let location = get(tx, id).await?.location_id;
    tx.lock_schedules(&[Subject::location(location).exclusive()]).await?;
    get(tx, id).await
}

async fn get(tx: &Tx, id: ClosureId) -> Result<Closure> {
    repo::find(tx, id).await?.ok_or_else(Error::not_found)
}

fn version_conflict(current: Closure) -> Error {
    Error::conflict(CommonCode::VersionConflict).at("version").current(current)
}

fn checked_reason(reason: &str) -> Result<String> {
    text(reason, 0, REASON_LENGTH).map_err(|fault| Error::invalid(fault).at("reason"))
}

fn checked_range(from: DateTime<Utc>, to: DateTime<Utc>) -> Result<TimeRange> {
    let whole = |instant: DateTime<Utc>| instant.second() == 0 && instant.nanosecond() == 0;
    if !whole(from) {
        return Err(Error::invalid(CommonCode::Invalid).at("startsAt"));
    }
    if !whole(to) {
        return Err(Error::invalid(CommonCode::Invalid).at("endsAt"));
    }
    if to <= from || to - from > Duration::days(LONGEST_DAYS) {
        return Err(Error::invalid(CommonCode::OutOfRange).at("endsAt"));
    }
    Ok(TimeRange::new(from, to))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn a_closure_is_whole_minutes_and_ends_after_it_starts() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let (noon, evening) = (at("2026-12-31T12:00:00Z"), at("2026-12-31T20:00:00Z"));
        assert!(checked_range(noon, evening).is_ok());
        for (from, to, field) in [
            (at("2026-12-31T12:00:30Z"), evening, "startsAt"),
            (noon, at("2026-12-31T20:00:00.5Z"), "endsAt"),
            (noon, noon, "endsAt"),
            (evening, noon, "endsAt"),
            (noon, at("2030-01-01T00:00:00Z"), "endsAt"),
        ] {
            assert_eq!(checked_range(from, to).unwrap_err().issues[0].field.as_deref(), Some(field));
        }
    }
}
