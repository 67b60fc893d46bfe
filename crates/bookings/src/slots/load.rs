//! How much is booked already of what has a limit: of people and services by local day, and of the client. Live holds count
//! like bookings; what the caller owns already does not. Without limits nothing is read.

use super::asked::Asked;
use super::facts::Own;
use super::world::World;
use crate::availability::{ClientFacts, Dates, FactsBuilder, Limits, ServiceLimits, Tally};
use crate::booking::repo as bookings;
use crate::hold::repo as holds;
use catalog::ServiceId;
use chrono::NaiveDate;
use clients::ClientId;
use db::Reader;
use kernel::Result;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Whose and what's load matters for this question.
struct Wanted {
    staff: Vec<Uuid>,
    services: Vec<Uuid>,
    client: Option<ClientId>,
}

/// Adds the load on these dates to the facts: one statement for people, one for services, two for the client, one for
/// holds, each only where a limit asks for it.
pub(super) async fn add(
    r: &Reader,
    world: &World,
    asked: &Asked,
    dates: Dates,
    own: &Own,
    facts: &mut FactsBuilder,
) -> Result<()> {
    let wanted = Wanted::of(world, asked);
    if wanted.is_nothing() {
        return Ok(());
    }
    let limits = world.settings.limits;
    facts.limits(Limits {
        staff_visits: limits.staff_daily,
        staff_minutes: limits.staff_daily_minutes,
        client_visits: limits.client_daily,
        client_active: limits.client_active,
    });
    for (id, rules) in limited_services(world, asked) {
        facts.service(id, rules);
    }
    let span = (dates.first(), dates.last());
    for (id, date, tally) in bookings::load_of_staff(r, &wanted.staff, span, &own.lines).await? {
        facts.load(id, date, tally);
    }
    for (id, date, tally) in bookings::load_of_services(r, &wanted.services, span, &own.lines).await? {
        facts.load(id, date, tally);
    }
    let mut client = match wanted.client {
        Some(client) => Some(bookings::load_of_client(r, client, span, &own.lines).await?),
        None => None,
    };
    add_holds(r, &wanted, span, own, facts, client.as_mut()).await?;
    if let Some(mut client) = client {
        client.active += asked.ahead;
        client.visits += asked.ahead;
        facts.client(client);
    }
    Ok(())
}

impl Wanted {
    fn of(world: &World, asked: &Asked) -> Self {
        if !asked.is_limited {
            return Self { staff: Vec::new(), services: Vec::new(), client: None };
        }
        let limits = world.settings.limits;
        let per_staff = limits.staff_daily.is_some() || limits.staff_daily_minutes.is_some();
        let per_client = limits.client_daily.is_some() || limits.client_active.is_some();
        let limited = limited_services(world, asked);
        Self {
            staff: if per_staff { asked.people.iter().map(|staff| staff.id).collect() } else { Vec::new() },
            services: limited.iter().filter(|(_, limits)| limits.times.is_some()).map(|(id, _)| *id).collect(),
            client: asked.client.filter(|_| per_client || limited.values().any(|limits| limits.first_visit_only)),
        }
    }

    fn is_nothing(&self) -> bool {
        self.staff.is_empty() && self.services.is_empty() && self.client.is_none()
    }
}

/// The services of the visit that have limits.
pub(super) fn limited_services(world: &World, asked: &Asked) -> BTreeMap<Uuid, ServiceLimits> {
    let mut limited = BTreeMap::new();
    for line in &asked.visit.lines {
        let rules = world.services.get(ServiceId::from_uuid(line.service)).map(|service| service.rules);
        let rules = rules.filter(|rules| rules.daily_limit.is_some() || rules.first_visit_only);
        limited.extend(rules.map(|rules| {
            (line.service, ServiceLimits { times: rules.daily_limit, first_visit_only: rules.first_visit_only })
        }));
    }
    limited
}

/// Live holds of others, as the bookings that they may become.
async fn add_holds(
    r: &Reader,
    wanted: &Wanted,
    (first, last): (NaiveDate, NaiveDate),
    own: &Own,
    facts: &mut FactsBuilder,
    mut client: Option<&mut ClientFacts>,
) -> Result<()> {
    for hold in holds::list_live(r, (first, last), wanted.client).await? {
        if own.hold == Some(hold.id) {
            continue;
        }
        let mut people: BTreeMap<Uuid, u32> = BTreeMap::new();
        let counts = hold.session_id.is_none() && first <= hold.local_date && hold.local_date <= last;
        for line in hold.lines.iter().filter(|_| counts) {
            if let Some(staff) = line.staff_id.filter(|id| wanted.staff.contains(&id.uuid())) {
                *people.entry(staff.uuid()).or_default() += u32::from(line.duration_minutes);
            }
            if wanted.services.contains(&line.service_id.uuid()) {
                facts.load(line.service_id.uuid(), hold.local_date, Tally { count: 1, minutes: 0 });
            }
        }
        for (staff, minutes) in people {
            facts.load(staff, hold.local_date, Tally { count: 1, minutes });
        }
        if let Some(client) = client.as_deref_mut().filter(|_| hold.client_id == wanted.client) {
            client.visits += 1;
            client.active += u32::from(hold.starts_at >= r.now());
            match client.days.iter_mut().find(|(date, _)| *date == hold.local_date) {
                Some((_, count)) => *count += 1,
                None => client.days.push((hold.local_date, 1)),
            }
        }
    }
    Ok(())
}
