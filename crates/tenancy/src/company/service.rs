//! Use cases of a company.

use std::sync::Arc;

use access::Cx;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use db::Reader;
use kernel::text::text;
use kernel::{Checks, CommonCode, CompanyId, Currency, Error, Issue, Locale, Result, Slug, TextFault, UserId};

use super::page::page;
use super::{
    BookingLimits, BookingLimitsChange, CompanySettings, DEFAULT_HOLD_EXTENSION_MINUTES, DEFAULT_HOLD_MINUTES,
    DEFAULT_HORIZON_DAYS, DEFAULT_NO_SHOW_GRACE_MINUTES, DEFAULT_PENDING_MINUTES, repo,
};
use crate::events::{CompanyCreated, CompanyUpdated};
use crate::handle::{Tenancy, elsewhere, signed_in};
use crate::idempotency::idempotency;
use crate::location::service::{CheckedLocation, NewLocation};
use crate::location::{self, LocationId, Locations};
use crate::member::{self, Member, MemberId};
use crate::permissions::{COMPANY_READ, COMPANY_WRITE};
use crate::role::RoleRef;
use crate::secrets::fingerprint;
use crate::user;

/// Longest name of a company, in characters.
const NAME_LENGTH: usize = 80;
/// The most companies that one person may belong to.
const COMPANIES_LIMIT: usize = 50;

/// What a company is created from.
#[derive(Debug, Clone, serde::Serialize)]
pub struct NewCompany {
    /// Its name.
    pub name: String,
    /// Its name in addresses; made from the name when absent.
    pub slug: Option<String>,
    /// The currency of all its money, for good.
    pub currency: Currency,
    /// Its language.
    pub locale: Locale,
    /// The zone of its reports and of its first location, unless that has its own.
    pub zone: Tz,
    /// Its first location.
    pub location: NewLocation,
    /// Makes a repeated request harmless.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// An edit of a company. What is absent stays.
#[derive(Debug, Clone, Default)]
pub struct CompanyChange {
    /// The version that was seen.
    pub version: i32,
    /// A new name.
    pub name: Option<String>,
    /// A new name in addresses; the old one is free at once.
    pub slug: Option<String>,
    /// Another language.
    pub locale: Option<Locale>,
    /// Another zone of reports and new locations.
    pub zone: Option<Tz>,
    /// How long before its start a visit can be booked, in minutes: 0 to a year.
    pub notice_minutes: Option<i32>,
    /// How many days ahead a visit can be booked: 1 to 730.
    pub horizon_days: Option<i32>,
    /// How long a hold keeps a slot, in minutes: 2 to 30.
    pub hold_minutes: Option<i32>,
    /// Whether online bookings wait for approval.
    pub approval_required: Option<bool>,
    /// Minutes after the start before which nobody is a no-show: 0 to 240.
    pub no_show_grace_minutes: Option<i32>,
    /// How long a booking waits for approval or prepayment, in minutes: 5 to 43200.
    pub pending_minutes: Option<i32>,
    /// What an extension adds to a hold, in minutes: 2 to 30.
    pub hold_extension_minutes: Option<i32>,
    /// How much of one kind the company takes on.
    pub limits: BookingLimitsChange,
    /// Another page for clients who come by the link of a letter; an inner `None`: the installation's own.
    #[allow(clippy::option_option, reason = "left out, taken away and set are three different wishes")]
    pub client_page: Option<Option<String>>,
}

impl Tenancy {
    /// Creates a company with its first location; the person who asks becomes its administrator. The session stays where
    /// it is: select the company next.
    pub async fn create_company(&self, cx: &Cx, new: NewCompany) -> Result<CompanySettings> {
        let user = signed_in(cx)?;
        self.create_company_for(cx, user, new).await
    }

    /// Creates a company for a person, for the command line: unlike [`Tenancy::create_company`] the administrator is
    /// named, which is why only the server itself may call it.
    pub async fn create_company_as(&self, cx: &Cx, user: UserId, new: NewCompany) -> Result<CompanySettings> {
        cx.public("only the server itself comes past the next line");
        if cx.actor.is_system() { self.create_company_for(cx, user, new).await } else { Err(Error::unauthenticated()) }
    }

    async fn create_company_for(&self, cx: &Cx, user: UserId, new: NewCompany) -> Result<CompanySettings> {
        let (name, slug, first) = check(&new)?;
        let directory = self.db().directory().await?;
        let owner = user::repo::find(&directory, user).await?.ok_or_else(Error::unauthenticated)?;
        let slug = match slug {
            Some(slug) => slug,
            None => suggest_slug(&directory, &name).await?,
        };
        drop(directory);
        // A repetition must meet the transaction, and so the company, of the first request.
        let id = match &new.idempotency_key {
            Some(key) => company_id_of(user, owner.created_at, key),
            None => CompanyId::new(),
        };
        let company = CompanySettings {
            id,
            name,
            slug: slug.into_string(),
            currency: new.currency,
            locale: new.locale,
            zone: new.zone,
            notice_minutes: 0,
            horizon_days: DEFAULT_HORIZON_DAYS,
            hold_minutes: DEFAULT_HOLD_MINUTES,
            approval_required: false,
            no_show_grace_minutes: DEFAULT_NO_SHOW_GRACE_MINUTES,
            pending_minutes: DEFAULT_PENDING_MINUTES,
            hold_extension_minutes: DEFAULT_HOLD_EXTENSION_MINUTES,
            limits: BookingLimits::default(),
            client_page: None,
            version: 1,
        };
        let there = elsewhere(cx, id);
        let key = idempotency(cx, "companyCreate", new.idempotency_key.as_deref(), &new)?;
        db::transaction!(self.db(), id, |tx| {
            if key.done(tx).await?.is_none() {
                if member::repo::list_of_user(tx, user, tx.now()).await?.len() >= COMPANIES_LIMIT {
                    return Err(Error::conflict(CommonCode::LimitReached).with("max", COMPANIES_LIMIT));
                }
                repo::insert(tx, &company).await?;
                member::repo::insert(tx, MemberId::new(), user, RoleRef::ADMINISTRATOR, &[]).await?;
                let location = LocationId::new();
                location::repo::insert(tx, location, &first).await?;
                tx.touch("tenancy");
                self.jobs().publish_in(&there, tx, &CompanyCreated { company: id, user, location }).await?;
                key.remember(tx, id.uuid()).await?;
            }
            repo::find(tx, id).await?.ok_or_else(Error::not_found)
        })
    }

    /// Changes a company's name, slug or settings.
    pub async fn update_company(&self, cx: &Cx, change: CompanyChange) -> Result<CompanySettings> {
        cx.require(COMPANY_WRITE)?;
        let id = cx.company()?;
        let mut checks = Checks::new();
        let name = checks.optional("name", change.name.as_deref().map(|name| text(name, 1, NAME_LENGTH)));
        let slug = checks.optional("slug", change.slug.as_deref().map(Slug::parse));
        let notice = checks.optional("noticeMinutes", change.notice_minutes.map(|n| within::<u32>(n, 0, 525_600)));
        let horizon = checks.optional("horizonDays", change.horizon_days.map(|n| within::<u16>(n, 1, 730)));
        let hold = checks.optional("holdMinutes", change.hold_minutes.map(|n| within::<u16>(n, 2, 30)));
        let grace = change.no_show_grace_minutes.map(|n| within::<u16>(n, 0, 240));
        let grace = checks.optional("noShowGraceMinutes", grace);
        let pending = checks.optional("pendingMinutes", change.pending_minutes.map(|n| within::<u16>(n, 5, 43_200)));
        let extension = change.hold_extension_minutes.map(|n| within::<u16>(n, 2, 30));
        let extension = checks.optional("holdExtensionMinutes", extension);
        let client_page = match change.client_page {
            None => None,
            Some(None) => Some(None),
            Some(Some(raw)) => Some(checks.check("clientPageUrl", page(&raw))),
        };
        // Only the form of the limits: what stays of them is known in the transaction.
        let _ = change.limits.check(&mut checks, BookingLimits::default());
        let (name, slug, notice, horizon, hold) = checks.build(|| Some((name?, slug?, notice?, horizon?, hold?)))?;
        let (grace, pending, extension) = (grace.flatten(), pending.flatten(), extension.flatten());
        db::transaction!(self.db(), id, |tx| {
            let current = repo::find(tx, id).await?.ok_or_else(Error::not_found)?;
            let next = CompanySettings {
                name: name.clone().unwrap_or_else(|| current.name.clone()),
                slug: slug.as_ref().map_or_else(|| current.slug.clone(), ToString::to_string),
                locale: change.locale.unwrap_or(current.locale),
                zone: change.zone.unwrap_or(current.zone),
                notice_minutes: notice.unwrap_or(current.notice_minutes),
                horizon_days: horizon.unwrap_or(current.horizon_days),
                hold_minutes: hold.unwrap_or(current.hold_minutes),
                approval_required: change.approval_required.unwrap_or(current.approval_required),
                no_show_grace_minutes: grace.unwrap_or(current.no_show_grace_minutes),
                pending_minutes: pending.unwrap_or(current.pending_minutes),
                hold_extension_minutes: extension.unwrap_or(current.hold_extension_minutes),
                limits: change.limits.check(&mut Checks::new(), current.limits).unwrap_or(current.limits),
                client_page: client_page.clone().unwrap_or_else(|| current.client_page.clone()),
                ..current.clone()
            };
            if !repo::update(tx, &next, change.version).await? {
                return Err(Error::conflict(CommonCode::VersionConflict).at("version").current(current));
            }
            tx.touch("tenancy");
            self.jobs().publish_in(cx, tx, &CompanyUpdated { company: id }).await?;
            repo::find(tx, id).await?.ok_or_else(Error::not_found)
        })
    }

    /// The company of the request with its locations, as everybody who works there or books there may see it.
    pub async fn company(&self, cx: &Cx, reader: &Reader) -> Result<(Arc<CompanySettings>, Arc<Locations>)> {
        cx.require(COMPANY_READ)?;
        Ok((self.settings(reader).await?, self.locations(reader).await?))
    }

    /// The companies that the person who asks works for, with their place in each, in order of the companies' names.
    pub async fn my_companies(&self, cx: &Cx) -> Result<Vec<(CompanySettings, Member)>> {
        let user = signed_in(cx)?;
        let directory = self.db().directory().await?;
        let members = member::repo::list_of_user(&directory, user, cx.now()).await?;
        let ids: Vec<CompanyId> = members.iter().map(|member| member.company_id).collect();
        let companies = repo::find_many(&directory, &ids).await?;
        let place = |id| members.iter().find(|member| member.company_id == id).cloned();
        Ok(companies.into_iter().filter_map(|company| place(company.id).map(|member| (company, member))).collect())
    }
}

/// The id that this person's company gets under this key: a `UUIDv7` like any other, but the same each time, also when the
/// installation's secrets have changed meanwhile.
fn company_id_of(user: UserId, registered_at: DateTime<Utc>, key: &str) -> CompanyId {
    let digest = fingerprint(&[user.uuid().as_bytes(), key.as_bytes()].concat());
    let mut random = [0; 10];
    random.copy_from_slice(&digest[..10]);
    let millis = u64::try_from(registered_at.timestamp_millis()).unwrap_or(0);
    CompanyId::from_uuid(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
}

fn check(new: &NewCompany) -> Result<(String, Option<Slug>, CheckedLocation)> {
    let mut checks = Checks::new();
    let name = checks.check("name", text(&new.name, 1, NAME_LENGTH));
    let slug = checks.optional("slug", new.slug.as_deref().map(Slug::parse));
    let location = checks.nested("location", new.location.check(new.zone))?;
    checks.build(|| Some((name?, slug?, location?)))
}

/// A free slug that looks like the name.
async fn suggest_slug(directory: &db::Directory, name: &str) -> Result<Slug> {
    let base = Slug::suggest(name).ok_or_else(|| Error::invalid(TextFault::Required).at("slug"))?;
    for number in 1..=20 {
        let candidate = if number == 1 { base.to_string() } else { format!("{base}-{number}") };
        let Ok(candidate) = Slug::parse(&candidate) else { break };
        if !repo::slug_is_taken(directory, &candidate).await? {
            return Ok(candidate);
        }
    }
    Err(Error::conflict(CommonCode::Taken).at("slug"))
}

/// A number of a setting within its bounds.
pub(crate) fn within<T: TryFrom<i32>>(number: i32, min: i32, max: i32) -> Result<T, Issue> {
    let fault = || Issue::new(CommonCode::OutOfRange).with("min", min).with("max", max);
    if (min..=max).contains(&number) { T::try_from(number).map_err(|_| fault()) } else { Err(fault()) }
}
