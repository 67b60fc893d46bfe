//! What a booking shows.

use super::line::LineObject;
use super::policy::{BookingCancellationTerms, BookingPolicy};
use crate::Bookings;
use crate::booking::{Awaited, Booking, BookingId, CancelReason, Status};
use crate::permissions::{BOOKINGS_ALL, BOOKINGS_NOTES, BOOKINGS_OWN};
use crate::rules::ScheduleRule;
use crate::series::graphql::SeriesObject;
use crate::session::SessionLoad;
use crate::session::graphql::GroupSessionObject;
use async_graphql::{Context, ID, Object, Result};
use clients::ClientObject;
use gql::{DateTime, LocalDate, Rows, Swift, TimeZone};
use std::sync::Arc;
use tenancy::{LocationObject, Tenancy};

/// A booking.
#[derive(Clone)]
pub struct BookingObject(pub(crate) Arc<Booking>);

impl From<Booking> for BookingObject {
    fn from(booking: Booking) -> Self {
        Self(Arc::new(booking))
    }
}

impl From<Arc<Booking>> for BookingObject {
    fn from(booking: Arc<Booking>) -> Self {
        Self(booking)
    }
}

/// A visit of a client: one or more services, one after another.
#[Object(name = "Booking")]
impl BookingObject {
    /// The booking's id, `bkg_…`.
    async fn id(&self) -> ID {
        gql::to_id(self.0.id)
    }

    /// What people read aloud: `ZP-7K4M2Q`, unique in the company.
    async fn reference(&self) -> &str {
        &self.0.reference
    }

    /// The address of the visit as an entry for a calendar (RFC 5545), for its client: whoever has it can read what, where and
    /// when, and nothing of who comes. Unknown 30 days after the visit.
    async fn ics_url(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(ctx.data::<Bookings>()?.entry_address(gql::cx(ctx)?.company()?, self.0.id))
    }

    /// The address under which its client sees, moves and cancels it without signing in: for staff to pass on, and for the page
    /// on which it was booked. Whoever has it can do so. It opens nothing any more 30 days after the visit, when the client's
    /// card no longer has the e-mail address or phone that it was made for, or after `bookingLinkRevoke`. Null where the card
    /// has neither, and to clients, who have their letter.
    async fn manage_url(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let (cx, reader) = (gql::cx(ctx)?, gql::reader(ctx).await?);
        let Some(card) = gql::load(ctx, self.0.client_id).await? else { return Ok(None) };
        Ok(ctx.data::<Bookings>()?.manage_url(cx, &reader, &self.0, &card).await?)
    }

    /// Where it stands.
    async fn status(&self) -> Status {
        self.0.status
    }

    /// When it came to stand there.
    async fn status_since(&self) -> DateTime {
        DateTime::at(self.0.status_since, self.0.zone)
    }

    /// The branch.
    async fn location(&self, ctx: &Context<'_>) -> Result<Option<Swift<LocationObject>>> {
        let locations = ctx.data::<Tenancy>()?.locations(&*gql::reader(ctx).await?).await?;
        Ok(locations.shared(self.0.location_id).map(LocationObject::from).map(Swift))
    }

    /// Whose visit it is.
    async fn client(&self, ctx: &Context<'_>) -> Result<Option<Swift<ClientObject>>> {
        Ok(gql::load(ctx, self.0.client_id).await?.map(ClientObject::from).map(Swift))
    }

    /// Its services in order.
    async fn lines(&self) -> Rows<LineObject> {
        LineObject::all_of(&self.0).collect()
    }

    /// The session that it has seats of; null for a visit of its own.
    async fn group_session(&self, ctx: &Context<'_>) -> Result<Option<GroupSessionObject>> {
        let Some(id) = self.0.session_id else { return Ok(None) };
        Ok(gql::load(ctx, SessionLoad(id)).await?.map(GroupSessionObject::from))
    }

    /// For how many people: the seats of a session that it has; 1 for a visit of its own.
    async fn party_size(&self) -> u16 {
        self.0.party_size
    }

    /// The series that it belongs to.
    async fn series_id(&self) -> Option<ID> {
        self.0.series.map(|own| gql::to_id(own.id))
    }

    /// The date that the series' rule gave this visit, also after it was moved.
    async fn series_date(&self) -> Option<LocalDate> {
        self.0.series.map(|own| LocalDate(own.date))
    }

    /// The series that it belongs to. Null to clients, and without the permission bookings.own.
    async fn series(&self, ctx: &Context<'_>) -> Result<Option<SeriesObject>> {
        let Some(own) =
            self.0.series.filter(|_| gql::cx(ctx).is_ok_and(|cx| cx.can(BOOKINGS_OWN) || cx.can(BOOKINGS_ALL)))
        else {
            return Ok(None);
        };
        Ok(gql::load(ctx, own.id).await?.map(SeriesObject))
    }

    /// When the first service starts, with the location's offset.
    async fn starts_at(&self) -> DateTime {
        DateTime::at(self.0.starts_at, self.0.zone)
    }

    /// When the last service ends, with the location's offset.
    async fn ends_at(&self) -> DateTime {
        DateTime::at(self.0.ends_at, self.0.zone)
    }

    /// Elapsed minutes from start to end.
    async fn duration_minutes(&self) -> i64 {
        (self.0.ends_at - self.0.starts_at).num_minutes()
    }

    /// The location's zone when it was booked.
    async fn time_zone(&self) -> TimeZone {
        TimeZone(self.0.zone)
    }

    /// Its date at the location.
    async fn local_date(&self) -> LocalDate {
        LocalDate(self.0.local_date)
    }

    /// Sum of the lines' prices.
    async fn total(&self) -> Swift<gql::Money> {
        Swift(self.0.total.into())
    }

    /// How it came in: WEB, API, PUBLIC or SYSTEM.
    async fn channel(&self) -> &str {
        &self.0.channel
    }

    /// The booking rules that held when it was booked.
    async fn policy(&self) -> BookingPolicy {
        BookingPolicy::of(&self.0)
    }

    /// What it waits for while it is pending: it is agreed once nothing is left.
    async fn awaits(&self) -> Vec<Awaited> {
        self.0.awaits.list()
    }

    /// When it is declined with the reason TIMEOUT unless it was agreed by then; null unless it is pending.
    async fn pending_until(&self) -> Option<DateTime> {
        self.0.pending_until.map(|until| DateTime::at(until, self.0.zone))
    }

    /// What its client pays before it is agreed, of its total; zero when nothing. Whether it came in is said by `awaits`.
    async fn prepayment(&self) -> gql::Money {
        self.0.prepayment.into()
    }

    /// What calling it off, or moving it, would mean on the client's wish. Nothing is changed by asking.
    async fn cancellation_terms(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "When it would be done; now when left out.")] at: Option<DateTime>,
    ) -> Result<BookingCancellationTerms> {
        let at = match at {
            Some(at) => at.utc(),
            None => gql::reader(ctx).await?.now(),
        };
        Ok(BookingCancellationTerms::of(&self.0, at))
    }

    /// What is due because it was called off late, or because the client stayed away; null when nothing.
    async fn cancellation_fee(&self) -> Option<gql::Money> {
        self.0.fee.map(Into::into)
    }

    /// Whether its prepayment is kept by the company for the same reason.
    async fn deposit_kept(&self) -> bool {
        self.0.deposit_kept
    }

    /// How often it was moved on the client's wish.
    async fn client_reschedules(&self) -> u16 {
        self.0.client_moves
    }

    /// Rules that staff set aside for the time where it stands; none to clients.
    async fn overrides(&self, ctx: &Context<'_>) -> Result<Vec<ScheduleRule>> {
        if gql::cx(ctx)?.is_public() {
            return Ok(Vec::new());
        }
        Ok(self.0.overrides.iter().copied().map(ScheduleRule::from).collect())
    }

    /// What the companions are called, the first of them first; those who were not named are only counted, on the lines.
    async fn guest_names(&self) -> &[String] {
        &self.0.guests
    }

    /// What the client wrote or may read.
    async fn client_note(&self) -> Option<&str> {
        self.0.client_note.as_deref()
    }

    /// What the client never sees. Null with FORBIDDEN without the permission bookings.notes.
    async fn internal_note(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        gql::cx(ctx)?.require(BOOKINGS_NOTES)?;
        Ok(self.0.internal_note.as_deref())
    }

    /// Why it was called off or declined.
    async fn cancel_reason(&self) -> Option<CancelReason> {
        self.0.cancel_reason
    }

    /// The same in someone's words.
    async fn cancel_note(&self) -> Option<&str> {
        self.0.cancel_note.as_deref()
    }

    /// Grows with each change; a change names the one it saw.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        DateTime::at(self.0.created_at, self.0.zone)
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime {
        DateTime::at(self.0.updated_at, self.0.zone)
    }
}

gql::ready!(BookingObject:
    id, reference, ics_url, status, status_since, location, client, lines, group_session, party_size, series_id,
    series_date, series, starts_at, ends_at, duration_minutes, time_zone, local_date, total, channel, policy, awaits,
    pending_until, prepayment, cancellation_terms(None), cancellation_fee, deposit_kept, client_reschedules, overrides,
    guest_names, client_note, internal_note, cancel_reason, cancel_note, version, created_at, updated_at,
);

impl gql::Node for BookingObject {
    type Id = BookingId;

    async fn find(ctx: &Context<'_>, id: BookingId) -> Result<Self> {
        let (cx, reader) = (gql::cx(ctx)?, gql::reader(ctx).await?);
        Ok(ctx.data::<Bookings>()?.get(cx, &reader, id).await?.into())
    }
}
gql::node!(BookingObject);
