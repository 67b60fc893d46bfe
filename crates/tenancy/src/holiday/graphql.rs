//! Public holidays in the schema.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use gql::{LocalDate, Refusal};

use super::{Holiday, HolidayClosing, HolidayCountry};
use crate::closure::{Closure, ClosureObject};
use crate::error::TenancyUserError;
use crate::handle::Tenancy;
use crate::ports::AffectedBooking;

/// A public holiday.
pub struct HolidayObject(Holiday);

/// A public holiday of a country by its law. It shuts nothing by itself.
#[Object(name = "PublicHoliday")]
impl HolidayObject {
    /// The local date.
    async fn date(&self) -> LocalDate {
        self.0.date.into()
    }

    /// What it is called, in one language.
    async fn name(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The language; the caller's when left out.")] locale: Option<gql::Locale>,
    ) -> Result<&str> {
        let locale = match locale {
            Some(locale) => locale.into(),
            None => gql::cx(ctx)?.locale,
        };
        Ok(self.0.name(locale))
    }
}

/// Queries about public holidays.
#[derive(Default)]
pub struct HolidayQuery;

#[Object]
impl HolidayQuery {
    /// The public holidays of a country in a year, by date. Permission: company.read.
    async fn public_holidays(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The country.")] country: HolidayCountry,
        #[graphql(desc = "The year: 2025 to 2099.")] year: i32,
    ) -> Result<Option<Vec<HolidayObject>>> {
        let holidays = ctx.data::<Tenancy>()?.list_holidays(gql::cx(ctx)?, country, year)?;
        Ok(Some(holidays.into_iter().map(HolidayObject).collect()))
    }
}

/// Public holidays on which locations are shut.
#[derive(InputObject)]
struct PublicHolidaysCloseInput {
    /// Whose holidays.
    country: HolidayCountry,
    /// Which of them: 1 to 50 local dates, each a public holiday of the country.
    dates: Vec<LocalDate>,
    /// What is shut, at most 100 locations; left out: every location that is not archived.
    location_ids: Option<Vec<ID>>,
    /// Whether this is only a preview: the same answer, and nothing is written; the ids are then nobody's.
    #[graphql(default)]
    dry_run: bool,
}

/// What became of public holidays that shut locations.
#[derive(SimpleObject)]
struct PublicHolidaysClosePayload {
    /// The new closures; none of days on which a location is shut anyway.
    closures: Vec<ClosureObject>,
    /// The bookings between the first and the last of the days at these locations that do not fit. None of them was changed.
    affected_bookings: Vec<AffectedBooking>,
    /// What to mend; empty when the change was made.
    user_errors: Vec<TenancyUserError>,
}

impl From<Result<(Vec<Closure>, Vec<AffectedBooking>), Refusal>> for PublicHolidaysClosePayload {
    fn from(outcome: Result<(Vec<Closure>, Vec<AffectedBooking>), Refusal>) -> Self {
        match outcome {
            Ok((closures, affected_bookings)) => Self {
                closures: closures.into_iter().map(ClosureObject::from).collect(),
                affected_bookings,
                user_errors: Vec::new(),
            },
            Err(refusal) => Self { closures: Vec::new(), affected_bookings: Vec::new(), user_errors: refusal.into() },
        }
    }
}

/// Changes by public holidays.
#[derive(Default)]
pub struct HolidayMutation;

#[Object]
impl HolidayMutation {
    /// Shuts locations on chosen public holidays, each for the whole local day, with the holiday's name in the company's
    /// language as the reason. A day on which a location is shut anyway gets no second closure, so repeating it is harmless,
    /// and of two who do it at once the second finds it done. It cancels no booking: the answer lists those that do not fit.
    /// Emits `closure.holidays`. Permission: locations.write.
    async fn public_holidays_close(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The holidays.")] input: PublicHolidaysCloseInput,
    ) -> Result<Option<PublicHolidaysClosePayload>> {
        let cx = gql::cx(ctx)?;
        cx.require(crate::permissions::LOCATIONS_WRITE)?;
        let closing = HolidayClosing {
            country: input.country,
            dates: input.dates.into_iter().map(Into::into).collect(),
            locations: input.location_ids.as_deref().map(gql::ids).transpose()?,
        };
        let outcome = ctx.data::<Tenancy>()?.close_on_holidays(cx, &closing, input.dry_run).await;
        gql::answer(ctx, outcome)
    }
}
