//! Rotas in the schema.

use super::{CycleDays, Rota, RotaDraft, RotaId, RotaPatch};
use crate::Staff;
use crate::error::StaffUserError;
use crate::graphql::{TimeInterval, TimeIntervalInput, caller, member};
use crate::member::graphql::MemberObject;
use crate::permissions::{SCHEDULE_WRITE, STAFF_INTERNAL};
use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use gql::LocalDate;
use kernel::Error;

/// A rota.
#[derive(Clone, Debug)]
pub struct RotaObject(Rota);

impl From<Rota> for RotaObject {
    fn from(rota: Rota) -> Self {
        Self(rota)
    }
}

/// A cycle of days that repeats from an anchor date on. Nobody can be booked by it: its days become shifts when they are
/// drafted (`shiftDraftsGenerate`) and published (`shiftPlanPublish`).
#[Object(name = "Rota")]
impl RotaObject {
    /// The rota's id, `rot_…`.
    async fn id(&self) -> ID {
        gql::to_id(self.0.id)
    }

    /// Who works.
    async fn staff_member(&self, ctx: &Context<'_>) -> Result<MemberObject> {
        member(ctx, self.0.staff_id).await
    }

    /// Where, `loc_…`.
    async fn location_id(&self) -> ID {
        gql::to_id(self.0.location_id)
    }

    /// What planners call it; may be empty.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// A local date on which the cycle's first day falls. Before it the cycle runs backwards.
    async fn anchor(&self) -> LocalDate {
        self.0.anchor.into()
    }

    /// The days that repeat, the last followed by the first.
    async fn cycle(&self) -> Vec<RotaDay> {
        let day = |day: &crate::schedule::Intervals| RotaDay {
            intervals: day.iter().copied().map(TimeInterval::from).collect(),
        };
        self.0.cycle.days().iter().map(day).collect()
    }

    /// The first local date on which it counts.
    async fn valid_from(&self) -> LocalDate {
        self.0.valid_from.into()
    }

    /// The last local date on which it counts; null is without end.
    async fn valid_to(&self) -> Option<LocalDate> {
        self.0.valid_to.map(LocalDate)
    }

    /// Whether it is archived: nothing is drafted from it any more.
    async fn archived(&self) -> bool {
        self.0.archived
    }

    /// Grows with each edit; an edit names the one that it is based on.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// One day of a rota.
#[derive(SimpleObject)]
struct RotaDay {
    /// What is worked, by start; empty on a free day.
    intervals: Vec<TimeInterval>,
}

impl gql::Node for RotaObject {
    type Id = RotaId;

    async fn find(ctx: &Context<'_>, id: RotaId) -> Result<Self> {
        let reader = gql::reader(ctx).await?;
        Ok(ctx.data::<Staff>()?.get_rota(gql::cx(ctx)?, &reader, id).await?.into())
    }
}

gql::node!(RotaObject);

/// The most people of one question.
const PEOPLE_MAX: usize = 200;

/// Queries about rotas.
#[derive(Default)]
pub struct RotaQuery;

#[Object]
impl RotaQuery {
    /// Rotas by person, location and first day. Permission: staff.internal.
    async fn rotas(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of these people, at most 200; left out: of everybody.")] staff_ids: Option<Vec<ID>>,
        #[graphql(desc = "Whether archived ones are listed too.", default)] include_archived: bool,
    ) -> Result<Option<Vec<RotaObject>>> {
        let cx = caller(ctx, &[STAFF_INTERNAL])?;
        if staff_ids.as_ref().is_some_and(|ids| ids.len() > PEOPLE_MAX) {
            return Err(Error::invalid_argument("staffIds").with("max", PEOPLE_MAX).into());
        }
        let staff = staff_ids.as_deref().map(gql::ids).transpose()?;
        let reader = gql::reader(ctx).await?;
        let rotas = ctx.data::<Staff>()?.list_rotas(cx, &reader, staff.as_deref(), include_archived).await?;
        Ok(Some(rotas.into_iter().map(RotaObject::from).collect()))
    }
}

/// Some days of a rota in a row that are alike.
#[derive(InputObject)]
struct RotaDaysInput {
    /// How many days in a row: 1 to 84.
    #[graphql(default = 1)]
    days: i32,
    /// What is worked on each of them: at most 12 intervals, none of which overlap. Empty: they are free.
    intervals: Vec<TimeIntervalInput>,
}

impl From<RotaDaysInput> for CycleDays {
    fn from(input: RotaDaysInput) -> Self {
        Self { days: input.days, intervals: input.intervals.into_iter().map(Into::into).collect() }
    }
}

/// A rota to be made.
#[derive(InputObject)]
struct RotaCreateInput {
    /// Who works.
    staff_id: ID,
    /// Where: a location at which they work.
    location_id: ID,
    /// What planners call it: at most 80 characters.
    #[graphql(default)]
    name: String,
    /// A local date on which the cycle's first day falls.
    anchor: LocalDate,
    /// The days that repeat, 1 to 84 in all: two on and two off are `[{days: 2, intervals: [...]}, {days: 2, intervals: []}]`.
    cycle: Vec<RotaDaysInput>,
    /// The first local date on which it counts; left out: the anchor.
    valid_from: Option<LocalDate>,
    /// The last local date on which it counts; left out: without end.
    valid_to: Option<LocalDate>,
    /// The caller's key, at most 64 characters: a repeated request with the same key makes one rota.
    idempotency_key: Option<String>,
}

/// An edit of a rota. A field that is left out stays as it is.
#[derive(InputObject)]
struct RotaUpdateInput {
    /// Which rota.
    id: ID,
    /// The version that the edit is based on.
    version: i32,
    /// Another name: at most 80 characters.
    name: Option<String>,
    /// Another local date on which the cycle's first day falls.
    anchor: Option<LocalDate>,
    /// Other days that repeat, 1 to 84 in all.
    cycle: Option<Vec<RotaDaysInput>>,
    /// Another first local date.
    valid_from: Option<LocalDate>,
    /// Another last local date; null is without end.
    valid_to: MaybeUndefined<LocalDate>,
}

/// A rota to be archived.
#[derive(InputObject)]
struct RotaArchiveInput {
    /// Which rota.
    id: ID,
    /// The version that the caller has seen.
    version: i32,
}

gql::payloads! {
    StaffUserError;
    /// What became of a new rota.
    RotaCreatePayload { rota: RotaObject = Rota };
    /// What became of an edit of a rota.
    RotaUpdatePayload { rota: RotaObject = Rota } or current: Rota;
    /// What became of the archiving of a rota.
    RotaArchivePayload { rota: RotaObject = Rota } or current: Rota;
}

/// Changes of rotas.
#[derive(Default)]
pub struct RotaMutation;

#[Object]
impl RotaMutation {
    /// Makes a rota. Two of one person and location may not be valid on the same day: of two that are made at once one is
    /// refused. Emits `rota.changed`. Permission: schedule.write.
    async fn rota_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The rota.")] input: RotaCreateInput,
    ) -> Result<Option<RotaCreatePayload>> {
        let cx = caller(ctx, &[SCHEDULE_WRITE])?;
        let draft = RotaDraft {
            staff_id: gql::id(&input.staff_id)?,
            location_id: gql::id(&input.location_id)?,
            name: input.name,
            anchor: input.anchor.into(),
            cycle: input.cycle.into_iter().map(Into::into).collect(),
            valid_from: input.valid_from.map(Into::into),
            valid_to: input.valid_to.map(Into::into),
        };
        let outcome = ctx.data::<Staff>()?.create_rota(cx, &draft, input.idempotency_key.as_deref()).await;
        gql::answer(ctx, outcome)
    }

    /// Edits a rota. What was drafted or published from it stays as it is. Emits `rota.changed`.
    /// Permission: schedule.write.
    async fn rota_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The edit.")] input: RotaUpdateInput,
    ) -> Result<Option<RotaUpdatePayload>> {
        let (cx, id) = (caller(ctx, &[SCHEDULE_WRITE])?, gql::id(&input.id)?);
        let patch = RotaPatch {
            name: input.name,
            anchor: input.anchor.map(Into::into),
            cycle: input.cycle.map(|days| days.into_iter().map(Into::into).collect()),
            valid_from: input.valid_from.map(Into::into),
            valid_to: match input.valid_to {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(None),
                MaybeUndefined::Value(date) => Some(Some(date.into())),
            },
        };
        let outcome = ctx.data::<Staff>()?.update_rota(cx, id, input.version, &patch).await;
        gql::answer(ctx, outcome)
    }

    /// Archives a rota: nothing more is drafted from it. What was drafted or published from it stays. Emits `rota.changed`.
    /// Permission: schedule.write.
    async fn rota_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which rota.")] input: RotaArchiveInput,
    ) -> Result<Option<RotaArchivePayload>> {
        let (cx, id) = (caller(ctx, &[SCHEDULE_WRITE])?, gql::id(&input.id)?);
        let outcome = ctx.data::<Staff>()?.archive_rota(cx, id, input.version).await;
        gql::answer(ctx, outcome)
    }
}
