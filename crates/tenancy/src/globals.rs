//! One way to read global tables, from outside a transaction and from inside one.

use db::{Conn, Directory, Global, Reader, Tx};
use kernel::{Error, Result};
use sea_orm::{EntityTrait, Select};

/// Something that reads global tables.
pub(crate) trait Globals: Sync {
    /// Rows of a global table, unfiltered.
    fn rows<E: Global + EntityTrait>(&self) -> Select<E>;
    /// What the query runs on.
    fn conn(&self) -> &Conn;
}

impl Globals for Directory {
    fn rows<E: Global + EntityTrait>(&self) -> Select<E> {
        self.find()
    }

    fn conn(&self) -> &Conn {
        Self::conn(self)
    }
}

impl Globals for Reader {
    fn rows<E: Global + EntityTrait>(&self) -> Select<E> {
        self.find_global()
    }

    fn conn(&self) -> &Conn {
        Self::conn(self)
    }
}

impl Globals for Tx {
    fn rows<E: Global + EntityTrait>(&self) -> Select<E> {
        self.find_global()
    }

    fn conn(&self) -> &Conn {
        Reader::conn(self)
    }
}

/// Reads back what was checked before it was stored; failing is a defect of the data, not of the request.
pub(crate) fn stored<T, E: std::fmt::Display>(what: &'static str, value: std::result::Result<T, E>) -> Result<T> {
    value.map_err(|fault| Error::internal(format!("stored {what} cannot be read: {fault}")))
}
