//! What is taken, for listings of many days: a day is read once and kept under the stamps of its date.
//!
//! Kept are days of UTC, each with what begins on it, so that every allocation lies in one. Whoever takes or frees time
//! renews the stamps of the local dates that it touches ([`crate::calendar`]); the date on which something begins is at
//! most one from its day of UTC, whatever the zone. So a day is true as long as three stamps are.
//! A decision does not come here: under its locks it reads the rows.

use super::world::World;
use cache::StampedKey;
use chrono::{Days, NaiveDate, NaiveTime};
use db::{Allocation, Reader, Stamp};
use kernel::Result;
use kernel::time::TimeRange;
use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashMap};
use std::hash::{Hash as _, Hasher as _};
use std::sync::Arc;
use uuid::Uuid;

/// Shorter ranges are read from the rows: finding out that nothing changed is a statement too.
const SHORTEST: i64 = 4;

/// What begins on a day, by whose time it takes, in order.
type BusyDay = HashMap<Uuid, Vec<Allocation>>;

impl World {
    /// Calls `take` with all that occupies these people and units within a range, in order of start for each of them. Some
    /// of it may only touch the range.
    pub(crate) async fn each_taken(
        &self,
        r: &Reader,
        subjects: &[Uuid],
        range: TimeRange,
        mut take: impl FnMut(&Allocation) + Send,
    ) -> Result<()> {
        if r.in_transaction() || (range.to - range.from).num_days() < SHORTEST {
            r.busy(subjects, range).await?.iter().for_each(take);
            return Ok(());
        }
        let days = self.busy_days(r, (range.from - Reader::LONGEST_BUSY).date_naive(), range.to.date_naive()).await?;
        for subject in subjects {
            let rows = days.iter().filter_map(|day| day.get(subject)).flatten();
            rows.filter(|taken| taken.busy.to > range.from && taken.is_live(r.now())).for_each(&mut take);
        }
        Ok(())
    }

    async fn busy_days(&self, r: &Reader, first: NaiveDate, last: NaiveDate) -> Result<Vec<Arc<BusyDay>>> {
        let stamps = r.day_stamps(before(first), after(last)).await?;
        let dates: Vec<NaiveDate> = first.iter_days().take_while(|date| *date <= last).collect();
        let mut days: Vec<Option<Arc<BusyDay>>> = Vec::with_capacity(dates.len());
        for date in &dates {
            days.push(self.cache.here(key(r, &stamps, *date)).await);
        }
        let missing: Vec<usize> = (0..dates.len()).filter(|at| days[*at].is_none()).collect();
        // Days in a row are read together.
        for run in missing.chunk_by(|one, next| one + 1 == *next) {
            let (Some(from), Some(to)) = (run.first(), run.last()) else { continue };
            let mut read = self.read_days(r, dates[*from], dates[*to]).await?;
            for at in run {
                let day = Arc::new(read.remove(&dates[*at]).unwrap_or_default());
                self.cache.keep_here(key(r, &stamps, dates[*at]), day.clone(), weight(&day)).await;
                days[*at] = Some(day);
            }
        }
        Ok(days.into_iter().flatten().collect())
    }

    /// What begins on these days, of everybody and everything: the next question is about others.
    async fn read_days(&self, r: &Reader, first: NaiveDate, last: NaiveDate) -> Result<HashMap<NaiveDate, BusyDay>> {
        let people = self.members.iter().map(|member| member.id.uuid());
        let everybody: Vec<Uuid> = people.chain(self.resources.iter().map(|unit| unit.id.uuid())).collect();
        let range = TimeRange { from: midnight(first), to: midnight(after(last)) };
        let mut days: HashMap<NaiveDate, BusyDay> = HashMap::new();
        for taken in r.begun(&everybody, range).await? {
            days.entry(taken.busy.from.date_naive()).or_default().entry(taken.subject.id).or_default().push(taken);
        }
        for rows in days.values_mut().flat_map(HashMap::values_mut) {
            rows.sort_by_key(|taken| taken.busy.from);
        }
        Ok(days)
    }
}

/// The name of a day as these stamps make it. Stamps are random, so that a mix of three does not come again.
fn key(r: &Reader, stamps: &BTreeMap<NaiveDate, Stamp>, date: NaiveDate) -> StampedKey {
    let mut mix = DefaultHasher::new();
    date.hash(&mut mix);
    for near in [before(date), date, after(date)] {
        stamps.get(&near).map(|stamp| stamp.0).hash(&mut mix);
    }
    StampedKey { company: r.company(), table: "bookings.busy", stamp: mix.finish().cast_signed() }
}

fn weight(day: &BusyDay) -> usize {
    day.values().map(|rows| 64 + rows.capacity() * size_of::<Allocation>()).sum()
}

fn before(date: NaiveDate) -> NaiveDate {
    date.checked_sub_days(Days::new(1)).unwrap_or(date)
}

fn after(date: NaiveDate) -> NaiveDate {
    date.checked_add_days(Days::new(1)).unwrap_or(date)
}

fn midnight(date: NaiveDate) -> chrono::DateTime<chrono::Utc> {
    date.and_time(NaiveTime::MIN).and_utc()
}
