//! A calendar and its entries.

use crate::line::{mailto, push, quoted, text, utc};
use crate::zone;
use chrono::{DateTime, Duration, MappedLocalTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use std::collections::BTreeMap;

/// What is asked of the receiving calendar (RFC 5546).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Show what is published: a feed.
    Publish,
    /// Put the entry in, or bring it up to date.
    Request,
    /// Take the entry out.
    Cancel,
}

impl Method {
    /// As it stands in the text, and in the media type of a mail's part.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Publish => "PUBLISH",
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }
}

/// Where an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Not agreed yet.
    Tentative,
    /// It takes place.
    Confirmed,
    /// It does not; shown for those who have it.
    Cancelled,
}

/// One person or company in an invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// What they are called.
    pub name: String,
    /// Where mail reaches them.
    pub email: String,
}

/// One entry. Empty texts are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The same for everything that is ever said of this thing, in all calendars.
    pub uid: String,
    /// A calendar ignores what is older than it has.
    pub sequence: i32,
    /// When this text was made, for an invitation; when the thing last changed, for what is published (RFC 5545, 3.8.7.2).
    pub stamp: DateTime<Utc>,
    /// When the thing was made.
    pub created: Option<DateTime<Utc>>,
    /// When it last changed.
    pub modified: Option<DateTime<Utc>>,
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// Until when.
    pub ends_at: DateTime<Utc>,
    /// By whose clock people read it.
    pub zone: Tz,
    /// The line that calendars show.
    pub summary: String,
    /// More lines.
    pub description: String,
    /// Where.
    pub location: String,
    /// A page about it.
    pub url: String,
    /// Where it stands.
    pub status: Status,
    /// Who invites.
    pub organizer: Option<Party>,
    /// Who is invited, and comes.
    pub attendee: Option<Party>,
}

/// A whole text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// What is asked of whoever reads it.
    pub method: Method,
    /// What the calendar is called; empty for an invitation.
    pub name: String,
    /// How often to ask again.
    pub refresh: Option<Duration>,
    /// What is in it.
    pub entries: Vec<Entry>,
}

impl Calendar {
    /// The text, lines ended by CRLF and folded.
    pub fn render(&self) -> String {
        let mut out = String::with_capacity(512 + 512 * self.entries.len());
        let mut line = |text: &str| push(&mut out, text);
        line("BEGIN:VCALENDAR");
        line("VERSION:2.0");
        line("PRODID:-//Zapys//Booking//EN");
        line("CALSCALE:GREGORIAN");
        line(&format!("METHOD:{}", self.method.name()));
        if !self.name.is_empty() {
            // The second one is what calendars read that came before RFC 7986.
            line(&format!("NAME:{}", text(&self.name)));
            line(&format!("X-WR-CALNAME:{}", text(&self.name)));
        }
        if let Some(refresh) = self.refresh {
            let minutes = refresh.num_minutes().max(1);
            line(&format!("REFRESH-INTERVAL;VALUE=DURATION:PT{minutes}M"));
            line(&format!("X-PUBLISHED-TTL:PT{minutes}M"));
        }
        for (zone, (from, to)) in self.zones() {
            zone::component(&mut out, zone, from, to);
        }
        for entry in &self.entries {
            entry.write(&mut out);
        }
        push(&mut out, "END:VCALENDAR");
        out
    }

    /// The zones that entries are told in, by name, with the first and last instant told in each.
    fn zones(&self) -> Vec<(Tz, Told)> {
        let mut zones: BTreeMap<&str, (Tz, Told)> = BTreeMap::new();
        for entry in self.entries.iter().filter(|entry| entry.zone != Tz::UTC) {
            let (_, (from, to)) =
                zones.entry(entry.zone.name()).or_insert((entry.zone, (entry.starts_at, entry.ends_at)));
            *from = entry.starts_at.min(*from);
            *to = entry.ends_at.max(*to);
        }
        zones.into_values().collect()
    }
}

/// The first and the last instant that are told in a zone.
type Told = (DateTime<Utc>, DateTime<Utc>);

impl Entry {
    fn write(&self, out: &mut String) {
        let mut line = |text: String| push(out, &text);
        line("BEGIN:VEVENT".into());
        line(format!("UID:{}", text(&self.uid)));
        line(format!("SEQUENCE:{}", self.sequence));
        line(format!("DTSTAMP:{}", utc(self.stamp)));
        for (name, at) in [("CREATED", self.created), ("LAST-MODIFIED", self.modified)] {
            if let Some(at) = at {
                line(format!("{name}:{}", utc(at)));
            }
        }
        line(format!("DTSTART{}", told(self.starts_at, self.zone)));
        line(format!("DTEND{}", told(self.ends_at, self.zone)));
        let texts = [("SUMMARY", &self.summary), ("DESCRIPTION", &self.description), ("LOCATION", &self.location)];
        for (name, value) in texts.into_iter().filter(|(_, value)| !value.is_empty()) {
            line(format!("{name}:{}", text(value)));
        }
        if !self.url.is_empty() {
            line(format!("URL:{}", self.url.replace(char::is_control, "")));
        }
        if let Some(organizer) = &self.organizer {
            line(format!("ORGANIZER;CN={}:{}", quoted(&organizer.name), mailto(&organizer.email)));
        }
        if let Some(attendee) = &self.attendee {
            line(format!(
                "ATTENDEE;CN={};ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALSE:{}",
                quoted(&attendee.name),
                mailto(&attendee.email)
            ));
        }
        line(format!(
            "STATUS:{}",
            match self.status {
                Status::Tentative => "TENTATIVE",
                Status::Confirmed => "CONFIRMED",
                Status::Cancelled => "CANCELLED",
            }
        ));
        line(format!("TRANSP:{}", if self.status == Status::Cancelled { "TRANSPARENT" } else { "OPAQUE" }));
        line("END:VEVENT".into());
    }
}

/// What follows the name of a property of time: local where that says which instant is meant, else UTC. Of two instants
/// that the clock shows alike a local time is the first (RFC 5545, 3.3.5).
fn told(at: DateTime<Utc>, zone: Tz) -> String {
    let local = at.with_timezone(&zone).naive_local();
    let is_first = match zone.from_local_datetime(&local) {
        MappedLocalTime::Single(_) => true,
        MappedLocalTime::Ambiguous(one, other) => one.to_utc().min(other.to_utc()) == at,
        MappedLocalTime::None => false,
    };
    if zone == Tz::UTC || !is_first {
        format!(":{}", utc(at))
    } else {
        format!(";TZID={}:{}", zone.name(), local.format("%Y%m%dT%H%M%S"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn entry() -> Entry {
        Entry {
            uid: "bkg_01jd0000000000000000000000@zapys".into(),
            sequence: 3,
            stamp: "2026-11-22T08:00:00Z".parse().unwrap(),
            created: None,
            modified: None,
            starts_at: "2026-11-24T12:30:00Z".parse().unwrap(),
            ends_at: "2026-11-24T13:15:00Z".parse().unwrap(),
            zone: Tz::Europe__Kyiv,
            summary: "Стрижка; укладка, догляд".into(),
            description: String::new(),
            location: "вул. Хрещатик, 1\nКиїв".into(),
            url: String::new(),
            status: Status::Confirmed,
            organizer: Some(Party {
                name: "Салон \"Бджілка\"".into(), email: "no-reply@example.com".into()
            }),
            attendee: Some(Party { name: "Олена".into(), email: "olena@example.com".into() }),
        }
    }

    fn calendar(method: Method, entry: Entry) -> Calendar {
        Calendar { method, name: String::new(), refresh: None, entries: vec![entry] }
    }

    fn unfolded(text: &str) -> Vec<String> {
        text.replace("\r\n ", "").trim_end().split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn a_visit_is_told_by_the_clock_of_its_place_with_escaped_text() {
        let lines = unfolded(&calendar(Method::Request, entry()).render());
        for expected in [
            "METHOD:REQUEST",
            "SEQUENCE:3",
            "DTSTAMP:20261122T080000Z",
            "DTSTART;TZID=Europe/Kyiv:20261124T143000",
            "DTEND;TZID=Europe/Kyiv:20261124T151500",
            "TZID:Europe/Kyiv",
            "SUMMARY:Стрижка\\; укладка\\, догляд",
            "LOCATION:вул. Хрещатик\\, 1\\nКиїв",
            "ORGANIZER;CN=\"Салон ^'Бджілка^'\":mailto:no-reply@example.com",
            "STATUS:CONFIRMED",
        ] {
            assert!(lines.iter().any(|line| line == expected), "{expected} is missing in {lines:#?}");
        }
        assert!(!lines.iter().any(|line| line.starts_with("DESCRIPTION") || line.starts_with("NAME")));
    }

    #[test]
    fn the_second_of_two_like_times_is_told_in_utc() {
        // 03:30 comes twice in Kyiv on 25 October 2026.
        assert_eq!(
            told("2026-10-25T00:30:00Z".parse().unwrap(), Tz::Europe__Kyiv),
            ";TZID=Europe/Kyiv:20261025T033000"
        );
        assert_eq!(told("2026-10-25T01:30:00Z".parse().unwrap(), Tz::Europe__Kyiv), ":20261025T013000Z");
        assert_eq!(told("2026-10-25T01:30:00Z".parse().unwrap(), Tz::UTC), ":20261025T013000Z");
    }

    #[test]
    fn a_feed_says_its_name_and_when_to_ask_again() {
        let feed = Calendar {
            name: "Салон, Поділ".into(),
            refresh: Some(Duration::hours(1)),
            ..calendar(Method::Publish, Entry { status: Status::Cancelled, ..entry() })
        };
        let lines = unfolded(&feed.render());
        for expected in [
            "METHOD:PUBLISH",
            "NAME:Салон\\, Поділ",
            "X-WR-CALNAME:Салон\\, Поділ",
            "REFRESH-INTERVAL;VALUE=DURATION:PT60M",
            "STATUS:CANCELLED",
            "TRANSP:TRANSPARENT",
        ] {
            assert!(lines.iter().any(|line| line == expected), "{expected} is missing in {lines:#?}");
        }
    }

    #[test]
    fn a_hostile_name_cannot_start_a_line_of_its_own() {
        let hostile = "x\r\nEND:VEVENT\r\nBEGIN:VEVENT\u{0}\u{85}";
        let text = calendar(
            Method::Request,
            Entry {
                summary: hostile.into(),
                url: hostile.into(),
                attendee: Some(Party { name: hostile.into(), email: "a\r\nb:\"c@example.com".into() }),
                ..entry()
            },
        )
        .render();
        assert_eq!(text.matches("\r\nEND:VEVENT\r\n").count(), 1);
        assert_eq!(text.matches("\r\nBEGIN:VEVENT\r\n").count(), 1);
        assert_eq!(text.lines().count(), text.matches("\r\n").count());
        assert!(!text.contains('\u{0}'));
    }
}
