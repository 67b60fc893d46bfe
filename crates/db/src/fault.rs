//! What the database's refusals mean to us: try again, not available, or a defect.

use kernel::Error;
use sea_orm::{DbErr, RuntimeErr, SqlErr};
use std::fmt;

/// A database error as the source of a [`kernel::Error`]. Its text is for logs; it never reaches a caller.
#[derive(thiserror::Error)]
#[error("{error}")]
pub struct Fault {
    error: DbErr,
    meaning: Meaning,
}

/// The driver's own form would add the server's DETAIL: `Failing row contains (...)`, people's names and notes.
impl fmt::Debug for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?}: {}", self.meaning, self.error)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// Another transaction was in the way; the whole one may succeed when it runs again.
    Collided,
    /// A lock was not granted in time: also worth another try, but told apart for idempotency keys.
    LockTimeout,
    /// No connection, or the server is going away.
    Unavailable,
    /// A unique key refused.
    Unique,
    /// SQLite's no-overlap trigger refused.
    Overlap,
    /// Anything else is a defect of ours or of the machine.
    Broken,
}

/// Maps a database error: `.await.map_err(db::fault)?`.
pub fn fault(error: DbErr) -> Error {
    let meaning = meaning(&error);
    let fault = Fault { error, meaning };
    match meaning {
        Meaning::Collided | Meaning::LockTimeout | Meaning::Unavailable => Error::unavailable(fault),
        Meaning::Unique | Meaning::Overlap | Meaning::Broken => Error::internal(fault),
    }
}

impl Fault {
    /// The database fault behind an error, if there is one.
    pub fn of(error: &Error) -> Option<&Self> {
        std::error::Error::source(error).and_then(|source| source.downcast_ref())
    }

    /// Did a unique key refuse? The service maps it to the code of what is taken.
    pub fn is_unique_violation(error: &Error) -> bool {
        Self::of(error).is_some_and(|fault| fault.meaning == Meaning::Unique)
    }

    /// Did SQLite's no-overlap trigger refuse an allocation?
    pub(crate) fn is_overlap(error: &Error) -> bool {
        Self::of(error).is_some_and(|fault| fault.meaning == Meaning::Overlap)
    }

    /// Was a lock not granted in time?
    pub(crate) fn is_lock_timeout(error: &Error) -> bool {
        Self::of(error).is_some_and(|fault| fault.meaning == Meaning::LockTimeout)
    }

    /// May the same transaction succeed when it runs again?
    pub(crate) fn is_worth_another_try(error: &Error) -> bool {
        Self::of(error).is_some_and(|fault| matches!(fault.meaning, Meaning::Collided | Meaning::LockTimeout))
    }
}

fn meaning(error: &DbErr) -> Meaning {
    if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) {
        return Meaning::Unique;
    }
    let (DbErr::Conn(RuntimeErr::SqlxError(source))
    | DbErr::Exec(RuntimeErr::SqlxError(source))
    | DbErr::Query(RuntimeErr::SqlxError(source))) = error
    else {
        return if matches!(error, DbErr::ConnectionAcquire(_)) { Meaning::Unavailable } else { Meaning::Broken };
    };
    match source.as_ref() {
        sqlx::Error::Database(database) => match database.code().as_deref() {
            // SQLITE_CONSTRAINT_TRIGGER
            Some("1811") if database.message().contains("allocation_no_overlap") => Meaning::Overlap,
            // serialization_failure, deadlock_detected; SQLITE_BUSY and its snapshot kind
            Some("40001" | "40P01" | "5" | "517") => Meaning::Collided,
            Some("55P03") => Meaning::LockTimeout,
            // query_canceled by its timeout, admin_shutdown, crash_shutdown, cannot_connect_now, too_many_connections,
            // read_only_sql_transaction (a failover), disk_full; SQLITE_FULL
            Some("57014" | "57P01" | "57P02" | "57P03" | "53300" | "25006" | "53100" | "13") => Meaning::Unavailable,
            _ => Meaning::Broken,
        },
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) | sqlx::Error::Protocol(_) => {
            Meaning::Unavailable
        }
        _ => Meaning::Broken,
    }
}
