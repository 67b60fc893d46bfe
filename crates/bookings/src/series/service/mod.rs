//! Use cases of series, one verb a file. What they share is here: what a refusal carries, trying once more when somebody
//! was faster, and answering a repetition.
//!
//! All dates of a change are decided and written in one transaction, under locks that are taken at once and in one order:
//! location shared; client, and every person and unit that some date was given, exclusively. Each date costs a fixed few
//! statements.

mod cancel;
mod create;
mod extend;
mod read;
mod reschedule;
mod visits;

pub use cancel::SeriesCancel;
pub use create::NewSeries;
pub use extend::SeriesExtension;
pub use reschedule::{SeriesMove, StaffAt};

use super::{Changed, Mode, Outcome, Series, SeriesId, repo};
use crate::Bookings;
use crate::booking::{Booking, BookingId};
use crate::error::BookingErrorCode;
use crate::events::SeriesVisit;
use crate::slots::ATTEMPTS;
use access::Cx;
use chrono::NaiveDate;
use chrono_tz::Tz;
use db::{IdempotencyKey, Reader};
use kernel::{Error, Result};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Whom somebody else was faster with, date by date; attached to the refusal that makes it be tried once more.
#[derive(Debug, Clone, Default)]
struct LostOn(BTreeMap<NaiveDate, Vec<Uuid>>);

impl LostOn {
    /// Remembers what a refusal says; whether it is one that another try may mend.
    fn learn(&mut self, error: &Error) -> bool {
        let Some(Self(lost)) = error.attached::<Self>() else { return db::Fault::is_unique_violation(error) };
        for (date, ids) in lost {
            self.0.entry(*date).or_default().extend(ids);
        }
        true
    }

    fn on(&self, date: NaiveDate) -> &[Uuid] {
        self.0.get(&date).map_or(&[], Vec::as_slice)
    }

    /// The refusal that carries it.
    fn refusal(self) -> Error {
        crate::error::slot_taken().current(self)
    }
}

/// What each date came to, of a change that was refused because of some; attached to `SERIES_CONFLICT`.
#[derive(Debug, Clone)]
struct Conflicts(Vec<Outcome>, Tz);

/// What each date came to, when a change was refused because of some.
pub(crate) fn conflicts(error: &Error) -> Option<(Vec<Outcome>, Tz)> {
    error.attached::<Conflicts>().map(|Conflicts(outcomes, zone)| (outcomes.clone(), *zone))
}

/// Goes on when what is possible is enough: all of it, or some.
fn enough(mode: Mode, zone: Tz, outcomes: Vec<Outcome>, field: &'static str) -> Result<Vec<Outcome>> {
    let possible = outcomes.iter().filter(|outcome| outcome.is_possible()).count();
    let is_enough = match mode {
        Mode::AllOrNothing => possible == outcomes.len(),
        Mode::SkipConflicts => possible > 0,
    };
    if is_enough {
        return Ok(outcomes);
    }
    Err(Error::conflict(BookingErrorCode::SeriesConflict).at(field).current(Conflicts(outcomes, zone)))
}

/// The visits that an event names.
fn visits<'a>(bookings: impl IntoIterator<Item = &'a Booking>) -> Vec<SeriesVisit> {
    let visit = |booking: &Booking| SeriesVisit { booking: booking.id, starts_at: booking.starts_at, was: None };
    bookings.into_iter().map(visit).collect()
}

/// What a repetition is answered by: the series, then the visits that were made or changed.
fn remembered<'a>(series: SeriesId, bookings: impl IntoIterator<Item = &'a Booking>) -> Vec<Uuid> {
    std::iter::once(series.uuid()).chain(bookings.into_iter().map(|booking| booking.id.uuid())).collect()
}

impl Bookings {
    /// Ends a try: with its result, with the first result of a request that is repeated, or not yet (`None`).
    async fn ended(
        &self,
        cx: &Cx,
        key: &IdempotencyKey,
        tried: Result<Changed>,
        lost: &mut LostOn,
        attempt: usize,
    ) -> Result<Option<Changed>> {
        let error = match tried {
            Ok(changed) => return Ok(Some(changed)),
            Err(error) => error,
        };
        // A repetition finds its own visits in its way.
        if let Some(ids) = self.done_before(cx, key, &error).await? {
            return changed_before(&self.db.read(cx.company()?).await?, &ids).await.map(Some);
        }
        if lost.learn(&error) && attempt < ATTEMPTS { Ok(None) } else { Err(error) }
    }
}

/// What an earlier request with the same key made or changed, as it stands now.
async fn changed_before(r: &Reader, ids: &[Uuid]) -> Result<Changed> {
    let (series, bookings) = ids.split_first().ok_or_else(Error::not_found)?;
    let series = repo::find(r, SeriesId::from_uuid(*series)).await?.ok_or_else(Error::not_found)?;
    let bookings: Vec<BookingId> = bookings.iter().copied().map(BookingId::from_uuid).collect();
    let mut bookings = crate::booking::repo::list_by_ids(r, &bookings).await?;
    bookings.sort_by_key(|booking| (booking.series.map(|own| own.date), booking.id));
    let outcomes = bookings.iter().filter_map(outcome_of).collect();
    Ok(Changed { zone: series.zone, series: Some(series), outcomes })
}

/// A visit of a series as it stands.
fn outcome_of(booking: &Booking) -> Option<Outcome> {
    Some(Outcome {
        date: booking.series?.date,
        starts_at: booking.starts_at,
        staff: booking.staff_ids(),
        booking: Some(booking.id),
        violations: Vec::new(),
    })
}

/// Somebody changed the series in between.
fn stale(series: Series) -> Error {
    Error::conflict(kernel::CommonCode::VersionConflict).at("version").current(series)
}
