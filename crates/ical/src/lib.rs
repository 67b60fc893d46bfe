//! iCalendar texts (RFC 5545 with 7986, and 5546 for those that are sent by mail): the one writer of them.
//! Pure: whoever calls has read everything before and says what "now" is.

mod line;
mod write;
mod zone;

pub use write::{Calendar, Entry, Method, Party, Status};
