//! Requests to addresses that strangers choose: a calendar to be read, a page to be told of something.
//!
//! Whoever names an address must not reach with our hands what they could not reach with their own: this machine, its
//! network, the service that hands out its credentials. So a name is resolved first, every address it leads to must be a
//! public one ([`is_public`]), and the connection goes to exactly the address that was checked: what the name leads to a
//! moment later does not matter. Redirects are few and each is checked anew. Time and size are bounded while the answer
//! comes in; what it says of its own length or kind is not trusted. Addresses hold secrets, so they stand in no error.

mod address;
mod connect;
mod get;

pub use address::is_public;
pub use connect::Resolve;
pub use get::{Fetched, Get, Validators};
pub use url::Url;

use std::sync::Arc;
use std::time::Duration;

/// How requests are made.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Hosts with their ports (`calendar.internal:8080`) that are reached wherever they are, and without TLS if their address says so.
    pub trusted: Vec<String>,
    /// Longest wait for a connection, with its TLS.
    pub connect_timeout: Duration,
    /// Longest time for everything, redirects included.
    pub total_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { trusted: Vec::new(), connect_timeout: Duration::from_secs(3), total_timeout: Duration::from_secs(8) }
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The address does not read, holds a password, or is not one of HTTPS.
    #[error("not an address that can be asked")]
    Address,
    /// The address leads to a network that is not public.
    #[error("the address is not public")]
    NotPublic,
    /// There is no such name, or nobody answers there, or not as the name's certificate demands.
    #[error("nobody answers at the address")]
    Unreachable,
    /// It took too long.
    #[error("the answer took too long")]
    TimedOut,
    /// The answer is longer than was asked for.
    #[error("the answer is too long")]
    TooLarge,
    /// The answer is no HTTP, or cut off, or in a form that was not asked for.
    #[error("the answer does not read")]
    Unreadable,
    /// One redirect led to another too often.
    #[error("too many redirects")]
    TooManyRedirects,
    /// The answer says that there is nothing, or not for us.
    #[error("the answer was {0}")]
    Status(u16),
}

/// Makes requests. Cheap to clone.
#[derive(Clone)]
pub struct Outbound {
    inner: Arc<connect::Connector>,
}

impl Outbound {
    /// With the names of the system.
    pub fn new(settings: Settings) -> Self {
        Self::with_names(settings, Arc::new(connect::System))
    }

    /// With other names: for tests.
    pub fn with_names(settings: Settings, names: Arc<dyn Resolve>) -> Self {
        Self { inner: Arc::new(connect::Connector::new(settings, names)) }
    }

    /// Reads an address and refuses what is refused without asking anybody: what does not read, is not HTTPS (or `webcal`,
    /// which calendars mean it by), or names a host by an address that is not public.
    pub fn address(&self, text: &str) -> Result<Url, Fault> {
        self.inner.policy.read(text)
    }

    /// Asks for what stands at an address.
    pub async fn get(&self, request: &Get<'_>) -> Result<Fetched, Fault> {
        tokio::time::timeout(self.inner.total_timeout, get::follow(&self.inner, request))
            .await
            .unwrap_or(Err(Fault::TimedOut))
    }
}
