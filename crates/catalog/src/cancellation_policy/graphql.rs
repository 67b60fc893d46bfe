//! Cancellation policies in the schema.

use super::{
    CancellationPolicy, CancellationPolicyDraft, CancellationPolicyId, CancellationPolicyPatch, CancellationTier,
    LateCancellation, TierDraft,
};
use crate::Catalog;
use crate::error::CatalogUserError;
use crate::graphql::{LocalizedText, LocalizedTextInput, in_language, patch, writer};
use crate::localized::Localized;
use crate::portion::{PortionObject, PortionWish};
use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use kernel::{Currency, Error};

/// A cancellation policy.
#[derive(Clone, Debug)]
pub struct CancellationPolicyObject(CancellationPolicy);

impl From<CancellationPolicy> for CancellationPolicyObject {
    fn from(policy: CancellationPolicy) -> Self {
        Self(policy)
    }
}

/// What calling a visit off costs by how late it is done, how late it may be moved, and what staying away costs. A booking
/// keeps what held when it was made.
#[Object(name = "CancellationPolicy")]
impl CancellationPolicyObject {
    /// The policy's id, `cxp_…`.
    async fn id(&self) -> ID {
        gql::to_id(self.0.id)
    }

    /// Its name in one language; in another one where it is not translated.
    async fn name(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The language; the caller's when left out.")] locale: Option<gql::Locale>,
    ) -> Result<String> {
        in_language(ctx, &self.0.name, locale)
    }

    /// Its name in all languages.
    async fn names(&self) -> LocalizedText {
        self.0.name.clone().into()
    }

    /// Its tiers from the earliest deadline to the latest; before the first deadline calling off is free.
    async fn tiers(&self, ctx: &Context<'_>) -> Result<Vec<CancellationTierObject>> {
        let currency = currency(ctx).await?;
        Ok(self.0.tiers.iter().map(|tier| CancellationTierObject::new(tier, currency)).collect())
    }

    /// What a client may do once the first deadline has passed. Staff always may call off.
    async fn late_cancellation(&self) -> LateCancellation {
        self.0.late
    }

    /// How many elapsed hours before the start a client may still move the visit; null: until it starts.
    async fn reschedule_hours(&self) -> Option<u16> {
        self.0.reschedule_hours
    }

    /// How often a client may move the visit; null: as often as they like.
    async fn max_reschedules(&self) -> Option<u16> {
        self.0.max_reschedules
    }

    /// What staying away costs, of the whole visit's price.
    async fn no_show_fee(&self, ctx: &Context<'_>) -> Result<PortionObject> {
        Ok(PortionObject::new(self.0.no_show_fee, currency(ctx).await?))
    }

    /// Whether the prepayment is kept when the client stays away.
    async fn no_show_keeps_deposit(&self) -> bool {
        self.0.no_show_keeps_deposit
    }

    /// Whether services that name no policy take this one.
    async fn is_default(&self, ctx: &Context<'_>) -> Result<bool> {
        let policies = ctx.data::<Catalog>()?.cancellation_policies(&*gql::reader(ctx).await?).await?;
        Ok(policies.default_policy().is_some_and(|policy| policy.id == self.0.id))
    }

    /// Whether it is withdrawn.
    async fn archived(&self) -> bool {
        self.0.archived
    }

    /// Grows with each edit; an edit names the one that it is based on.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

impl gql::Node for CancellationPolicyObject {
    type Id = CancellationPolicyId;

    async fn find(ctx: &Context<'_>, id: CancellationPolicyId) -> Result<Self> {
        let reader = gql::reader(ctx).await?;
        let (shown, _) = ctx.data::<Catalog>()?.list_cancellation_policies(gql::cx(ctx)?, &reader, true).await?;
        Ok(shown.into_iter().find(|policy| policy.id == id).ok_or_else(Error::not_found)?.into())
    }
}

gql::node!(CancellationPolicyObject);

/// From so many hours before the start on, calling off costs so much.
#[derive(SimpleObject)]
#[graphql(name = "CancellationTier")]
pub struct CancellationTierObject {
    /// Elapsed hours before the start; exactly so many is still in time.
    hours_before: u16,
    /// The fee, of the whole visit's price.
    fee: PortionObject,
    /// Whether the prepayment is kept.
    keeps_deposit: bool,
}

impl CancellationTierObject {
    fn new(tier: &CancellationTier, currency: Currency) -> Self {
        Self {
            hours_before: tier.hours_before,
            fee: PortionObject::new(tier.fee, currency),
            keeps_deposit: tier.keeps_deposit,
        }
    }
}

/// The company's currency, in which fixed fees are.
pub(crate) async fn currency(ctx: &Context<'_>) -> Result<Currency> {
    Ok(ctx.data::<Catalog>()?.tenancy.settings(&*gql::reader(ctx).await?).await?.currency)
}

/// Queries about cancellation policies.
#[derive(Default)]
pub struct CancellationPolicyQuery;

#[Object]
impl CancellationPolicyQuery {
    /// All cancellation policies by name. Permission: catalog.read.
    async fn cancellation_policies(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whether archived ones are listed too; the public never sees them.", default)]
        include_archived: bool,
    ) -> Result<Option<Vec<CancellationPolicyObject>>> {
        let (cx, reader) = (gql::cx(ctx)?, gql::reader(ctx).await?);
        let (shown, _) = ctx.data::<Catalog>()?.list_cancellation_policies(cx, &reader, include_archived).await?;
        Ok(Some(shown.into_iter().map(CancellationPolicyObject::from).collect()))
    }
}

/// A tier of a cancellation policy.
#[derive(InputObject)]
struct CancellationTierInput {
    /// Elapsed hours before the start: 1 to 8760; exactly so many is still in time.
    hours_before: i32,
    /// The fee, of the whole visit's price.
    fee: PortionWish,
    /// Whether the prepayment is kept.
    #[graphql(default)]
    keeps_deposit: bool,
}

impl From<CancellationTierInput> for TierDraft {
    fn from(input: CancellationTierInput) -> Self {
        Self { hours_before: input.hours_before, fee: input.fee.into(), keeps_deposit: input.keeps_deposit }
    }
}

/// A cancellation policy to be made.
#[derive(InputObject)]
struct CancellationPolicyCreateInput {
    /// Its name: at least one language, at most 120 characters each; unique among live policies.
    name: LocalizedTextInput,
    /// What calling off costs, at most 10 tiers with different hours; none: it is free.
    #[graphql(default)]
    tiers: Vec<CancellationTierInput>,
    /// What a client may do once the first deadline has passed.
    #[graphql(default_with = "LateCancellation::Charged")]
    late_cancellation: LateCancellation,
    /// How many elapsed hours before the start a client may still move the visit: 0 to 8760. Left out: until it starts.
    reschedule_hours: Option<i32>,
    /// How often a client may move the visit: 0 to 100. Left out: as often as they like.
    max_reschedules: Option<i32>,
    /// What staying away costs, of the whole visit's price. Left out: nothing.
    no_show_fee: Option<PortionWish>,
    /// Whether the prepayment is kept when the client stays away.
    #[graphql(default)]
    no_show_keeps_deposit: bool,
    /// The caller's key, at most 64 characters: a repeated request with the same key makes one policy.
    idempotency_key: Option<String>,
}

/// An edit of a cancellation policy. A field that is left out stays as it is; null empties a field that may be empty.
#[derive(InputObject)]
struct CancellationPolicyUpdateInput {
    /// Which policy.
    id: ID,
    /// The version that the edit is based on.
    version: i32,
    /// Its name in all languages: a language that is left out is emptied.
    name: Option<LocalizedTextInput>,
    /// All its tiers: this list replaces the one before.
    tiers: Option<Vec<CancellationTierInput>>,
    /// What a client may do once the first deadline has passed.
    late_cancellation: Option<LateCancellation>,
    /// How many elapsed hours before the start a client may still move the visit; null: until it starts.
    reschedule_hours: MaybeUndefined<i32>,
    /// How often a client may move the visit; null: as often as they like.
    max_reschedules: MaybeUndefined<i32>,
    /// What staying away costs.
    no_show_fee: Option<PortionWish>,
    /// Whether the prepayment is kept when the client stays away.
    no_show_keeps_deposit: Option<bool>,
}

/// A cancellation policy to be archived.
#[derive(InputObject)]
struct CancellationPolicyArchiveInput {
    /// Which policy.
    id: ID,
    /// The version that the caller has seen.
    version: i32,
}

/// A cancellation policy to be taken back.
#[derive(InputObject)]
struct CancellationPolicyRestoreInput {
    /// Which policy.
    id: ID,
    /// The version that the caller has seen.
    version: i32,
}

/// The choice of the policy that services take which name none.
#[derive(InputObject)]
struct CancellationPolicySetDefaultInput {
    /// Which policy; null: visits of such services are free to call off.
    id: Option<ID>,
}

gql::payloads! {
    CatalogUserError;
    /// What became of a new cancellation policy.
    CancellationPolicyCreatePayload { cancellation_policy: CancellationPolicyObject = CancellationPolicy };
    /// What became of an edit of a cancellation policy.
    CancellationPolicyUpdatePayload { cancellation_policy: CancellationPolicyObject = CancellationPolicy }
        or current: CancellationPolicy;
    /// What became of the archiving of a cancellation policy.
    CancellationPolicyArchivePayload { cancellation_policy: CancellationPolicyObject = CancellationPolicy }
        or current: CancellationPolicy;
    /// What became of the return of a cancellation policy.
    CancellationPolicyRestorePayload { cancellation_policy: CancellationPolicyObject = CancellationPolicy }
        or current: CancellationPolicy;
}

/// What became of the choice of a default policy.
#[derive(SimpleObject)]
pub struct CancellationPolicySetDefaultPayload {
    /// The default policy now; null when there is none, or the choice was refused.
    cancellation_policy: Option<CancellationPolicyObject>,
    /// What to mend; empty when the choice was made.
    user_errors: Vec<CatalogUserError>,
}

/// Changes of cancellation policies.
#[derive(Default)]
pub struct CancellationPolicyMutation;

#[Object]
impl CancellationPolicyMutation {
    /// Makes a cancellation policy. Emits `cancellation_policy.created`. Permission: catalog.write.
    async fn cancellation_policy_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The policy.")] input: CancellationPolicyCreateInput,
    ) -> Result<Option<CancellationPolicyCreatePayload>> {
        let key = input.idempotency_key.clone();
        let draft = CancellationPolicyDraft {
            name: input.name.into(),
            tiers: input.tiers.into_iter().map(Into::into).collect(),
            late: input.late_cancellation,
            reschedule_hours: input.reschedule_hours,
            max_reschedules: input.max_reschedules,
            no_show_fee: input.no_show_fee.map(Into::into).unwrap_or_default(),
            no_show_keeps_deposit: input.no_show_keeps_deposit,
        };
        let outcome = ctx.data::<Catalog>()?.create_cancellation_policy(writer(ctx)?, draft, key.as_deref()).await;
        gql::answer(ctx, outcome)
    }

    /// Edits a cancellation policy; nothing that is booked changes. Emits `cancellation_policy.updated`.
    /// Permission: catalog.write.
    async fn cancellation_policy_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The edit.")] input: CancellationPolicyUpdateInput,
    ) -> Result<Option<CancellationPolicyUpdatePayload>> {
        let (cx, id) = (writer(ctx)?, gql::id(&input.id)?);
        let patch = CancellationPolicyPatch {
            name: input.name.map(Localized::from),
            tiers: input.tiers.map(|tiers| tiers.into_iter().map(Into::into).collect()),
            late: input.late_cancellation,
            reschedule_hours: patch(input.reschedule_hours),
            max_reschedules: patch(input.max_reschedules),
            no_show_fee: input.no_show_fee.map(Into::into),
            no_show_keeps_deposit: input.no_show_keeps_deposit,
        };
        let outcome = ctx.data::<Catalog>()?.update_cancellation_policy(cx, id, input.version, patch).await;
        gql::answer(ctx, outcome)
    }

    /// Archives a cancellation policy; refused with `IN_USE` while it is the default or a live service names it. Emits
    /// `cancellation_policy.archived`. Permission: catalog.write.
    async fn cancellation_policy_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which policy.")] input: CancellationPolicyArchiveInput,
    ) -> Result<Option<CancellationPolicyArchivePayload>> {
        let (cx, id) = (writer(ctx)?, gql::id(&input.id)?);
        let outcome = ctx.data::<Catalog>()?.archive_cancellation_policy(cx, id, input.version).await;
        gql::answer(ctx, outcome)
    }

    /// Takes an archived cancellation policy back. Emits `cancellation_policy.restored`. Permission: catalog.write.
    async fn cancellation_policy_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which policy.")] input: CancellationPolicyRestoreInput,
    ) -> Result<Option<CancellationPolicyRestorePayload>> {
        let (cx, id) = (writer(ctx)?, gql::id(&input.id)?);
        let outcome = ctx.data::<Catalog>()?.restore_cancellation_policy(cx, id, input.version).await;
        gql::answer(ctx, outcome)
    }

    /// Chooses the policy of services that name none; of two choices at once the later one stays. Emits
    /// `cancellation_policy.default_set`. Permission: catalog.write.
    async fn cancellation_policy_set_default(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which policy.")] input: CancellationPolicySetDefaultInput,
    ) -> Result<Option<CancellationPolicySetDefaultPayload>> {
        let cx = writer(ctx)?;
        let id = input.id.as_ref().map(gql::id).transpose()?;
        let outcome = ctx.data::<Catalog>()?.set_default_cancellation_policy(cx, id).await;
        Ok(Some(match gql::settle(ctx, outcome)? {
            Ok(policy) => CancellationPolicySetDefaultPayload {
                cancellation_policy: policy.map(Into::into),
                user_errors: Vec::new(),
            },
            Err(refusal) => {
                CancellationPolicySetDefaultPayload { cancellation_policy: None, user_errors: refusal.into() }
            }
        }))
    }
}
