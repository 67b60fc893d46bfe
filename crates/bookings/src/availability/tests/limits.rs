//! Limits against what they mean, told with the rest of the engine: a person whose day is full does not exist on that day, a
//! line that is too long for what is left of their day is none that they can do, and a day that the service or the client
//! has no room for is no day. Thousands of random cases, and the control that each limit matters in some of them.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::cases::{Case, Random};
use super::model::minutes;
use super::world::World;
use crate::availability::{
    Candidate, ClientFacts, Facts, FactsBuilder, Limits, Line, Rule, ServiceLimits, Skill, Tally, evaluate, slots,
};

const CASES: u64 = 3_000;

/// What may be booked, and what is.
#[derive(Debug, Clone, Default)]
pub struct Books {
    pub limits: Limits,
    pub services: Vec<(Uuid, ServiceLimits)>,
    tallies: Vec<(Uuid, NaiveDate, Tally)>,
    pub client: Option<ClientFacts>,
}

impl Books {
    pub fn random(random: &mut Random, world: &World) -> Self {
        let limit = |random: &mut Random, from, to| (!random.once_in(3)).then(|| random.between(from, to));
        let subjects: Vec<Uuid> =
            world.people.iter().map(|person| person.staff.id).chain((0..3).map(Uuid::from_u128)).collect();
        let mut tallies = Vec::new();
        for date in world.days() {
            for id in &subjects {
                if random.once_in(2) {
                    let tally =
                        Tally { count: random.between(0, 3).into(), minutes: (random.between(0, 8) * 30).into() };
                    tallies.push((*id, date, tally));
                }
            }
        }
        let days = world.days().filter(|_| random.once_in(2)).collect::<Vec<_>>();
        let days = days.into_iter().map(|date| (date, random.between(0, 2).into())).collect();
        Self {
            limits: Limits {
                staff_visits: limit(random, 1, 3),
                staff_minutes: limit(random, 2, 9).map(|halves| halves * 30),
                client_visits: limit(random, 1, 2),
                client_active: limit(random, 1, 4),
            },
            services: (0..3)
                .map(|id| {
                    let limits = ServiceLimits { times: limit(random, 1, 4), first_visit_only: random.once_in(8) };
                    (Uuid::from_u128(id), limits)
                })
                .collect(),
            tallies,
            client: (!random.once_in(4)).then(|| ClientFacts {
                active: random.between(0, 3).into(),
                visits: random.between(0, 3).into(),
                days,
            }),
        }
    }

    /// Tells the engine all of it.
    pub fn tell(&self, facts: &mut FactsBuilder) {
        facts.limits(self.limits);
        self.services.iter().for_each(|(id, limits)| facts.service(*id, *limits));
        self.tallies.iter().for_each(|(id, date, tally)| facts.load(*id, *date, *tally));
        self.client.iter().for_each(|client| facts.client(client.clone()));
    }

    fn facts(&self, world: &World) -> Facts {
        World { books: self.clone(), ..world.clone() }.facts()
    }

    pub fn service(&self, id: Uuid) -> ServiceLimits {
        self.services.iter().find(|(of, _)| *of == id).map(|(_, limits)| *limits).unwrap_or_default()
    }

    pub fn booked(&self, id: Uuid, date: NaiveDate) -> Tally {
        let found = self.tallies.iter().find(|(of, on, _)| *of == id && *on == date);
        found.map(|(_, _, tally)| *tally).unwrap_or_default()
    }

    /// Why the visit as a whole cannot be on this date at this instant.
    fn against_visit(&self, case: &Case, date: NaiveDate, start: DateTime<Utc>) -> BTreeSet<Rule> {
        let mut rules = BTreeSet::new();
        for line in &case.visit.lines {
            let limits = self.service(line.service);
            let times = case.visit.lines.iter().filter(|other| other.service == line.service).count();
            let done = usize::try_from(self.booked(line.service, date).count).unwrap();
            if limits.times.is_some_and(|most| done + times > usize::from(most)) {
                rules.insert(Rule::ServiceDayFull);
            }
            if limits.first_visit_only && self.client.as_ref().is_some_and(|client| client.visits > 0) {
                rules.insert(Rule::FirstVisitOnly);
            }
        }
        if let Some(client) = &self.client {
            let on_day = client.days.iter().find(|(day, _)| *day == date).map_or(0, |(_, count)| *count);
            if self.limits.client_visits.is_some_and(|most| on_day >= most.into()) {
                rules.insert(Rule::ClientDayFull);
            }
            if start >= case.world.now && self.limits.client_active.is_some_and(|most| client.active >= most.into()) {
                rules.insert(Rule::ClientLimit);
            }
        }
        rules.into_iter().filter(|rule| !case.world.policy.waived.contains(*rule)).collect()
    }

    /// The location as it is on that date: without whoever is full, and without what they have no time left for.
    fn world_on(&self, case: &Case, date: NaiveDate) -> World {
        let mut world = case.world.clone();
        if world.policy.waived.contains(Rule::StaffDayFull) {
            return world;
        }
        for person in &mut world.people {
            let booked = self.booked(person.staff.id, date);
            let is_full = self.limits.staff_visits.is_some_and(|most| booked.count >= most.into());
            let fits = |skill: &Skill| {
                let usual = case.visit.lines.iter().find(|line| line.service == skill.service);
                let minutes = usual.map_or(0, |line| minutes(line, skill));
                self.limits.staff_minutes.is_none_or(|most| booked.minutes + u32::from(minutes) <= most.into())
            };
            person.staff.skills.retain(|skill| !is_full && fits(skill));
        }
        world
    }

    /// Every start that these limits leave.
    fn offers(&self, case: &Case) -> Vec<DateTime<Utc>> {
        let mut offers = Vec::new();
        let dates = case.world.dates.first().iter_days().take_while(|date| *date <= case.world.dates.last());
        for date in dates {
            let world = self.world_on(case, date);
            let found = slots(&case.visit, &world.facts(), &world.policy, world.now);
            let on_date = found.as_slice().iter().filter(|slot| slot.date() == date);
            offers.extend(
                on_date
                    .map(super::super::Slot::starts_at)
                    .filter(|start| self.against_visit(case, date, *start).is_empty()),
            );
        }
        offers
    }
}

/// A case without limits in which every line of a service takes equally long, so that a skill stands for the lines that need it.
fn case(random: &mut Random) -> Case {
    let mut case = Case::random(random);
    case.world.books = Books::default();
    let first: Vec<Line> = case.visit.lines.to_vec();
    for line in &mut case.visit.lines {
        let alike = first.iter().find(|other| other.service == line.service).unwrap();
        let (duration, extra, is_fixed) = (alike.duration, alike.extra, alike.is_fixed);
        *line = Line { duration, extra, is_fixed, ..line.clone() };
    }
    case
}

fn listed(case: &Case, facts: &Facts) -> Vec<DateTime<Utc>> {
    let found = slots(&case.visit, facts, &case.world.policy, case.world.now);
    found.as_slice().iter().map(super::super::Slot::starts_at).collect()
}

#[test]
fn limits_take_away_exactly_what_they_mean() {
    let (mut offered, mut taken_away) = (0, 0);
    for seed in 0..CASES {
        let mut random = Random::new(seed);
        let case = case(&mut random);
        let books = Books::random(&mut random, &case.world);
        let facts = books.facts(&case.world);
        let offers = listed(&case, &facts);
        assert_eq!(offers, books.offers(&case), "seed {seed}: {books:#?} {case:#?}");
        offered += offers.len();
        // What is taken away is refused, and what is left is not. Where no other line comes between, a limit is named.
        for start in listed(&case, &case.world.facts()) {
            if !random.once_in(2) {
                continue;
            }
            let candidate = Candidate { start, visit: &case.visit };
            match evaluate(candidate, &facts, &case.world.policy, case.world.now) {
                Ok(_) => assert!(offers.contains(&start), "seed {seed}: {start} booked but not offered"),
                Err(violations) => {
                    assert!(!offers.contains(&start), "seed {seed}: {start} offered but refused");
                    let limits = [
                        Rule::StaffDayFull,
                        Rule::ServiceDayFull,
                        Rule::ClientDayFull,
                        Rule::ClientLimit,
                        Rule::FirstVisitOnly,
                    ];
                    let is_named = violations.iter().any(|one| limits.contains(&one.rule));
                    assert!(case.visit.lines.len() > 1 || is_named, "seed {seed}: {violations:?}");
                    taken_away += 1;
                }
            }
        }
    }
    assert!(offered > 10_000 && taken_away > 10_000, "{offered} offered, {taken_away} taken away");
}

/// The control: with one limit kept from the engine, the listing differs from what is meant.
#[test]
fn a_limit_that_is_forgotten_is_noticed() {
    type Forget = (&'static str, fn(&mut Books));
    let forgotten: [Forget; 6] = [
        ("visits of a person", |books| books.limits.staff_visits = None),
        ("minutes of a person", |books| books.limits.staff_minutes = None),
        ("visits of a client", |books| books.limits.client_visits = None),
        ("visits to come", |books| books.limits.client_active = None),
        ("times of a service", |books| books.services.iter_mut().for_each(|(_, limits)| limits.times = None)),
        ("first visits", |books| books.services.iter_mut().for_each(|(_, limits)| limits.first_visit_only = false)),
    ];
    for (name, forget) in forgotten {
        let is_noticed = (0..CASES).any(|seed| {
            let mut random = Random::new(seed);
            let case = case(&mut random);
            let books = Books::random(&mut random, &case.world);
            let mut wrong = books.clone();
            forget(&mut wrong);
            listed(&case, &wrong.facts(&case.world)) != books.offers(&case)
        });
        assert!(is_noticed, "{name}");
    }
}
