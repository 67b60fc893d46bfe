//! Use cases of the waiting list: joining and leaving it, and what happens when seats or time are freed.

mod join;
mod leave;
mod offer;
mod promote;
mod read;

pub use join::{Joined, NewEntry, Wanted};
pub use leave::Leaving;
pub(crate) use offer::register;
pub use read::Place;
