//! What a staff member looks like.

use crate::Staff;
use crate::graphql::caller;
use crate::member::{Performs, StaffId, StaffMember};
use crate::permissions::STAFF_INTERNAL;
use async_graphql::{Context, ID, Object, Result};
use catalog::{Catalog, LocalizedText, ServiceObject, in_language};
use gql::LocalDate;
use kernel::Error;
use std::sync::Arc;

/// A staff member.
#[derive(Clone, Debug)]
pub struct MemberObject(Arc<StaffMember>);

impl From<StaffMember> for MemberObject {
    fn from(member: StaffMember) -> Self {
        Self(Arc::new(member))
    }
}

impl From<Arc<StaffMember>> for MemberObject {
    fn from(member: Arc<StaffMember>) -> Self {
        Self(member)
    }
}

/// Somebody who performs services, with or without a login.
#[Object(name = "StaffMember")]
impl MemberObject {
    /// The staff member's id, `stf_…`.
    async fn id(&self) -> ID {
        gql::to_id(self.0.id)
    }

    /// The user that they log in as, `usr_…`; many have none. Permission: staff.internal.
    async fn user_id(&self, ctx: &Context<'_>) -> Result<Option<ID>> {
        caller(ctx, &[STAFF_INTERNAL])?;
        Ok(self.0.user_id.map(gql::to_id))
    }

    /// The name that clients see.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What they are, in one language; in another one where it is not translated; may be empty.
    async fn title(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The language; the caller's when left out.")] locale: Option<gql::Locale>,
    ) -> Result<String> {
        in_language(ctx, &self.0.title, locale)
    }

    /// What they are, in all languages.
    async fn titles(&self) -> LocalizedText {
        self.0.title.clone().into()
    }

    /// A text about them for clients, in one language; in another one where it is not translated; may be empty.
    async fn bio(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The language; the caller's when left out.")] locale: Option<gql::Locale>,
    ) -> Result<String> {
        in_language(ctx, &self.0.bio, locale)
    }

    /// The text about them in all languages.
    async fn bios(&self) -> LocalizedText {
        self.0.bio.clone().into()
    }

    /// Where they work, `loc_…`; empty means at every location.
    async fn location_ids(&self) -> Vec<ID> {
        self.0.location_ids.iter().copied().map(gql::to_id).collect()
    }

    /// What they perform. The public sees the services that are listed publicly.
    async fn services(&self, ctx: &Context<'_>) -> Result<Vec<PerformsObject>> {
        let internal = gql::cx(ctx)?.can(STAFF_INTERNAL);
        let services = ctx.data::<Catalog>()?.services(&*gql::reader(ctx).await?).await?;
        let shown = |performs: &&Performs| {
            internal || services.get(performs.service_id).is_some_and(catalog::Service::listed_publicly)
        };
        Ok(self.0.performs.iter().filter(shown).copied().map(PerformsObject).collect())
    }

    /// The colour in the calendar, `#rrggbb`.
    async fn color(&self) -> Option<&str> {
        self.0.color.as_deref()
    }

    /// Whether clients can book them themselves.
    async fn bookable_online(&self) -> bool {
        self.0.bookable_online
    }

    /// The first day of their employment. Permission: staff.internal.
    async fn employed_from(&self, ctx: &Context<'_>) -> Result<Option<LocalDate>> {
        caller(ctx, &[STAFF_INTERNAL])?;
        Ok(self.0.employed_from.map(LocalDate))
    }

    /// The last day of their employment. Permission: staff.internal.
    async fn employed_to(&self, ctx: &Context<'_>) -> Result<Option<LocalDate>> {
        caller(ctx, &[STAFF_INTERNAL])?;
        Ok(self.0.employed_to.map(LocalDate))
    }

    /// How many visits at one location they may have at once. Permission: staff.internal.
    async fn lanes(&self, ctx: &Context<'_>) -> Result<Option<u8>> {
        caller(ctx, &[STAFF_INTERNAL])?;
        Ok(Some(self.0.lanes))
    }

    /// Where they stand in lists, smallest first.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// Whether they left.
    async fn archived(&self) -> bool {
        self.0.archived
    }

    /// Grows with each edit of the profile, of what they perform and of their hours; an edit names the one that it is
    /// based on.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

gql::ready!(MemberObject:
    id, user_id, name, title(None), titles, location_ids, color, bookable_online, position, archived, version,
);

impl gql::Node for MemberObject {
    type Id = StaffId;

    async fn find(ctx: &Context<'_>, id: StaffId) -> Result<Self> {
        let reader = gql::reader(ctx).await?;
        Ok(ctx.data::<Staff>()?.get_member(gql::cx(ctx)?, &reader, id).await?.into())
    }
}

gql::node!(MemberObject);

/// A service that somebody performs.
#[derive(Clone, Copy, Debug)]
pub struct PerformsObject(Performs);

/// A service that somebody performs, with what differs for them.
#[Object(name = "StaffService")]
impl PerformsObject {
    /// The service.
    async fn service(&self, ctx: &Context<'_>) -> Result<ServiceObject> {
        let services = ctx.data::<Catalog>()?.services(&*gql::reader(ctx).await?).await?;
        Ok(services.get(self.0.service_id).cloned().ok_or_else(Error::not_found)?.into())
    }

    /// Their own duration in elapsed minutes; null takes the service's.
    async fn duration_minutes(&self) -> Option<u16> {
        self.0.duration_minutes
    }

    /// Their own price, tax included; null takes the service's.
    async fn price(&self) -> Option<gql::Money> {
        self.0.price.map(gql::Money::from)
    }
}
