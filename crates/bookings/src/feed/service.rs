//! Use cases of feeds: making, turning and revoking their addresses, and what an address answers.

use super::ics::{self, Known};
use super::token::{BookingToken, FeedToken};
use super::{FUTURE_DAYS, Feed, FeedId, MAX_ENTRIES, MAX_FEEDS, PAST_DAYS, Scope, repo};
use crate::Bookings;
use crate::booking::repo as bookings;
use crate::booking::repo::Filter;
use crate::booking::{Booking, BookingId, Status};
use crate::events::{CalendarFeedCreated, CalendarFeedRevoked, CalendarFeedRotated};
use crate::permissions::{FEEDS_ALL, FEEDS_OWN};
use crate::slots::{World, own_profile};
use access::Cx;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cache::{Quota, RateKey};
use clients::ClientId;
use db::{Once, Reader, Tx};
use kernel::text::text;
use kernel::time::TimeRange;
use kernel::{Checks, CommonCode, CompanyId, Error, Page, PageRequest, Result};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;

/// A feed to be made.
#[derive(Debug, Clone, Serialize)]
pub struct NewFeed {
    /// What people call it.
    pub name: String,
    /// Whose visits it shows.
    pub scope: Scope,
    /// Whether entries say who comes.
    pub client_names: bool,
}

/// What an address answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The text of the calendar.
    pub text: String,
    /// What a browser would call the file.
    pub file: &'static str,
}

impl Published {
    /// A word that is another one for each other text.
    pub fn tag(&self) -> String {
        digest(&self.text)
    }
}

/// How often one address may be asked: calendars ask every few minutes at most, and each answer reads a year of visits.
const PATIENCE: Quota = Quota::per_minute(20);

fn digest(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(text)[..18])
}

impl Bookings {
    /// Makes a feed and gives its address, this once; a repeated request gets the feed alone. One's own calendar, or with
    /// the permission anybody's, a location's, the company's.
    pub async fn create_feed(&self, cx: &Cx, new: &NewFeed, key: Option<&str>) -> Result<(Feed, Option<String>)> {
        cx.require_any(&[FEEDS_ALL, FEEDS_OWN])?;
        let (company, user) = (cx.company()?, cx.user()?);
        let mut checks = Checks::new();
        let name = checks.check("name", text(&new.name, 1, 60));
        let name = checks.build(|| name)?;
        let once = Once::new(cx.actor.principal(), "calendarFeedCreate", key, new)?;
        db::transaction!(self.db, company, |tx| {
            if let Some(ids) = once.done(tx).await? {
                let id = ids.first().copied().map(FeedId::from_uuid).ok_or_else(Error::not_found)?;
                return Ok((repo::find(tx, id).await?.ok_or_else(Error::not_found)?, None));
            }
            self.expect_scope(cx, tx, new.scope).await?;
            if repo::count_live(tx).await? >= MAX_FEEDS {
                return Err(Error::conflict(CommonCode::LimitReached).with("max", MAX_FEEDS));
            }
            let feed = Feed {
                id: FeedId::new(),
                name: name.clone(),
                scope: new.scope,
                client_names: new.client_names,
                created_by: Some(user),
                created_at: tx.now(),
                rotated_at: None,
                revoked_at: None,
                version: 1,
            };
            let token = FeedToken::fresh(company, feed.id);
            repo::insert(tx, &feed, &token).await?;
            once.remember(tx, &[feed.id.uuid()]).await?;
            self.jobs.publish_in(cx, tx, &CalendarFeedCreated { feed: feed.id }).await?;
            Ok((feed, Some(self.address(&token.path()))))
        })
    }

    /// Gives a feed another address, this once; the one before is unknown from the commit on.
    pub async fn rotate_feed(&self, cx: &Cx, id: FeedId, version: i32) -> Result<(Feed, Option<String>)> {
        cx.require_any(&[FEEDS_ALL, FEEDS_OWN])?;
        let company = cx.company()?;
        let token = FeedToken::fresh(company, id);
        db::transaction!(self.db, company, |tx| {
            self.expect_feed(cx, tx, id, version).await?;
            if !repo::rotate(tx, id, version, &token).await? {
                return Err(conflict(self.get_feed(cx, tx, id).await?));
            }
            self.jobs.publish_in(cx, tx, &CalendarFeedRotated { feed: id }).await?;
            Ok((self.get_feed(cx, tx, id).await?, Some(self.address(&token.path()))))
        })
    }

    /// Ends a feed: its address is unknown from the commit on.
    pub async fn revoke_feed(&self, cx: &Cx, id: FeedId, version: i32) -> Result<Feed> {
        cx.require_any(&[FEEDS_ALL, FEEDS_OWN])?;
        db::transaction!(self.db, cx.company()?, |tx| {
            self.expect_feed(cx, tx, id, version).await?;
            if !repo::revoke(tx, id, version).await? {
                return Err(conflict(self.get_feed(cx, tx, id).await?));
            }
            self.jobs.publish_in(cx, tx, &CalendarFeedRevoked { feed: id }).await?;
            self.get_feed(cx, tx, id).await
        })
    }

    /// A feed that the caller may see: every one, or those that they made.
    pub async fn get_feed(&self, cx: &Cx, r: &Reader, id: FeedId) -> Result<Feed> {
        let granted = cx.require_any(&[FEEDS_ALL, FEEDS_OWN])?;
        let user = cx.user().ok();
        let is_seen = |feed: &Feed| granted == FEEDS_ALL || (user.is_some() && feed.created_by == user);
        repo::find(r, id).await?.filter(is_seen).ok_or_else(Error::not_found)
    }

    /// Feeds, newest first: every one, or those that the caller made.
    pub async fn list_feeds(&self, cx: &Cx, r: &Reader, request: &PageRequest) -> Result<Page<Feed>> {
        let granted = cx.require_any(&[FEEDS_ALL, FEEDS_OWN])?;
        let by = if granted == FEEDS_ALL { None } else { Some(cx.user()?) };
        repo::page(r, by, request).await
    }

    /// The address of a visit's entry, for whoever may see the visit.
    pub(crate) fn entry_address(&self, company: CompanyId, booking: BookingId) -> String {
        self.address(&BookingToken { company, booking }.path(self.tenancy.secrets()))
    }

    /// What stands at an address, by the last part of its path; none for what was never made, was revoked, or was made by
    /// somebody who may not see it any more.
    pub async fn published(&self, cx: &Cx, name: &str) -> Result<Option<Published>> {
        cx.public("the address itself is the proof");
        // Counted by a digest: the address is a secret and stands in no cache.
        self.cache.limit(&RateKey::global("ics", digest(name)), PATIENCE).await?;
        if let Some(token) = FeedToken::read(name) {
            return self.published_feed(&token).await;
        }
        match BookingToken::read(self.tenancy.secrets(), name) {
            Some(token) => self.published_booking(&token).await,
            None => Ok(None),
        }
    }

    async fn published_feed(&self, token: &FeedToken) -> Result<Option<Published>> {
        let r = self.db.read(token.company).await?;
        let Some(feed) = repo::find_by_token(&r, token).await? else { return Ok(None) };
        let world = World::load(self, &r).await?;
        if !self.still_stands(&r, &world, &feed).await? {
            return Ok(None);
        }
        let visits = self.visits_of(&r, feed.scope).await?;
        let clients = if feed.client_names { self.names_of(&r, &visits).await? } else { HashMap::new() };
        let name = match feed.scope {
            Scope::Company => Some(world.settings.name.clone()),
            Scope::Location(id) => world.locations.get(id).map(|location| location.name.clone()),
            Scope::Staff(id) => world.members.get(id).map(|member| member.name.clone()),
        };
        let location = |id| world.locations.get(id);
        let known = Known { locale: world.settings.locale, location: &location, clients: &clients };
        let calendar = ics::calendar(name.unwrap_or(feed.name), feed.scope, &visits, &known);
        Ok(Some(Published { text: calendar.render(), file: "calendar.ics" }))
    }

    async fn published_booking(&self, token: &BookingToken) -> Result<Option<Published>> {
        let r = self.db.read(token.company).await?;
        let Some(booking) = bookings::find(&r, token.booking).await? else { return Ok(None) };
        if booking.ends_at < r.now() - chrono::Duration::days(PAST_DAYS) {
            return Ok(None);
        }
        let world = World::load(self, &r).await?;
        let location = |id| world.locations.get(id);
        let known = Known { locale: world.settings.locale, location: &location, clients: &HashMap::new() };
        let calendar = ics::single(&world.settings.name, &booking, &known);
        Ok(Some(Published { text: calendar.render(), file: "visit.ics" }))
    }

    /// Whether whoever made a feed may still see all of what it shows.
    async fn still_stands(&self, r: &Reader, world: &World, feed: &Feed) -> Result<bool> {
        let Some(maker) = feed.created_by else { return Ok(false) };
        let Some(rights) = self.tenancy.facts_permissions_of(r, maker).await? else { return Ok(false) };
        let own = world.members.of_user(maker).map(|member| member.id);
        Ok(match feed.scope {
            Scope::Company => rights.contains(FEEDS_ALL),
            Scope::Location(id) => rights.contains(FEEDS_ALL) && world.locations.get(id).is_some(),
            Scope::Staff(id) => {
                let works = world.members.get(id).is_some_and(|member| !member.archived);
                works && (rights.contains(FEEDS_ALL) || (rights.contains(FEEDS_OWN) && own == Some(id)))
            }
        })
    }

    /// What a feed shows: visits that take place, and those that were called off lately, so that calendars take them out.
    async fn visits_of(&self, r: &Reader, scope: Scope) -> Result<Vec<Booking>> {
        let since = r.now() - chrono::Duration::days(PAST_DAYS);
        let range = TimeRange::new(since, r.now() + chrono::Duration::days(FUTURE_DAYS));
        let filter = |blocking: bool| Filter {
            statuses: Status::ALL.into_iter().filter(|status| status.blocks() == blocking).collect(),
            locations: if let Scope::Location(id) = scope { vec![id] } else { Vec::new() },
            staff: if let Scope::Staff(id) = scope { vec![id] } else { Vec::new() },
            changed_since: (!blocking).then_some(since),
            ..Filter::default()
        };
        let mut visits = bookings::list_earliest_in_range(r, range, &filter(true), MAX_ENTRIES).await?;
        visits.extend(bookings::list_earliest_in_range(r, range, &filter(false), MAX_ENTRIES).await?);
        visits.sort_by_key(|booking| (booking.starts_at, booking.id));
        visits.truncate(usize::try_from(MAX_ENTRIES).unwrap_or(usize::MAX));
        Ok(visits)
    }

    async fn names_of(&self, r: &Reader, visits: &[Booking]) -> Result<HashMap<ClientId, String>> {
        let mut ids: Vec<ClientId> = visits.iter().map(|booking| booking.client_id).collect();
        ids.sort_unstable();
        ids.dedup();
        Ok(self.clients.get_many(r, &ids).await?.into_iter().map(|client| (client.id, client.name)).collect())
    }

    /// Goes on only when the caller may publish this, and it is there.
    async fn expect_scope(&self, cx: &Cx, tx: &Tx, scope: Scope) -> Result<()> {
        let own = match scope {
            Scope::Company => false,
            Scope::Location(id) => {
                let locations = self.tenancy.locations(tx).await?;
                if locations.get(id).ok_or_else(Error::not_found)?.archived {
                    return Err(Error::conflict(CommonCode::Archived).at("locationId"));
                }
                false
            }
            Scope::Staff(id) => {
                let members = self.staff.members(tx).await?;
                if members.get(id).ok_or_else(Error::not_found)?.archived {
                    return Err(Error::conflict(CommonCode::Archived).at("staffId"));
                }
                own_profile(cx, &members) == Some(id)
            }
        };
        if own || cx.can(FEEDS_ALL) { Ok(()) } else { Err(Error::forbidden(FEEDS_ALL.name)) }
    }

    async fn expect_feed(&self, cx: &Cx, tx: &Tx, id: FeedId, version: i32) -> Result<()> {
        let feed = self.get_feed(cx, tx, id).await?;
        if feed.version != version {
            return Err(conflict(feed));
        }
        if feed.revoked_at.is_some() {
            return Err(Error::conflict(CommonCode::Archived));
        }
        Ok(())
    }

    fn address(&self, path: &str) -> String {
        format!("{}{path}", self.tenancy.public_url())
    }
}

/// Somebody else was faster; the answer carries the current state.
fn conflict(current: Feed) -> Error {
    Error::conflict(CommonCode::VersionConflict).at("version").current(current)
}
