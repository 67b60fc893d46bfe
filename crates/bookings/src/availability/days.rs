//! The local dates of a query as minutes. Conversions are the kernel's; days on which the zone's offset does not change, nearly
//! all, are then plain arithmetic from their first minute.

use chrono::{Datelike, Days, NaiveDate, Offset, TimeDelta, TimeZone, Timelike};
use chrono_tz::Tz;
use kernel::time::{self, WallInterval, WallTime};

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

impl Day {
    /// The local midnight of a plain day minus its UTC minute: the zone's offset in minutes.
    pub(super) fn plain_offset(&self) -> Minute {
        Minute::from(self.date.num_days_from_ce() - UNIX_EPOCH_FROM_CE) * DAY - self.span.from
    }
}

/// Days from 1 January 1 to 1 January 1970, by which chrono counts dates.
const UNIX_EPOCH_FROM_CE: i32 = 719_163;

/// The dates asked about and enough around them for shifts over midnight and for buffers.
#[derive(Debug, Clone)]
pub(super) struct Calendar {
    zone: Tz,
    dates: Dates,
    reach: Minute,
    /// One for each date in a row, from some days before `dates` to some days after.
    days: Vec<Day>,
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
        Self { zone, dates, reach: Minute::from(reach), days }
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
            Err(before) => if before { Minute::MIN / 2 } else { Minute::MAX / 2 },
        }
    }

    /// The minute after a date's last.
    pub(super) fn end_of(&self, date: NaiveDate) -> Minute {
        match self.place(date) {
            Ok(at) => self.days[at].span.to,
            Err(before) => if before { Minute::MIN / 2 } else { Minute::MAX / 2 },
        }
    }

    /// The minutes of a wall interval of a date that is covered; empty when a clock change swallowed it.
    pub(super) fn project(&self, date: NaiveDate, interval: WallInterval) -> Span {
        let end = Minute::from(interval.end_minutes());
        match self.place(date) {
            Ok(at) if self.days[at].is_plain && (end <= DAY || self.days.get(at + 1).is_some_and(|day| day.is_plain)) => {
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

    /// Adds every start of the grid anchored at midnight that lies in the window.
    pub(super) fn midnight_grid(&self, step: u16, window: Span, mut add: impl FnMut(Minute)) {
        for day in self.days_within(window) {
            if day.is_plain {
                let stride = Minute::from(step);
                let skipped = (window.from - day.span.from).max(0) + stride - 1;
                let mut start = day.span.from + skipped / stride * stride;
                let end = day.span.to.min(window.to);
                while start < end {
                    add(start);
                    start += stride;
                }
            } else {
                for wall in (0..1440).step_by(usize::from(step)) {
                    let Ok(wall) = WallTime::from_minutes(wall) else { continue };
                    for start in time::starts_at(self.zone, day.date, wall) {
                        add(floor(start));
                    }
                }
            }
        }
    }

    /// Adds every start of the grid anchored at the start of a working interval that lies in it: the anchor's wall time and
    /// steps of the wall clock from it.
    pub(super) fn anchored_grid(&self, step: u16, interval: Span, mut add: impl FnMut(Minute)) {
        let stride = Minute::from(step);
        if self.days_within(interval).iter().all(|day| day.is_plain) {
            let mut start = interval.from;
            while start < interval.to {
                add(start);
                start += stride;
            }
            return;
        }
        // No clock is turned by more than a day, so this far back and forth every wall time of the interval is met, also those
        // that stand before the anchor's when the hour repeats. What falls outside the interval is left out below.
        let anchor = instant(interval.from).with_timezone(&self.zone).naive_local();
        let last = anchor + TimeDelta::minutes(interval.minutes() + DAY);
        let mut wall = anchor - TimeDelta::minutes((DAY + stride - 1) / stride * stride);
        while wall < last {
            let time = u16::try_from(wall.num_seconds_from_midnight() / 60).map(WallTime::from_minutes);
            if let Ok(Ok(time)) = time {
                for start in time::starts_at(self.zone, wall.date(), time).into_iter().map(floor) {
                    if interval.from <= start && start < interval.to {
                        add(start);
                    }
                }
            }
            wall += TimeDelta::minutes(stride);
        }
    }

    /// The zone's offset at a minute of the day, in minutes.
    pub(super) fn offset(&self, day: &Day, minute: Minute) -> Minute {
        if day.is_plain {
            return day.plain_offset();
        }
        let seconds = self.zone.offset_from_utc_datetime(&instant(minute).naive_utc()).fix().local_minus_utc();
        Minute::from(seconds.div_euclid(60))
    }
}
