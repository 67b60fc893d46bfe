//! What domains declare: events and jobs.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

kernel::id! {
    /// Something that happened.
    pub struct EventId("evt");
    /// Something to be done.
    pub struct JobId("job");
}

/// Something that happened, in the past tense. It belongs to the crate that emits it.
///
/// It is stored for ever and read by every handler: ids, codes, amounts and times only, never a name, a phone number
/// or a secret. A field may be added with a default; any other change is a new [`Event::VERSION`] and an
/// [`Event::upgrade`].
pub trait Event: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// `booking.created`: stable, stored.
    const NAME: &'static str;
    /// Which shape [`Serialize`] gives now.
    const VERSION: u16 = 1;

    /// The thing whose history it belongs to.
    fn subject(&self) -> Option<Uuid> {
        None
    }

    /// Reads a stored one, perhaps of an older version.
    fn upgrade(version: u16, stored: Value) -> serde_json::Result<Self> {
        let _ = version;
        serde_json::from_value(stored)
    }
}

/// Something to be done later, in the imperative. Holds ids only: what else it needs is read when it runs.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// `bookings.expire_hold`: stable, stored; also the name of its handler.
    const NAME: &'static str;

    /// While one with the same key is waiting to run, adding another does nothing.
    fn key(&self) -> Option<String> {
        None
    }
}
