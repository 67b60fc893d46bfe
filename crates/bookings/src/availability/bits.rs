//! A mask of start minutes over one window: bit `n` is the minute `window.from + n`. A month is 700 words, a candidate
//! one. Bits beyond the window are always 0.

use smallvec::SmallVec;

use super::spans::{Minute, Span};

/// The starts that are still open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bits {
    window: Span,
    words: SmallVec<[u64; 2]>,
}

impl Bits {
    /// No start of the window.
    pub(super) fn empty(window: Span) -> Self {
        Self { window, words: SmallVec::from_elem(0, Self::words_of(window)) }
    }

    fn words_of(window: Span) -> usize {
        usize::try_from(window.minutes()).unwrap_or(0).div_ceil(64)
    }

    /// Every start of the window.
    pub(super) fn full(window: Span) -> Self {
        let mut bits = Self::empty(window);
        bits.words.fill(u64::MAX);
        let spare = bits.words.len() * 64 - bits.clip(window.to);
        if let Some(last) = bits.words.last_mut() {
            *last >>= spare;
        }
        bits
    }

    pub(super) const fn window(&self) -> Span {
        self.window
    }

    /// The bit of a minute, or the nearest end of the window.
    fn clip(&self, minute: Minute) -> usize {
        usize::try_from(minute.clamp(self.window.from, self.window.to.max(self.window.from)) - self.window.from)
            .unwrap_or(0)
    }

    /// Removes the starts `from..to`; what lies outside the window is no matter.
    pub(super) fn clear(&mut self, from: Minute, to: Minute) {
        let (from, to) = (self.clip(from), self.clip(to));
        if from >= to {
            return;
        }
        let (first, last) = (from / 64, (to - 1) / 64);
        let head = u64::MAX << (from % 64);
        let tail = u64::MAX >> (63 - (to - 1) % 64);
        if first == last {
            self.words[first] &= !(head & tail);
            return;
        }
        self.words[first] &= !head;
        self.words[first + 1..last].fill(0);
        self.words[last] &= !tail;
    }

    /// Adds a start, if it lies in the window.
    pub(super) fn insert(&mut self, minute: Minute) {
        if self.window.from <= minute && minute < self.window.to {
            let bit = self.clip(minute);
            self.words[bit / 64] |= 1 << (bit % 64);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// How many starts there are.
    pub(super) fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Becomes a copy of the other, in place: both have the same window.
    pub(super) fn copy_from(&mut self, other: &Self) {
        self.words.copy_from_slice(&other.words);
    }

    pub(super) fn clear_all(&mut self) {
        self.words.fill(0);
    }

    pub(super) fn unite(&mut self, other: &Self) {
        for (mine, theirs) in self.words.iter_mut().zip(&other.words) {
            *mine |= theirs;
        }
    }

    pub(super) fn keep(&mut self, other: &Self) {
        for (mine, theirs) in self.words.iter_mut().zip(&other.words) {
            *mine &= theirs;
        }
    }

    /// Adds what is in both of the others.
    pub(super) fn unite_both(&mut self, one: &Self, other: &Self) {
        for ((mine, one), other) in self.words.iter_mut().zip(&one.words).zip(&other.words) {
            *mine |= one & other;
        }
    }

    /// The starts, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = Minute> + '_ {
        let mut base = self.window.from - 64;
        self.words.iter().flat_map(move |word| {
            base += 64;
            Ones { word: *word, base }
        })
    }
}

/// Masks of one window, kept side by side: one allocation for as many staff as there are.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    window: Span,
    words: Vec<u64>,
}

impl Rows {
    pub(super) fn new(window: Span, rows: usize) -> Self {
        Self { window, words: Vec::with_capacity(Bits::words_of(window) * rows) }
    }

    /// Adds a mask of the same window as the next row.
    pub(super) fn push(&mut self, bits: &Bits) {
        self.words.extend_from_slice(&bits.words);
    }

    pub(super) fn contains(&self, row: usize, minute: Minute) -> bool {
        let Ok(bit) = usize::try_from(minute - self.window.from) else { return false };
        let word = self.words.get(row * Bits::words_of(self.window) + bit / 64);
        minute < self.window.to && word.is_some_and(|word| word & (1 << (bit % 64)) != 0)
    }
}

/// The set bits of one word.
struct Ones {
    word: u64,
    base: Minute,
}

impl Iterator for Ones {
    type Item = Minute;

    fn next(&mut self) -> Option<Minute> {
        if self.word == 0 {
            return None;
        }
        let bit = self.word.trailing_zeros();
        self.word &= self.word - 1;
        Some(self.base + Minute::from(bit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clearing_agrees_with_a_list_of_booleans() {
        for length in [1, 63, 64, 65, 200] {
            let window = Span::new(-7, length - 7);
            for from in -10..length {
                for to in [from - 1, from, from + 1, from + 5, from + 63, from + 64, from + 65, from + 130, length + 9]
                {
                    let mut bits = Bits::full(window);
                    bits.clear(from, to);
                    let kept = (-7..length - 7).filter(|minute| !(from..to).contains(minute));
                    assert!(bits.iter().eq(kept), "{length}: {from}..{to}");
                }
            }
        }
    }

    #[test]
    fn adds_only_what_lies_in_the_window() {
        let mut bits = Bits::empty(Span::new(10, 80));
        for minute in [9, 10, 74, 79, 80] {
            bits.insert(minute);
        }
        assert!(bits.iter().eq([10, 74, 79]));
        let mut rows = Rows::new(bits.window(), 2);
        rows.push(&Bits::empty(bits.window()));
        rows.push(&bits);
        assert!(rows.contains(1, 74) && !rows.contains(0, 74) && !rows.contains(2, 74));
        assert!(!rows.contains(1, 9) && !rows.contains(1, 80) && !rows.contains(1, 75));
    }
}
