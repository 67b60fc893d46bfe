//! Limits by local day, and what is known of the client: how much is booked already, and how much may be.
//!
//! A visit counts on the local date of its start, whatever hours its lines reach into. What is counted leaves out the
//! caller's own hold and the visit being moved.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::bits::Bits;
use super::days::Calendar;
use super::spans::{Minute, ceil};

/// How much is taken on; none: as much as there is time for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Visits of one staff member on one local day.
    pub staff_visits: Option<u16>,
    /// Minutes of lines, without buffers, of one staff member on one local day. Each line of a visit is measured on its own:
    /// lines are independent of one another.
    pub staff_minutes: Option<u16>,
    /// Visits of the client on one local day.
    pub client_visits: Option<u16>,
    /// Visits of the client that are still to come.
    pub client_active: Option<u16>,
}

impl Limits {
    /// Whether somebody's day with so much booked takes no further visit, or not a line of so many minutes.
    pub fn is_full(self, booked: Tally, line: u32) -> bool {
        let minutes = booked.minutes.saturating_add(line);
        self.staff_visits.is_some_and(|most| booked.count >= u32::from(most))
            || self.staff_minutes.is_some_and(|most| minutes > u32::from(most))
    }
}

/// What is booked already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Visits, or times that a service is done.
    pub count: u32,
    /// Minutes of lines, without buffers.
    pub minutes: u32,
}

/// A client's other visits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientFacts {
    /// Those that are still to come.
    pub active: u32,
    /// All of them, past and to come; what was called off, declined or missed does not count.
    pub visits: u32,
    /// By local date.
    pub days: Vec<(NaiveDate, u32)>,
}

/// What limits a service, whoever does it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ServiceLimits {
    /// How often it is done on one local day.
    pub times: Option<u16>,
    /// Whether it is for clients without any other visit.
    pub first_visit_only: bool,
}

/// What may be booked, and what is booked already.
#[derive(Debug, Clone, Default)]
pub(super) struct Load {
    pub(super) limits: Limits,
    /// Of services; one that is not here has none.
    pub(super) services: Vec<(Uuid, ServiceLimits)>,
    /// Of staff members and services, by local date.
    days: Vec<(Uuid, NaiveDate, Tally)>,
    /// None while nobody knows whose visit it will be: then no rule about the client is broken.
    pub(super) client: Option<ClientFacts>,
}

impl Load {
    /// Adds to what is booked of a staff member or service.
    pub(super) fn add(&mut self, of: Uuid, date: NaiveDate, tally: Tally) {
        match self.days.iter_mut().find(|(id, day, _)| *id == of && *day == date) {
            Some((_, _, known)) => {
                known.count += tally.count;
                known.minutes += tally.minutes;
            }
            None => self.days.push((of, date, tally)),
        }
    }

    /// Refuses the days on which the staff member takes no further visit, or not a line that long.
    pub(super) fn refuse_staff(&self, id: Uuid, line: Minute, calendar: &Calendar, starts: &mut Bits) {
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        if self.limits.staff_minutes.is_some_and(|most| line > most.into()) {
            return starts.clear_all();
        }
        self.refuse_days(id, |booked| self.limits.is_full(booked, line), calendar, starts);
    }

    /// Refuses the days on which the service cannot be done so many times more.
    pub(super) fn refuse_service(&self, id: Uuid, times: usize, calendar: &Calendar, starts: &mut Bits) {
        let Some(most) = self.service(id).times else { return };
        let is_too_often = |done: u32| usize::try_from(done).unwrap_or(usize::MAX).saturating_add(times) > most.into();
        if is_too_often(0) {
            return starts.clear_all();
        }
        self.refuse_days(id, |tally| is_too_often(tally.count), calendar, starts);
    }

    /// Refuses everything when the service is for clients without another visit, and this one has one.
    pub(super) fn refuse_known_client(&self, service: Uuid, starts: &mut Bits) {
        let has_others = self.client.as_ref().is_some_and(|client| client.visits > 0);
        if has_others && self.service(service).first_visit_only {
            starts.clear_all();
        }
    }

    /// Refuses the days on which the client has as many visits as they may.
    pub(super) fn refuse_client_day(&self, calendar: &Calendar, starts: &mut Bits) {
        let (Some(client), Some(most)) = (&self.client, self.limits.client_visits) else { return };
        for (date, _) in client.days.iter().filter(|(_, count)| *count >= u32::from(most)) {
            starts.clear(calendar.start_of(*date), calendar.end_of(*date));
        }
    }

    /// Refuses every start to come when the client has as many visits to come as they may.
    pub(super) fn refuse_active(&self, now: DateTime<Utc>, starts: &mut Bits) {
        let (Some(client), Some(most)) = (&self.client, self.limits.client_active) else { return };
        if client.active >= u32::from(most) {
            let window = starts.window();
            starts.clear(ceil(now).max(window.from), window.to);
        }
    }

    fn service(&self, id: Uuid) -> ServiceLimits {
        self.services.iter().find(|(known, _)| *known == id).map(|(_, limits)| *limits).unwrap_or_default()
    }

    fn refuse_days(&self, of: Uuid, is_full: impl Fn(Tally) -> bool, calendar: &Calendar, starts: &mut Bits) {
        for (_, date, _) in self.days.iter().filter(|(id, _, tally)| *id == of && is_full(*tally)) {
            starts.clear(calendar.start_of(*date), calendar.end_of(*date));
        }
    }
}
