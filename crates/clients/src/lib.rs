//! Clients of a company: cards, private notes, the block list, consent, and how they prove who they are.
//!
//! A card is identified by its id alone; phones and addresses are shared and mistyped. Nobody is deleted: cards are
//! archived, and what people wrote leaves the audit trail separately from what happened.
//! Not here: visits (bookings), messages (comms), money (finance). What a card shows of them comes through `ports`.

mod client;
mod error;
pub mod events;
mod graphql;
mod handlers;
mod note;
pub mod permissions;
pub mod ports;
mod sign_in;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use cache::Cache;
use db::{Db, Reader};
use jobs::Jobs;
use kernel::Result;
use tenancy::Tenancy;

pub use client::graphql::ClientObject;
pub use client::{
    Attached, Block, Client, ClientChange, ClientFilter, ClientId, ClientOrder, Consent, Contact, ContactChannel,
    NewClient, NewPreferences, Preferences, PreferredStaffId,
};
pub use error::{ClientErrorCode, ClientUserError};
pub use graphql::{ClientsMutation, ClientsQuery};
pub use handlers::register;
pub use note::{NewNote, Note, NoteChange, NoteId};
pub use sign_in::{ClientCodeId, ClientSelf, ClientSessionId, ClientToken, CodeLetter};

use ports::{ClientReach, ClientVisits, StaffDirectory, Visits};

gql::messages!();

/// The handle of this crate.
#[derive(Clone)]
pub struct Clients {
    db: Db,
    cache: Cache,
    jobs: Jobs,
    tenancy: Tenancy,
    ports: Arc<Ports>,
}

#[derive(Default)]
struct Ports {
    visits: OnceLock<Arc<dyn ClientVisits>>,
    reach: OnceLock<Arc<dyn ClientReach>>,
    staff: OnceLock<Arc<dyn StaffDirectory>>,
}

impl Clients {
    /// Clients over a database; companies' languages and zones come from tenancy.
    pub fn new(db: Db, cache: Cache, jobs: Jobs, tenancy: Tenancy) -> Self {
        Self { db, cache, jobs, tenancy, ports: Arc::default() }
    }

    /// Plugs in who knows the visits. The first one stays.
    pub fn plug_visits(&self, port: Arc<dyn ClientVisits>) {
        self.ports.visits.get_or_init(|| port);
    }

    /// Plugs in who knows whose clients are whose. The first one stays.
    pub fn plug_reach(&self, port: Arc<dyn ClientReach>) {
        self.ports.reach.get_or_init(|| port);
    }

    /// Plugs in who knows the staff. The first one stays.
    pub fn plug_staff(&self, port: Arc<dyn StaffDirectory>) {
        self.ports.staff.get_or_init(|| port);
    }

    /// The visits of these clients, in one statement; those without any are left out.
    async fn visits(&self, reader: &Reader, clients: &[ClientId]) -> Result<HashMap<ClientId, Visits>> {
        match self.ports.visits.get() {
            Some(port) => port.visits(reader, clients).await,
            None => Ok(HashMap::new()),
        }
    }
}
