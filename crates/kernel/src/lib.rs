//! The words every other crate shares: ids, money, time, text, pages, errors.
//! Pure: no I/O, no async, no database type, no knowledge of any domain.
//! What belongs to one domain (its ids, its codes) lives in that domain, not here.

mod clock;
mod error;
mod id;
mod locale;
mod money;
pub mod page;
pub mod text;
pub mod time;

pub use clock::{Clock, ManualClock, SystemClock};
pub use error::{Checks, Code, CommonCode, Detail, Error, Issue, Kind, Result};
pub use id::{CompanyId, Id, InvalidId, UserId};
pub use locale::Locale;
pub use money::{Currency, Money, MoneyFault};
pub use page::{Cursor, CursorKey, Direction, Page, PageRequest};
pub use text::{Email, Phone, Slug, TextFault};
pub use time::{Edge, RangeSet, TimeRange, WallInterval, WallTime};

/// What the `id!` macro writes into other crates; not for direct use.
#[doc(hidden)]
pub mod id_support {
    pub use crate::id::{read, write};
    pub use serde;
    pub use uuid::Uuid;
}
