//! The one door to the database: tenancy, snapshots, transactions, and the guards that two requests cannot pass at once.
//!
//! A domain's `repo.rs` never meets a pool or a raw finder. It gets one of three handles:
//! - [`Reader`]: one company's consistent snapshot; every finder of it already says `company_id = …`;
//! - [`Tx`]: one company's open write transaction, which is also a [`Reader`] that sees its own writes;
//! - [`Directory`]: the few global tables that are looked up before the company is known.
//!
//! To add a table: derive its SeaORM entity in the domain, say [`company_owned!`] (or [`global!`]) below it, and write its
//! migration with `Ddl::company_table`. To write: [`transaction!`]. Engine differences end in this crate.

mod allocation;
mod connection;
mod count;
mod day;
mod directory;
mod document;
mod fault;
mod idempotency;
mod options;
mod owned;
mod page;
mod pool;
mod position;
mod raw;
mod reader;
mod schedule;
mod stamp;
mod transaction;
mod tx;

pub use allocation::{Allocate, Allocation, NewAllocation, Owner};
pub use connection::Conn;
pub use count::{counted, counting, current_counter};
pub use day::DayStep;
pub use directory::Directory;
pub use document::Document;
pub use fault::{Fault, fault};
pub use idempotency::{IdempotencyKey, Once};
pub use options::Options;
pub use owned::{CompanyOwned, Global};
pub use page::{Order, page};
pub use pool::{Db, Engine, PoolState};
pub use position::{ByPosition, Column, all, column, in_order};
pub use reader::Reader;
pub use schedule::{Lock, LockMode, Subject, SubjectKind};
pub use stamp::Stamp;
pub use transaction::{Attempts, Settled};
pub use tx::Tx;

#[doc(hidden)]
pub use fail as __fail;

/// A named place where a test build can make a fault happen; nothing in any other build.
///
/// `failpoint!("name")` may panic, print, pause or end the process, as `FAILPOINTS` says;
/// `failpoint!("name", |_| value)` may also return `value` from the function that it stands in.
#[macro_export]
macro_rules! failpoint {
    ($name:expr) => {
        $crate::__fail::fail_point!($name);
    };
    ($name:expr, $result:expr) => {
        $crate::__fail::fail_point!($name, $result);
    };
}
