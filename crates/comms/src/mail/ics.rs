//! A visit as an iCalendar object (RFC 5545) that is sent by mail (RFC 5546).
//! Times are UTC, so that no time zone table has to travel with it; the UID never changes over a booking's life and
//! SEQUENCE grows with it, so a calendar replaces the entry instead of adding one.

use chrono::{DateTime, Utc};

/// What is asked of the receiving calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// Put the visit in, or bring it up to date.
    Request,
    /// Take the visit out.
    Cancel,
}

impl Method {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }
}

/// One person or company in the invitation.
#[derive(Clone, Debug)]
pub(crate) struct Party {
    pub(crate) name: String,
    pub(crate) email: String,
}

/// One visit.
#[derive(Clone, Debug)]
pub(crate) struct Invite {
    pub(crate) method: Method,
    /// The same for every message about one booking.
    pub(crate) uid: String,
    /// The booking's version: a calendar ignores what is older than it has.
    pub(crate) sequence: i32,
    /// When this text was made.
    pub(crate) stamp: DateTime<Utc>,
    pub(crate) starts_at: DateTime<Utc>,
    pub(crate) ends_at: DateTime<Utc>,
    pub(crate) summary: String,
    pub(crate) description: String,
    pub(crate) location: String,
    pub(crate) organizer: Party,
    pub(crate) attendee: Party,
}

impl Invite {
    /// The text of the object, lines ended by CRLF and folded.
    pub(crate) fn render(&self) -> String {
        let status = match self.method {
            Method::Request => "CONFIRMED",
            Method::Cancel => "CANCELLED",
        };
        let mut out = String::with_capacity(1024);
        let mut line = |text: String| fold(&mut out, &text);
        line("BEGIN:VCALENDAR".into());
        line("VERSION:2.0".into());
        line("PRODID:-//Zapys//Booking//EN".into());
        line("CALSCALE:GREGORIAN".into());
        line(format!("METHOD:{}", self.method.name()));
        line("BEGIN:VEVENT".into());
        line(format!("UID:{}", escape(&self.uid)));
        line(format!("SEQUENCE:{}", self.sequence));
        line(format!("DTSTAMP:{}", instant(self.stamp)));
        line(format!("DTSTART:{}", instant(self.starts_at)));
        line(format!("DTEND:{}", instant(self.ends_at)));
        line(format!("SUMMARY:{}", escape(&self.summary)));
        for (name, value) in [("DESCRIPTION", &self.description), ("LOCATION", &self.location)] {
            if !value.is_empty() {
                line(format!("{name}:{}", escape(value)));
            }
        }
        line(format!("ORGANIZER;CN={}:{}", quote(&self.organizer.name), mailto(&self.organizer.email)));
        line(format!(
            "ATTENDEE;CN={};ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALSE:{}",
            quote(&self.attendee.name),
            mailto(&self.attendee.email)
        ));
        line(format!("STATUS:{status}"));
        line("TRANSP:OPAQUE".into());
        line("END:VEVENT".into());
        line("END:VCALENDAR".into());
        out
    }
}

fn instant(at: DateTime<Utc>) -> String {
    at.format("%Y%m%dT%H%M%SZ").to_string()
}

/// TEXT of RFC 5545, 3.3.11. What no text may hold (control characters) is left out.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\\' | ';' | ',' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            control if control.is_control() => {}
            plain => out.push(plain),
        }
    }
    out
}

/// A quoted parameter value; what can't stand in quotes is spelled as in RFC 6868.
fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("^'"),
            '^' => out.push_str("^^"),
            '\n' => out.push_str("^n"),
            control if control.is_control() => {}
            plain => out.push(plain),
        }
    }
    out.push('"');
    out
}

/// An address as a URI; anything a URI could stumble over is percent-encoded.
fn mailto(email: &str) -> String {
    let mut out = String::from("mailto:");
    for byte in email.bytes() {
        if byte.is_ascii_alphanumeric() || b"@.-_+~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            for half in [byte >> 4, byte & 15] {
                out.push(char::from(b"0123456789ABCDEF"[usize::from(half)]));
            }
        }
    }
    out
}

/// Appends one content line, folded at 75 octets between characters (RFC 5545, 3.1).
fn fold(out: &mut String, line: &str) {
    const WIDTH: usize = 75;
    let mut used = 0;
    for character in line.chars() {
        let size = character.len_utf8();
        if used + size > WIDTH {
            out.push_str("\r\n ");
            used = 1;
        }
        out.push(character);
        used += size;
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn invite() -> Invite {
        Invite {
            method: Method::Request,
            uid: "bkg_01jd0000000000000000000000@zapys".into(),
            sequence: 3,
            stamp: "2026-11-22T08:00:00Z".parse().unwrap(),
            starts_at: "2026-11-24T12:30:00Z".parse().unwrap(),
            ends_at: "2026-11-24T13:15:00Z".parse().unwrap(),
            summary: "Стрижка; укладка, догляд".into(),
            description: String::new(),
            location: "вул. Хрещатик, 1\nКиїв".into(),
            organizer: Party { name: "Салон \"Бджілка\"".into(), email: "no-reply@example.com".into() },
            attendee: Party { name: "Олена".into(), email: "olena@example.com".into() },
        }
    }

    fn unfolded(text: &str) -> Vec<String> {
        text.replace("\r\n ", "").trim_end().split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn a_visit_is_a_request_in_utc_with_escaped_text() {
        let lines = unfolded(&invite().render());
        for expected in [
            "METHOD:REQUEST",
            "SEQUENCE:3",
            "DTSTAMP:20261122T080000Z",
            "DTSTART:20261124T123000Z",
            "DTEND:20261124T131500Z",
            "SUMMARY:Стрижка\\; укладка\\, догляд",
            "LOCATION:вул. Хрещатик\\, 1\\nКиїв",
            "ORGANIZER;CN=\"Салон ^'Бджілка^'\":mailto:no-reply@example.com",
            "STATUS:CONFIRMED",
        ] {
            assert!(lines.iter().any(|line| line == expected), "{expected} is missing in {lines:#?}");
        }
        assert!(!lines.iter().any(|line| line.starts_with("DESCRIPTION")));
    }

    #[test]
    fn a_cancellation_takes_the_same_entry_out() {
        let cancelled = Invite { method: Method::Cancel, sequence: 4, ..invite() };
        let lines = unfolded(&cancelled.render());
        assert!(lines.contains(&"METHOD:CANCEL".to_owned()));
        assert!(lines.contains(&"STATUS:CANCELLED".to_owned()));
        assert!(lines.contains(&"UID:bkg_01jd0000000000000000000000@zapys".to_owned()));
    }

    #[test]
    fn no_line_is_longer_than_75_octets_and_no_character_is_cut() {
        let long = Invite { summary: "Дуже довга назва послуги 💇 ".repeat(20), ..invite() };
        let text = long.render();
        assert!(text.split("\r\n").all(|line| line.len() <= 75));
        assert!(unfolded(&text).contains(&format!("SUMMARY:{}", long.summary)));
    }

    #[test]
    fn a_hostile_name_cannot_start_a_line_of_its_own() {
        let hostile = "x\r\nEND:VEVENT\r\nBEGIN:VEVENT\u{0}\u{85}";
        let text = Invite {
            summary: hostile.into(),
            attendee: Party { name: hostile.into(), email: "a\r\nb:\"c@example.com".into() },
            ..invite()
        }
        .render();
        assert_eq!(text.matches("\r\nEND:VEVENT\r\n").count(), 1);
        assert_eq!(text.matches("\r\nBEGIN:VEVENT\r\n").count(), 1);
        assert_eq!(text.lines().count(), text.matches("\r\n").count());
        assert!(!text.contains('\u{0}'));
    }
}
