//! The global tables, for what must be known before the company is: log-in, API keys, invitations, signed links.

use crate::{Conn, Global};
use sea_orm::{EntityTrait, Select};

/// Reads global tables, each statement on its own. Writes to them go through a [`crate::Tx`] of the company concerned
/// (or of `CompanyId::NONE`), so that they commit together with what follows from them.
pub struct Directory {
    conn: Conn,
}

impl Directory {
    pub(crate) fn new(conn: Conn) -> Self {
        Self { conn }
    }

    /// What SeaORM's queries run on. No company is set on it, so company tables show nothing.
    pub fn conn(&self) -> &Conn {
        &self.conn
    }

    /// Rows of a global table.
    #[allow(clippy::disallowed_methods, reason = "global tables have no company to filter by")]
    pub fn find<E: Global + EntityTrait>(&self) -> Select<E> {
        E::find()
    }
}
