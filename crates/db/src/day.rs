//! The calendar's own stamps: one for each local date of a company on which something was ever booked, moved or freed.
//!
//! Each change of a date goes from the stamp that was to a fresh one, and both are told to whoever listens, so that a
//! listener who does not have the first knows that something was missed. A date and not a company is what is stamped: two
//! bookings of different days do not wait for one another. Written last and in order of date, as stamps are.

use crate::{Reader, Stamp, Tx, fault, raw};
use chrono::NaiveDate;
use kernel::Result;
use sea_orm::QueryResult;
use std::collections::{BTreeMap, BTreeSet};

/// One step in the history of a local date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayStep {
    /// The date.
    pub date: NaiveDate,
    /// The stamp that it had; zero when nothing ever happened on it.
    pub previous: Stamp,
    /// The stamp that it has since.
    pub current: Stamp,
}

/// What is told of a change, once it has committed.
type Effect = Box<dyn FnOnce(&[DayStep]) + Send + Sync>;

/// The changes of dates that a transaction made, in order.
#[derive(Default)]
pub(crate) struct DayChanges(Vec<(BTreeSet<NaiveDate>, Effect)>);

impl DayChanges {
    pub(crate) fn push(&mut self, dates: BTreeSet<NaiveDate>, effect: Effect) {
        self.0.push((dates, effect));
    }

    /// Writes the last stamp of each date, and gives what is to be told with the steps that it took. A date that several
    /// changes of the transaction touch takes several steps: each can be missed.
    pub(crate) async fn write(self, tx: &Tx) -> Result<Vec<(Vec<DayStep>, Effect)>> {
        let mut last: BTreeMap<NaiveDate, Stamp> = BTreeMap::new();
        let mut told: Vec<(Vec<DayStep>, Effect)> = Vec::with_capacity(self.0.len());
        for (dates, effect) in self.0 {
            let mut steps = Vec::with_capacity(dates.len());
            for date in dates {
                let current = Stamp::fresh();
                let previous = last.insert(date, current).unwrap_or(Stamp(0));
                steps.push(DayStep { date, previous, current });
            }
            told.push((steps, effect));
        }
        let mut before = replace(tx, &last).await?;
        for step in told.iter_mut().flat_map(|(steps, _)| steps) {
            // The first step of a date begins where the database was.
            if let Some(stored) = before.remove(&step.date) {
                step.previous = stored;
            }
        }
        Ok(told)
    }
}

/// Stores the stamps and gives those that they replace.
async fn replace(tx: &Tx, stamps: &BTreeMap<NaiveDate, Stamp>) -> Result<BTreeMap<NaiveDate, Stamp>> {
    let company = tx.company().uuid();
    let all: Vec<_> = stamps.iter().collect();
    let mut before = BTreeMap::new();
    for chunk in all.chunks(100) {
        let (rows, values) = raw::rows(
            chunk.iter().map(|(date, stamp)| [company.into(), (**date).into(), 0_i64.into(), stamp.0.into()]),
        );
        let sql = format!(
            "INSERT INTO calendar_day (company_id, local_date, previous, stamp) VALUES {rows} \
             ON CONFLICT (company_id, local_date) DO UPDATE SET previous = calendar_day.stamp, stamp = excluded.stamp \
             RETURNING local_date, previous"
        );
        for row in raw::query(tx, sql, values).await? {
            let (date, stamp) = dated(&row, "previous").map_err(fault)?;
            before.insert(date, stamp);
        }
    }
    Ok(before)
}

impl Reader {
    /// The stamps of the local dates from one to another, both included; a date on which nothing ever happened has none.
    pub async fn day_stamps(&self, from: NaiveDate, to: NaiveDate) -> Result<BTreeMap<NaiveDate, Stamp>> {
        let sql = "SELECT local_date, stamp FROM calendar_day \
                   WHERE company_id = $1 AND local_date >= $2 AND local_date <= $3";
        let values = vec![self.company().uuid().into(), from.into(), to.into()];
        let rows = raw::query(self, sql.to_owned(), values).await?;
        rows.iter().map(|row| dated(row, "stamp")).collect::<Result<_, _>>().map_err(fault)
    }
}

fn dated(row: &QueryResult, stamp: &str) -> Result<(NaiveDate, Stamp), sea_orm::DbErr> {
    Ok((row.try_get("", "local_date")?, Stamp(row.try_get("", stamp)?)))
}
