//! Members in the schema.

use std::collections::HashMap;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result};
use gql::ConnectionArgs;
use kernel::{Error, UserId};

use super::{Member, MemberChange, MemberId, repo};
use crate::error::TenancyUserError;
use crate::graphql::{patch, to_ids};
use crate::handle::Tenancy;
use crate::permissions::{MEMBERS_READ, MEMBERS_WRITE};
use crate::role::{MemberRole, RoleInput};
use crate::user::{self, User, UserObject};

/// The account behind a member. Its own key type, since members may be seen by colleagues and accounts may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct AccountOf(UserId);

impl gql::Load for AccountOf {
    type Value = User;

    async fn load(source: &gql::Source, keys: &[Self]) -> kernel::Result<HashMap<Self, User>> {
        let ids: Vec<UserId> = keys.iter().map(|key| key.0).collect();
        let rows = user::repo::find_many(&*source.reader().await?, &ids).await?;
        rows.into_iter().map(|row| User::try_from(row).map(|user| (Self(user.id), user))).collect()
    }
}

/// A member.
#[derive(Clone, Debug)]
pub struct MemberObject(Member);

impl From<Member> for MemberObject {
    fn from(member: Member) -> Self {
        Self(member)
    }
}

/// A member: a person's place in a company.
#[Object(name = "Member")]
impl MemberObject {
    /// The member's id, `mem_…`.
    async fn id(&self) -> ID {
        gql::to_id(self.0.id)
    }

    /// The person.
    async fn user(&self, ctx: &Context<'_>) -> Result<UserObject> {
        let user = match gql::cx(ctx)?.company_id() {
            Some(_) => gql::load(ctx, AccountOf(self.0.user_id)).await?,
            // Before a company is selected a person sees members in one place only: their own, in their list of companies.
            None => Some(ctx.data::<Tenancy>()?.me(gql::cx(ctx)?).await?),
        };
        Ok(user.filter(|user| user.id == self.0.user_id).ok_or_else(Error::not_found)?.into())
    }

    /// What they may do. Null where the member is of a company that is not the selected one and the role is a custom one.
    async fn role(&self, ctx: &Context<'_>) -> Result<Option<MemberRole>> {
        let here = gql::cx(ctx)?.company_id() == Some(self.0.company_id);
        if !here && matches!(self.0.role, crate::role::RoleRef::Custom(_)) {
            return Ok(None);
        }
        MemberRole::load(ctx, self.0.role).await.map(Some)
    }

    /// The locations they work at: information. What they may do is said by the role alone.
    async fn location_ids(&self) -> Vec<ID> {
        to_ids(&self.0.location_ids)
    }

    /// When their place ends by itself.
    async fn ends_at(&self) -> Option<gql::DateTime> {
        self.0.ends_at.map(gql::DateTime::from)
    }

    /// When they were removed.
    async fn removed_at(&self) -> Option<gql::DateTime> {
        self.0.removed_at.map(gql::DateTime::from)
    }

    /// When they joined.
    async fn joined_at(&self) -> gql::DateTime {
        self.0.created_at.into()
    }

    /// Grows with each edit; an edit names the one that it is based on.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

impl gql::Node for MemberObject {
    type Id = MemberId;

    async fn find(ctx: &Context<'_>, id: MemberId) -> Result<Self> {
        gql::cx(ctx)?.require(MEMBERS_READ)?;
        let reader = gql::reader(ctx).await?;
        Ok(repo::find(&*reader, reader.company(), id).await?.ok_or_else(Error::not_found)?.into())
    }
}

gql::node!(MemberObject);

/// Queries about members.
#[derive(Default)]
pub struct MemberQuery;

#[Object]
impl MemberQuery {
    /// The company's members in the order in which they joined. Permission: members.read.
    async fn members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many of the first items: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many of the last items: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only items before this cursor.")] before: Option<String>,
    ) -> Result<Option<gql::Connection<MemberObject>>> {
        let paging = gql::Paging::new(ctx, "members.joinedAt", ConnectionArgs { first, after, last, before })?;
        let reader = gql::reader(ctx).await?;
        let page = ctx.data::<Tenancy>()?.members(gql::cx(ctx)?, &reader, paging.request()).await?;
        Ok(Some(paging.connection(page, MemberObject::from)))
    }
}

/// An edit of a member. A field that is left out stays as it is.
#[derive(InputObject)]
struct MemberUpdateInput {
    /// Which member.
    id: ID,
    /// The version that the edit is based on.
    version: i32,
    /// Another role, which cannot do more than the caller.
    role: Option<RoleInput>,
    /// All locations they work at from now on: information, which limits nothing.
    location_ids: Option<Vec<ID>>,
    /// When their place ends by itself, in the future; null takes the end away.
    ends_at: MaybeUndefined<gql::DateTime>,
}

impl MemberUpdateInput {
    fn read(self) -> kernel::Result<MemberChange> {
        Ok(MemberChange {
            version: self.version,
            role: self.role.map(RoleInput::read).transpose()?,
            location_ids: self.location_ids.as_deref().map(gql::ids).transpose()?,
            ends_at: patch(self.ends_at).map(|end| end.map(gql::DateTime::utc)),
        })
    }
}

/// A member to be removed.
#[derive(InputObject)]
struct MemberRemoveInput {
    /// Which member.
    id: ID,
    /// The version that the caller has seen.
    version: i32,
}

gql::payloads! {
    TenancyUserError;
    /// What became of an edit of a member.
    MemberUpdatePayload { member: MemberObject = Member } or current: Member;
    /// What became of the removal of a member.
    MemberRemovePayload { member: MemberObject = Member } or current: Member;
}

/// Changes of members.
#[derive(Default)]
pub struct MemberMutation;

#[Object]
impl MemberMutation {
    /// Changes a member's role, locations or end; it acts with their next request. The last administrator cannot be
    /// lowered. Emits `member.role_changed`. Permission: members.write.
    async fn member_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The edit.")] input: MemberUpdateInput,
    ) -> Result<Option<MemberUpdatePayload>> {
        let (cx, id) = (gql::cx(ctx)?, gql::id(&input.id)?);
        cx.require(MEMBERS_WRITE)?;
        let outcome = match input.read() {
            Ok(change) => ctx.data::<Tenancy>()?.change_member(cx, id, change).await,
            Err(error) => Err(error),
        };
        gql::answer(ctx, outcome)
    }

    /// Removes a member: their next request for the company is refused. The last administrator cannot be removed.
    /// Emits `member.removed`. Permission: members.write.
    async fn member_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which member.")] input: MemberRemoveInput,
    ) -> Result<Option<MemberRemovePayload>> {
        let (cx, id) = (gql::cx(ctx)?, gql::id(&input.id)?);
        let outcome = ctx.data::<Tenancy>()?.remove_member(cx, id, input.version).await;
        gql::answer(ctx, outcome)
    }
}
