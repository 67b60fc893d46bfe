//! Mail as bytes: a letter, perhaps with an entry for a calendar, and the two ways it leaves the house.
//! Which letter, to whom and whether at all is decided elsewhere.

mod mime;
mod transport;

pub(crate) use mime::Mail;
pub(crate) use transport::Undelivered;
pub use transport::{MailTransport, TransportFault};
