//! What a TZID means. A name of the zone database means that zone, whatever the calendar says of it: the database knows
//! better. Any other name means a zone whose clock shows the same as the calendar's own definition within the window.

use super::component::ZoneLines;
use super::content::Line;
use super::value::{offset, time};
use crate::rule::{Anchor, Rule};
use chrono::{DateTime, Datelike as _, Duration, NaiveDateTime, Offset as _, TimeDelta, TimeZone as _, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use kernel::WallTime;
use kernel::time::TimeRange;
use std::collections::HashMap;
use std::str::FromStr as _;

/// Changes of the clock that one observance may have until the window ends.
const MAX_ONSETS: usize = 600;
/// The year that observances since ever are said to have begun in.
const SINCE_EVER: i32 = 1970;

/// The zones of a calendar by their names.
pub(super) struct Zones {
    /// By whose clock times without a zone are read.
    pub(super) default: Tz,
    own: HashMap<String, Tz>,
}

impl Zones {
    /// Those that the calendar defines, as far as `go_on` lets them be looked up.
    pub(super) fn new(defined: &[ZoneLines], default: Tz, window: TimeRange, go_on: &dyn Fn() -> bool) -> Self {
        let mut own = HashMap::new();
        for zone in defined {
            let value = |name: &str| zone.own.iter().find(|line| line.name == name).map(|line| line.value.trim());
            let Some(name) = value("TZID").filter(|name| known(name).is_none()) else { continue };
            let meant = value("X-LIC-LOCATION").and_then(known).or_else(|| alike(zone, default, window, go_on));
            if let Some(meant) = meant {
                own.insert(name.to_owned(), meant);
            }
        }
        Self { default, own }
    }

    /// The zone of a TZID; none when nothing says what it means.
    pub(super) fn find(&self, name: &str) -> Option<Tz> {
        let name = name.trim();
        known(name).or_else(|| self.own.get(name).copied())
    }
}

/// The zone of the database of this name. Some programs put a path of their own before it.
fn known(name: &str) -> Option<Tz> {
    let mut rest = name.trim_start_matches('/');
    for _ in 0..8 {
        if let Ok(zone) = Tz::from_str(rest) {
            return Some(zone);
        }
        rest = rest.split_once('/')?.1;
    }
    None
}

/// A zone whose clock shows the same, before all others the one that is usual here.
fn alike(zone: &ZoneLines, usual: Tz, window: TimeRange, go_on: &dyn Fn() -> bool) -> Option<Tz> {
    let clock = Clock::read(zone, window, go_on)?;
    let places = || TZ_VARIANTS.into_iter().filter(|zone| zone.name().contains('/'));
    let (inhabited, others): (Vec<Tz>, Vec<Tz>) = places().partition(|zone| !zone.name().starts_with("Etc/"));
    std::iter::once(usual).chain(inhabited).chain(others).find(|zone| clock.shows_as(*zone, window))
}

/// The clock of a definition: from when it shows what.
struct Clock {
    /// In order, with seconds east of UTC; never empty.
    changes: Vec<(DateTime<Utc>, i32)>,
    /// What it showed before all of them.
    before: i32,
}

impl Clock {
    fn read(zone: &ZoneLines, window: TimeRange, go_on: &dyn Fn() -> bool) -> Option<Self> {
        let mut changes = Vec::new();
        for lines in &zone.observances {
            if !go_on() {
                return None;
            }
            changes.extend(onsets(lines, window)?);
        }
        changes.sort_unstable();
        let before = changes.first()?.1;
        Some(Self { before, changes: changes.into_iter().map(|(at, _, to)| (at, to)).collect() })
    }

    fn offset(&self, at: DateTime<Utc>) -> i32 {
        let passed = self.changes.partition_point(|(change, _)| *change <= at);
        passed.checked_sub(1).map_or(self.before, |last| self.changes[last].1)
    }

    /// Whether a zone's clock shows the same at every month of the window, and around every change.
    fn shows_as(&self, zone: Tz, window: TimeRange) -> bool {
        let is_alike = |at: DateTime<Utc>| {
            zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc() == self.offset(at)
        };
        let months = (0..).map(|month| window.from + Duration::days(30 * month)).take_while(|at| *at < window.to);
        let changes = self.changes.iter().map(|(at, _)| *at).filter(|at| window.contains(*at));
        months.chain(changes.flat_map(|at| [at - TimeDelta::minutes(1), at])).all(is_alike)
    }
}

/// When an observance begins, what the clock showed until then and what it shows from then on.
fn onsets(lines: &[Line], window: TimeRange) -> Option<Vec<(DateTime<Utc>, i32, i32)>> {
    let value = |name: &str| lines.iter().find(|line| line.name == name).map(|line| line.value.trim());
    let first = time(value("DTSTART")?)?;
    let (before, after) = (offset(value("TZOFFSETFROM")?)?, offset(value("TZOFFSETTO")?)?);
    let mut walls: Vec<NaiveDateTime> = vec![first];
    for line in lines.iter().filter(|line| line.name == "RDATE") {
        walls.extend(line.value.split(',').filter_map(|value| time(value.trim())));
    }
    if let Some(rule) = value("RRULE") {
        let begun = first.with_year(first.year().max(SINCE_EVER))?;
        let anchor = Anchor { zone: Tz::UTC, date: begun.date(), time: WallTime::MIDNIGHT };
        let dates = Rule::read(rule).ok()?.dates(&anchor).ok()?;
        let dates = dates.take(MAX_ONSETS).take_while(|date| *date <= window.to.date_naive() + Duration::days(2));
        walls.extend(dates.map(|date| date.and_time(first.time())));
    }
    let found = walls.into_iter().take(MAX_ONSETS).filter_map(|wall| {
        let at = wall.checked_sub_signed(TimeDelta::seconds(before.into()))?;
        Some((at.and_utc(), before, after))
    });
    Some(found.collect())
}
