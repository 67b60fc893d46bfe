//! Letters to clients and members: which event asks for which, what they say, and what became of each.
//!
//! An event becomes a message's row and a job in one transaction; the job writes the letter from what is true then and
//! hands it to the mail server, or notes why not. Nothing is sent twice for one event, channel and recipient.
//! Not here: links, tokens and codes (tenancy, clients and bookings make them when asked), reminders and campaigns.

mod handlers;
mod letter;
mod mail;
mod message;
pub mod permissions;

use bookings::Bookings;
use clients::Clients;
use db::Db;
use jobs::Jobs;
use lettre::message::Mailbox;
use tenancy::Tenancy;

pub use handlers::register;
pub use letter::Letter;
pub use mail::{MailTransport, TransportFault};
pub use message::graphql::{CommsQuery, MessageObject};
pub use message::{Channel, Message, MessageFilter, MessageId, Reason, State};

gql::messages!();

/// The handle of this crate.
#[derive(Clone)]
pub struct Comms {
    db: Db,
    jobs: Jobs,
    tenancy: Tenancy,
    clients: Clients,
    bookings: Bookings,
    transport: MailTransport,
    sender: Mailbox,
}

/// The configured sender is no mail address.
#[derive(Debug, thiserror::Error)]
#[error("the sender of mails must look like Name <address@domain>")]
pub struct SenderFault;

/// The crates that letters are written from.
#[derive(Clone)]
pub struct Sources {
    /// Companies, locations, accounts.
    pub tenancy: Tenancy,
    /// Who is written to.
    pub clients: Clients,
    /// What about.
    pub bookings: Bookings,
}

impl Comms {
    /// Letters from `sender` (`Zapys <no-reply@example.com>`) by `transport`.
    pub fn new(
        db: Db,
        jobs: Jobs,
        sources: Sources,
        transport: MailTransport,
        sender: &str,
    ) -> Result<Self, SenderFault> {
        let sender = sender.parse().map_err(|_| SenderFault)?;
        let Sources { tenancy, clients, bookings } = sources;
        Ok(Self { db, jobs, tenancy, clients, bookings, transport, sender })
    }
}
