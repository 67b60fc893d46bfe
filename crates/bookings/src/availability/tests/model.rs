//! Availability, minute by minute: slow, obvious, and sharing nothing with the engine but the words of the question and the
//! kernel's projection of hours. Every minute of the covered time is a row of booleans; a claim is looked at minute by minute.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, TimeDelta, Timelike, Utc};
use kernel::time::{TimeRange, WallInterval, project};
use uuid::Uuid;

use super::world::{REACH, World};
use crate::availability::{Grid, Lane, Line, Rule, StaffChoice, Target, Violation, Visit};

/// One boolean for each minute from the model's origin.
type Minutes = Vec<bool>;

pub struct Model<'w> {
    world: &'w World,
    visit: &'w Visit,
    origin: DateTime<Utc>,
    open: Minutes,
    closed: Minutes,
    people: Vec<Who>,
    rooms: Vec<Which>,
}

struct Who {
    id: Uuid,
    at_work: Minutes,
    away: Minutes,
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
        let length = (days + 3) * 1440;
        let mark = |ranges: &mut dyn Iterator<Item = TimeRange>| {
            let mut minutes = vec![false; length];
            for range in ranges {
                for at in minute(origin, range.from)..minute(origin, range.to) {
                    if let Ok(at) = usize::try_from(at)
                        && at < length
                    {
                        minutes[at] = true;
                    }
                }
            }
            minutes
        };
        let hours = |hours: &[(NaiveDate, WallInterval)]| {
            mark(&mut hours.iter().filter_map(|(date, interval)| project(world.zone, *date, *interval)))
        };
        let people = world.people.iter().map(|person| Who {
            id: person.staff.id,
            at_work: hours(&person.shifts),
            away: mark(&mut person.time_off.iter().copied()),
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
        Self {
            world,
            visit,
            origin,
            open: hours(&world.opening),
            closed: mark(&mut world.closures.iter().copied()),
            people: people.collect(),
            rooms: rooms.collect(),
        }
    }

    /// Every instant of the dates asked about that is on the grid of someone or other, and can be booked.
    pub fn offers(&self) -> Vec<DateTime<Utc>> {
        self.minutes_of_dates().filter(|start| self.is_free(*start)).collect()
    }

    /// Every minute of the dates asked about.
    pub fn minutes_of_dates(&self) -> impl Iterator<Item = DateTime<Utc>> + '_ {
        let length = i64::try_from(self.open.len()).unwrap();
        let minutes = (0..length).map(|at| self.origin + TimeDelta::minutes(at));
        minutes.filter(|start| self.world.dates.contains(self.local(*start).date()))
    }

    pub fn is_free(&self, start: DateTime<Utc>) -> bool {
        self.against_visit(start).is_empty() && self.can_finish(0, start, start)
    }

    /// Whether someone does the line from `at`, and someone the next, to the end.
    fn can_finish(&self, index: usize, at: DateTime<Utc>, visit_start: DateTime<Utc>) -> bool {
        index == self.visit.lines.len() || self.doers(index).into_iter().any(|doer| self.can_go_on(index, doer, at, visit_start))
    }

    fn can_go_on(&self, index: usize, doer: Doer, at: DateTime<Utc>, visit_start: DateTime<Utc>) -> bool {
        self.against(index, doer, at, true).is_empty() && self.can_finish(index + 1, at + TimeDelta::minutes(doer.1), visit_start)
    }

    /// Who can do the first line such that the rest can be done, best first.
    pub fn ranked(&self, start: DateTime<Utc>) -> Vec<Uuid> {
        let mut ranked: Vec<_> = (self.doers(0).into_iter())
            .filter(|doer| self.can_go_on(0, *doer, start, start))
            .filter_map(|(who, duration)| {
                let who = &self.people[who?];
                let is_usual = self.visit.usual == Some(who.id);
                Some((!is_usual, self.booked(who, start), self.fragments(who, start, duration), who.id))
            })
            .collect();
        ranked.sort_unstable();
        ranked.into_iter().map(|(_, _, _, id)| id).collect()
    }

    /// Minutes taken on the local date, over all lanes.
    fn booked(&self, who: &Who, start: DateTime<Utc>) -> usize {
        let day = self.local(start).date();
        let is_taken = |lane: &Minutes, at: usize| {
            let instant = self.origin + TimeDelta::minutes(i64::try_from(at).unwrap());
            lane[at] && self.local(instant).date() == day
        };
        who.taken.iter().map(|lane| (0..lane.len()).filter(|at| is_taken(lane, *at)).count()).sum()
    }

    /// Walks from both ends of the claim until something is in the way.
    fn fragments(&self, who: &Who, start: DateTime<Utc>, duration: i64) -> (usize, usize) {
        let line = &self.visit.lines[0];
        let claim = self.claim(start, duration, line.buffer_before, line.buffer_after);
        let lane = who.taken.iter().find(|lane| !any(lane, &claim)).unwrap();
        let is_free = |at: &i64| {
            let at = usize::try_from(*at).unwrap();
            who.at_work[at] && self.open[at] && !lane[at] && !who.away[at] && !self.closed[at]
        };
        let before = (0..claim.start).rev().take_while(is_free).count();
        let after = (claim.end..i64::try_from(lane.len()).unwrap()).take_while(is_free).count();
        (usize::from(before > 0) + usize::from(after > 0), before + after)
    }

    /// Everything that is wrong with a start.
    pub fn violations(&self, start: DateTime<Utc>) -> BTreeSet<Violation> {
        let mut found: BTreeSet<_> = self.against_visit(start).into_iter().map(|rule| violation(rule, None, None)).collect();
        let mut at = start;
        for (index, line) in self.visit.lines.iter().enumerate() {
            let mut doers = self.doers(index);
            doers.sort_by_key(|(who, duration)| (*duration, who.map(|who| self.people[who].id)));
            let able = doers.iter().copied().find(|doer| self.against(index, *doer, at, false).is_empty());
            if able.is_none() {
                doers.iter().for_each(|doer| found.extend(self.against(index, *doer, at, false)));
                found.extend(self.unfit(index));
                if doers.is_empty() {
                    found.extend(self.against(index, (None, line.duration.into()), at, false));
                }
            }
            at += TimeDelta::minutes(able.or(doers.first().copied()).map_or(line.duration.into(), |doer| doer.1));
        }
        found
    }

    fn against_visit(&self, start: DateTime<Utc>) -> Vec<Rule> {
        let World { policy, now, .. } = self.world;
        let mut rules = Vec::new();
        let wall = self.local(start).num_seconds_from_midnight() / 60;
        if policy.grid == Grid::Midnight && !wall.is_multiple_of(u32::from(policy.step)) {
            rules.push(Rule::NotOnGrid);
        }
        if (start - now).num_seconds() < i64::from(policy.notice_minutes) * 60 {
            rules.push(Rule::TooSoon);
        }
        if self.local(start).date() > self.local(*now).date() + Days::new(policy.horizon_days.into()) {
            rules.push(Rule::BeyondHorizon);
        }
        rules.retain(|rule| !policy.waived.contains(*rule));
        rules
    }

    /// What is wrong with one doer doing one line at that time; `early` stops at the first thing.
    fn against(&self, index: usize, (who, duration): Doer, at: DateTime<Utc>, early: bool) -> Vec<Violation> {
        let line = &self.visit.lines[index];
        let mut found = Vec::new();
        let mut blame = |rule, subject, is_wrong: bool| {
            if is_wrong && !self.world.policy.waived.contains(rule) {
                found.push(violation(rule, Some(index), subject));
            }
        };
        let occupied = self.claim(at, duration, line.buffer_before, line.buffer_after);
        let bound = if self.world.policy.buffer_overhang { self.claim(at, duration, 0, 0) } else { occupied.clone() };
        if who.is_none() && line.staff == StaffChoice::Nobody {
            blame(Rule::NotOnGrid, None, index == 0 && !self.is_anchored(at, &|minute| self.open[minute]));
        }
        blame(Rule::OutsideOpeningHours, None, !all(&self.open, &bound));
        blame(Rule::LocationClosed, None, any(&self.closed, &bound));
        if let Some(who) = who {
            let (staff, person) = (&self.world.people[who].staff, &self.people[who]);
            let id = Some(person.id);
            let day = self.local(at).date();
            let is_employed = staff.employed_from.is_none_or(|from| from <= day) && staff.employed_to.is_none_or(|to| day <= to);
            let is_working = |minute: usize| self.open[minute] && person.at_work[minute];
            blame(Rule::NotOnGrid, id, index == 0 && !self.is_anchored(at, &is_working));
            blame(Rule::StaffNotEmployed, id, !is_employed);
            blame(Rule::OutsideWorkingHours, id, !all(&person.at_work, &bound));
            blame(Rule::StaffTimeOff, id, any(&person.away, &bound));
            let is_taken = person.taken.iter().all(|lane| any(lane, &occupied));
            blame(Rule::StaffBusy, id, is_taken || self.visit.without.contains(&person.id));
        }
        if !early || found.is_empty() {
            found.extend(self.against_rooms(index, duration, at));
        }
        found
    }

    /// Whether the start is a whole number of wall-clock steps from where its stretch of working minutes began.
    fn is_anchored(&self, at: DateTime<Utc>, is_working: &dyn Fn(usize) -> bool) -> bool {
        if self.world.policy.grid == Grid::Midnight {
            return true;
        }
        let here = usize::try_from(minute(self.origin, at)).unwrap();
        let Some(back) = (0..=here).rev().take_while(|minute| is_working(*minute)).last() else { return false };
        let anchor = self.origin + TimeDelta::minutes(i64::try_from(back).unwrap());
        let apart = (self.local(at) - self.local(anchor)).num_minutes();
        apart.rem_euclid(self.world.policy.step.into()) == 0
    }

    fn against_rooms(&self, index: usize, duration: i64, at: DateTime<Utc>) -> Vec<Violation> {
        let line = &self.visit.lines[index];
        let mut found = Vec::new();
        for target in targets(line) {
            let alike = || line.requirements.iter().filter(|wanted| wanted.target == target);
            let setup = alike().map(|wanted| wanted.setup).max().unwrap();
            let cleanup = alike().map(|wanted| wanted.cleanup).max().unwrap();
            let claim = self.claim(at, duration, setup, cleanup);
            let rooms = self.rooms_for(line, target);
            let (subject, wanted) = match target {
                Target::Unit(id) => (id, 1),
                Target::Type(id) => (id, alike().map(|wanted| usize::from(wanted.units)).sum()),
            };
            if rooms.len() < wanted {
                found.push(violation(Rule::NoResource, Some(index), Some(subject)));
                continue;
            }
            let mut free = 0;
            let mut reasons = Vec::new();
            for room in rooms {
                let (broken, taken) = (any(&room.broken, &claim), any(&room.taken, &claim) || self.visit.without.contains(&room.id));
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
        let least = line.requirements.iter().filter(|wanted| wanted.target == target).map(|wanted| wanted.capacity).max();
        let fits = |room: &&Which| match target {
            Target::Unit(id) => room.id == id,
            Target::Type(kind) => room.kind == kind && Some(room.capacity) >= least && !is_named(room.id),
        };
        self.rooms.iter().filter(fits).collect()
    }

    fn doers(&self, index: usize) -> Vec<Doer> {
        let line = &self.visit.lines[index];
        if line.staff == StaffChoice::Nobody {
            return vec![(None, line.duration.into())];
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
                Some((Some(at), skill.duration.unwrap_or(line.duration).into()))
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
        let nobody = (asked.is_empty() && doers.is_empty()).then(|| violation(Rule::StaffNotQualified, Some(index), None));
        named.chain(nobody).collect()
    }

    fn claim(&self, at: DateTime<Utc>, duration: i64, before: u16, after: u16) -> std::ops::Range<i64> {
        let from = minute(self.origin, at);
        assert!(duration + i64::from(after) <= i64::from(REACH), "a case beyond the tests' reach");
        from - i64::from(before)..from + duration + i64::from(after)
    }

    fn local(&self, instant: DateTime<Utc>) -> NaiveDateTime {
        instant.with_timezone(&self.world.zone).naive_local()
    }
}

fn minute(origin: DateTime<Utc>, instant: DateTime<Utc>) -> i64 {
    (instant - origin).num_minutes()
}

fn all(minutes: &Minutes, claim: &std::ops::Range<i64>) -> bool {
    claim.clone().all(|at| usize::try_from(at).is_ok_and(|at| minutes[at]))
}

fn any(minutes: &Minutes, claim: &std::ops::Range<i64>) -> bool {
    claim.clone().any(|at| usize::try_from(at).is_ok_and(|at| minutes[at]))
}

fn targets(line: &Line) -> BTreeSet<Target> {
    line.requirements.iter().map(|wanted| wanted.target).collect()
}

const fn violation(rule: Rule, line: Option<usize>, subject: Option<Uuid>) -> Violation {
    Violation { rule, line, subject }
}
