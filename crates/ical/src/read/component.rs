//! The frame: which components there are, and the lines of those that say when somebody is busy.

use super::ReadFault;
use super::content::{Line, unfolded};

/// Components stand in one another at most so deep: a calendar, an entry, its alarm.
const MAX_DEPTH: usize = 8;
/// Zones that one calendar may define, and observances of a zone.
const MAX_ZONES: usize = 64;
/// Lines of an entry that matter, beyond which an entry is no person's: dates that are left out, for years.
const MAX_LINES: usize = 2_000;

/// What an entry says that matters here.
const OF_ENTRY: [&str; 11] = [
    "UID",
    "DTSTART",
    "DTEND",
    "DURATION",
    "TRANSP",
    "STATUS",
    "RRULE",
    "RDATE",
    "EXDATE",
    "RECURRENCE-ID",
    "X-MICROSOFT-CDO-BUSYSTATUS",
];

/// A zone as a calendar defines it.
#[derive(Debug, Default)]
pub(super) struct ZoneLines {
    pub(super) own: Vec<Line>,
    pub(super) observances: Vec<Vec<Line>>,
}

/// The components that matter.
#[derive(Debug, Default)]
pub(super) struct Frame {
    pub(super) entries: Vec<Vec<Line>>,
    pub(super) zones: Vec<ZoneLines>,
    /// FREEBUSY lines.
    pub(super) busy: Vec<Line>,
}

impl Frame {
    /// Reads one calendar, or several behind one another. Each component must end, and nothing stands outside of one.
    pub(super) fn read(text: &str, max_entries: usize) -> Result<Self, ReadFault> {
        let mut frame = Self::default();
        let mut open: Vec<String> = Vec::new();
        let mut is_begun = false;
        for line in unfolded(text) {
            let Some(line) = Line::read(&line) else {
                // Inside of a calendar people's programs write all sorts of things.
                if open.is_empty() {
                    return Err(ReadFault::NotACalendar);
                }
                continue;
            };
            let name = || line.value.trim().to_ascii_uppercase();
            match line.name.as_str() {
                "BEGIN" => {
                    let name = name();
                    if open.len() == MAX_DEPTH || open.is_empty() != (name == "VCALENDAR") {
                        return Err(ReadFault::NotACalendar);
                    }
                    is_begun = true;
                    open.push(name);
                    frame.begin(&open, max_entries)?;
                }
                "END" if open.last() == Some(&name()) => {
                    open.pop();
                }
                "END" => return Err(ReadFault::NotACalendar),
                _ if open.is_empty() => return Err(ReadFault::NotACalendar),
                _ => frame.add(&open, line)?,
            }
        }
        if is_begun && open.is_empty() { Ok(frame) } else { Err(ReadFault::NotACalendar) }
    }

    fn begin(&mut self, open: &[String], max_entries: usize) -> Result<(), ReadFault> {
        match path(open).as_slice() {
            ["VCALENDAR", "VEVENT"] => self.entries.push(Vec::new()),
            ["VCALENDAR", "VTIMEZONE"] => self.zones.push(ZoneLines::default()),
            ["VCALENDAR", "VTIMEZONE", "STANDARD" | "DAYLIGHT"] => {
                if let Some(zone) = self.zones.last_mut() {
                    zone.observances.push(Vec::new());
                }
            }
            _ => {}
        }
        let observances = self.zones.last().map_or(0, |zone| zone.observances.len());
        let is_much = self.entries.len() > max_entries || self.zones.len() > MAX_ZONES || observances > MAX_ZONES;
        if is_much { Err(ReadFault::TooMuch) } else { Ok(()) }
    }

    fn add(&mut self, open: &[String], line: Line) -> Result<(), ReadFault> {
        let lines = match path(open).as_slice() {
            ["VCALENDAR", "VEVENT"] if OF_ENTRY.contains(&line.name.as_str()) => self.entries.last_mut(),
            ["VCALENDAR", "VTIMEZONE"] => self.zones.last_mut().map(|zone| &mut zone.own),
            ["VCALENDAR", "VTIMEZONE", "STANDARD" | "DAYLIGHT"] => {
                self.zones.last_mut().and_then(|zone| zone.observances.last_mut())
            }
            ["VCALENDAR", "VFREEBUSY"] if line.name == "FREEBUSY" => Some(&mut self.busy),
            _ => None,
        };
        let Some(lines) = lines else { return Ok(()) };
        if lines.len() == MAX_LINES {
            return Err(ReadFault::TooMuch);
        }
        lines.push(line);
        Ok(())
    }
}

fn path(open: &[String]) -> Vec<&str> {
    open.iter().map(String::as_str).collect()
}
