//! Use cases of the shift plan. Each locks the schedules of the people concerned, so that of two planners the second builds
//! on what the first did, and a booking is decided before or after a change of what is published, never across it. What
//! changes published time answers with the bookings that it hits, and can be asked for as a preview.

use super::{PlanChanges, PlanDays, PlanKey, PlanScope, PlanState, PlannedDay, ShiftDraft, WeekCopy, arrange, repo};
use crate::Staff;
use crate::events::{ShiftDraftsChanged, ShiftsPublished, ShiftsWithdrawn};
use crate::handle::STAMP;
use crate::member::{StaffId, StaffMember, StaffTable};
use crate::permissions::SCHEDULE_WRITE;
use crate::schedule::service::{refuse_clash, span, workplace, zones};
use access::Cx;
use chrono::NaiveDate;
use db::{Reader, Subject, Tx};
use kernel::{Checks, CommonCode, Error, Issue, Result};
use std::collections::BTreeSet;
use std::sync::Arc;
use tenancy::ports::{AffectedBooking, CalendarChange};
use tenancy::{LocationId, Locations};

/// How many shifts, each with its dates, one mutation may draft.
const MAX_DRAFTS: usize = 200;
/// How many days one mutation may change.
const MAX_CHANGES: usize = 5_000;

/// The people of an operation, in list order, their schedules locked.
struct People(Vec<StaffMember>);

impl People {
    fn ids(&self) -> Vec<StaffId> {
        self.0.iter().map(|member| member.id).collect()
    }

    fn get(&self, id: StaffId) -> Result<&StaffMember> {
        self.0.iter().find(|member| member.id == id).ok_or_else(Error::not_found)
    }
}

impl Staff {
    /// The drafts of a stretch of the plan, by person, location and date.
    pub async fn list_drafts(&self, cx: &Cx, r: &Reader, scope: &PlanScope) -> Result<Vec<PlannedDay>> {
        cx.require(SCHEDULE_WRITE)?;
        self.expect_places(r, scope.places.as_deref()).await?;
        let staff = named(&*self.members(r).await?, scope.staff.as_deref())?;
        scope.check(r.now().date_naive())?;
        Ok(listed(self.drafts_in(r, &staff, scope).await?))
    }

    /// Drafts shifts, or free days, for many dates at once. What was drafted on those days is replaced.
    pub async fn set_drafts(&self, cx: &Cx, drafts: &[ShiftDraft]) -> Result<Vec<PlannedDay>> {
        cx.require(SCHEDULE_WRITE)?;
        let mut checks = Checks::new();
        checks.ensure("shifts", !drafts.is_empty(), CommonCode::Required);
        let many = Issue::new(CommonCode::TooLong).with("max", MAX_DRAFTS);
        checks.ensure("shifts", drafts.len() <= MAX_DRAFTS, many);
        checks.finish()?;
        let staff: BTreeSet<StaffId> = drafts.iter().map(|draft| draft.staff_id).collect();
        let staff: Vec<StaffId> = staff.into_iter().collect();
        db::transaction!(self.db, cx.company()?, |tx| {
            let people = self.lock_people(tx, Some(&staff)).await?;
            let locations = self.tenancy.locations(tx).await?;
            let changes = checked(drafts, &people, &locations, tx.now().date_naive())?;
            self.save_drafts(cx, tx, &people, &locations, changes, "shifts").await
        })
    }

    /// Drafts what the rotas give in a stretch. A day that is drafted or published already is left alone unless it is to be
    /// replaced.
    pub async fn generate_drafts(&self, cx: &Cx, scope: &PlanScope, replaced: bool) -> Result<Vec<PlannedDay>> {
        cx.require(SCHEDULE_WRITE)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            let locations = self.expect_places(tx, scope.places.as_deref()).await?;
            let people = self.lock_people(tx, scope.staff.as_deref()).await?;
            scope.check(tx.now().date_naive())?;
            let ids = people.ids();
            let rotas = crate::rota::list(tx, Some(&ids), false).await?;
            let open = |place| locations.get(place).is_some_and(|location| !location.archived);
            let rotas: Vec<_> =
                rotas.iter().filter(|rota| scope.has_place(rota.location_id) && open(rota.location_id)).collect();
            let schedules = self.schedules(tx).await?;
            let drafts = repo::days_in(tx, PlanState::Draft, &ids, scope.from, scope.to).await?;
            let changes = arrange::from_rotas(&rotas, scope.dates(), &schedules, &drafts, replaced);
            self.save_drafts(cx, tx, &people, &locations, changes, "from").await
        })
    }

    /// Drafts other weeks like one, see [`arrange::from_week`].
    pub async fn copy_week(&self, cx: &Cx, copy: &WeekCopy, replaced: bool) -> Result<Vec<PlannedDay>> {
        cx.require(SCHEDULE_WRITE)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            let locations = self.expect_places(tx, copy.places.as_deref()).await?;
            let people = self.lock_people(tx, copy.staff.as_deref()).await?;
            let (monday, weeks) = copy.check(tx.now().date_naive())?;
            let scope = copy.scope(monday, &weeks)?;
            let places: Vec<_> = locations.open().filter(|location| scope.has_place(location.id)).collect();
            let key = |staff_id, location_id| PlanKey { staff_id, location_id, date: monday };
            let who: Vec<PlanKey> = (people.0.iter())
                .flat_map(|member| {
                    places.iter().filter(|place| member.works_at(place.id)).map(|it| key(member.id, it.id))
                })
                .collect();
            let schedules = self.schedules(tx).await?;
            let drafts = repo::days_in(tx, PlanState::Draft, &people.ids(), scope.from, scope.to).await?;
            let changes = arrange::from_week(&who, monday, &weeks, &schedules, &drafts, replaced);
            self.save_drafts(cx, tx, &people, &locations, changes, "toWeeks").await
        })
    }

    /// Takes the drafts of a stretch away; what is published stays. Answers what they were.
    pub async fn discard_drafts(&self, cx: &Cx, scope: &PlanScope) -> Result<Vec<PlannedDay>> {
        cx.require(SCHEDULE_WRITE)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            self.expect_places(tx, scope.places.as_deref()).await?;
            let people = self.lock_people(tx, scope.staff.as_deref()).await?;
            scope.check(tx.now().date_naive())?;
            let drafts = self.drafts_in(tx, &people.ids(), scope).await?;
            repo::save(tx, PlanState::Draft, &cleared(&drafts)).await?;
            self.tell_of_drafts(cx, tx, drafts.keys()).await?;
            Ok(listed(drafts))
        })
    }

    /// Publishes the drafts of a stretch: from then on they are working time. Answers with them and with the bookings of
    /// these people in the stretch that do not fit, also when there was nothing left to publish. A preview writes nothing.
    pub async fn publish_plan(
        &self,
        cx: &Cx,
        scope: &PlanScope,
        preview: bool,
    ) -> Result<(Vec<PlannedDay>, Vec<AffectedBooking>)> {
        cx.require(SCHEDULE_WRITE)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            tx.preview_if(preview);
            let locations = self.expect_places(tx, scope.places.as_deref()).await?;
            let people = self.lock_people(tx, scope.staff.as_deref()).await?;
            scope.check(tx.now().date_naive())?;
            let drafts = self.drafts_in(tx, &people.ids(), scope).await?;
            let published = drafts.iter().map(|(key, day)| (*key, Some(day.clone()))).collect();
            repo::save(tx, PlanState::Published, &published).await?;
            repo::save(tx, PlanState::Draft, &cleared(&drafts)).await?;
            let affected = self.plan_changed(cx, tx, scope, &people, &locations, &drafts).await?;
            // Between the list and the commit: a booking that slipped in here would be in neither.
            db::failpoint!("staff.plan.before_commit");
            if !drafts.is_empty() {
                let (staff_ids, days) = (concerned(drafts.keys()), drafts.len());
                let event =
                    ShiftsPublished { staff_ids, from: scope.from, to: scope.to, days, affected: affected.len() };
                self.jobs.publish_in(cx, tx, &event).await?;
            }
            Ok((listed(drafts), affected))
        })
    }

    /// Takes the published shifts of a stretch back: the days go by the weekly hours again, and what was published is a draft
    /// where there is none. Answers as [`Staff::publish_plan`].
    pub async fn withdraw_plan(
        &self,
        cx: &Cx,
        scope: &PlanScope,
        preview: bool,
    ) -> Result<(Vec<PlannedDay>, Vec<AffectedBooking>)> {
        cx.require(SCHEDULE_WRITE)?;
        db::transaction!(self.db, cx.company()?, |tx| {
            tx.preview_if(preview);
            let locations = self.expect_places(tx, scope.places.as_deref()).await?;
            let people = self.lock_people(tx, scope.staff.as_deref()).await?;
            scope.check(tx.now().date_naive())?;
            let ids = people.ids();
            let published = repo::days_in(tx, PlanState::Published, &ids, scope.from, scope.to).await?;
            let published = within(published, scope);
            let drafts = self.drafts_in(tx, &ids, scope).await?;
            let back = published.iter().filter(|(key, _)| !drafts.contains_key(key));
            let back = back.map(|(key, day)| (*key, Some(day.clone()))).collect();
            repo::save(tx, PlanState::Published, &cleared(&published)).await?;
            repo::save(tx, PlanState::Draft, &back).await?;
            let affected = self.plan_changed(cx, tx, scope, &people, &locations, &published).await?;
            if !published.is_empty() {
                let (staff_ids, days) = (concerned(published.keys()), published.len());
                let event =
                    ShiftsWithdrawn { staff_ids, from: scope.from, to: scope.to, days, affected: affected.len() };
                self.jobs.publish_in(cx, tx, &event).await?;
            }
            Ok((listed(published), affected))
        })
    }

    /// What follows when published days have changed: nobody may be in two places, caches and bookings learn of it.
    async fn plan_changed(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        scope: &PlanScope,
        people: &People,
        locations: &Locations,
        changed: &PlanDays,
    ) -> Result<Vec<AffectedBooking>> {
        if !changed.is_empty() {
            tx.touch(STAMP);
            let schedules = self.schedules(tx).await?;
            for member in &people.0 {
                let dates = dates_of(changed.keys(), member.id);
                refuse_clash(&schedules, member.id, &zones(locations, member), &dates, "from")?;
            }
        }
        let zones: Vec<_> = locations.iter().map(|location| (location.id, location.zone)).collect();
        let Some(range) = span(&zones, &BTreeSet::from([scope.from, scope.to]), tx.now()) else {
            return Ok(Vec::new());
        };
        let staff = people.ids().into_iter().map(StaffId::uuid).collect();
        let change = CalendarChange { staff, range: Some(range), ..CalendarChange::default() };
        self.tenancy.calendar().affected(cx, tx, &change).await
    }

    /// Writes drafts, unless with them somebody would be in two places once all is published.
    async fn save_drafts(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        people: &People,
        locations: &Locations,
        changes: PlanChanges,
        field: &'static str,
    ) -> Result<Vec<PlannedDay>> {
        if changes.len() > MAX_CHANGES {
            return Err(Error::conflict(CommonCode::LimitReached).at(field).with("max", MAX_CHANGES));
        }
        repo::save(tx, PlanState::Draft, &changes).await?;
        let travellers: Vec<_> =
            people.0.iter().map(|it| (it.id, zones(locations, it))).filter(|(_, places)| places.len() > 1).collect();
        let dates = || changes.keys().map(|key| key.date);
        if let Some((first, last)) = dates().min().zip(dates().max()).filter(|_| !travellers.is_empty()) {
            let around = (first.pred_opt().unwrap_or(first), last.succ_opt().unwrap_or(last));
            let ids: Vec<StaffId> = travellers.iter().map(|(id, _)| *id).collect();
            let drafts = repo::days_in(tx, PlanState::Draft, &ids, around.0, around.1).await?;
            let schedules = self.schedules(tx).await?.with_plan(drafts);
            for (id, places) in travellers {
                refuse_clash(&schedules, id, &places, &dates_of(changes.keys(), id), field)?;
            }
        }
        self.tell_of_drafts(cx, tx, changes.keys()).await?;
        Ok(changes.into_iter().filter_map(|(key, day)| Some(PlannedDay { key, intervals: day? })).collect())
    }

    async fn tell_of_drafts<'a>(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        keys: impl ExactSizeIterator<Item = &'a PlanKey> + Clone + Send,
    ) -> Result<()> {
        let dates = || keys.clone().map(|key| key.date);
        let Some((from, to)) = dates().min().zip(dates().max()) else { return Ok(()) };
        let event = ShiftDraftsChanged { days: keys.len(), staff_ids: concerned(keys), from, to };
        self.jobs.publish_in(cx, tx, &event).await?;
        Ok(())
    }

    async fn drafts_in(&self, r: &Reader, staff: &[StaffId], scope: &PlanScope) -> Result<PlanDays> {
        Ok(within(repo::days_in(r, PlanState::Draft, staff, scope.from, scope.to).await?, scope))
    }

    /// The company's locations; those that are named exist.
    async fn expect_places(&self, r: &Reader, places: Option<&[LocationId]>) -> Result<Arc<Locations>> {
        let locations = self.tenancy.locations(r).await?;
        if places.unwrap_or_default().iter().any(|place| locations.get(*place).is_none()) {
            return Err(Error::not_found());
        }
        Ok(locations)
    }

    /// Locks the schedules of these people, of everybody who has not left when nobody is named, and reads who they are.
    async fn lock_people(&self, tx: &Tx, staff: Option<&[StaffId]>) -> Result<People> {
        let ids = match staff {
            Some(staff) => staff.to_vec(),
            None => named(&*self.members(tx).await?, None)?,
        };
        let locks: Vec<_> = ids.iter().map(|id| Subject::staff(*id).exclusive()).collect();
        tx.lock_schedules(&locks).await?;
        let members = self.members(tx).await?;
        let ids: BTreeSet<StaffId> = named(&members, Some(&ids))?.into_iter().collect();
        Ok(People(members.iter().filter(|member| ids.contains(&member.id)).cloned().collect()))
    }
}

/// The changes that drafts ask for, or everything that is wrong with them.
fn checked(drafts: &[ShiftDraft], people: &People, locations: &Locations, today: NaiveDate) -> Result<PlanChanges> {
    let (mut checks, mut changes) = (Checks::new(), PlanChanges::new());
    for (index, draft) in drafts.iter().enumerate() {
        let at = format!("shifts.{index}");
        let member = people.get(draft.staff_id)?;
        workplace(locations, member, draft.location_id).map_err(|error| error.within(&at))?;
        if member.archived {
            return Err(Error::conflict(CommonCode::Archived).at(format!("{at}.staffId")));
        }
        let Some((dates, intervals)) = draft.check(&mut checks, &at, member, today)? else { continue };
        for date in dates {
            let key = PlanKey { staff_id: draft.staff_id, location_id: draft.location_id, date };
            let twice = changes.insert(key, Some(intervals.clone())).is_some();
            checks.ensure(format!("{at}.dates"), !twice, CommonCode::Duplicate);
        }
    }
    checks.finish()?;
    Ok(changes)
}

/// The people who are named, or everybody who has not left.
fn named(members: &StaffTable, staff: Option<&[StaffId]>) -> Result<Vec<StaffId>> {
    match staff {
        Some(staff) if staff.iter().any(|id| members.get(*id).is_none()) => Err(Error::not_found()),
        Some(staff) => Ok(staff.to_vec()),
        None => Ok(members.iter().filter(|member| !member.archived).map(|member| member.id).collect()),
    }
}

fn within(mut days: PlanDays, scope: &PlanScope) -> PlanDays {
    days.retain(|key, _| scope.has_place(key.location_id));
    days
}

fn listed(days: PlanDays) -> Vec<PlannedDay> {
    days.into_iter().map(|(key, intervals)| PlannedDay { key, intervals }).collect()
}

fn cleared(days: &PlanDays) -> PlanChanges {
    days.keys().map(|key| (*key, None)).collect()
}

fn dates_of<'a>(keys: impl Iterator<Item = &'a PlanKey>, staff: StaffId) -> BTreeSet<NaiveDate> {
    keys.filter(|key| key.staff_id == staff).map(|key| key.date).collect()
}

fn concerned<'a>(keys: impl Iterator<Item = &'a PlanKey>) -> Vec<StaffId> {
    let staff: BTreeSet<StaffId> = keys.map(|key| key.staff_id).collect();
    staff.into_iter().collect()
}
