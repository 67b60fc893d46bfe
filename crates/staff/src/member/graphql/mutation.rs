//! Changes of staff members.

use super::input::{StaffMemberCreateInput, StaffMemberUpdateInput};
use super::object::MemberObject;
use crate::Staff;
use crate::error::StaffUserError;
use crate::graphql::caller;
use crate::member::StaffMember;
use crate::permissions::STAFF_WRITE;
use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use gql::Refusal;
use tenancy::ports::AffectedBooking;

/// Somebody who left.
#[derive(InputObject)]
struct StaffMemberArchiveInput {
    /// Who.
    id: ID,
    /// The version that the caller has seen.
    version: i32,
}

/// Somebody who comes back.
#[derive(InputObject)]
struct StaffMemberRestoreInput {
    /// Who.
    id: ID,
    /// The version that the caller has seen.
    version: i32,
}

/// What became of a profile or of somebody's hours.
#[derive(SimpleObject)]
pub struct StaffMemberPayload {
    /// The staff member; null when the change was refused.
    staff_member: Option<MemberObject>,
    /// The bookings that conflict with the change. None of them was changed.
    affected_bookings: Vec<AffectedBooking>,
    /// The staff member as they stand, after `VERSION_CONFLICT`.
    current: Option<MemberObject>,
    /// What to mend; empty when the change was made.
    user_errors: Vec<StaffUserError>,
}

impl From<Result<(StaffMember, Vec<AffectedBooking>), Refusal>> for StaffMemberPayload {
    fn from(outcome: Result<(StaffMember, Vec<AffectedBooking>), Refusal>) -> Self {
        match outcome {
            Ok((member, affected_bookings)) => {
                Self { staff_member: Some(member.into()), affected_bookings, current: None, user_errors: Vec::new() }
            }
            Err(refusal) => Self {
                staff_member: None,
                affected_bookings: Vec::new(),
                current: refusal.attached::<StaffMember>().cloned().map(MemberObject::from),
                user_errors: refusal.into(),
            },
        }
    }
}

/// Changes of staff members.
#[derive(Default)]
pub struct StaffMemberMutation;

#[Object]
impl StaffMemberMutation {
    /// Adds a staff member. Emits staff.created. Permission: staff.write.
    async fn staff_member_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The staff member.")] mut input: StaffMemberCreateInput,
    ) -> Result<StaffMemberPayload> {
        let (cx, key) = (caller(ctx, &[STAFF_WRITE])?, input.idempotency_key.take());
        let outcome = ctx.data::<Staff>()?.create_member(cx, input.read()?, key.as_deref()).await;
        Ok(gql::settle(ctx, outcome.map(|member| (member, Vec::new())))?.into())
    }

    /// Edits a profile; the answer lists the bookings that somebody else must now take. Emits staff.updated.
    /// Permission: staff.write.
    async fn staff_member_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The edit.")] input: StaffMemberUpdateInput,
    ) -> Result<StaffMemberPayload> {
        let (cx, id, version) = (caller(ctx, &[STAFF_WRITE])?, gql::id(&input.id)?, input.version);
        let outcome = ctx.data::<Staff>()?.update_member(cx, id, version, input.read()?).await;
        Ok(gql::settle(ctx, outcome)?.into())
    }

    /// Archives somebody who left: nobody can book them any more; the answer lists the bookings that they still have.
    /// Emits staff.archived. Permission: staff.write.
    async fn staff_member_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who.")] input: StaffMemberArchiveInput,
    ) -> Result<StaffMemberPayload> {
        let (cx, id) = (caller(ctx, &[STAFF_WRITE])?, gql::id(&input.id)?);
        let outcome = ctx.data::<Staff>()?.archive_member(cx, id, input.version).await;
        Ok(gql::settle(ctx, outcome)?.into())
    }

    /// Takes somebody back who left, with the hours and services that they had. Emits staff.restored.
    /// Permission: staff.write.
    async fn staff_member_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who.")] input: StaffMemberRestoreInput,
    ) -> Result<StaffMemberPayload> {
        let (cx, id) = (caller(ctx, &[STAFF_WRITE])?, gql::id(&input.id)?);
        let outcome = ctx.data::<Staff>()?.restore_member(cx, id, input.version).await;
        Ok(gql::settle(ctx, outcome.map(|member| (member, Vec::new())))?.into())
    }
}
