//! Instants and local wall time. An instant is UTC; a schedule is wall time in the zone of a location; the one
//! conversion between them is in `zone`. Ranges are half-open: touching is not overlapping.
//! Reading the clock is not here (see [`crate::Clock`]).

mod range;
mod set;
mod wall;
mod zone;

pub use range::{EARLIEST, LATEST, TimeRange};
pub use set::RangeSet;
pub use wall::{InvalidWallTime, WallInterval, WallTime};
pub use zone::{Edge, Starts, day_range, instant, local_date, project, starts_at};
