//! Documents that were asked for lately, up to an amount of memory. The one that nobody asked for longest goes first.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::Document;

pub(super) type Key = [u8; 32];

pub(super) struct Shelf {
    places: HashMap<Key, Place>,
    /// By when they were last asked for.
    order: BTreeMap<u64, Key>,
    now: u64,
    used: usize,
    room: usize,
}

struct Place {
    document: Arc<Document>,
    memory: usize,
    asked: u64,
}

impl Shelf {
    pub(super) fn new(room: usize) -> Self {
        Self { places: HashMap::new(), order: BTreeMap::new(), now: 0, used: 0, room }
    }

    pub(super) fn get(&mut self, key: &Key) -> Option<Arc<Document>> {
        let place = self.places.get_mut(key)?;
        self.now += 1;
        self.order.remove(&place.asked);
        place.asked = self.now;
        self.order.insert(self.now, *key);
        Some(place.document.clone())
    }

    /// Adds a document; one that is there stays as it is.
    pub(super) fn put(&mut self, key: Key, document: Arc<Document>, memory: usize) {
        if self.places.contains_key(&key) || memory > self.room {
            return;
        }
        while self.used + memory > self.room {
            let Some((_, oldest)) = self.order.pop_first() else { break };
            self.used -= self.places.remove(&oldest).map_or(0, |place| place.memory);
        }
        self.now += 1;
        self.used += memory;
        self.order.insert(self.now, key);
        self.places.insert(key, Place { document, memory, asked: self.now });
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::syntax;

    fn document() -> Arc<Document> {
        let tree = syntax::parse("{a}", 10).unwrap().document;
        Arc::new(Document { tree, introspects: false, memory: 0, digest: None })
    }

    #[test]
    fn the_one_that_was_asked_for_least_lately_makes_room() {
        let mut shelf = Shelf::new(100);
        let [a, b, c, d] = [1, 2, 3, 4].map(|byte| [byte; 32]);
        shelf.put(a, document(), 40);
        shelf.put(b, document(), 40);
        assert!(shelf.get(&a).is_some());
        shelf.put(c, document(), 40);
        assert!(shelf.get(&b).is_none() && shelf.get(&a).is_some() && shelf.get(&c).is_some());
        shelf.put(d, document(), 101);
        assert!(shelf.get(&d).is_none() && shelf.get(&a).is_some(), "too large for the shelf, and nobody made room");
        shelf.put(d, document(), 100);
        assert_eq!((shelf.places.len(), shelf.order.len(), shelf.used), (1, 1, 100));
        shelf.put(d, document(), 100);
        assert_eq!((shelf.places.len(), shelf.used), (1, 100));
    }
}
