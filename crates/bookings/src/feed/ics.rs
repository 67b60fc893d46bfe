//! Visits as entries of a calendar. Pure: everything was read before.

use super::Scope;
use crate::booking::{Booking, Line, Status};
use chrono::Duration;
use clients::ClientId;
use ical::{Calendar, Entry, Method};
use kernel::Locale;
use std::collections::HashMap;
use tenancy::{Location, LocationId};

/// How often calendars are asked to look again. They do as they please, mostly more seldom.
const REFRESH: Duration = Duration::minutes(30);

/// What is known beside the visits.
pub(super) struct Known<'a> {
    /// In whose words services are named.
    pub(super) locale: Locale,
    /// The branches, archived ones too.
    pub(super) location: &'a dyn Fn(LocationId) -> Option<&'a Location>,
    /// Names of the clients, where they are shown.
    pub(super) clients: &'a HashMap<ClientId, String>,
}

/// A calendar of this name with these visits.
pub(super) fn calendar(name: String, scope: Scope, bookings: &[Booking], known: &Known<'_>) -> Calendar {
    let entries = bookings.iter().filter_map(|booking| entry(scope, booking, known)).collect();
    Calendar { method: Method::Publish, name, refresh: Some(REFRESH), entries }
}

/// A visit for whoever has the link to it: the client, mostly. It says nothing of them.
pub(super) fn single(company: &str, booking: &Booking, known: &Known<'_>) -> Calendar {
    let entry = entry(Scope::Company, booking, known)
        .map(|entry| Entry { summary: format!("{company}: {}", entry.summary), ..entry });
    Calendar { method: Method::Publish, name: String::new(), refresh: None, entries: entry.into_iter().collect() }
}

/// A visit, or the part of it that a staff member does; none when that is nothing.
fn entry(scope: Scope, booking: &Booking, known: &Known<'_>) -> Option<Entry> {
    let is_shown = |line: &&Line| match scope {
        Scope::Staff(staff) => line.staff_id == Some(staff),
        Scope::Company | Scope::Location(_) => true,
    };
    let lines: Vec<&Line> = booking.lines.iter().filter(is_shown).collect();
    let starts_at = lines.iter().map(|line| line.starts_at).min()?;
    let ends_at = lines.iter().map(|line| line.ends_at).max()?;
    let services: Vec<&str> = lines.iter().map(|line| line.service_name.get(known.locale)).collect();
    let client = known.clients.get(&booking.client_id).map(String::as_str);
    let summary = std::iter::once(services.join(", ")).chain(client.map(str::to_owned));
    let people: Vec<&str> = lines.iter().filter_map(|line| line.staff_name.as_deref()).collect();
    let location = (known.location)(booking.location_id);
    let place = location.map(|location| [location.name.as_str(), location.address.as_str()]);
    let filled = place.into_iter().flatten().filter(|part| !part.is_empty());
    Some(Entry {
        uid: match scope {
            Scope::Staff(staff) => format!("{}.{staff}@zapys", booking.id),
            // The one of letters: a client who has both sees one entry.
            Scope::Company | Scope::Location(_) => format!("{}@zapys", booking.id),
        },
        sequence: booking.version,
        stamp: booking.updated_at,
        created: Some(booking.created_at),
        modified: Some(booking.updated_at),
        starts_at,
        ends_at,
        zone: booking.zone,
        summary: summary.collect::<Vec<_>>().join(" · "),
        description: std::iter::once(booking.reference.as_str()).chain(people).collect::<Vec<_>>().join("\n"),
        location: filled.collect::<Vec<_>>().join(", "),
        url: String::new(),
        status: match booking.status {
            Status::Pending => ical::Status::Tentative,
            status if status.blocks() => ical::Status::Confirmed,
            _ => ical::Status::Cancelled,
        },
        organizer: None,
        attendee: None,
    })
}
