//! What a plan of many visits takes before it comes to the next one. Nothing of it is written: of time the engine is told
//! ([`Own`]), and how full it makes people's days is counted here.

use crate::availability::{Limits, Rule, Tally, Violation};
use crate::booking::{Booking, repo};
use crate::hold::repo as holds;
use crate::slots::{Own, Taken};
use chrono::NaiveDate;
use db::Reader;
use kernel::Result;
use staff::StaffId;
use uuid::Uuid;

/// The visits of a plan so far.
#[derive(Default)]
pub(super) struct Ahead {
    own: Own,
    /// What each of them makes of somebody's day.
    days: Vec<(Uuid, NaiveDate, Tally)>,
}

impl Ahead {
    /// What does not stand in the way of what is planned next: also not of how much is booked already.
    pub(super) fn own(&self) -> Own {
        Own { lines: self.own.freed.clone(), ..self.own.clone() }
    }

    /// Remembers where a visit would stand.
    pub(super) fn promise(&mut self, before: &Booking, taken: &Taken) {
        self.own.promise(before, taken);
        let date = taken.placement.date;
        let mut people: Vec<Uuid> = taken.lines.iter().filter_map(|line| line.staff_id.map(StaffId::uuid)).collect();
        people.sort_unstable();
        people.dedup();
        self.days.extend(people.into_iter().map(|id| (id, date, Tally { count: 1, minutes: minutes_of(taken, id) })));
    }

    /// The lines whose people have no room left for them on that day, since visits of the plan have it. What is booked
    /// already the engine knows.
    pub(super) async fn fills(&self, r: &Reader, limits: Limits, taken: &Taken) -> Result<Vec<Violation>> {
        let date = taken.placement.date;
        let mut full = Vec::new();
        for (at, line) in taken.lines.iter().enumerate() {
            let Some(id) = line.staff_id.map(StaffId::uuid) else { continue };
            let ahead = self.days.iter().filter(|(of, day, _)| (*of, *day) == (id, date)).map(|(_, _, tally)| *tally);
            let Some(ahead) = ahead.reduce(sum) else { continue };
            let booked = sum(self.booked(r, id, date, taken).await?, ahead);
            if limits.is_full(booked, line.duration_minutes.into()) {
                full.push(Violation { rule: Rule::StaffDayFull, line: Some(at), subject: Some(id) });
            }
        }
        Ok(full)
    }

    /// What of somebody's day is booked and held, without the visits of the plan and the one that is `taken` anew.
    async fn booked(&self, r: &Reader, id: Uuid, date: NaiveDate, taken: &Taken) -> Result<Tally> {
        let moved = taken.lines.iter().map(|line| line.id).chain(self.own.freed.iter().copied()).collect::<Vec<_>>();
        let booked = repo::load_of_staff(r, &[id], (date, date), &moved).await?;
        let held = holds::list_live(r, (date, date), None).await?;
        let held = held.iter().filter(|hold| hold.session_id.is_none() && hold.local_date == date).filter_map(|hold| {
            let own = hold.lines.iter().filter(|line| line.staff_id.map(StaffId::uuid) == Some(id));
            let minutes = own.map(|line| u32::from(line.duration_minutes)).reduce(|one, other| one + other)?;
            Some(Tally { count: 1, minutes })
        });
        Ok(booked.into_iter().map(|(_, _, tally)| tally).chain(held).reduce(sum).unwrap_or_default())
    }
}

fn sum(one: Tally, other: Tally) -> Tally {
    Tally { count: one.count + other.count, minutes: one.minutes + other.minutes }
}

fn minutes_of(taken: &Taken, id: Uuid) -> u32 {
    let own = taken.lines.iter().filter(|line| line.staff_id.map(StaffId::uuid) == Some(id));
    own.map(|line| u32::from(line.duration_minutes)).sum()
}
