//! Queries about staff members.

use super::input::StaffFilterInput;
use super::object::MemberObject;
use crate::Staff;
use crate::graphql::caller;
use crate::permissions::{STAFF_INTERNAL, STAFF_READ};
use async_graphql::{Context, ID, Object, Result};
use gql::{Connection, ConnectionArgs, Paging};

/// Queries about staff members.
#[derive(Default)]
pub struct StaffMemberQuery;

#[Object]
impl StaffMemberQuery {
    /// The staff by position, then name. A publishable key sees those whom clients can book. Permission: staff.read.
    async fn staff_members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which staff; left out: all who are here.")] filter: Option<StaffFilterInput>,
        #[graphql(desc = "How many of the first ones; 1 to 100, 50 when left out.")] first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many of the last ones; 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<MemberObject>>> {
        let cx = caller(ctx, &[STAFF_READ])?;
        let paging = Paging::new(ctx, "staff.position.asc", ConnectionArgs { first, after, last, before })?;
        let filter = filter.unwrap_or_default().read()?;
        let reader = gql::reader(ctx).await?;
        let page = ctx.data::<Staff>()?.list_members(cx, &reader, &filter, paging.request()).await?;
        Ok(Some(paging.connection(page, MemberObject::from)))
    }

    /// One staff member. A publishable key finds those whom clients can book. Permission: staff.read.
    async fn staff_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The staff member's id, `stf_…`.")] id: ID,
    ) -> Result<Option<MemberObject>> {
        let (cx, id) = (caller(ctx, &[STAFF_READ])?, gql::id(&id)?);
        let reader = gql::reader(ctx).await?;
        Ok(Some(ctx.data::<Staff>()?.get_member(cx, &reader, id).await?.into()))
    }

    /// The profile of the user who asks; null when they have none. Permission: staff.internal.
    async fn my_staff_member(&self, ctx: &Context<'_>) -> Result<Option<MemberObject>> {
        let cx = caller(ctx, &[STAFF_INTERNAL])?;
        let reader = gql::reader(ctx).await?;
        Ok(ctx.data::<Staff>()?.find_own_member(cx, &reader).await?.map(MemberObject::from))
    }
}
