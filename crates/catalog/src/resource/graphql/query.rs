//! Queries about resources.

use super::object::{ResourceObject, ResourceStatusObject};
use crate::Catalog;
use crate::graphql::viewer;
use crate::permissions::CATALOG_INTERNAL;
use crate::resource::ResourceFilter;
use async_graphql::{Context, ID, InputObject, Object, Result};
use gql::{Connection, ConnectionArgs, Paging};
use kernel::Error;

/// Which resources to list. What is left out does not matter.
#[derive(Default, InputObject)]
struct ResourceFilterInput {
    /// Part of the name, in any case.
    search: Option<String>,
    /// Those of this kind.
    kind_id: Option<ID>,
    /// Those at this location.
    location_id: Option<ID>,
    /// Only those that are switched on, or off.
    active: Option<bool>,
    /// Only archived ones; left out or false: only live ones.
    archived: Option<bool>,
}

impl ResourceFilterInput {
    fn read(self) -> kernel::Result<ResourceFilter> {
        Ok(ResourceFilter {
            search: self.search,
            type_id: self.kind_id.as_ref().map(gql::id).transpose()?,
            location_id: self.location_id.as_ref().map(gql::id).transpose()?,
            active: self.active,
            archived: self.archived,
        })
    }
}

/// Queries about resources.
#[derive(Default)]
pub struct ResourceQuery;

#[Object]
impl ResourceQuery {
    /// Resources by name. Permission: catalog.internal.
    async fn resources(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which resources; left out: all live ones.")] filter: Option<ResourceFilterInput>,
        #[graphql(desc = "How many of the first ones; 1 to 100, 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many of the last ones; 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<ResourceObject>>> {
        let cx = viewer(ctx, CATALOG_INTERNAL)?;
        let paging = Paging::new(ctx, "resources.name.asc", ConnectionArgs { first, after, last, before })?;
        let filter = filter.unwrap_or_default().read()?;
        let reader = gql::reader(ctx).await?;
        let page = ctx.data::<Catalog>()?.list_resources(cx, &reader, &filter, paging.request()).await?;
        Ok(Some(paging.connection(page, ResourceObject::from)))
    }

    /// One resource. Permission: catalog.internal.
    async fn resource(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The resource's id, `rsc_…`.")] id: ID,
    ) -> Result<Option<ResourceObject>> {
        let (cx, id) = (viewer(ctx, CATALOG_INTERNAL)?, gql::id(&id)?);
        let reader = gql::reader(ctx).await?;
        Ok(Some(ctx.data::<Catalog>()?.get_resource(cx, &reader, id).await?.into()))
    }

    /// What resources are at an instant, in the order of the ids, else by name. Permission: catalog.internal.
    async fn resource_statuses(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of these resources, at most 200; left out: of all live ones.")] ids: Option<Vec<ID>>,
        #[graphql(desc = "Only of those at this location.")] location_id: Option<ID>,
        #[graphql(desc = "The instant; now when left out.")] at: Option<gql::DateTime>,
    ) -> Result<Option<Vec<ResourceStatusObject>>> {
        let cx = viewer(ctx, CATALOG_INTERNAL)?;
        let ids = ids.as_deref().map(gql::ids).transpose()?;
        let location = location_id.as_ref().map(gql::id).transpose()?;
        if ids.as_ref().is_some_and(|ids| ids.len() > 200) {
            return Err(Error::invalid_argument("ids").with("max", 200).into());
        }
        let reader = gql::reader(ctx).await?;
        let catalog = ctx.data::<Catalog>()?;
        catalog.expect_known_location(&reader, location).await?;
        let resources = catalog.resources(&reader).await?;
        let ids = ids.unwrap_or_else(|| {
            resources.iter().filter(|resource| !resource.archived).map(|resource| resource.id).collect()
        });
        let stands = |id: &_| {
            location.is_none_or(|place| resources.get(*id).is_none_or(|resource| resource.location_id == place))
        };
        let ids: Vec<_> = ids.into_iter().filter(stands).collect();
        let at = at.map_or_else(|| cx.now(), gql::DateTime::utc);
        let statuses = catalog.resource_statuses(cx, &reader, &ids, at).await?;
        Ok(Some(statuses.into_iter().map(ResourceStatusObject::from).collect()))
    }
}
