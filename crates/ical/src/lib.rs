//! iCalendar texts (RFC 5545 with 7986, and 5546 for those that are sent by mail): the one writer of them, the one reader
//! of others', and the rules by which things repeat.
//! Pure: whoever calls has read everything before and says what "now" is.

mod line;
mod read;
mod rule;
mod write;
mod zone;

pub use read::{Busy, BusyQuery, ReadFault, busy};
pub use rule::{Anchor, Fault, Rule};
pub use write::{Calendar, Entry, Method, Party, Status};
