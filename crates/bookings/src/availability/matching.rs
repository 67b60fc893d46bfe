//! Who gets what when several want at once: lines of one step share people and units, and nobody serves two of them.
//!
//! That all can be served is Hall's condition: whichever of them are taken together can reach at least as many as they
//! need (Hall 1935). On masks this is counting, so it holds for every start of a window at once, is exact, and does
//! nothing per start. Sets of wishes are few: a step has [`super::visit::MAX_TOGETHER`] lines at most.

use smallvec::SmallVec;

use super::bits::Bits;

/// Wishes, and what may fulfil each of them at which starts.
#[derive(Debug, Clone)]
pub(super) struct Matching<T> {
    /// How many things each wish needs.
    counts: SmallVec<[usize; 4]>,
    /// Which thing may serve which wish, and when; sorted by thing.
    offers: Vec<(T, usize, Bits)>,
}

impl<T: Copy + Ord> Matching<T> {
    pub(super) fn new() -> Self {
        Self { counts: SmallVec::new(), offers: Vec::new() }
    }

    /// Adds a wish for so many things.
    pub(super) fn wish(&mut self, count: usize) -> usize {
        self.counts.push(count);
        self.counts.len() - 1
    }

    /// Says when a thing may serve a wish.
    pub(super) fn offer(&mut self, wish: usize, thing: T, starts: Bits) {
        let at = self.offers.partition_point(|(known, ..)| *known <= thing);
        self.offers.insert(at, (thing, wish, starts));
    }

    /// The wish needs one thing less.
    pub(super) fn fulfil(&mut self, wish: usize) {
        self.counts[wish] -= 1;
    }

    /// Keeps the starts at which every wish can be fulfilled, each thing serving one, without those `taken`.
    pub(super) fn keep(&self, taken: &[T], starts: &mut Bits) {
        let window = starts.window();
        let mut able = Bits::empty(window);
        for together in 1_u32..1 << self.counts.len() {
            let is_meant = |wish: usize| together & (1 << wish) != 0;
            let wanted = self.counts.iter().enumerate().filter(|(wish, _)| is_meant(*wish)).map(|(_, count)| *count);
            let wanted: usize = wanted.sum();
            if wanted == 0 {
                continue;
            }
            if starts.is_empty() {
                return;
            }
            // at_least[n]: the starts at which more than n of the things seen so far can serve one of these wishes.
            let mut at_least: SmallVec<[Bits; 2]> = SmallVec::from_elem(Bits::empty(window), wanted);
            for offers in self.offers.chunk_by(|one, next| one.0 == next.0) {
                if taken.contains(&offers[0].0) {
                    continue;
                }
                able.clear_all();
                offers.iter().filter(|(_, wish, _)| is_meant(*wish)).for_each(|(.., starts)| able.unite(starts));
                for level in (1..wanted).rev() {
                    let (lower, upper) = at_least.split_at_mut(level);
                    upper[0].unite_both(&lower[level - 1], &able);
                }
                at_least[0].unite(&able);
            }
            starts.keep(&at_least[wanted - 1]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::spans::Span;
    use super::*;

    /// Every way to serve up to three wishes with up to four things, one minute each, against trying all shares.
    #[test]
    fn agrees_with_trying_everything() {
        let window = Span::new(0, 1);
        for pattern in 0_u32..1 << 12 {
            for counts in [[1, 1, 1], [2, 1, 0], [1, 2, 1], [2, 0, 0]] {
                let serves = |wish: usize, thing: usize| pattern & (1 << (wish * 4 + thing)) != 0;
                let mut matching = Matching::new();
                for (wish, count) in counts.into_iter().enumerate() {
                    matching.wish(count);
                    (0..4).filter(|thing| serves(wish, *thing)).for_each(|thing| {
                        matching.offer(wish, thing, Bits::full(window));
                    });
                }
                let wishes: Vec<usize> =
                    counts.iter().enumerate().flat_map(|(wish, count)| std::iter::repeat_n(wish, *count)).collect();
                for taken in [&[][..], &[1]] {
                    let mut starts = Bits::full(window);
                    matching.keep(taken, &mut starts);
                    let free: Vec<usize> = (0..4).filter(|thing| !taken.contains(thing)).collect();
                    assert_eq!(!starts.is_empty(), can_share(&wishes, &free, &serves), "{pattern:b} {counts:?}");
                }
            }
        }
    }

    fn can_share(wishes: &[usize], free: &[usize], serves: &impl Fn(usize, usize) -> bool) -> bool {
        let Some((wish, others)) = wishes.split_first() else { return true };
        free.iter().any(|thing| {
            let left: Vec<usize> = free.iter().copied().filter(|other| other != thing).collect();
            serves(*wish, *thing) && can_share(others, &left, serves)
        })
    }
}
