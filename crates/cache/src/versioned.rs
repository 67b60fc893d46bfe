//! Rows under their versions: a snapshot says in a slim statement which rows it wants and of which version each is, and
//! only those that this process does not have are read whole.
//!
//! Holds: whoever changes a row raises its version, and a transaction neither takes what is kept nor keeps what it sees,
//! since it may be rolled back and its version be given to something else.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::Arc;

use db::Reader;
use kernel::Result;
use uuid::Uuid;

use crate::stamped::{Held, typed};
use crate::{Cache, StampedKey};

/// A row with a version that each change of it raises.
pub trait Versioned: Send + Sync + 'static {
    /// What it is called: `bookings.booking`.
    const TABLE: &'static str;

    /// Its id and its version.
    fn version(&self) -> (Uuid, i32);

    /// About how many bytes it takes.
    fn bytes(&self) -> usize;
}

impl Cache {
    /// These rows of the reader's company, each of the version that the reader's snapshot has, in the order in which they are
    /// named. `load` reads those that are not kept from the same snapshot; what it does not find is left out.
    pub async fn versioned<T: Versioned, F>(
        &self,
        r: &Reader,
        wanted: &[(Uuid, i32)],
        load: impl FnOnce(Vec<Uuid>) -> F,
    ) -> Result<Vec<Arc<T>>>
    where
        F: Future<Output = Result<Vec<T>>>,
    {
        let is_shared = !r.in_transaction();
        let mut found: Vec<Option<Arc<T>>> = Vec::with_capacity(wanted.len());
        for version in wanted {
            let kept = if is_shared { self.kept_row::<T>(r, version.0).await } else { None };
            found.push(kept.filter(|row| row.version() == *version));
        }
        let missing: Vec<Uuid> = wanted.iter().zip(&found).filter(|it| it.1.is_none()).map(|it| it.0.0).collect();
        if !missing.is_empty() {
            let mut read = HashMap::with_capacity(missing.len());
            // Boxed: it is large and rare.
            for row in Box::pin(load(missing)).await? {
                let row = Arc::new(row);
                if is_shared {
                    self.keep_row(r, row.clone()).await;
                }
                read.insert(row.version().0, row);
            }
            for (version, place) in wanted.iter().zip(&mut found) {
                if place.is_none() {
                    *place = read.get(&version.0).cloned();
                }
            }
        }
        Ok(found.into_iter().flatten().collect())
    }

    async fn kept_row<T: Versioned>(&self, r: &Reader, id: Uuid) -> Option<Arc<T>> {
        self.inner.values.values.get(&row_key::<T>(r, id)).await.and_then(typed)
    }

    async fn keep_row<T: Versioned>(&self, r: &Reader, row: Arc<T>) {
        let weight = u32::try_from(row.bytes()).unwrap_or(u32::MAX).saturating_add(256);
        self.inner.values.values.insert(row_key::<T>(r, row.version().0), Held { value: row, weight }).await;
    }
}

/// A place for each row, in which the latest version that was read takes the place of the one before.
fn row_key<T: Versioned>(r: &Reader, id: Uuid) -> (StampedKey, Uuid, TypeId) {
    (StampedKey { company: r.company(), table: T::TABLE, stamp: 0 }, id, TypeId::of::<T>())
}
