//! Reading somebody else's calendar: when they are busy within a window, and nothing else. Texts of entries (what it is,
//! where, with whom) are passed over unread.
//!
//! Total: any text gives an answer or a [`ReadFault`], in bounded time. The frame is read strictly, so that a text that
//! was cut off is never taken for a calendar with less in it; a single entry that makes no sense is counted, not guessed
//! at. Entries repeat by [`crate::Rule`], and every wall time becomes an instant by the kernel's one conversion.

mod component;
mod content;
mod entry;
mod expand;
mod value;
mod zones;

use chrono_tz::Tz;
use component::Frame;
use kernel::time::{RangeSet, TimeRange};
use std::collections::HashSet;

/// What is asked of a calendar.
#[derive(Debug, Clone, Copy)]
pub struct BusyQuery<'a> {
    /// Within which time.
    pub window: TimeRange,
    /// By whose clock dates and times without a zone are read.
    pub zone: Tz,
    /// Entries whose UID ends so are passed over: what comes back of our own.
    pub without: &'a str,
    /// The most entries that are read.
    pub max_entries: usize,
    /// The most stretches of time that are answered.
    pub max_ranges: usize,
}

/// When somebody is busy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Busy {
    /// Within the window, in whole minutes; what overlaps or touches is one.
    pub ranges: RangeSet,
    /// How many entries could not be read at all, or repeat by a rule that is not understood, or change a date of something
    /// and all those after it: of these two only the first date counts.
    pub unread: usize,
}

/// Why a text is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReadFault {
    /// It is no iCalendar text, or not all of one.
    #[error("not a whole iCalendar text")]
    NotACalendar,
    /// It has more entries, or more stretches of time, than are read.
    #[error("too much in the calendar")]
    TooMuch,
}

/// The most stretches of time that are collected for each that may be answered, before those that overlap are joined.
const COLLECTED: usize = 8;

/// When the owner of a calendar is busy. `go_on` is asked again and again while it is read, which is given up with
/// [`ReadFault::TooMuch`] when it says no: rules exist that take long and give nothing.
pub fn busy(text: &str, query: &BusyQuery<'_>, go_on: &dyn Fn() -> bool) -> Result<Busy, ReadFault> {
    let frame = Frame::read(text, query.max_entries)?;
    let zones = zones::Zones::new(&frame.zones, query.zone, query.window, go_on);
    let mut unread = 0;
    let mut entries = Vec::with_capacity(frame.entries.len());
    for lines in &frame.entries {
        match entry::Entry::read(lines, &zones) {
            Some(entry) => {
                unread += usize::from(entry.is_onwards);
                entries.push(entry);
            }
            None => unread += 1,
        }
    }
    // What stands for one date of something that repeats, whether it keeps anybody busy or not.
    let replaced: HashSet<(&str, value::When)> =
        entries.iter().filter_map(|entry| entry.instead_of.map(|when| (entry.uid.as_str(), when))).collect();
    let mut ranges = Vec::new();
    let most = query.max_ranges.saturating_mul(COLLECTED);
    for entry in entries.iter().filter(|entry| entry.keeps_busy && !entry.is_of(query.without)) {
        if !go_on() {
            return Err(ReadFault::TooMuch);
        }
        let is_replaced = |when: value::When| replaced.contains(&(entry.uid.as_str(), when));
        let is_whole = expand::collect(entry, query.window, &is_replaced, go_on, &mut |range| {
            ranges.push(range);
            ranges.len() <= most
        })?;
        unread += usize::from(!is_whole);
    }
    for line in &frame.busy {
        match value::periods(line) {
            Some(periods) => ranges.extend(periods.into_iter().filter_map(|range| range.intersect(query.window))),
            None => unread += 1,
        }
    }
    if ranges.len() > most {
        return Err(ReadFault::TooMuch);
    }
    let ranges: RangeSet = ranges.into_iter().collect();
    if ranges.as_slice().len() > query.max_ranges { Err(ReadFault::TooMuch) } else { Ok(Busy { ranges, unread }) }
}

#[cfg(test)]
mod tests;
