//! Pages of a list by keyset: what is asked for and what is answered. Relay's four arguments are folded
//! into one direction and one cursor. How cursors become opaque text, and SQL, is not here.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Error, Result};

/// The most items a page may have.
pub const MAX_LIMIT: u64 = 100;
/// How many items a page has when the caller does not say.
pub const DEFAULT_LIMIT: u64 = 50;

/// Which way a page goes from its cursor. Items are always answered in the order of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// The items after the cursor, or the first ones.
    Forward,
    /// The items before the cursor, or the last ones.
    Backward,
}

/// Where an item stands in its list: the value it is ordered by, and its id to break ties.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cursor {
    /// The value of the ordering column.
    pub key: CursorKey,
    /// The id of the item.
    pub id: Uuid,
}

/// A value that lists are ordered by. Never null: ordering columns are NOT NULL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CursorKey {
    /// A number.
    Int(i64),
    /// A text, in binary order.
    Text(String),
    /// An instant.
    Time(DateTime<Utc>),
    /// A local date.
    Date(NaiveDate),
    /// A sort key of [`crate::text::sort_key`].
    Bytes(Vec<u8>),
}

/// What part of a list is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// How many items at most; 1 to [`MAX_LIMIT`].
    pub limit: u64,
    /// Which way from the cursor.
    pub direction: Direction,
    /// Where to start; not itself part of the page.
    pub cursor: Option<Cursor>,
    /// Whether the size of the whole list is wanted too.
    pub want_total: bool,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self::first(DEFAULT_LIMIT)
    }
}

impl PageRequest {
    /// The first `limit` items.
    pub const fn first(limit: u64) -> Self {
        Self { limit, direction: Direction::Forward, cursor: None, want_total: false }
    }

    /// Folds Relay's arguments. Contradictions and counts outside 1 to [`MAX_LIMIT`] are a program's mistake.
    pub fn relay(
        first: Option<i32>,
        after: Option<Cursor>,
        last: Option<i32>,
        before: Option<Cursor>,
        want_total: bool,
    ) -> Result<Self> {
        if first.is_some() && last.is_some() {
            return Err(Error::invalid_argument("last"));
        }
        let (direction, cursor, count, name) = if last.is_some() || (before.is_some() && first.is_none()) {
            if after.is_some() {
                return Err(Error::invalid_argument("after"));
            }
            (Direction::Backward, before, last, "last")
        } else {
            if before.is_some() {
                return Err(Error::invalid_argument("before"));
            }
            (Direction::Forward, after, first, "first")
        };
        let limit = match count {
            None => DEFAULT_LIMIT,
            Some(count) => u64::try_from(count)
                .ok()
                .filter(|count| (1..=MAX_LIMIT).contains(count))
                .ok_or_else(|| Error::invalid_argument(name).with("min", 1).with("max", MAX_LIMIT))?,
        };
        Ok(Self { limit, direction, cursor, want_total })
    }
}

/// Part of a list, in the order of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// The cursor of each item.
    pub cursors: Vec<Cursor>,
    /// Whether the list goes on after the last item.
    pub has_next: bool,
    /// Whether there is something before the first item.
    pub has_previous: bool,
    /// The size of the whole list, when it was asked for.
    pub total: Option<u64>,
}

impl<T> Page<T> {
    /// A page of nothing.
    pub const fn empty() -> Self {
        Self { items: Vec::new(), cursors: Vec::new(), has_next: false, has_previous: false, total: Some(0) }
    }

    /// A page of a list that is wholly in memory (a company's small tables). `place` says where an item stands; the
    /// list is put into ascending order of that, and a cursor whose item is gone still marks its place.
    pub fn of(list: impl IntoIterator<Item = T>, place: impl Fn(&T) -> Cursor, request: &PageRequest) -> Self {
        let mut list: Vec<(Cursor, T)> = list.into_iter().map(|item| (place(&item), item)).collect();
        list.sort_by(|(one, _), (other, _)| one.cmp(other));
        let total = list.len();
        let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
        let (from, to) = match (request.direction, &request.cursor) {
            (Direction::Forward, None) => (0, limit.min(total)),
            (Direction::Forward, Some(after)) => {
                let from = list.partition_point(|(place, _)| place <= after);
                (from, from.saturating_add(limit).min(total))
            }
            (Direction::Backward, None) => (total.saturating_sub(limit), total),
            (Direction::Backward, Some(before)) => {
                let to = list.partition_point(|(place, _)| place < before);
                (to.saturating_sub(limit), to)
            }
        };
        list.truncate(to);
        let (cursors, items) = list.drain(from..).unzip();
        let total_count = request.want_total.then_some(total as u64);
        Self { items, cursors, has_next: to < total, has_previous: from > 0, total: total_count }
    }

    /// The same page of other items, one for one.
    pub fn map<U>(self, map: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(map).collect(),
            cursors: self.cursors,
            has_next: self.has_next,
            has_previous: self.has_previous,
            total: self.total,
        }
    }

    /// The same page of other items, one for one, unless one of them cannot be made.
    pub fn try_map<U, E>(self, map: impl FnMut(T) -> Result<U, E>) -> Result<Page<U>, E> {
        Ok(Page {
            items: self.items.into_iter().map(map).collect::<Result<_, E>>()?,
            cursors: self.cursors,
            has_next: self.has_next,
            has_previous: self.has_previous,
            total: self.total,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::Kind;

    #[allow(clippy::unnecessary_wraps, reason = "as the arguments take it")]
    fn cursor() -> Option<Cursor> {
        Some(Cursor { key: CursorKey::Int(1), id: Uuid::nil() })
    }

    #[test]
    fn relay_arguments_fold_into_a_direction() {
        let request = PageRequest::relay(Some(10), cursor(), None, None, true).unwrap();
        assert_eq!((request.limit, request.direction, request.want_total), (10, Direction::Forward, true));
        let request = PageRequest::relay(None, None, Some(5), cursor(), false).unwrap();
        assert_eq!((request.limit, request.direction), (5, Direction::Backward));
        let request = PageRequest::relay(None, None, None, None, false).unwrap();
        assert_eq!((request.limit, request.direction), (DEFAULT_LIMIT, Direction::Forward));
    }

    #[test]
    fn a_list_in_memory_is_paged_both_ways_and_by_cursors_of_items_that_are_gone() {
        let place = |n: &i64| Cursor { key: CursorKey::Int(*n), id: Uuid::nil() };
        let page = |direction, cursor: Option<i64>| {
            let request = PageRequest { limit: 2, direction, cursor: cursor.map(|n| place(&n)), want_total: true };
            let page = Page::of([5, 1, 4, 2], place, &request);
            assert_eq!(page.total, Some(4));
            (page.items, page.has_previous, page.has_next)
        };
        assert_eq!(page(Direction::Forward, None), (vec![1, 2], false, true));
        assert_eq!(page(Direction::Forward, Some(3)), (vec![4, 5], true, false));
        assert_eq!(page(Direction::Forward, Some(5)), (vec![], true, false));
        assert_eq!(page(Direction::Backward, None), (vec![4, 5], true, false));
        assert_eq!(page(Direction::Backward, Some(3)), (vec![1, 2], false, true));
        assert_eq!(page(Direction::Backward, Some(1)), (vec![], false, true));
    }

    #[test]
    fn contradictions_and_odd_counts_are_refused() {
        for request in [
            PageRequest::relay(Some(1), None, Some(1), None, false),
            PageRequest::relay(Some(1), None, None, cursor(), false),
            PageRequest::relay(None, cursor(), Some(1), None, false),
            PageRequest::relay(None, cursor(), None, cursor(), false),
            PageRequest::relay(Some(0), None, None, None, false),
            PageRequest::relay(Some(-1), None, None, None, false),
            PageRequest::relay(Some(1_000_000), None, None, None, false),
        ] {
            assert_eq!(request.unwrap_err().kind, Kind::InvalidArgument);
        }
    }
}
