//! Availability, minute by minute: slow, obvious, and sharing nothing with the engine but the words of the question and
//! the kernel's projection of hours. Each fact is a row of minutes; a claim is looked at minute by minute.

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::{Arc, LazyLock, Mutex};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use kernel::time::{TimeRange, WallInterval, project};
use uuid::Uuid;

use super::world::{REACH, World};
use crate::availability::{Grid, Lane, Line, Rule, Skill, StaffChoice, Target, Violation, Visit};

/// A way to serve a line: who does it and for how long, and on which lane of theirs.
type Way = (Doer, usize);

/// 1 or 0 for each minute from the model's origin. Bytes, because std searches them fast in a debug build too.
type Minutes = Vec<u8>;

/// What the location's clock shows at each minute from the model's origin: the date, and minutes since some local
/// midnight.
type Clock = Arc<Vec<(NaiveDate, i64)>>;

pub struct Model<'w> {
    world: &'w World,
    visit: &'w Visit,
    origin: DateTime<Utc>,
    clock: Clock,
    today: NaiveDate,
    open: Minutes,
    /// At each minute within opening hours, where this stretch of them began.
    opened: Vec<Option<usize>>,
    closed: Minutes,
    people: Vec<Who>,
    rooms: Vec<Which>,
    /// The start being looked at: on its date the visit counts, whatever hours its lines reach into.
    start: Cell<i64>,
}

struct Who {
    id: Uuid,
    at_work: Minutes,
    /// At each minute within working and opening hours, where this stretch of them began.
    began: Vec<Option<usize>>,
    away: Minutes,
    /// Busy, as another calendar says.
    elsewhere: Minutes,
    /// By lane.
    taken: Vec<Minutes>,
}

struct Which {
    id: Uuid,
    kind: Uuid,
    capacity: u16,
    broken: Minutes,
    taken: Minutes,
}

/// Someone who can do a line, and their time for it.
type Doer = (Option<usize>, i64);

impl<'w> Model<'w> {
    pub fn new(world: &'w World, visit: &'w Visit) -> Self {
        let first = world.days().next().unwrap();
        let days = world.days().count();
        let origin = first.and_time(chrono::NaiveTime::MIN).and_utc() - TimeDelta::days(1);
        let length = (days + 2) * 1440;
        let mark = |ranges: &mut dyn Iterator<Item = TimeRange>| {
            let mut minutes = vec![0; length];
            let place = |instant| usize::try_from(minute(origin, instant)).unwrap_or(0).min(length);
            ranges.for_each(|range| minutes[place(range.from)..place(range.to)].fill(1));
            minutes
        };
        let hours = |hours: &[(NaiveDate, WallInterval)]| {
            mark(&mut hours.iter().filter_map(|(date, interval)| project(world.zone, *date, *interval)))
        };
        let open = hours(&world.opening);
        let began = |other: &Minutes| {
            let mut since = None;
            let begin = |(at, (open, other)): (usize, (&u8, &u8))| {
                since = (open & other == 1).then(|| since.unwrap_or(at));
                since
            };
            open.iter().zip(other).enumerate().map(begin).collect::<Vec<_>>()
        };
        let people = world.people.iter().map(|person| Who {
            id: person.staff.id,
            began: began(&hours(&person.shifts)),
            at_work: hours(&person.shifts),
            away: mark(&mut person.time_off.iter().copied()),
            elsewhere: mark(&mut person.imported.iter().copied()),
            taken: (0..person.staff.lanes)
                .map(|lane| {
                    let here = |of: &Lane| *of == Lane::Every || *of == Lane::One(lane);
                    mark(&mut person.busy.iter().filter(|(of, _)| here(of)).map(|(_, range)| *range))
                })
                .collect(),
        });
        let rooms = world.rooms.iter().map(|room| Which {
            id: room.unit.id,
            kind: room.unit.kind,
            capacity: room.unit.capacity,
            broken: mark(&mut room.maintenance.iter().copied()),
            taken: mark(&mut room.busy.iter().copied()),
        });
        let (people, rooms) = (people.collect(), rooms.collect());
        Self {
            world,
            visit,
            origin,
            clock: clock(world, origin, length),
            today: world.now.with_timezone(&world.zone).date_naive(),
            closed: mark(&mut world.closures.iter().copied()),
            people,
            rooms,
            opened: began(&open),
            open,
            start: Cell::new(0),
        }
    }

    /// Every minute of the dates asked about that can be booked.
    pub fn offers(&self) -> Vec<DateTime<Utc>> {
        let is_free = |start: &i64| {
            self.start.set(*start);
            self.against_visit(*start).is_empty() && self.can_finish(0, *start)
        };
        self.asked().filter(is_free).map(|start| self.instant(start)).collect()
    }

    /// Every minute of the dates asked about.
    pub fn minutes_of_dates(&self) -> impl Iterator<Item = DateTime<Utc>> + '_ {
        self.asked().map(|start| self.instant(start))
    }

    fn asked(&self) -> impl Iterator<Item = i64> + '_ {
        let (first, last) = (self.world.dates.first(), self.world.dates.last());
        (0..).zip(self.clock.iter()).filter(move |(_, (date, _))| first <= *date && *date <= last).map(|(at, _)| at)
    }

    /// The lines that begin together with the line `from`, itself the first of them.
    pub fn step(&self, from: usize) -> Range<usize> {
        let end = (from + 1..self.visit.lines.len()).find(|index| !self.visit.lines[*index].together);
        from..end.unwrap_or(self.visit.lines.len())
    }

    /// Whether the step that begins with the line can be served from `at`, and then the next, to the end.
    fn can_finish(&self, index: usize, at: i64) -> bool {
        if index == self.visit.lines.len() {
            return true;
        }
        let step = self.step(index);
        self.courses(&step, at, true, &mut |ways| self.can_finish(step.end, at + longest(ways))).is_some()
    }

    /// The first way to serve the lines of a step that pleases: tried in order of lines, of how long people take, of
    /// people and of lanes.
    fn courses(
        &self,
        step: &Range<usize>,
        at: i64,
        with_rooms: bool,
        pleases: &mut dyn FnMut(&[Way]) -> bool,
    ) -> Option<Vec<Way>> {
        let ways: Vec<Vec<Way>> =
            step.clone().map(|index| self.ways(index, at, with_rooms && step.len() == 1)).collect();
        self.try_ways(step, at, with_rooms, &ways, &mut Vec::new(), pleases)
    }

    fn try_ways(
        &self,
        step: &Range<usize>,
        at: i64,
        with_rooms: bool,
        ways: &[Vec<Way>],
        chosen: &mut Vec<Way>,
        pleases: &mut dyn FnMut(&[Way]) -> bool,
    ) -> Option<Vec<Way>> {
        if chosen.len() == step.len() {
            let is_roomy = !with_rooms || step.len() == 1 || self.share_rooms(step, chosen, at).is_some();
            return (is_roomy && pleases(chosen)).then(|| chosen.clone());
        }
        for way in &ways[chosen.len()] {
            let is_taken = way.0.0.is_some() && chosen.iter().any(|other| (other.0.0, other.1) == (way.0.0, way.1));
            if is_taken {
                continue;
            }
            chosen.push(*way);
            let found = self.try_ways(step, at, with_rooms, ways, chosen, pleases);
            chosen.pop();
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// Who can do a line from `at`, each on each of their free lanes, the quickest first.
    fn ways(&self, index: usize, at: i64, with_rooms: bool) -> Vec<Way> {
        let mut doers = self.doers(index);
        doers.sort_by_key(|(who, duration)| (*duration, who.map(|who| self.people[who].id)));
        let able = |doer: &Doer| {
            self.against_doer(index, *doer, at).is_empty()
                && (!with_rooms || self.against_rooms(index, doer.1, at).is_empty())
        };
        let lanes = |doer: Doer| {
            let free = doer.0.map_or(1, |who| self.people[who].taken.len());
            (0..free).filter(move |lane| self.is_free(index, doer, *lane, at)).map(move |lane| (doer, lane))
        };
        doers.into_iter().filter(able).flat_map(lanes).collect()
    }

    /// Whether nothing keeps the person on that lane while the line keeps them.
    fn is_free(&self, index: usize, (who, duration): Doer, lane: usize, at: i64) -> bool {
        let Some(who) = who else { return true };
        let taken = &self.people[who].taken[lane];
        self.kept(index, duration, at).iter().all(|kept| !any(taken, kept))
    }

    /// The stretches for which a line keeps its person.
    fn kept(&self, index: usize, duration: i64, at: i64) -> Vec<Range<i64>> {
        let line = &self.visit.lines[index];
        let whole = claim(at, duration, line.buffer_before, line.buffer_after);
        match line.processing {
            Some(gap) if i64::from(gap.after + gap.minutes) < duration => {
                let pauses = at + i64::from(gap.after);
                vec![whole.start..pauses, pauses + i64::from(gap.minutes)..whole.end]
            }
            _ => vec![whole],
        }
    }

    /// Units for every line of a step, none twice: for each line in order and each need as the line names it, the smallest
    /// that leave enough for the rest.
    pub fn share_rooms(&self, step: &Range<usize>, ways: &[Way], at: i64) -> Option<Vec<BTreeSet<Uuid>>> {
        // What is named is taken first: it is nobody's choice.
        let mut wanted: Vec<(usize, Vec<&Which>)> = Vec::new();
        for is_named in [true, false] {
            for (index, way) in step.clone().zip(ways) {
                let line = &self.visit.lines[index];
                for target in in_order(line).into_iter().filter(|target| matches!(target, Target::Unit(_)) == is_named)
                {
                    let (claim, count) = Self::need(line, target, way.0.1, at);
                    let mut free = self.rooms_for(line, target);
                    free.retain(|room| self.is_room_free(room, &claim));
                    free.sort_by_key(|room| (room.capacity, room.id));
                    wanted.extend(std::iter::repeat_n((index - step.start, free), count));
                }
            }
        }
        let mut given = vec![BTreeSet::new(); step.len()];
        give(&wanted, &mut BTreeSet::new(), &mut given).then_some(given)
    }

    fn is_room_free(&self, room: &Which, claim: &Range<i64>) -> bool {
        !any(&room.broken, claim) && !any(&room.taken, claim) && !self.visit.without.contains(&room.id)
    }

    /// From when to when a line takes units of a target, and how many.
    fn need(line: &Line, target: Target, duration: i64, at: i64) -> (Range<i64>, usize) {
        let alike = || line.requirements.iter().filter(|wanted| wanted.target == target);
        let setup = alike().map(|wanted| wanted.setup).max().unwrap();
        let cleanup = alike().map(|wanted| wanted.cleanup).max().unwrap();
        let count = match target {
            Target::Unit(_) => 1,
            Target::Type(_) => alike().map(|wanted| usize::from(wanted.units)).sum(),
        };
        (claim(at, duration, setup, cleanup), count)
    }

    /// Who can do the first line such that the rest can be done, best first.
    pub fn ranked(&self, start: DateTime<Utc>) -> Vec<Uuid> {
        let start = minute(self.origin, start);
        self.start.set(start);
        let step = self.step(0);
        let mut ranked: Vec<_> = (self.doers(0).into_iter())
            .filter_map(|doer| {
                let who = &self.people[doer.0?];
                let ways = self.courses(&step, start, true, &mut |ways| {
                    ways[0].0 == doer && self.can_finish(step.end, start + longest(ways))
                })?;
                let is_usual = self.visit.usual == Some(who.id);
                let fragments = self.fragments(who, ways[0].1, start, doer.1);
                Some((!is_usual, self.booked(who, start), fragments, who.id))
            })
            .collect();
        ranked.sort_unstable();
        ranked.into_iter().map(|(_, _, _, id)| id).collect()
    }

    /// Minutes taken on the local date, over all lanes.
    fn booked(&self, who: &Who, start: i64) -> usize {
        let (day, _) = self.shown(start);
        let on_day = |lane: &Minutes| {
            lane.iter().zip(self.clock.iter()).filter(|(taken, at)| **taken == 1 && at.0 == day).count()
        };
        who.taken.iter().map(on_day).sum()
    }

    /// Walks from both ends of the claim until something is in the way.
    fn fragments(&self, who: &Who, lane: usize, start: i64, duration: i64) -> (usize, usize) {
        let first = &self.visit.lines[0];
        let around = claim(start, duration, first.buffer_before, first.buffer_after);
        let taken = &who.taken[lane];
        let is_free = |at: &i64| {
            let at = usize::try_from(*at).unwrap();
            who.at_work[at] & self.open[at] == 1 && taken[at] | who.away[at] | who.elsewhere[at] | self.closed[at] == 0
        };
        let before = (0..around.start).rev().take_while(is_free).count();
        let after = (around.end..i64::try_from(taken.len()).unwrap()).take_while(is_free).count();
        (usize::from(before > 0) + usize::from(after > 0), before + after)
    }

    /// Everything that is wrong with a start.
    pub fn violations(&self, start: DateTime<Utc>) -> BTreeSet<Violation> {
        let start = minute(self.origin, start);
        self.start.set(start);
        let mut found: BTreeSet<_> =
            self.against_visit(start).into_iter().map(|rule| violation(rule, None, None)).collect();
        let mut at = start;
        let mut from = 0;
        while from < self.visit.lines.len() {
            let step = self.step(from);
            let mut length = 0;
            let mut all_able = true;
            for index in step.clone() {
                let line = &self.visit.lines[index];
                let mut doers = self.doers(index);
                doers.sort_by_key(|(who, duration)| (*duration, who.map(|who| self.people[who].id)));
                let able = doers.iter().copied().find(|doer| self.against(index, *doer, at).is_empty());
                if able.is_none() {
                    all_able = false;
                    found.extend(doers.iter().flat_map(|doer| self.against(index, *doer, at)));
                    found.extend(self.unfit(index));
                    if doers.is_empty() {
                        found.extend(self.against(index, (None, usual(line)), at));
                    }
                }
                length = length.max(able.or(doers.first().copied()).map_or(usual(line), |doer| doer.1));
            }
            if step.len() > 1 && all_able {
                match self.courses(&step, at, true, &mut |_| true) {
                    Some(ways) => length = longest(&ways),
                    None => found.extend(self.left_over(&step, at)),
                }
            }
            at += length;
            from = step.end;
        }
        found
    }

    /// Why lines of a step that could be served each for itself cannot be together.
    fn left_over(&self, step: &Range<usize>, at: i64) -> Vec<Violation> {
        let is_served =
            |end: usize, with_rooms| self.courses(&(step.start..end), at, with_rooms, &mut |_| true).is_some();
        let index = step.clone().find(|index| !is_served(index + 1, true)).unwrap();
        if is_served(index + 1, false) {
            return vec![violation(Rule::ResourceBusy, Some(index), None)];
        }
        let able = self.doers(index).into_iter().filter(|doer| self.against(index, *doer, at).is_empty());
        able.map(|(who, _)| violation(Rule::StaffBusy, Some(index), who.map(|who| self.people[who].id))).collect()
    }

    fn against_visit(&self, start: i64) -> Vec<Rule> {
        let World { policy, now, .. } = self.world;
        let mut rules = Vec::new();
        let (date, wall) = self.shown(start);
        let is_by_staff = policy.tight && self.visit.lines[0].staff != StaffChoice::Nobody;
        if policy.grid == Grid::Midnight && !is_by_staff && wall.rem_euclid(1440) % i64::from(policy.step) != 0 {
            rules.push(Rule::NotOnGrid);
        }
        if (self.origin - now).num_seconds() + start * 60 < i64::from(policy.notice_minutes) * 60 {
            rules.push(Rule::TooSoon);
        }
        let last = policy.last_date.unwrap_or(self.today + Days::new(policy.horizon_days.into()));
        if date > last || policy.first_date.is_some_and(|first| date < first) {
            rules.push(Rule::BeyondHorizon);
        }
        if let Some(client) = &self.world.books.client {
            let limits = self.world.books.limits;
            let is_full = |most: u16| client.days.iter().any(|(day, visits)| *day == date && *visits >= most.into());
            if limits.client_visits.is_some_and(is_full) {
                rules.push(Rule::ClientDayFull);
            }
            let is_to_come = self.instant(start) >= *now;
            if is_to_come && limits.client_active.is_some_and(|most| client.active >= most.into()) {
                rules.push(Rule::ClientLimit);
            }
        }
        rules.retain(|rule| !policy.waived.contains(*rule));
        rules
    }

    /// What is wrong with one doer doing one line at that time, and with its units.
    fn against(&self, index: usize, doer: Doer, at: i64) -> Vec<Violation> {
        let mut found = self.against_doer(index, doer, at);
        found.extend(self.against_rooms(index, doer.1, at));
        found
    }

    /// What is wrong with one doer doing one line at that time, whatever it is done with.
    fn against_doer(&self, index: usize, (who, duration): Doer, at: i64) -> Vec<Violation> {
        let line = &self.visit.lines[index];
        let mut found = Vec::new();
        let mut blame = |rule, subject, is_wrong: bool| {
            if is_wrong && !self.world.policy.waived.contains(rule) {
                found.push(violation(rule, Some(index), subject));
            }
        };
        let occupied = claim(at, duration, line.buffer_before, line.buffer_after);
        let bound = if self.world.policy.buffer_overhang { claim(at, duration, 0, 0) } else { occupied.clone() };
        if who.is_none() && line.staff == StaffChoice::Nobody {
            blame(Rule::NotOnGrid, None, index == 0 && self.has_anchor() && !self.is_anchored(at, &self.opened));
        }
        blame(Rule::OutsideOpeningHours, None, !all(&self.open, &bound));
        blame(Rule::LocationClosed, None, any(&self.closed, &bound));
        let books = &self.world.books;
        let (counts_on, _) = self.shown(self.start.get());
        let service = books.service(line.service);
        let times = self.visit.lines.iter().filter(|other| other.service == line.service).count();
        let done = usize::try_from(books.booked(line.service, counts_on).count).unwrap();
        blame(Rule::ServiceDayFull, None, service.times.is_some_and(|most| done + times > usize::from(most)));
        let is_known = books.client.as_ref().is_some_and(|client| client.visits > 0);
        blame(Rule::FirstVisitOnly, None, service.first_visit_only && is_known);
        if let Some(who) = who {
            let (staff, person) = (&self.world.people[who].staff, &self.people[who]);
            let id = Some(person.id);
            let (day, _) = self.shown(at);
            let is_employed =
                staff.employed_from.is_none_or(|from| from <= day) && staff.employed_to.is_none_or(|to| day <= to);
            let tight = self.world.policy.tight;
            let (_, wall) = self.shown(at);
            let is_on_grid = match self.world.policy.grid {
                Grid::Midnight => !tight || wall.rem_euclid(1440) % i64::from(self.world.policy.step) == 0,
                Grid::ShiftStart => self.is_anchored(at, &person.began),
            };
            let is_on_grid = is_on_grid || tight && person.taken.iter().any(|taken| touches(taken, &occupied));
            blame(Rule::NotOnGrid, id, index == 0 && !is_on_grid);
            blame(Rule::StaffNotEmployed, id, !is_employed);
            blame(Rule::OutsideWorkingHours, id, !all(&person.at_work, &bound));
            blame(Rule::StaffTimeOff, id, any(&person.away, &bound));
            blame(Rule::StaffImportedBusy, id, any(&person.elsewhere, &bound));
            let booked = books.booked(person.id, counts_on);
            let is_full = books.limits.staff_visits.is_some_and(|most| booked.count >= most.into());
            let minutes = i64::from(booked.minutes) + duration;
            let is_long = books.limits.staff_minutes.is_some_and(|most| minutes > most.into());
            blame(Rule::StaffDayFull, id, is_full || is_long);
            let lanes = 0..person.taken.len();
            let is_taken = lanes.into_iter().all(|lane| !self.is_free(index, (Some(who), duration), lane, at));
            blame(Rule::StaffBusy, id, is_taken || self.visit.without.contains(&person.id));
        }
        found
    }

    fn has_anchor(&self) -> bool {
        self.world.policy.grid == Grid::ShiftStart
    }

    /// Whether the start is a whole number of wall-clock steps from where its stretch of working minutes began.
    fn is_anchored(&self, at: i64, began: &[Option<usize>]) -> bool {
        let Some(anchor) = began[usize::try_from(at).unwrap()] else { return false };
        (self.shown(at).1 - self.clock[anchor].1).rem_euclid(self.world.policy.step.into()) == 0
    }

    fn against_rooms(&self, index: usize, duration: i64, at: i64) -> Vec<Violation> {
        let line = &self.visit.lines[index];
        let mut found = Vec::new();
        for target in targets(line) {
            let (claim, wanted) = Self::need(line, target, duration, at);
            let rooms = self.rooms_for(line, target);
            let subject = match target {
                Target::Unit(id) | Target::Type(id) => id,
            };
            if rooms.len() < wanted {
                found.push(violation(Rule::NoResource, Some(index), Some(subject)));
                continue;
            }
            let mut free = 0;
            let mut reasons = Vec::new();
            for room in rooms {
                let (broken, taken) =
                    (any(&room.broken, &claim), any(&room.taken, &claim) || self.visit.without.contains(&room.id));
                free += usize::from(!broken && !taken);
                reasons.extend(broken.then(|| violation(Rule::ResourceMaintenance, Some(index), Some(room.id))));
                reasons.extend(taken.then(|| violation(Rule::ResourceBusy, Some(index), Some(room.id))));
            }
            if free < wanted {
                found.append(&mut reasons);
            }
        }
        found
    }

    fn rooms_for(&self, line: &Line, target: Target) -> Vec<&Which> {
        let is_named = |id| line.requirements.iter().any(|wanted| wanted.target == Target::Unit(id));
        let least =
            line.requirements.iter().filter(|wanted| wanted.target == target).map(|wanted| wanted.capacity).max();
        let fits = |room: &&Which| match target {
            Target::Unit(id) => room.id == id,
            Target::Type(kind) => room.kind == kind && Some(room.capacity) >= least && !is_named(room.id),
        };
        self.rooms.iter().filter(fits).collect()
    }

    fn doers(&self, index: usize) -> Vec<Doer> {
        let line = &self.visit.lines[index];
        if line.staff == StaffChoice::Nobody {
            return vec![(None, usual(line))];
        }
        let is_asked = |id: &Uuid| match &line.staff {
            StaffChoice::Nobody => false,
            StaffChoice::Chosen(chosen) => chosen == id,
            StaffChoice::AnyOf(ids) => ids.contains(id),
            StaffChoice::Any => true,
        };
        (self.world.people.iter().enumerate())
            .filter(|(_, person)| is_asked(&person.staff.id))
            .filter_map(|(at, person)| {
                let skill = person.staff.skills.iter().find(|skill| skill.service == line.service)?;
                Some((Some(at), i64::from(minutes(line, skill))))
            })
            .collect()
    }

    /// Those asked for by name who cannot do the line at all; or that nobody can.
    fn unfit(&self, index: usize) -> Vec<Violation> {
        let asked: Vec<Uuid> = match &self.visit.lines[index].staff {
            StaffChoice::Chosen(id) => vec![*id],
            StaffChoice::AnyOf(ids) => ids.to_vec(),
            StaffChoice::Any | StaffChoice::Nobody => Vec::new(),
        };
        let doers = self.doers(index);
        let can = |id: Uuid| doers.iter().any(|(who, _)| who.is_some_and(|who| self.people[who].id == id));
        let is_known = |id: Uuid| self.people.iter().any(|who| who.id == id);
        let named = asked.iter().filter(|id| !can(**id)).map(|id| {
            let rule = if is_known(*id) { Rule::StaffNotQualified } else { Rule::StaffNotEmployed };
            violation(rule, Some(index), Some(*id))
        });
        let nobody =
            (asked.is_empty() && doers.is_empty()).then(|| violation(Rule::StaffNotQualified, Some(index), None));
        named.chain(nobody).collect()
    }

    fn shown(&self, at: i64) -> (NaiveDate, i64) {
        self.clock[usize::try_from(at).unwrap()]
    }

    /// The model's minute of an instant.
    pub fn minute_of(&self, instant: DateTime<Utc>) -> i64 {
        minute(self.origin, instant)
    }

    fn instant(&self, at: i64) -> DateTime<Utc> {
        self.origin + TimeDelta::minutes(at)
    }
}

/// The minutes that a line takes with what is around it.
fn claim(from: i64, duration: i64, before: u16, after: u16) -> Range<i64> {
    assert!(duration + i64::from(after) <= i64::from(REACH), "a case beyond the tests' reach");
    from - i64::from(before)..from + duration + i64::from(after)
}

fn minute(origin: DateTime<Utc>, instant: DateTime<Utc>) -> i64 {
    (instant - origin).num_minutes()
}

/// What the location's clock shows, kept for all cases of one zone and date.
fn clock(world: &World, origin: DateTime<Utc>, length: usize) -> Clock {
    type Clocks = Mutex<HashMap<(Tz, DateTime<Utc>, usize), Clock>>;
    static CLOCKS: LazyLock<Clocks> = LazyLock::new(Mutex::default);
    let mut clocks = CLOCKS.lock().unwrap();
    let show = |at| {
        let local = (origin + TimeDelta::minutes(at)).with_timezone(&world.zone).naive_local();
        (local.date(), local.and_utc().timestamp() / 60)
    };
    let fresh = || Arc::new((0..i64::try_from(length).unwrap()).map(show).collect());
    clocks.entry((world.zone, origin, length)).or_insert_with(fresh).clone()
}

fn all(minutes: &Minutes, claim: &Range<i64>) -> bool {
    !within(minutes, claim).contains(&0)
}

fn any(minutes: &Minutes, claim: &Range<i64>) -> bool {
    within(minutes, claim).contains(&1)
}

fn within<'m>(minutes: &'m Minutes, claim: &Range<i64>) -> &'m [u8] {
    &minutes[usize::try_from(claim.start).unwrap()..usize::try_from(claim.end).unwrap()]
}

/// How long the line takes somebody with this skill.
pub(super) fn minutes(line: &Line, skill: &Skill) -> u16 {
    let own = if line.is_fixed { None } else { skill.duration };
    own.unwrap_or(line.duration) + line.extra
}

/// How long the line takes somebody without a duration of their own.
fn usual(line: &Line) -> i64 {
    i64::from(line.duration + line.extra)
}

fn longest(ways: &[Way]) -> i64 {
    ways.iter().map(|way| way.0.1).max().unwrap_or(0)
}

/// Whether a taken stretch ends where the claim begins, or begins where it ends.
fn touches(taken: &Minutes, claim: &Range<i64>) -> bool {
    let is_taken = |at: i64| taken[usize::try_from(at).unwrap()] == 1;
    let follows = is_taken(claim.start - 1) && !is_taken(claim.start);
    follows || is_taken(claim.end) && !is_taken(claim.end - 1)
}

/// Gives each wish a room of its own, the first that leaves enough for the rest.
fn give(wanted: &[(usize, Vec<&Which>)], taken: &mut BTreeSet<Uuid>, given: &mut [BTreeSet<Uuid>]) -> bool {
    let Some(((line, rooms), rest)) = wanted.split_first() else { return true };
    for room in rooms {
        if taken.insert(room.id) {
            given[*line].insert(room.id);
            if give(rest, taken, given) {
                return true;
            }
            given[*line].remove(&room.id);
            taken.remove(&room.id);
        }
    }
    false
}

/// The targets as the line names them, each once.
fn in_order(line: &Line) -> Vec<Target> {
    let mut order = Vec::new();
    for wanted in &line.requirements {
        if !order.contains(&wanted.target) {
            order.push(wanted.target);
        }
    }
    order
}

fn targets(line: &Line) -> BTreeSet<Target> {
    line.requirements.iter().map(|wanted| wanted.target).collect()
}

const fn violation(rule: Rule, line: Option<usize>, subject: Option<Uuid>) -> Violation {
    Violation { rule, line, subject }
}
