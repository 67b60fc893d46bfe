//! Allocations: the rows that say whose time is taken, and the guard that lets no two of them overlap.
//!
//! The database speaks last: an exclusion constraint on PostgreSQL, a trigger under the single writer on SQLite. Both
//! refuse here in one way, [`Allocate::Refused`]; after that the transaction is to be rolled back and tried without the
//! candidate that was refused. Allocations are never moved or revived: they are deactivated and inserted anew.

use crate::{Engine, Fault, Reader, Subject, SubjectKind, Tx, column, fault, raw};
use chrono::{DateTime, Duration, Utc};
use kernel::Result;
use kernel::time::TimeRange;
use sea_orm::{DbErr, QueryResult, RuntimeErr, Value};
use sqlx::Row as _;
use std::collections::HashSet;
use std::sync::Arc;
use uuid::Uuid;

/// What occupies a subject's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Owner {
    /// A hold; it stops counting when it expires.
    Hold(Uuid),
    /// A line of a booking.
    BookingLine(Uuid),
    /// A group session.
    Session(Uuid),
}

impl Owner {
    fn columns(self) -> [Value; 3] {
        let (mut hold, mut line, mut session) = (None, None, None);
        match self {
            Self::Hold(id) => hold = Some(id),
            Self::BookingLine(id) => line = Some(id),
            Self::Session(id) => session = Some(id),
        }
        [hold.into(), line.into(), session.into()]
    }

    fn column(self) -> (&'static str, Uuid) {
        match self {
            Self::Hold(id) => ("hold_id", id),
            Self::BookingLine(id) => ("booking_line_id", id),
            Self::Session(id) => ("session_id", id),
        }
    }
}

/// Time to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewAllocation {
    /// Whose time.
    pub subject: Subject,
    /// Which of the subject's parallel lanes; 0 where it has one.
    pub lane: i32,
    /// From when to when, buffers included; half-open.
    pub busy: TimeRange,
    /// For what.
    pub owner: Owner,
    /// At which location: nobody is at two of them at once, whatever lanes they have.
    pub location: Option<Uuid>,
    /// Until when it counts, for a hold.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Time that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allocation {
    /// Whose time.
    pub subject: Subject,
    /// Which lane.
    pub lane: i32,
    /// From when to when, buffers included; half-open.
    pub busy: TimeRange,
    /// For what.
    pub owner: Owner,
    /// At which location, where that is known.
    pub location: Option<Uuid>,
    /// Until when it counts, for a hold.
    pub expires_at: Option<DateTime<Utc>>,
}

impl From<NewAllocation> for Allocation {
    fn from(new: NewAllocation) -> Self {
        let NewAllocation { subject, lane, busy, owner, location, expires_at } = new;
        Self { subject, lane, busy, owner, location, expires_at }
    }
}

impl Allocation {
    /// Whether it still counts.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_none_or(|until| until > now)
    }
}

/// What the guard said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a refusal must roll the transaction back"]
pub enum Allocate {
    /// All of it is taken now.
    Done,
    /// This subject and lane is taken by somebody else; nothing of the transaction may be committed.
    Refused(Subject, i32),
}

const COLUMNS: &str = "company_id, id, subject_kind, subject_id, lane, busy_from, busy_to, active, expires_at, \
                       hold_id, booking_line_id, session_id, location_id";

/// No time is taken for longer in one piece: whoever looks for what overlaps a range looks back so far and no further.
const LONGEST: Duration = Duration::days(2);

impl Tx {
    /// Takes time. Rows are inserted in order of (kind, subject, lane, start): two transactions that want the same two
    /// subjects meet at the first and do not deadlock.
    pub async fn allocate(&self, wanted: &[NewAllocation]) -> Result<Allocate> {
        let mut rows: Vec<(Uuid, NewAllocation)> = wanted.iter().map(|row| (Uuid::now_v7(), *row)).collect();
        rows.sort_by_key(|(_, row)| (row.subject, row.lane, row.busy.from));
        if rows.iter().any(|(_, row)| row.busy.to - row.busy.from > LONGEST) {
            return Err(kernel::Error::internal("an allocation of more than two days would not be found again"));
        }
        match self.engine() {
            Engine::Postgres => self.allocate_postgres(&rows).await,
            Engine::Sqlite => self.allocate_sqlite(&rows).await,
        }
    }

    /// A plain INSERT that runs into the constraint waits, fails the transaction and deadlocks under race; with DO NOTHING
    /// it is just a missing row.
    async fn allocate_postgres(&self, rows: &[(Uuid, NewAllocation)]) -> Result<Allocate> {
        for chunk in rows.chunks(100) {
            let (sql, values) = raw::rows(chunk.iter().map(|(id, row)| self.values(*id, row)));
            let sql = format!("INSERT INTO allocation ({COLUMNS}) VALUES {sql} ON CONFLICT DO NOTHING RETURNING id");
            let inserted: HashSet<Uuid> = raw::query(self, sql, values)
                .await?
                .iter()
                .map(|row| row.try_get("", "id"))
                .collect::<Result<_, DbErr>>()
                .map_err(fault)?;
            if let Some((_, row)) = chunk.iter().find(|(id, _)| !inserted.contains(id)) {
                return Ok(Allocate::Refused(row.subject, row.lane));
            }
        }
        Ok(Allocate::Done)
    }

    /// One row a statement, since the trigger's refusal does not say which of several rows it was about.
    async fn allocate_sqlite(&self, rows: &[(Uuid, NewAllocation)]) -> Result<Allocate> {
        for (id, row) in rows {
            let (sql, values) = raw::rows([self.values(*id, row)]);
            let inserted = raw::execute(self, format!("INSERT INTO allocation ({COLUMNS}) VALUES {sql}"), values).await;
            match inserted {
                Ok(_) => {}
                Err(error) if Fault::is_overlap(&error) => return Ok(Allocate::Refused(row.subject, row.lane)),
                Err(error) => return Err(error),
            }
        }
        Ok(Allocate::Done)
    }

    fn values(&self, id: Uuid, row: &NewAllocation) -> [Value; 13] {
        let [hold, line, session] = row.owner.columns();
        [
            self.company().uuid().into(),
            id.into(),
            (row.subject.kind as i32).into(),
            row.subject.id.into(),
            row.lane.into(),
            row.busy.from.into(),
            row.busy.to.into(),
            true.into(),
            row.expires_at.into(),
            hold,
            line,
            session,
            row.location.into(),
        ]
    }

    /// Gives time back: the owners' allocations stop counting. They stay as history.
    pub async fn release_allocations(&self, owners: &[Owner]) -> Result<u64> {
        let mut released = 0;
        for owner in owners {
            let (column, id) = owner.column();
            let sql =
                format!("UPDATE allocation SET active = FALSE WHERE company_id = $1 AND {column} = $2 AND active");
            released += raw::execute(self, sql, vec![self.company().uuid().into(), id.into()]).await?;
        }
        Ok(released)
    }

    /// Ends an owner's allocations early, when a visit was shorter than planned. The one change of an allocation's time:
    /// to less of it, never before its start. Those that have not begun by then are given back.
    pub async fn shorten_allocations(&self, owner: Owner, to: DateTime<Utc>) -> Result<u64> {
        let (column, id) = owner.column();
        let sql = format!(
            "UPDATE allocation SET busy_to = $3 WHERE company_id = $1 AND {column} = $2 AND active AND busy_from < $3 AND busy_to > $3"
        );
        let values = || vec![self.company().uuid().into(), id.into(), to.into()];
        let shortened = raw::execute(self, sql, values()).await?;
        let sql = format!(
            "UPDATE allocation SET active = FALSE WHERE company_id = $1 AND {column} = $2 AND active AND busy_from >= $3"
        );
        Ok(shortened + raw::execute(self, sql, values()).await?)
    }

    /// Lets an owner's allocations expire later. `false` when some of them were taken off meanwhile: then nothing is as it
    /// was, and the caller rolls back. The subjects are locked by the caller.
    pub async fn prolong_allocations(&self, owner: Owner, to: DateTime<Utc>) -> Result<bool> {
        let (column, id) = owner.column();
        let values = || vec![self.company().uuid().into(), id.into()];
        let lost = format!("SELECT 1 FROM allocation WHERE company_id = $1 AND {column} = $2 AND NOT active LIMIT 1");
        if !raw::query(self, lost, values()).await?.is_empty() {
            return Ok(false);
        }
        let sql = format!("UPDATE allocation SET expires_at = $3 WHERE company_id = $1 AND {column} = $2 AND active");
        let mut values = values();
        values.push(to.into());
        raw::execute(self, sql, values).await?;
        Ok(true)
    }

    /// Deactivates expired holds' allocations of these subjects: the constraint cannot read the clock, so every writer
    /// that has locked a subject does this first.
    pub async fn release_expired(&self, subjects: &[Subject]) -> Result<u64> {
        if subjects.is_empty() {
            return Ok(0);
        }
        let mut values: Vec<Value> = vec![self.company().uuid().into(), self.now().into()];
        let wanted = placeholders(&mut values, subjects.iter().map(|subject| subject.id.into()));
        let sql = format!(
            "UPDATE allocation SET active = FALSE WHERE company_id = $1 AND active AND expires_at IS NOT NULL \
             AND expires_at <= $2 AND subject_id IN ({wanted})"
        );
        raw::execute(self, sql, values).await
    }
}

impl Reader {
    /// What occupies these subjects (staff members, resource units) within a range, by subject, lane and start; expired
    /// holds do not.
    pub async fn busy(&self, subjects: &[Uuid], range: TimeRange) -> Result<Vec<Allocation>> {
        let begins = TimeRange { from: range.from - LONGEST, to: range.to };
        let mut found = self.begun(subjects, begins).await?;
        found.retain(|taken| taken.busy.to > range.from && taken.is_live(self.now()));
        found.sort_by_key(|taken| (taken.subject.id, taken.lane, taken.busy.from));
        Ok(found)
    }

    /// What occupies these subjects from a moment within a range on, holds that have expired since too. No order.
    pub async fn begun(&self, subjects: &[Uuid], range: TimeRange) -> Result<Vec<Allocation>> {
        let mut found = Vec::new();
        for chunk in subjects.chunks(500) {
            let mut values: Vec<Value> = vec![self.company().uuid().into(), range.from.into(), range.to.into()];
            let wanted = placeholders(&mut values, chunk.iter().map(|id| (*id).into()));
            let which = format!(
                "FROM allocation WHERE company_id = $1 AND active AND busy_from >= $2 AND busy_from < $3 \
                 AND subject_id IN ({wanted})"
            );
            match self.engine() {
                Engine::Postgres => {
                    let sql = format!("SELECT {GROUPED} {which} GROUP BY subject_kind, subject_id, lane, location_id");
                    for row in raw::query(self, sql, values).await? {
                        group(&row, &mut found).map_err(fault)?;
                    }
                }
                Engine::Sqlite => {
                    let sql = format!("SELECT {READ} {which}");
                    for row in raw::query(self, sql, values).await? {
                        found.push(allocation(&row).map_err(fault)?);
                    }
                }
            }
        }
        Ok(found)
    }

    /// How far back something can have begun that is not over.
    pub const LONGEST_BUSY: Duration = LONGEST;
}

fn placeholders(values: &mut Vec<Value>, more: impl Iterator<Item = Value>) -> String {
    let numbers: Vec<String> = more
        .map(|value| {
            values.push(value);
            format!("${}", values.len())
        })
        .collect();
    numbers.join(", ")
}

/// What a list of taken time reads.
const READ: &str = "subject_kind, subject_id, lane, busy_from, busy_to, location_id, expires_at, booking_line_id, hold_id, \
                    session_id";

/// A row of [`READ`], by place.
fn allocation(row: &QueryResult) -> Result<Allocation, DbErr> {
    let owner = if let Some(id) = column(row, 7)? {
        Owner::BookingLine(id)
    } else if let Some(id) = column(row, 8)? {
        Owner::Hold(id)
    } else if let Some(id) = column(row, 9)? {
        Owner::Session(id)
    } else {
        return Err(DbErr::Type("an allocation without an owner".to_owned()));
    };
    Ok(Allocation {
        subject: Subject { kind: kind(column(row, 0)?), id: column(row, 1)? },
        lane: column(row, 2)?,
        busy: TimeRange { from: column(row, 3)?, to: column(row, 4)? },
        owner,
        location: column(row, 5)?,
        expires_at: column(row, 6)?,
    })
}

/// The same with a row for each subject, lane and place: a month of a busy company is thousands of allocations, and
/// both sides handle a few rows of arrays in half the time.
const GROUPED: &str = "subject_kind, subject_id, lane, location_id, array_agg(busy_from), array_agg(busy_to), \
                       array_agg(expires_at), array_agg(coalesce(booking_line_id, hold_id, session_id)), \
                       array_agg(CASE WHEN booking_line_id IS NOT NULL THEN 0 WHEN hold_id IS NOT NULL THEN 1 ELSE 2 END)";

/// The allocations of a row of [`GROUPED`].
fn group(row: &QueryResult, found: &mut Vec<Allocation>) -> Result<(), DbErr> {
    let subject = Subject { kind: kind(column(row, 0)?), id: column(row, 1)? };
    let (lane, location) = (column(row, 2)?, column(row, 3)?);
    let (from, to): (Vec<DateTime<Utc>>, Vec<DateTime<Utc>>) = (array(row, 4)?, array(row, 5)?);
    let expires: Vec<Option<DateTime<Utc>>> = array(row, 6)?;
    let owners: Vec<Uuid> = array(row, 7)?;
    let kinds: Vec<i32> = array(row, 8)?;
    for ((((from, to), expires_at), id), kind) in from.into_iter().zip(to).zip(expires).zip(owners).zip(kinds) {
        let owner = match kind {
            0 => Owner::BookingLine(id),
            1 => Owner::Hold(id),
            _ => Owner::Session(id),
        };
        found.push(Allocation { subject, lane, busy: TimeRange { from, to }, owner, location, expires_at });
    }
    Ok(())
}

/// Only PostgreSQL has arrays.
fn array<T>(row: &QueryResult, place: usize) -> Result<Vec<T>, DbErr>
where
    Vec<T>: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    let row = row.try_as_pg_row().ok_or_else(|| DbErr::Type("not a row of PostgreSQL".to_owned()))?;
    row.try_get(place).map_err(|error| DbErr::Query(RuntimeErr::SqlxError(Arc::new(error))))
}

const fn kind(stored: i32) -> SubjectKind {
    match stored {
        0 => SubjectKind::Location,
        1 => SubjectKind::Client,
        2 => SubjectKind::Staff,
        _ => SubjectKind::Resource,
    }
}
