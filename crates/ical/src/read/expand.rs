//! An entry becomes stretches of time: its own, those that its rules and dates give, without those that are left out or
//! that another entry stands for.

use super::ReadFault;
use super::entry::Entry;
use super::value::When;
use crate::rule::{Anchor, Rule};
use kernel::time::TimeRange;
use std::collections::HashSet;

/// After so many dates of a rule it is asked whether to go on.
const BREATH: usize = 64;

/// Hands every stretch within the window to `take`, which says when it is enough; answers whether all was understood. What
/// repeats by a rule that is not understood takes place once.
pub(super) fn collect(
    entry: &Entry,
    window: TimeRange,
    is_replaced: &dyn Fn(When) -> bool,
    go_on: &dyn Fn() -> bool,
    take: &mut dyn FnMut(TimeRange) -> bool,
) -> Result<bool, ReadFault> {
    let is_single = entry.instead_of.is_some();
    let except: HashSet<When> = entry.except.iter().map(|except| entry.told(*except)).collect();
    let is_out = |start: When| {
        let told = [entry.told(start), When::Date(start.date())];
        told.iter().any(|told| except.contains(told) || (!is_single && is_replaced(*told)))
    };
    let mut add = |start: When| {
        if is_out(start) {
            return true;
        }
        let range = entry.end_of(start).map(|end| TimeRange::new(start.start(entry.default), end));
        range.and_then(|range| range.intersect(window)).is_none_or(&mut *take)
    };
    let mut is_enough = !add(entry.start);
    let mut is_whole = true;
    let dates = entry.also.iter().copied();
    is_enough |= !dates.filter(|_| !is_single).all(&mut add);
    for rule in entry.rules.iter().filter(|_| !is_single) {
        // Of many rules that give nothing none comes to a date, where it would be asked.
        if !go_on() {
            return Err(ReadFault::TooMuch);
        }
        let anchor =
            Anchor { zone: entry.start.zone(entry.default), date: entry.start.date(), time: entry.start.time() };
        let Some(dates) = Rule::read(rule).ok().and_then(|rule| rule.dates(&anchor).ok()) else {
            is_whole = false;
            continue;
        };
        for (count, date) in dates.enumerate() {
            if count % BREATH == 0 && !go_on() {
                return Err(ReadFault::TooMuch);
            }
            let at = anchor.on(date);
            if at >= window.to || is_enough {
                break;
            }
            // Years of what is over are passed by without looking at what was left out of them.
            if at.checked_add_signed(entry.reach()).is_none_or(|end| end > window.from) {
                is_enough = !add(entry.start.on(date));
            }
        }
    }
    let periods = entry.also_periods.iter().filter(|(start, _)| !is_single && !is_out(*start));
    let periods = periods.filter_map(|(_, range)| range.intersect(window));
    is_enough |= !periods.into_iter().all(&mut *take);
    if is_enough { Err(ReadFault::TooMuch) } else { Ok(is_whole) }
}

impl When {
    /// The same time of day on another date.
    fn on(self, date: chrono::NaiveDate) -> Self {
        match self {
            Self::Date(_) => Self::Date(date),
            Self::Time(time, zone) => Self::Time(date.and_time(time.time()), zone),
        }
    }
}
