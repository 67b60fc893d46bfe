//! The local dates of a query as minutes. Hours become instants by the kernel's conversion, or by arithmetic from the
//! first minute of a day on which no clock changes, which is the same. Candidate starts go the other way, from minutes
//! to what the clock shows: that is never ambiguous, so both of two equal wall times come out and a skipped one does
//! not.

use chrono::{Days, NaiveDate, Offset, TimeZone};
use chrono_tz::Tz;
use kernel::time::{self, WallInterval};

use super::spans::{Minute, Span, floor, instant};
use super::visit::Dates;

/// Minutes of a day without a change of offset.
pub(super) const DAY: Minute = 1440;

/// A local date in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Day {
    pub(super) date: NaiveDate,
    pub(super) span: Span,
    /// The offset does not change on it: minute `n` of the wall clock is minute `n` of the day.
    pub(super) is_plain: bool,
}

/// A stretch of time without a change of offset: the wall clock shows `minute + offset`, counted from the local epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Even {
    pub(super) span: Span,
    pub(super) offset: Minute,
}

/// The dates asked about and enough around them for shifts over midnight and for buffers.
#[derive(Debug, Clone)]
pub(super) struct Calendar {
    zone: Tz,
    dates: Dates,
    reach: Minute,
    /// One for each date in a row, from some days before `dates` to some days after.
    days: Vec<Day>,
    /// The same time, cut where the offset changes: one stretch, or two around a change of clocks.
    evens: Vec<Even>,
}

impl Calendar {
    pub(super) fn new(zone: Tz, dates: Dates, reach: u32) -> Self {
        // One day more than the reach: a shift of the date before may still run.
        let margin = Days::new(u64::from(reach.div_ceil(1440)) + 1);
        let first = dates.first().checked_sub_days(margin).unwrap_or(NaiveDate::MIN);
        let last = dates.last().checked_add_days(margin).unwrap_or(NaiveDate::MAX);
        // Each boundary is converted once: the end of a date is the start of the next.
        let mut start = floor(time::day_range(zone, first).from);
        let mut days: Vec<Day> = first
            .iter_days()
            .take_while(|date| *date <= last)
            .map(|date| {
                let end = floor(time::day_range(zone, date).to);
                let span = Span::new(start, end);
                start = end;
                Day { date, span, is_plain: span.minutes() == DAY }
            })
            .collect();
        // A clock turned back just after midnight repeats the end of the date before.
        for at in 1..days.len() {
            days[at - 1].is_plain &= days[at].span.minutes() == DAY;
        }
        let evens = evens(zone, &days);
        Self { zone, dates, reach: Minute::from(reach), days, evens }
    }

    pub(super) const fn dates(&self) -> Dates {
        self.dates
    }

    pub(super) const fn zone(&self) -> Tz {
        self.zone
    }

    pub(super) const fn reach(&self) -> Minute {
        self.reach
    }

    /// The minutes of the dates asked about.
    pub(super) fn window(&self) -> Span {
        Span::new(self.start_of(self.dates.first()), self.end_of(self.dates.last()))
    }

    /// The minutes that a visit on one of the dates can touch.
    pub(super) fn covered(&self) -> Span {
        let window = self.window();
        Span::new(window.from - self.reach, window.to + self.reach)
    }

    /// Every date whose hours matter.
    pub(super) fn dates_covered(&self) -> impl Iterator<Item = NaiveDate> + use<> {
        let (first, count) = (self.days.first().map_or(NaiveDate::MIN, |day| day.date), self.days.len());
        first.iter_days().take(count)
    }

    /// The days that share a minute with the window.
    pub(super) fn days_within(&self, window: Span) -> &[Day] {
        let rest = &self.days[self.days.partition_point(|day| day.span.to <= window.from)..];
        &rest[..rest.partition_point(|day| day.span.from < window.to)]
    }

    /// The day that holds the minute.
    pub(super) fn day_of(&self, minute: Minute) -> Option<&Day> {
        self.days_within(Span::new(minute, minute + 1)).first()
    }

    /// The first minute of a date; a date before those known begins before everything.
    pub(super) fn start_of(&self, date: NaiveDate) -> Minute {
        match self.place(date) {
            Ok(at) => self.days[at].span.from,
            Err(before) => {
                if before {
                    Minute::MIN / 2
                } else {
                    Minute::MAX / 2
                }
            }
        }
    }

    /// The minute after a date's last.
    pub(super) fn end_of(&self, date: NaiveDate) -> Minute {
        match self.place(date) {
            Ok(at) => self.days[at].span.to,
            Err(before) => {
                if before {
                    Minute::MIN / 2
                } else {
                    Minute::MAX / 2
                }
            }
        }
    }

    /// The minutes of a wall interval of a date that is covered; empty when a clock change swallowed it.
    pub(super) fn project(&self, date: NaiveDate, interval: WallInterval) -> Span {
        let end = Minute::from(interval.end_minutes());
        match self.place(date) {
            Ok(at)
                if self.days[at].is_plain && (end <= DAY || self.days.get(at + 1).is_some_and(|day| day.is_plain)) =>
            {
                let midnight = self.days[at].span.from;
                Span::new(midnight + Minute::from(interval.start.minutes()), midnight + end)
            }
            _ => time::project(self.zone, date, interval).map_or(Span::new(0, 0), Span::around),
        }
    }

    /// Where a date stands in `days`, or whether it lies before them.
    fn place(&self, date: NaiveDate) -> Result<usize, bool> {
        let first = self.days.first().map_or(NaiveDate::MAX, |day| day.date);
        let at = usize::try_from((date - first).num_days()).map_err(|_| true)?;
        if at < self.days.len() { Ok(at) } else { Err(false) }
    }

    /// The stretches of constant offset within the window.
    pub(super) fn evens_within(&self, window: Span) -> impl Iterator<Item = Even> + '_ {
        let first = self.evens.partition_point(|even| even.span.to <= window.from);
        let evens = self.evens[first..].iter().take_while(move |even| even.span.from < window.to);
        evens.map(move |even| Even { span: even.span.intersect(window), offset: even.offset })
    }

    /// Adds every start of the grid anchored at midnight that lies in the window.
    pub(super) fn midnight_grid(&self, step: u16, window: Span, mut add: impl FnMut(Minute)) {
        for even in self.evens_within(window) {
            // Day by day, since nothing here says that the step divides a day.
            let mut midnight = (even.span.from + even.offset).div_euclid(DAY) * DAY - even.offset;
            while midnight < even.span.to {
                let day = Span::new(midnight, midnight + DAY).intersect(even.span);
                even_steps(midnight, step, day, &mut add);
                midnight += DAY;
            }
        }
    }

    /// Adds every start of the grid anchored at the start of a working interval that lies in it: whole steps of the
    /// wall clock from the wall time of its start, in either direction where an hour repeats.
    pub(super) fn anchored_grid(&self, step: u16, interval: Span, mut add: impl FnMut(Minute)) {
        let mut evens = self.evens_within(interval).peekable();
        let Some(anchor) = evens.peek().map(|even| interval.from + even.offset) else { return };
        for even in evens {
            even_steps(anchor - even.offset, step, even.span, &mut add);
        }
    }
}

/// Adds the minutes of the span that are whole steps from the anchor.
fn even_steps(anchor: Minute, step: u16, span: Span, add: &mut impl FnMut(Minute)) {
    let stride = Minute::from(step);
    let mut start = span.from + (anchor - span.from).rem_euclid(stride);
    while start < span.to {
        add(start);
        start += stride;
    }
}

/// Cuts the days where the zone's offset changes. Within a day it changes once, if at all, so a change that both ends
/// of a day do not show is none.
fn evens(zone: Tz, days: &[Day]) -> Vec<Even> {
    let offset = |minute| {
        let seconds = zone.offset_from_utc_datetime(&instant(minute).naive_utc()).fix().local_minus_utc();
        Minute::from(seconds.div_euclid(60))
    };
    let mut evens: Vec<Even> = Vec::with_capacity(2);
    for day in days {
        let (first, last) = (offset(day.span.from), offset(day.span.to - 1));
        // Halved until `same` and `changed` are neighbours: the change is between them.
        let (mut same, mut changed) = (day.span.from, day.span.to);
        while first != last && changed - same > 1 {
            let middle = same + (changed - same) / 2;
            if offset(middle) == first { same = middle } else { changed = middle }
        }
        for even in [
            Even { span: Span::new(day.span.from, changed), offset: first },
            Even { span: Span::new(changed, day.span.to), offset: last },
        ] {
            match evens.last_mut().filter(|before| before.offset == even.offset) {
                Some(before) => before.span.to = even.span.to,
                None if even.span.is_empty() => {}
                None => evens.push(even),
            }
        }
    }
    evens
}
