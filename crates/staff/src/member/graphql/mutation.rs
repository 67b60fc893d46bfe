//! Changes of staff members.

use super::input::{StaffMemberCreateInput, StaffMemberUpdateInput};
use super::object::MemberObject;
use crate::Staff;
use crate::error::StaffUserError;
use crate::graphql::caller;
use crate::member::StaffMember;
use crate::permissions::STAFF_WRITE;
use async_graphql::{Context, ID, InputObject, Object, Result};
use tenancy::ports::AffectedBooking;

/// Somebody who left.
#[derive(InputObject)]
struct StaffMemberArchiveInput {
    /// Who.
    id: ID,
    /// The version that the caller has seen.
    version: i32,
    /// Whether this is only a preview: the same answer, and nothing is written.
    #[graphql(default)]
    dry_run: bool,
}

/// Somebody who comes back.
#[derive(InputObject)]
struct StaffMemberRestoreInput {
    /// Who.
    id: ID,
    /// The version that the caller has seen.
    version: i32,
}

gql::payloads! {
    StaffUserError;
    /// What became of a new staff member.
    StaffMemberCreatePayload { staff_member: MemberObject = StaffMember };
    /// What became of an edit of a staff member.
    StaffMemberUpdatePayload { staff_member: MemberObject = StaffMember, affected_bookings: [AffectedBooking] } or current: StaffMember;
    /// What became of the archiving of a staff member.
    StaffMemberArchivePayload { staff_member: MemberObject = StaffMember, affected_bookings: [AffectedBooking] } or current: StaffMember;
    /// What became of the return of a staff member.
    StaffMemberRestorePayload { staff_member: MemberObject = StaffMember } or current: StaffMember;
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
    ) -> Result<Option<StaffMemberCreatePayload>> {
        let (cx, key) = (caller(ctx, &[STAFF_WRITE])?, input.idempotency_key.take());
        let outcome = ctx.data::<Staff>()?.create_member(cx, input.read()?, key.as_deref()).await;
        gql::answer(ctx, outcome)
    }

    /// Edits a profile; the answer lists the bookings that somebody else must now take. Emits staff.updated.
    /// Permission: staff.write.
    async fn staff_member_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The edit.")] input: StaffMemberUpdateInput,
    ) -> Result<Option<StaffMemberUpdatePayload>> {
        let (cx, id, version) = (caller(ctx, &[STAFF_WRITE])?, gql::id(&input.id)?, input.version);
        let preview = input.dry_run;
        let outcome = ctx.data::<Staff>()?.update_member(cx, id, version, input.read()?, preview).await;
        gql::answer(ctx, outcome)
    }

    /// Archives somebody who left: nobody can book them any more; the answer lists the bookings that they still have.
    /// Emits staff.archived. Permission: staff.write.
    async fn staff_member_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who.")] input: StaffMemberArchiveInput,
    ) -> Result<Option<StaffMemberArchivePayload>> {
        let (cx, id) = (caller(ctx, &[STAFF_WRITE])?, gql::id(&input.id)?);
        let outcome = ctx.data::<Staff>()?.archive_member(cx, id, input.version, input.dry_run).await;
        gql::answer(ctx, outcome)
    }

    /// Takes somebody back who left, with the hours and services that they had. Emits staff.restored.
    /// Permission: staff.write.
    async fn staff_member_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who.")] input: StaffMemberRestoreInput,
    ) -> Result<Option<StaffMemberRestorePayload>> {
        let (cx, id) = (caller(ctx, &[STAFF_WRITE])?, gql::id(&input.id)?);
        let outcome = ctx.data::<Staff>()?.restore_member(cx, id, input.version).await;
        gql::answer(ctx, outcome)
    }
}
