//! The calendar of staff: everything in a range of days in a fixed number of statements, and word of what changes in it.

mod capacity;
mod change;
pub mod graphql;
mod service;

pub(crate) use change::{Change, ChangeKind};
pub use service::{Calendar, CalendarQuery, Parts};
