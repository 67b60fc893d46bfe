//! Reading a calendar's text, off the threads that answer requests and for a bounded time.

use super::{BusyCalendarFault, MAX_ENTRIES, MAX_RANGES, WINDOW_DAYS};
use crate::Staff;
use crate::error::StaffErrorCode;
use crate::member::{StaffId, StaffMember};
use crate::schedule::service::zones;
use chrono::Days;
use chrono_tz::Tz;
use db::Reader;
use ical::{Busy, BusyQuery, ReadFault};
use kernel::time::{TimeRange, day_range, local_date};
use kernel::{Error, Result};
use std::time::{Duration, Instant};

/// How long reading may take: rules can be written that take for ever.
const PATIENCE: Duration = Duration::from_secs(2);

/// By what a person's calendars are read.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    pub(super) staff: StaffId,
    /// From yesterday on.
    pub(super) window: TimeRange,
    /// The zone of dates, and of times that name none.
    pub(super) zone: Tz,
}

impl Staff {
    /// The terms of a person: they live by the clock of the places where they work, or where those differ by the company's.
    pub(super) async fn reading_terms(&self, r: &Reader, member: &StaffMember) -> Result<Terms> {
        let places = zones(&*self.tenancy.locations(r).await?, member);
        let common = places.first().map(|(_, zone)| *zone).filter(|zone| places.iter().all(|(_, it)| it == zone));
        let zone = match common {
            Some(zone) => zone,
            None => self.tenancy.settings(r).await?.zone,
        };
        let yesterday = local_date(zone, r.now()) - Days::new(1);
        let last = yesterday + Days::new(WINDOW_DAYS);
        let window = TimeRange::new(day_range(zone, yesterday).from, day_range(zone, last).to);
        Ok(Terms { staff: member.id, window, zone })
    }
}

/// When the owner of a calendar is busy, without what came out of our own feed of them.
pub(super) async fn read(text: String, terms: Terms) -> Result<Result<Busy, BusyCalendarFault>> {
    let read = move || {
        let begun = Instant::now();
        let own = format!(".{}@zapys", terms.staff);
        let query = BusyQuery {
            window: terms.window,
            zone: terms.zone,
            without: &own,
            max_entries: MAX_ENTRIES,
            max_ranges: MAX_RANGES,
        };
        ical::busy(&text, &query, &|| begun.elapsed() < PATIENCE)
    };
    let busy = tokio::task::spawn_blocking(read).await.map_err(Error::internal)?;
    Ok(busy.map_err(|fault| match fault {
        ReadFault::NotACalendar => BusyCalendarFault::NotACalendar,
        ReadFault::TooMuch => BusyCalendarFault::TooLarge,
    }))
}

impl BusyCalendarFault {
    /// The refusal of what a person brings in.
    pub(super) fn refusal(self, field: &'static str) -> Error {
        Error::invalid(match self {
            Self::AddressRefused => StaffErrorCode::CalendarAddressRefused,
            Self::Unreachable => StaffErrorCode::CalendarUnreachable,
            Self::Denied => StaffErrorCode::CalendarDenied,
            Self::TooLarge => StaffErrorCode::CalendarTooLarge,
            Self::NotACalendar => StaffErrorCode::NotACalendar,
        })
        .at(field)
    }
}

impl From<outbound::Fault> for BusyCalendarFault {
    fn from(fault: outbound::Fault) -> Self {
        use outbound::Fault;
        match fault {
            Fault::Address | Fault::NotPublic => Self::AddressRefused,
            Fault::Status(status) if (400..500).contains(&status) => Self::Denied,
            Fault::Unreachable | Fault::TimedOut | Fault::Unreadable | Fault::TooManyRedirects | Fault::Status(_) => {
                Self::Unreachable
            }
            Fault::TooLarge => Self::TooLarge,
        }
    }
}
