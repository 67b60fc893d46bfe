//! What tenancy asks of crates above it: which bookings a change of hours, closure, absence or maintenance hits, and which
//! client shows a proof. Declared here, once, for every domain below; those implement it and the server plugs it in.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use access::{ClientProof, Cx, PermissionSet};
use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use db::Reader;
use gql::DateTime as Instant;
use kernel::{CompanyId, Locale, Result, TimeRange};
use uuid::Uuid;

/// A change of the calendar that may put bookings outside working time. Empty lists mean "none of these".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CalendarChange {
    /// Locations whose hours, closures or zone changed.
    pub locations: Vec<Uuid>,
    /// Staff members whose templates, exceptions, time off or services changed.
    pub staff: Vec<Uuid>,
    /// Resource units whose maintenance or activity changed.
    pub resources: Vec<Uuid>,
    /// When it matters; `None` means from now on.
    pub range: Option<TimeRange>,
}

/// A booking that the calendar no longer allows where it stands. Nothing happened to it: people decide.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub struct AffectedBooking {
    /// The booking's id (`bkg_…`).
    pub id: async_graphql::ID,
    /// Its reference, as clients know it.
    pub reference: String,
    /// When it starts.
    pub starts_at: Instant,
    /// When it ends.
    pub ends_at: Instant,
    /// The client's name, null when the caller may not see it.
    pub client_name: Option<String>,
    /// Codes of the rules it now breaks (`OUTSIDE_OPENING_HOURS`, `CLOSED`, …).
    pub reasons: Vec<String>,
}

/// What occupies a resource unit around an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occupation {
    /// The resource unit.
    pub resource: Uuid,
    /// Since when.
    pub from: DateTime<Utc>,
    /// Until when.
    pub to: DateTime<Utc>,
    /// The booking that occupies it; none for a hold.
    pub booking: Option<Uuid>,
}

/// What bookings knows and lower crates must show.
#[async_trait::async_trait]
pub trait CalendarImpact: Send + Sync {
    /// The bookings that break a rule after `change`. `reader` is the open transaction with the change already written.
    async fn affected(&self, cx: &Cx, reader: &Reader, change: &CalendarChange) -> Result<Vec<AffectedBooking>>;

    /// What occupies each of these resource units at an instant; free ones are absent.
    async fn occupied(&self, reader: &Reader, resources: &[Uuid], at: DateTime<Utc>) -> Result<Vec<Occupation>>;
}

/// No bookings at all: what answers until bookings is plugged in.
struct NoBookings;

#[async_trait::async_trait]
impl CalendarImpact for NoBookings {
    async fn affected(&self, _: &Cx, _: &Reader, _: &CalendarChange) -> Result<Vec<AffectedBooking>> {
        Ok(Vec::new())
    }

    async fn occupied(&self, _: &Reader, _: &[Uuid], _: DateTime<Utc>) -> Result<Vec<Occupation>> {
        Ok(Vec::new())
    }
}

/// The socket that one implementation is plugged into, once, when the server is composed.
#[derive(Clone, Default)]
pub(crate) struct CalendarSocket(Arc<OnceLock<Arc<dyn CalendarImpact>>>);

impl CalendarSocket {
    /// Plugs the implementation in; a second one is ignored, since the first may already be in use.
    pub(crate) fn plug(&self, calendar: Arc<dyn CalendarImpact>) {
        let _ = self.0.set(calendar);
    }

    pub(crate) fn get(&self) -> Arc<dyn CalendarImpact> {
        self.0.get().cloned().unwrap_or_else(|| Arc::new(NoBookings))
    }
}

/// A client who proved who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// Of which company.
    pub company: CompanyId,
    /// Their card; none while they have none.
    pub client: Option<Uuid>,
    /// What proved it.
    pub proof: ClientProof,
    /// What they may do beside what is their own.
    pub permissions: PermissionSet,
    /// The language that they read, when they said so.
    pub locale: Option<Locale>,
}

/// A kind of proof by which clients, who have no account, are known.
#[async_trait::async_trait]
pub trait ClientDoor: Send + Sync {
    /// Who shows this text; none when it is not of this kind, or proves nothing any more.
    async fn admit(&self, shown: &str) -> Result<Option<Admitted>>;

    /// The same client by what they proved before; none when it does not stand any more, or has to be shown each time.
    async fn readmit(&self, company: CompanyId, proof: ClientProof) -> Result<Option<Admitted>>;
}

/// The doors that are plugged in, each once, when the server is composed. Until then no client is known.
#[derive(Clone, Default)]
pub(crate) struct Doors(Arc<RwLock<Vec<Arc<dyn ClientDoor>>>>);

impl Doors {
    pub(crate) fn plug(&self, door: Arc<dyn ClientDoor>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).push(door);
    }

    pub(crate) async fn admit(&self, shown: &str) -> Result<Option<Admitted>> {
        for door in self.all() {
            if let Some(admitted) = door.admit(shown).await? {
                return Ok(Some(admitted));
            }
        }
        Ok(None)
    }

    pub(crate) async fn readmit(&self, company: CompanyId, proof: ClientProof) -> Result<Option<Admitted>> {
        for door in self.all() {
            if let Some(admitted) = door.readmit(company, proof).await? {
                return Ok(Some(admitted));
            }
        }
        Ok(None)
    }

    fn all(&self) -> Vec<Arc<dyn ClientDoor>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
