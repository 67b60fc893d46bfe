//! Companies in the schema.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use kernel::{CompanyId, Error};

use super::{BookingLimitsChange, CompanyChange, CompanySettings, NewCompany};
use crate::error::TenancyUserError;
use crate::handle::Tenancy;
use crate::location::{LocationCreateInput, LocationObject, Locations};

/// A company.
#[derive(Clone, Debug)]
pub struct CompanyObject {
    settings: Arc<CompanySettings>,
    /// Absent where the company is only named, in a list of several.
    locations: Option<Arc<Locations>>,
}

impl CompanyObject {
    /// A company with its locations.
    pub fn new(settings: Arc<CompanySettings>, locations: Arc<Locations>) -> Self {
        Self { settings, locations: Some(locations) }
    }
}

/// A company among several, without its locations: those are shown when it is selected.
impl From<CompanySettings> for CompanyObject {
    fn from(settings: CompanySettings) -> Self {
        Self { settings: Arc::new(settings), locations: None }
    }
}

/// A company.
#[Object(name = "Company")]
impl CompanyObject {
    /// The company's id, `cmp_…`.
    async fn id(&self) -> ID {
        gql::to_id(self.settings.id)
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.settings.name
    }

    /// Its name in addresses.
    async fn slug(&self) -> &str {
        &self.settings.slug
    }

    /// The currency of all its money; it never changes.
    async fn currency(&self) -> gql::Currency {
        gql::Currency(self.settings.currency)
    }

    /// Its language.
    async fn locale(&self) -> gql::Locale {
        self.settings.locale.into()
    }

    /// The zone of its reports and of new locations.
    async fn time_zone(&self) -> gql::TimeZone {
        gql::TimeZone(self.settings.zone)
    }

    /// How long before its start a visit can still be booked, in minutes, unless the service says otherwise.
    async fn notice_minutes(&self) -> u32 {
        self.settings.notice_minutes
    }

    /// How many days ahead a visit can be booked, unless the service says otherwise; the last day counts whole.
    async fn horizon_days(&self) -> u16 {
        self.settings.horizon_days
    }

    /// How long a hold keeps a slot, in minutes.
    async fn hold_minutes(&self) -> u16 {
        self.settings.hold_minutes
    }

    /// Whether online bookings wait for the company's approval, unless the service says otherwise.
    async fn approval_required(&self) -> bool {
        self.settings.approval_required
    }

    /// How long a booking waits for approval or prepayment, in elapsed minutes, and never beyond its start; then it is
    /// declined with the reason TIMEOUT.
    async fn pending_minutes(&self) -> u16 {
        self.settings.pending_minutes
    }

    /// Minutes after the start before which nobody is a no-show.
    async fn no_show_grace_minutes(&self) -> u16 {
        self.settings.no_show_grace_minutes
    }

    /// What an extension adds to a hold, in minutes.
    async fn hold_extension_minutes(&self) -> u16 {
        self.settings.hold_extension_minutes
    }

    /// How much of one kind the company takes on.
    async fn booking_limits(&self) -> CompanyBookingLimits {
        let limits = self.settings.limits;
        CompanyBookingLimits {
            client_active: limits.client_active,
            client_daily: limits.client_daily,
            staff_daily: limits.staff_daily,
            staff_daily_minutes: limits.staff_daily_minutes,
        }
    }

    /// The page on which clients see, move and cancel a visit by the link of a letter, which follows as `#token=…`; null: the
    /// installation's own.
    async fn client_page_url(&self) -> Option<&str> {
        self.settings.client_page.as_deref()
    }

    /// Its locations that are not archived, in order of name; empty for a company that is not the selected one.
    async fn locations(&self) -> Vec<LocationObject> {
        let locations = self.locations.iter().flat_map(|locations| locations.open());
        locations.cloned().map(LocationObject::from).collect()
    }

    /// Grows with each edit; an edit names the one that it is based on.
    async fn version(&self) -> i32 {
        self.settings.version
    }
}

/// How much of one kind a company takes on; null: no limit. Live holds count like bookings. Staff may exceed a limit by
/// naming the rule, with the permission bookings.override.
#[derive(SimpleObject)]
struct CompanyBookingLimits {
    /// Visits of one client that are still to come.
    client_active: Option<u16>,
    /// Visits of one client on one local day.
    client_daily: Option<u16>,
    /// Visits of one staff member on one local day.
    staff_daily: Option<u16>,
    /// Minutes of services, without buffers, of one staff member on one local day. Each line of a visit is measured on its
    /// own against what is booked already.
    staff_daily_minutes: Option<u16>,
}

impl gql::Node for CompanyObject {
    type Id = CompanyId;

    /// Only the selected company: another one is not found, whoever else belongs to it.
    async fn find(ctx: &Context<'_>, id: CompanyId) -> Result<Self> {
        let (settings, locations) = ctx.data::<Tenancy>()?.company(gql::cx(ctx)?, &*gql::reader(ctx).await?).await?;
        if settings.id == id { Ok(Self::new(settings, locations)) } else { Err(Error::not_found().into()) }
    }
}

gql::node!(CompanyObject);

/// Queries about the company.
#[derive(Default)]
pub struct CompanyQuery;

#[Object]
impl CompanyQuery {
    /// The selected company, or that of the API key. Permission: company.read.
    async fn company(&self, ctx: &Context<'_>) -> Result<Option<CompanyObject>> {
        let cx = gql::cx(ctx)?;
        let (settings, locations) = ctx.data::<Tenancy>()?.company(cx, &*gql::reader(ctx).await?).await?;
        Ok(Some(CompanyObject::new(settings, locations)))
    }
}

/// A company to be created.
#[derive(InputObject)]
struct CompanyCreateInput {
    /// Its name, at most 80 characters.
    name: String,
    /// Its name in addresses: 3 to 40 letters, digits and hyphens, unique; made from the name when left out.
    slug: Option<String>,
    /// The currency of all its money, for good.
    #[graphql(default_with = "gql::Currency(kernel::Currency::UAH)")]
    currency: gql::Currency,
    /// Its language.
    #[graphql(default_with = "gql::Locale::Uk")]
    locale: gql::Locale,
    /// The zone of its reports and new locations.
    #[graphql(default_with = "gql::TimeZone(chrono_tz::Europe::Kyiv)")]
    time_zone: gql::TimeZone,
    /// Its first location; the idempotency key of the company serves for both.
    location: LocationCreateInput,
    /// The caller's key, at most 64 characters: a repeated request with the same key makes one company.
    idempotency_key: Option<String>,
}

/// An edit of a company. A field that is left out stays as it is.
#[derive(InputObject)]
struct CompanyUpdateInput {
    /// The version that the edit is based on.
    version: i32,
    /// A new name, at most 80 characters.
    name: Option<String>,
    /// A new name in addresses; the old one is free at once.
    slug: Option<String>,
    /// Another language.
    locale: Option<gql::Locale>,
    /// Another zone of reports and new locations.
    time_zone: Option<gql::TimeZone>,
    /// How long before its start a visit can still be booked, in minutes: 0 to 525600.
    notice_minutes: Option<i32>,
    /// How many days ahead a visit can be booked: 1 to 730.
    horizon_days: Option<i32>,
    /// How long a hold keeps a slot, in minutes: 2 to 30.
    hold_minutes: Option<i32>,
    /// Whether online bookings wait for the company's approval.
    approval_required: Option<bool>,
    /// How long a booking waits for approval or prepayment, in minutes: 5 to 43200.
    pending_minutes: Option<i32>,
    /// Minutes after the start before which nobody is a no-show: 0 to 240.
    no_show_grace_minutes: Option<i32>,
    /// What an extension adds to a hold, in minutes: 2 to 30.
    hold_extension_minutes: Option<i32>,
    /// How much of one kind the company takes on.
    booking_limits: Option<CompanyBookingLimitsInput>,
    /// The page to which the links of clients' letters lead: an https address of at most 200 characters without a fragment.
    /// Null: the installation's own. Whoever runs that page can read the links.
    client_page_url: MaybeUndefined<String>,
}

/// New limits. One that is left out stays as it is; null takes it away.
#[derive(InputObject)]
struct CompanyBookingLimitsInput {
    /// Visits of one client that are still to come: 1 to 1000.
    client_active: MaybeUndefined<i32>,
    /// Visits of one client on one local day: 1 to 100.
    client_daily: MaybeUndefined<i32>,
    /// Visits of one staff member on one local day: 1 to 200.
    staff_daily: MaybeUndefined<i32>,
    /// Minutes of services, without buffers, of one staff member on one local day: 5 to 1440.
    staff_daily_minutes: MaybeUndefined<i32>,
}

impl From<CompanyBookingLimitsInput> for BookingLimitsChange {
    fn from(input: CompanyBookingLimitsInput) -> Self {
        Self {
            client_active: wish(input.client_active),
            client_daily: wish(input.client_daily),
            staff_daily: wish(input.staff_daily),
            staff_daily_minutes: wish(input.staff_daily_minutes),
        }
    }
}

/// Left out is `None`, null is `Some(None)`.
#[allow(clippy::option_option, reason = "left out, taken away and set are three different wishes")]
fn wish<T>(value: MaybeUndefined<T>) -> Option<Option<T>> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}

gql::payloads! {
    TenancyUserError;
    /// What became of a new company.
    CompanyCreatePayload { company: CompanyObject = CompanyObject };
    /// What became of an edit of a company.
    CompanyUpdatePayload { company: CompanyObject = CompanyObject } or current: CompanySettings;
}

/// What became of a company, with its locations as they are after the commit.
async fn with_locations(tenancy: &Tenancy, outcome: kernel::Result<CompanySettings>) -> kernel::Result<CompanyObject> {
    let company = outcome?;
    let locations = tenancy.locations(&tenancy.db().read(company.id).await?).await?;
    Ok(CompanyObject::new(Arc::new(company), locations))
}

/// Changes of companies.
#[derive(Default)]
pub struct CompanyMutation;

#[Object]
impl CompanyMutation {
    /// Creates a company with its first location; whoever asks becomes its administrator. The session stays where it is:
    /// `companySelect` comes next. Emits `company.created`. Permission: signed in.
    async fn company_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The company.")] input: CompanyCreateInput,
    ) -> Result<Option<CompanyCreatePayload>> {
        let tenancy = ctx.data::<Tenancy>()?;
        let new = NewCompany {
            name: input.name,
            slug: input.slug,
            currency: input.currency.0,
            locale: input.locale.into(),
            zone: input.time_zone.0,
            location: input.location.into(),
            idempotency_key: input.idempotency_key,
        };
        let made = tenancy.create_company(gql::cx(ctx)?, new).await;
        gql::answer(ctx, with_locations(tenancy, made).await)
    }

    /// Changes the selected company's name, slug or booking settings. Emits `company.updated`. Permission: company.write.
    async fn company_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The edit.")] input: CompanyUpdateInput,
    ) -> Result<Option<CompanyUpdatePayload>> {
        let tenancy = ctx.data::<Tenancy>()?;
        let change = CompanyChange {
            version: input.version,
            name: input.name,
            slug: input.slug,
            locale: input.locale.map(Into::into),
            zone: input.time_zone.map(|zone| zone.0),
            notice_minutes: input.notice_minutes,
            horizon_days: input.horizon_days,
            hold_minutes: input.hold_minutes,
            approval_required: input.approval_required,
            pending_minutes: input.pending_minutes,
            no_show_grace_minutes: input.no_show_grace_minutes,
            hold_extension_minutes: input.hold_extension_minutes,
            limits: input.booking_limits.map(Into::into).unwrap_or_default(),
            client_page: wish(input.client_page_url),
        };
        let changed = tenancy.update_company(gql::cx(ctx)?, change).await;
        gql::answer(ctx, with_locations(tenancy, changed).await)
    }
}
