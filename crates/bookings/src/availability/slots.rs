//! The listing: every start that can be booked, by local date, and the summary of days up to the horizon.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, Utc};
use uuid::Uuid;

use super::bits::{Bits, Rows};
use super::facts::Facts;
use super::plan::{Doer, Plan};
use super::policy::Policy;
use super::rules::Question;
use super::search::Search;
use super::spans::{Minute, Span, instant};
use super::visit::Visit;

/// A start that can be booked. Where clocks go back, one wall time is two slots with different offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    minute: Minute,
    date: NaiveDate,
    offset: i16,
}

impl Slot {
    /// When the visit would start.
    pub fn starts_at(&self) -> DateTime<Utc> {
        instant(self.minute)
    }

    /// The local date that it belongs to.
    pub const fn date(&self) -> NaiveDate {
        self.date
    }

    /// The zone's offset from UTC at the start, in minutes.
    pub const fn offset_minutes(&self) -> i16 {
        self.offset
    }

    /// The start with the location's offset, as it is written for people.
    pub fn local(&self) -> DateTime<FixedOffset> {
        let offset = FixedOffset::east_opt(i32::from(self.offset) * 60);
        self.starts_at().with_timezone(&offset.unwrap_or_else(|| chrono::Offset::fix(&Utc)))
    }

    /// What stands on the location's clock at the start.
    pub fn wall(&self) -> NaiveDateTime {
        self.local().naive_local()
    }
}

/// The slots of a query, in order.
#[derive(Debug, Clone)]
pub struct Slots {
    open: Vec<Slot>,
    staff: Vec<SlotStaff>,
    /// The starts of each of `staff`.
    starts: Rows,
}

/// Someone who can do the first line of a slot, such that the later lines can be served as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotStaff {
    /// The staff member.
    pub id: Uuid,
    /// The minutes that they take for the first line.
    pub duration: u16,
}

impl Slots {
    /// The slots, in order of time.
    pub fn as_slice(&self) -> &[Slot] {
        &self.open
    }

    /// The slots of one local date.
    pub fn on(&self, date: NaiveDate) -> &[Slot] {
        let rest = &self.open[self.open.partition_point(|slot| slot.date < date)..];
        &rest[..rest.partition_point(|slot| slot.date == date)]
    }

    /// Who can do the first line at this slot: by duration, then id. None when the first line needs nobody.
    pub fn staff(&self, slot: &Slot) -> impl Iterator<Item = SlotStaff> + '_ {
        let minute = slot.minute;
        self.staff
            .iter()
            .enumerate()
            .filter(move |(row, _)| self.starts.contains(*row, minute))
            .map(|(_, staff)| *staff)
    }
}

/// What a local date has to offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DaySummary {
    /// The local date.
    pub date: NaiveDate,
    /// How many slots it has.
    pub count: usize,
    /// The first of them.
    pub first: Option<Slot>,
}

/// Every start on the dates of the facts at which the visit can be booked: exactly those for which
/// [`super::evaluate`] answers with a placement.
pub fn slots(visit: &Visit, facts: &Facts, policy: &Policy, now: DateTime<Utc>) -> Slots {
    let plan = Plan::new(Question { visit, facts, policy, now });
    let window = facts.calendar.window();
    let performers = plan.lines.first().map_or(0, |line| line.performers.len());
    let (mut staff, mut rows) = (Vec::with_capacity(performers), Rows::new(window, performers));
    let open = open_starts(&plan, window, |who, starts| {
        staff.push(who);
        rows.push(starts);
    });
    Slots { open: listed(facts, &open), staff, starts: rows }
}

/// For each date of the facts whether and when it can be booked first: the same answer as [`slots`], without the list,
/// for as many dates as the horizon has.
pub fn summarize(visit: &Visit, facts: &Facts, policy: &Policy, now: DateTime<Utc>) -> Vec<DaySummary> {
    /// Masks of a month stay in the processor's nearest cache.
    const DAYS_AT_ONCE: usize = 31;
    let plan = Plan::new(Question { visit, facts, policy, now });
    let days = facts.calendar.days_within(facts.calendar.window());
    let mut summaries: Vec<DaySummary> = facts
        .dates()
        .first()
        .iter_days()
        .take(facts.dates().days())
        .map(|date| DaySummary { date, count: 0, first: None })
        .collect();
    for days in days.chunks(DAYS_AT_ONCE) {
        let window = Span::new(days[0].span.from, days[days.len() - 1].span.to);
        for slot in listed(facts, &open_starts(&plan, window, |_, _| {})) {
            let at = usize::try_from((slot.date - facts.dates().first()).num_days());
            if let Some(summary) = at.ok().and_then(|at| summaries.get_mut(at)) {
                summary.count += 1;
                summary.first.get_or_insert(slot);
            }
        }
    }
    summaries
}

/// The starts of the window that are open, having shown those of each staff member.
fn open_starts(plan: &Plan<'_>, window: Span, mut show: impl FnMut(SlotStaff, &Bits)) -> Bits {
    let mut open = Bits::empty(window);
    if !plan.is_covered() {
        return open;
    }
    // Lanes of one person come one after the other and are one row.
    let mut row: Option<(Doer<'_>, Bits)> = None;
    let mut tell = |doer: &Doer<'_>, starts: &Bits| {
        if let Some(staff) = doer.performer.staff {
            let duration = u16::try_from(doer.performer.duration).unwrap_or(u16::MAX);
            show(SlotStaff { id: staff.staff.id, duration }, starts);
        }
    };
    Search::new(plan, window).each_doer(&plan.step(0), 0, &[], |doer, starts| {
        open.unite(starts);
        if doer.lane > 0 {
            if let Some((_, row)) = &mut row {
                row.unite(starts);
            }
            return;
        }
        if let Some((before, starts)) = row.take() {
            tell(&before, &starts);
        }
        if doer.has_more_lanes() { row = Some((*doer, starts.clone())) } else { tell(doer, starts) }
    });
    if let Some((last, starts)) = &row {
        tell(last, starts);
    }
    open
}

fn listed(facts: &Facts, open: &Bits) -> Vec<Slot> {
    let calendar = &facts.calendar;
    let mut slots = Vec::with_capacity(open.len());
    let mut starts = open.iter().peekable();
    for day in calendar.days_within(open.window()) {
        for even in calendar.evens_within(day.span) {
            let offset = i16::try_from(even.offset).unwrap_or(0);
            while let Some(minute) = starts.next_if(|minute| *minute < even.span.to) {
                slots.push(Slot { minute, date: day.date, offset });
            }
        }
    }
    slots
}
