//! What every edit shares: the expected version, and what a taken name means.

use db::Fault;
use kernel::{CommonCode, Error, Result};

/// Refuses an edit of another version than the current one, and says what is current.
pub fn expect_version<T: Clone + Send + Sync + 'static>(current: &T, actual: i32, expected: i32) -> Result<()> {
    if actual == expected { Ok(()) } else { Err(version_conflict(current.clone())) }
}

/// The refusal of an edit that came too late. The payload shows `current`.
pub fn version_conflict<T: Send + Sync + 'static>(current: T) -> Error {
    Error::conflict(CommonCode::VersionConflict).at("version").current(current)
}

/// A unique key's refusal as `TAKEN` at `field`: of names, only keys of names are unique here.
pub fn taken(field: &'static str) -> impl Fn(Error) -> Error {
    move |error| {
        if Fault::is_unique_violation(&error) {
            Error::conflict(CommonCode::Taken).at(field).because(error)
        } else {
            error
        }
    }
}
