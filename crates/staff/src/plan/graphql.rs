//! The shift plan in the schema.

use super::{PlanScope, PlannedDay, ShiftDraft, WeekCopy};
use crate::Staff;
use crate::error::StaffUserError;
use crate::graphql::{TimeInterval, TimeIntervalInput, caller, member};
use crate::member::StaffId;
use crate::member::graphql::MemberObject;
use crate::permissions::SCHEDULE_WRITE;
use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use gql::{LocalDate, Refusal};
use kernel::Error;
use tenancy::LocationId;
use tenancy::ports::AffectedBooking;

/// A planned day.
#[derive(Clone, Debug)]
pub struct PlannedDayObject(PlannedDay);

impl From<PlannedDay> for PlannedDayObject {
    fn from(day: PlannedDay) -> Self {
        Self(day)
    }
}

/// A day of the shift plan: what somebody works at a location on a local date, or that they are free.
#[Object(name = "PlannedShift")]
impl PlannedDayObject {
    /// Who works.
    async fn staff_member(&self, ctx: &Context<'_>) -> Result<MemberObject> {
        member(ctx, self.0.key.staff_id).await
    }

    /// Where, `loc_…`.
    async fn location_id(&self) -> ID {
        gql::to_id(self.0.key.location_id)
    }

    /// The local date on which the intervals start.
    async fn date(&self) -> LocalDate {
        self.0.key.date.into()
    }

    /// What is worked, by start, before opening hours, closures and time off are taken from it; empty on a free day, which
    /// holds against the weekly hours once it is published.
    async fn intervals(&self) -> Vec<TimeInterval> {
        self.0.intervals.iter().copied().map(TimeInterval::from).collect()
    }
}

/// The most entries in one list of ids.
const IDS_MAX: usize = 200;

fn few<I: kernel::Id>(ids: Option<&[ID]>, name: &'static str) -> kernel::Result<Option<Vec<I>>> {
    if ids.is_some_and(|ids| ids.len() > IDS_MAX) {
        return Err(Error::invalid_argument(name).with("max", IDS_MAX));
    }
    ids.map(gql::ids).transpose()
}

fn scope(from: LocalDate, to: LocalDate, staff: Option<&[ID]>, places: Option<&[ID]>) -> kernel::Result<PlanScope> {
    let (staff, places) = (few::<StaffId>(staff, "staffIds")?, few::<LocationId>(places, "locationIds")?);
    Ok(PlanScope { from: from.into(), to: to.into(), staff, places })
}

/// Queries about the shift plan.
#[derive(Default)]
pub struct PlanQuery;

#[Object]
impl PlanQuery {
    /// The drafts of the shift plan, by person, location and date. Permission: schedule.write.
    async fn shift_drafts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first local date.")] from: LocalDate,
        #[graphql(desc = "The last local date: at most 62 days are asked for at once.")] to: LocalDate,
        #[graphql(desc = "Of these people, at most 200; left out: of all who are here.")] staff_ids: Option<Vec<ID>>,
        #[graphql(desc = "Only at these locations.")] location_ids: Option<Vec<ID>>,
    ) -> Result<Option<Vec<PlannedDayObject>>> {
        let cx = caller(ctx, &[SCHEDULE_WRITE])?;
        let scope = scope(from, to, staff_ids.as_deref(), location_ids.as_deref())?;
        let reader = gql::reader(ctx).await?;
        let drafts = ctx.data::<Staff>()?.list_drafts(cx, &reader, &scope).await?;
        Ok(Some(drafts.into_iter().map(PlannedDayObject::from).collect()))
    }
}

/// The same shifts of one person at one location on several dates.
#[derive(InputObject)]
struct ShiftDraftInput {
    /// Who works.
    staff_id: ID,
    /// Where: a location at which they work.
    location_id: ID,
    /// On which local dates: 1 to 366, within two years.
    dates: Vec<LocalDate>,
    /// What they work: at most 12 intervals, none of which overlap. Empty: free days.
    intervals: Vec<TimeIntervalInput>,
}

/// Shifts to be drafted.
#[derive(InputObject)]
struct ShiftDraftsSetInput {
    /// The shifts: 1 to 200 entries, in all at most 5000 days, none of them twice.
    shifts: Vec<ShiftDraftInput>,
}

/// A week to be copied.
#[derive(InputObject)]
struct ShiftDraftsCopyWeekInput {
    /// Any local date of the week that is copied, Monday to Sunday.
    from_week: LocalDate,
    /// Local dates of the weeks that it is copied to: 1 to 12.
    to_weeks: Vec<LocalDate>,
    /// Of these people, at most 200; left out: of all who are here.
    staff_ids: Option<Vec<ID>>,
    /// Only at these locations.
    location_ids: Option<Vec<ID>>,
    /// Whether days that are drafted or published already are drafted anew; otherwise they are left alone.
    #[graphql(default)]
    replace: bool,
}

/// Declares inputs that name a stretch of the plan, each with the one thing it asks beside.
macro_rules! stretches {
    ($($(#[$meta:meta])+ $name:ident $({ $(#[$more:meta])+ $flag:ident })?;)+) => {$(
        $(#[$meta])+
        #[derive(InputObject)]
        struct $name {
            /// The first local date.
            from: LocalDate,
            /// The last local date: at most 62 days at once.
            to: LocalDate,
            /// Of these people, at most 200; left out: of all who are here.
            staff_ids: Option<Vec<ID>>,
            /// Only at these locations.
            location_ids: Option<Vec<ID>>,
            $(
                $(#[$more])+
                #[graphql(default)]
                $flag: bool,
            )?
        }

        impl $name {
            fn scope(&self) -> kernel::Result<PlanScope> {
                scope(self.from, self.to, self.staff_ids.as_deref(), self.location_ids.as_deref())
            }
        }
    )+};
}

stretches! {
    /// A stretch of the plan to be drafted from rotas.
    ShiftDraftsGenerateInput {
        /// Whether days that are drafted or published already are drafted anew; otherwise they are left alone.
        replace
    };
    /// A stretch of the plan whose drafts are taken away.
    ShiftDraftsDiscardInput;
    /// A stretch of the plan to be published.
    ShiftPlanPublishInput {
        /// Whether this is only a preview: the same answer, and nothing is written.
        dry_run
    };
    /// A stretch of the plan whose published shifts are taken back.
    ShiftPlanWithdrawInput {
        /// Whether this is only a preview: the same answer, and nothing is written.
        dry_run
    };
}

/// Declares payloads of the plan: the days that changed, and with `hits` the bookings that do not fit.
macro_rules! plan_payloads {
    ($($(#[$meta:meta])+ $name:ident $(, $affected:ident)?;)+) => {$(
        $(#[$meta])+
        #[derive(SimpleObject)]
        struct $name {
            /// The days that changed, by person, location and date; empty when the change was refused.
            shifts: Vec<PlannedDayObject>,
            $(
                /// The bookings of these people in the stretch that do not fit. None of them was changed.
                $affected: Vec<AffectedBooking>,
            )?
            /// What to mend; empty when the change was made.
            user_errors: Vec<StaffUserError>,
        }

        plan_payloads!(@from $name $(, $affected)?);
    )+};
    (@from $name:ident) => {
        impl From<Result<Vec<PlannedDay>, Refusal>> for $name {
            fn from(outcome: Result<Vec<PlannedDay>, Refusal>) -> Self {
                match outcome {
                    Ok(days) => Self { shifts: days.into_iter().map(Into::into).collect(), user_errors: Vec::new() },
                    Err(refusal) => Self { shifts: Vec::new(), user_errors: refusal.into() },
                }
            }
        }
    };
    (@from $name:ident, $affected:ident) => {
        impl From<Result<(Vec<PlannedDay>, Vec<AffectedBooking>), Refusal>> for $name {
            fn from(outcome: Result<(Vec<PlannedDay>, Vec<AffectedBooking>), Refusal>) -> Self {
                match outcome {
                    Ok((days, $affected)) => Self {
                        shifts: days.into_iter().map(Into::into).collect(),
                        $affected,
                        user_errors: Vec::new(),
                    },
                    Err(refusal) => Self { shifts: Vec::new(), $affected: Vec::new(), user_errors: refusal.into() },
                }
            }
        }
    };
}

plan_payloads! {
    /// What became of drafted shifts.
    ShiftDraftsSetPayload;
    /// What became of drafts from rotas.
    ShiftDraftsGeneratePayload;
    /// What became of a copied week.
    ShiftDraftsCopyWeekPayload;
    /// What became of drafts that were taken away.
    ShiftDraftsDiscardPayload;
    /// What became of a stretch that was published.
    ShiftPlanPublishPayload, affected_bookings;
    /// What became of a stretch that was taken back.
    ShiftPlanWithdrawPayload, affected_bookings;
}

/// Changes of the shift plan.
#[derive(Default)]
pub struct PlanMutation;

#[Object]
impl PlanMutation {
    /// Drafts shifts, or free days, for many dates at once. What was drafted on those days is replaced: of two planners who
    /// draft one day the later stands. Nobody can be booked by a draft. Emits `shifts.drafts_changed`.
    /// Permission: schedule.write.
    async fn shift_drafts_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The shifts.")] input: ShiftDraftsSetInput,
    ) -> Result<Option<ShiftDraftsSetPayload>> {
        let cx = caller(ctx, &[SCHEDULE_WRITE])?;
        let draft = |shift: ShiftDraftInput| {
            Ok(ShiftDraft {
                staff_id: gql::id(&shift.staff_id)?,
                location_id: gql::id(&shift.location_id)?,
                dates: shift.dates.into_iter().map(Into::into).collect(),
                intervals: shift.intervals.into_iter().map(Into::into).collect(),
            })
        };
        let drafts = input.shifts.into_iter().map(draft).collect::<kernel::Result<Vec<_>>>()?;
        gql::answer(ctx, ctx.data::<Staff>()?.set_drafts(cx, &drafts).await)
    }

    /// Drafts what the rotas give, free days too. Days on which somebody is not employed get nothing. Emits
    /// `shifts.drafts_changed`. Permission: schedule.write.
    async fn shift_drafts_generate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The stretch.")] input: ShiftDraftsGenerateInput,
    ) -> Result<Option<ShiftDraftsGeneratePayload>> {
        let cx = caller(ctx, &[SCHEDULE_WRITE])?;
        gql::answer(ctx, ctx.data::<Staff>()?.generate_drafts(cx, &input.scope()?, input.replace).await)
    }

    /// Drafts other weeks like one. Of each day the draft is copied, else what is published, else the weekly hours;
    /// exceptions are of their date alone. Emits `shifts.drafts_changed`. Permission: schedule.write.
    async fn shift_drafts_copy_week(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The weeks.")] input: ShiftDraftsCopyWeekInput,
    ) -> Result<Option<ShiftDraftsCopyWeekPayload>> {
        let cx = caller(ctx, &[SCHEDULE_WRITE])?;
        let copy = WeekCopy {
            from_week: input.from_week.into(),
            to_weeks: input.to_weeks.into_iter().map(Into::into).collect(),
            staff: few(input.staff_ids.as_deref(), "staffIds")?,
            places: few(input.location_ids.as_deref(), "locationIds")?,
        };
        gql::answer(ctx, ctx.data::<Staff>()?.copy_week(cx, &copy, input.replace).await)
    }

    /// Takes the drafts of a stretch away; what is published stays. Emits `shifts.drafts_changed`.
    /// Permission: schedule.write.
    async fn shift_drafts_discard(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The stretch.")] input: ShiftDraftsDiscardInput,
    ) -> Result<Option<ShiftDraftsDiscardPayload>> {
        let cx = caller(ctx, &[SCHEDULE_WRITE])?;
        gql::answer(ctx, ctx.data::<Staff>()?.discard_drafts(cx, &input.scope()?).await)
    }

    /// Publishes the drafts of a stretch: from then on they are working time, in place of the weekly hours. It cancels no
    /// booking: the answer lists those that do not fit, also when it is asked again and nothing was left to publish. A
    /// booking that is made meanwhile is either decided by what is published or listed. Emits `shifts.published`.
    /// Permission: schedule.write.
    async fn shift_plan_publish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The stretch.")] input: ShiftPlanPublishInput,
    ) -> Result<Option<ShiftPlanPublishPayload>> {
        let cx = caller(ctx, &[SCHEDULE_WRITE])?;
        gql::answer(ctx, ctx.data::<Staff>()?.publish_plan(cx, &input.scope()?, input.dry_run).await)
    }

    /// Takes the published shifts of a stretch back: the days go by the weekly hours again, and what was published becomes a
    /// draft where there is none. It cancels no booking: the answer lists those that do not fit. Emits `shifts.withdrawn`.
    /// Permission: schedule.write.
    async fn shift_plan_withdraw(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The stretch.")] input: ShiftPlanWithdrawInput,
    ) -> Result<Option<ShiftPlanWithdrawPayload>> {
        let cx = caller(ctx, &[SCHEDULE_WRITE])?;
        gql::answer(ctx, ctx.data::<Staff>()?.withdraw_plan(cx, &input.scope()?, input.dry_run).await)
    }
}
