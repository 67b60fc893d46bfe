//! Feeds in the schema.

use super::{Feed, FeedId, NewFeed, Scope};
use crate::permissions::{FEEDS_ALL, FEEDS_OWN};
use crate::{BookingUserError, Bookings};
use access::Cx;
use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use gql::{Connection, ConnectionArgs, DateTime, Paging};
use kernel::Error;
use staff::{MemberObject, Staff};
use tenancy::{LocationObject, Tenancy};

/// Whose visits a feed shows.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(name = "CalendarFeedScope")]
pub enum FeedScope {
    /// Everybody's.
    Company,
    /// Those at one location.
    Location,
    /// What one staff member does.
    Staff,
}

/// A feed.
#[derive(Clone)]
pub struct FeedObject(Feed);

impl From<Feed> for FeedObject {
    fn from(feed: Feed) -> Self {
        Self(feed)
    }
}

/// A calendar for other calendars (RFC 5545) behind a secret address; not the address itself, which is shown once. It has the
/// visits of the 30 days before and the 400 days after today, at most 5,000, and those called off in the last 30 days. It
/// shows what its maker may see now: when they lose that right, its address is unknown.
#[Object(name = "CalendarFeed")]
impl FeedObject {
    /// The feed's id, `fed_…`.
    async fn id(&self) -> ID {
        gql::to_id(self.0.id)
    }

    /// What people call it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Whose visits it shows.
    async fn scope(&self) -> FeedScope {
        match self.0.scope {
            Scope::Company => FeedScope::Company,
            Scope::Location(_) => FeedScope::Location,
            Scope::Staff(_) => FeedScope::Staff,
        }
    }

    /// The location whose visits it shows; null for another scope.
    async fn location(&self, ctx: &Context<'_>) -> Result<Option<LocationObject>> {
        let Scope::Location(id) = self.0.scope else { return Ok(None) };
        let locations = ctx.data::<Tenancy>()?.locations(&*gql::reader(ctx).await?).await?;
        Ok(locations.shared(id).map(LocationObject::from))
    }

    /// The staff member whose visits it shows; null for another scope.
    async fn staff(&self, ctx: &Context<'_>) -> Result<Option<MemberObject>> {
        let Scope::Staff(id) = self.0.scope else { return Ok(None) };
        let members = ctx.data::<Staff>()?.members(&*gql::reader(ctx).await?).await?;
        Ok(members.shared(id).map(MemberObject::from))
    }

    /// Whether entries name the client. Whoever has the address can read them.
    async fn client_names(&self) -> bool {
        self.0.client_names
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it last got another address; null when it still has its first.
    async fn rotated_at(&self) -> Option<DateTime> {
        self.0.rotated_at.map(DateTime::from)
    }

    /// When it was revoked; null while it works.
    async fn revoked_at(&self) -> Option<DateTime> {
        self.0.revoked_at.map(DateTime::from)
    }

    /// Grows with each change; a change names the one that it is based on.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

impl gql::Node for FeedObject {
    type Id = FeedId;

    async fn find(ctx: &Context<'_>, id: FeedId) -> Result<Self> {
        let reader = gql::reader(ctx).await?;
        Ok(ctx.data::<Bookings>()?.get_feed(gql::cx(ctx)?, &reader, id).await?.into())
    }
}

gql::node!(FeedObject);

/// Queries about feeds.
#[derive(Default)]
pub struct FeedQuery;

#[Object]
impl FeedQuery {
    /// Feeds of the calendar, newest first, revoked ones too: every one with `feeds.all`, else those that the caller made.
    /// Permission: feeds.own.
    async fn calendar_feeds(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many of the first items: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many of the last items: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only items before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<FeedObject>>> {
        let cx = publisher(ctx)?;
        let paging = Paging::new(ctx, "calendarFeeds.createdAt.desc", ConnectionArgs { first, after, last, before })?;
        let reader = gql::reader(ctx).await?;
        let page = ctx.data::<Bookings>()?.list_feeds(cx, &reader, paging.request()).await?;
        Ok(Some(paging.connection(page, FeedObject::from)))
    }
}

/// The caller, who may publish some calendar. Asked before ids are read.
fn publisher<'a>(ctx: &Context<'a>) -> Result<&'a Cx> {
    let cx = gql::cx(ctx)?;
    cx.require_any(&[FEEDS_ALL, FEEDS_OWN])?;
    Ok(cx)
}

/// A feed to be made: of a staff member, of a location, or of the whole company when neither is named.
#[derive(InputObject)]
struct CalendarFeedCreateInput {
    /// What people call it, at most 60 characters.
    name: String,
    /// Whose visits: one's own, or with `feeds.all` anybody's.
    staff_id: Option<ID>,
    /// Where. Not together with a staff member. Needs `feeds.all`.
    location_id: Option<ID>,
    /// Whether entries name the client. Whoever has the address can read them.
    #[graphql(default)]
    client_names: bool,
    /// The caller's key, at most 64 characters: a repeated request makes one feed, and does not show its address again.
    idempotency_key: Option<String>,
}

/// A feed that is to get another address.
#[derive(InputObject)]
struct CalendarFeedRotateInput {
    /// Which.
    id: ID,
    /// The version that the caller has seen.
    version: i32,
}

/// A feed to be revoked.
#[derive(InputObject)]
struct CalendarFeedRevokeInput {
    /// Which.
    id: ID,
    /// The version that the caller has seen.
    version: i32,
}

/// A new feed.
#[derive(SimpleObject)]
struct CalendarFeedCreatePayload {
    /// The feed; null when it was refused.
    feed: Option<FeedObject>,
    /// Its address. Whoever has it can read the calendar. It is shown this once; a repeated request gets null.
    url: Option<String>,
    /// What to mend; empty when it was made.
    user_errors: Vec<BookingUserError>,
}

/// What became of the change of a feed's address.
#[derive(SimpleObject)]
struct CalendarFeedRotatePayload {
    /// The feed; null when it was refused.
    feed: Option<FeedObject>,
    /// Its new address, shown this once. The one before is unknown from now on.
    url: Option<String>,
    /// What stands now, after `VERSION_CONFLICT`.
    current: Option<FeedObject>,
    /// What to mend; empty when the change was made.
    user_errors: Vec<BookingUserError>,
}

type Issued = (Feed, Option<String>);

impl From<Result<Issued, gql::Refusal>> for CalendarFeedCreatePayload {
    fn from(outcome: Result<Issued, gql::Refusal>) -> Self {
        match outcome {
            Ok((feed, url)) => Self { feed: Some(feed.into()), url, user_errors: Vec::new() },
            Err(refusal) => Self { feed: None, url: None, user_errors: refusal.into() },
        }
    }
}

impl From<Result<Issued, gql::Refusal>> for CalendarFeedRotatePayload {
    fn from(outcome: Result<Issued, gql::Refusal>) -> Self {
        match outcome {
            Ok((feed, url)) => Self { feed: Some(feed.into()), url, current: None, user_errors: Vec::new() },
            Err(refusal) => Self {
                feed: None,
                url: None,
                current: refusal.current::<Feed>().map(FeedObject::from),
                user_errors: refusal.into(),
            },
        }
    }
}

gql::payloads! {
    BookingUserError;
    /// What became of the revocation of a feed.
    CalendarFeedRevokePayload { feed: FeedObject = Feed } or current: Feed;
}

/// Changes of feeds.
#[derive(Default)]
pub struct FeedMutation;

#[Object]
impl FeedMutation {
    /// Makes a feed of the calendar and shows its address, this once. Emits `calendar_feed.created`. Permission: feeds.own.
    async fn calendar_feed_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The feed.")] input: CalendarFeedCreateInput,
    ) -> Result<Option<CalendarFeedCreatePayload>> {
        let cx = publisher(ctx)?;
        let scope = match (&input.staff_id, &input.location_id) {
            (Some(staff), None) => Scope::Staff(gql::id(staff)?),
            (None, Some(location)) => Scope::Location(gql::id(location)?),
            (None, None) => Scope::Company,
            (Some(_), Some(_)) => return Err(Error::invalid_argument("input.locationId").into()),
        };
        let new = NewFeed { name: input.name, scope, client_names: input.client_names };
        let outcome = ctx.data::<Bookings>()?.create_feed(cx, &new, input.idempotency_key.as_deref()).await;
        gql::answer(ctx, outcome)
    }

    /// Gives a feed another address and shows it, this once; the one before is unknown at once. Emits
    /// `calendar_feed.rotated`. Permission: feeds.own.
    async fn calendar_feed_rotate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which feed.")] input: CalendarFeedRotateInput,
    ) -> Result<Option<CalendarFeedRotatePayload>> {
        let (cx, id) = (publisher(ctx)?, gql::id(&input.id)?);
        let outcome = ctx.data::<Bookings>()?.rotate_feed(cx, id, input.version).await;
        gql::answer(ctx, outcome)
    }

    /// Revokes a feed: its address is unknown at once. Emits `calendar_feed.revoked`. Permission: feeds.own.
    async fn calendar_feed_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which feed.")] input: CalendarFeedRevokeInput,
    ) -> Result<Option<CalendarFeedRevokePayload>> {
        let (cx, id) = (publisher(ctx)?, gql::id(&input.id)?);
        let outcome = ctx.data::<Bookings>()?.revoke_feed(cx, id, input.version).await;
        gql::answer(ctx, outcome)
    }
}
