//! What is sent to add or edit a staff member.

use crate::member::{MemberDraft, MemberFilter, MemberPatch, PerformsDraft};
use async_graphql::{ID, InputObject, MaybeUndefined};
use catalog::{Localized, LocalizedTextInput, patch};
use kernel::Result;

/// Which staff to list. What is left out does not matter.
#[derive(Default, InputObject)]
pub(super) struct StaffFilterInput {
    /// Part of the name, in any case.
    search: Option<String>,
    /// Those who work at this location.
    location_id: Option<ID>,
    /// Those who perform this service.
    service_id: Option<ID>,
    /// Only those whom clients can book themselves, or not.
    bookable_online: Option<bool>,
    /// Only those who left; left out or false: only those who are here. The public never sees those who left.
    archived: Option<bool>,
}

/// A service that somebody performs.
#[derive(InputObject)]
pub(super) struct StaffServiceInput {
    /// The service.
    service_id: ID,
    /// Their own duration in elapsed minutes: 1 to 1440. Left out: the service's.
    duration_minutes: Option<i32>,
    /// Their own price in minor units, tax included, not negative. Left out: the service's.
    amount_minor: Option<gql::Long>,
    /// The company's currency, ISO 4217. May be left out; another one is refused.
    currency: Option<String>,
}

/// Somebody to be added.
#[derive(InputObject)]
pub(super) struct StaffMemberCreateInput {
    /// The user that they log in as: a member of the company who has no profile yet.
    user_id: Option<ID>,
    /// The name that clients see: 1 to 80 characters.
    name: String,
    /// What they are, at most 80 characters per language.
    title: Option<LocalizedTextInput>,
    /// A text about them for clients, at most 2,000 characters per language.
    bio: Option<LocalizedTextInput>,
    /// Where they work; empty means at every location.
    #[graphql(default)]
    location_ids: Vec<ID>,
    /// What they perform, each service once.
    #[graphql(default)]
    services: Vec<StaffServiceInput>,
    /// The colour in the calendar, `#rrggbb`.
    color: Option<String>,
    /// Whether clients can book them themselves.
    #[graphql(default = true)]
    bookable_online: bool,
    /// The first day of their employment.
    employed_from: Option<gql::LocalDate>,
    /// The last day of their employment.
    employed_to: Option<gql::LocalDate>,
    /// How many visits at one location they may have at once (a hairdresser with two chairs): 1 to 8.
    #[graphql(default = 1)]
    lanes: i32,
    /// Where they stand in lists, smallest first.
    #[graphql(default)]
    position: i32,
    /// The caller's key, at most 64 characters: a repeated request with the same key adds one staff member.
    pub(super) idempotency_key: Option<String>,
}

/// An edit of a profile. A field that is left out stays as it is; null empties a field that may be empty.
#[derive(InputObject)]
pub(super) struct StaffMemberUpdateInput {
    /// Whose profile.
    pub(super) id: ID,
    /// The version that the edit is based on.
    pub(super) version: i32,
    /// The user that they log in as; null takes the login away from the profile.
    user_id: MaybeUndefined<ID>,
    /// The name that clients see: 1 to 80 characters.
    name: Option<String>,
    /// What they are, in all languages: a language that is left out is emptied.
    title: Option<LocalizedTextInput>,
    /// The text about them in all languages: a language that is left out is emptied.
    bio: Option<LocalizedTextInput>,
    /// Where they work; empty means at every location.
    location_ids: Option<Vec<ID>>,
    /// Everything that they perform: this list replaces the one before.
    services: Option<Vec<StaffServiceInput>>,
    /// The colour in the calendar, `#rrggbb`; null takes it away.
    color: MaybeUndefined<String>,
    /// Whether clients can book them themselves.
    bookable_online: Option<bool>,
    /// The first day of their employment; null is since ever.
    employed_from: MaybeUndefined<gql::LocalDate>,
    /// The last day of their employment; null is without end.
    employed_to: MaybeUndefined<gql::LocalDate>,
    /// How many visits at one location they may have at once: 1 to 8. With fewer than before, what is booked stays, and
    /// visits beyond the new number keep the person to themselves.
    lanes: Option<i32>,
    /// Where they stand in lists.
    position: Option<i32>,
    /// Whether this is only a preview: the same answer, and nothing is written.
    #[graphql(default)]
    pub(super) dry_run: bool,
}

impl StaffFilterInput {
    pub(super) fn read(self) -> Result<MemberFilter> {
        Ok(MemberFilter {
            search: self.search,
            location_id: self.location_id.as_ref().map(gql::id).transpose()?,
            service_id: self.service_id.as_ref().map(gql::id).transpose()?,
            bookable_online: self.bookable_online,
            archived: self.archived,
        })
    }
}

impl StaffMemberCreateInput {
    pub(super) fn read(self) -> Result<MemberDraft> {
        Ok(MemberDraft {
            user_id: self.user_id.as_ref().map(gql::id).transpose()?,
            name: self.name,
            title: self.title.map(Localized::from).unwrap_or_default(),
            bio: self.bio.map(Localized::from).unwrap_or_default(),
            location_ids: gql::ids(&self.location_ids)?,
            performs: performs(self.services)?,
            color: self.color,
            bookable_online: self.bookable_online,
            employed_from: self.employed_from.map(Into::into),
            employed_to: self.employed_to.map(Into::into),
            lanes: self.lanes,
            position: self.position,
        })
    }
}

impl StaffMemberUpdateInput {
    pub(super) fn read(self) -> Result<MemberPatch> {
        let user = patch(self.user_id).map(|id| id.as_ref().map(gql::id).transpose());
        Ok(MemberPatch {
            user_id: user.transpose()?,
            name: self.name,
            title: self.title.map(Localized::from),
            bio: self.bio.map(Localized::from),
            location_ids: self.location_ids.as_deref().map(gql::ids).transpose()?,
            performs: self.services.map(performs).transpose()?,
            color: patch(self.color),
            bookable_online: self.bookable_online,
            employed_from: patch(self.employed_from).map(|date| date.map(Into::into)),
            employed_to: patch(self.employed_to).map(|date| date.map(Into::into)),
            lanes: self.lanes,
            position: self.position,
        })
    }
}

fn performs(inputs: Vec<StaffServiceInput>) -> Result<Vec<PerformsDraft>> {
    let read = |input: StaffServiceInput| {
        Ok(PerformsDraft {
            service_id: gql::id(&input.service_id)?,
            duration_minutes: input.duration_minutes,
            amount_minor: input.amount_minor.map(Into::into),
            currency: input.currency,
        })
    };
    inputs.into_iter().map(read).collect()
}
