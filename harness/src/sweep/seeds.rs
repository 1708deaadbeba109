//! Which seeds a sweep runs, in blocks: the portion that shards take by turns and for which a report keeps one tally.
//!
//! Where a block begins depends on the range of seeds alone. So the reports of any shards fit together, and the whole
//! looks the same however it was shared out.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::shard::Shard;

/// How many blocks a bounded range is cut into at most.
const MOST_BLOCKS: u64 = 1024;

/// How many seeds the first blocks of an unbounded range hold, and after how many blocks their size doubles: a report
/// grows with the logarithm of the seeds that were run.
const FIRST_SIZE: u64 = 16;
const BLOCKS_OF_A_SIZE: u64 = 512;

/// A range of seeds, from the first up to but not including the end, if it has one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Seeds {
    first: u64,
    end: Option<u64>,
}

impl Seeds {
    /// The seeds of `range`; an empty one has no blocks.
    pub(crate) const fn bounded(range: Range<u64>) -> Seeds {
        Seeds { first: range.start, end: Some(range.end) }
    }

    /// Every seed from `first` on.
    pub(crate) const fn from(first: u64) -> Seeds {
        Seeds { first, end: None }
    }

    /// How many there are, unless nobody knows.
    pub(crate) const fn count(self) -> Option<u64> {
        match self.end {
            Some(end) => Some(end.saturating_sub(self.first)),
            None => None,
        }
    }

    /// The same range `by` seeds further on.
    pub(crate) const fn shifted(self, by: u64) -> Option<Seeds> {
        let Some(first) = self.first.checked_add(by) else { return None };
        match self.end {
            None => Some(Seeds { first, end: None }),
            Some(end) => match end.checked_add(by) {
                Some(end) => Some(Seeds { first, end: Some(end) }),
                None => None,
            },
        }
    }

    /// The seeds of a block; `None` beyond the last.
    pub(crate) fn block(self, index: u64) -> Option<Range<u64>> {
        let last = self.end.unwrap_or(u64::MAX);
        let (offset, size) = match self.count() {
            Some(count) => {
                let size = even_size(count);
                (index.checked_mul(size)?, size)
            }
            None => {
                let (level, within) = (u32::try_from(index / BLOCKS_OF_A_SIZE).ok()?, index % BLOCKS_OF_A_SIZE);
                let size = FIRST_SIZE.checked_mul(1u64.checked_shl(level)?)?;
                (start_of_size(size)?.checked_add(within.checked_mul(size)?)?, size)
            }
        };
        let start = self.first.checked_add(offset)?;
        (start < last).then(|| start..start.saturating_add(size).min(last))
    }

    /// The block that holds a seed; `None` if the range does not.
    pub(crate) fn block_of(self, seed: u64) -> Option<u64> {
        let offset = seed.checked_sub(self.first)?;
        match self.count() {
            Some(count) => (offset < count).then(|| offset / even_size(count)),
            None => {
                // Blocks of size `s` begin at offset `(s - FIRST_SIZE) * BLOCKS_OF_A_SIZE`.
                let level = (offset / (FIRST_SIZE * BLOCKS_OF_A_SIZE) + 1).ilog2();
                let size = FIRST_SIZE << level;
                Some(u64::from(level) * BLOCKS_OF_A_SIZE + (offset - start_of_size(size)?) / size)
            }
        }
    }
}

/// The size of the blocks of a range of so many seeds: a power of two, so that sizes stay comparable between sweeps.
const fn even_size(count: u64) -> u64 {
    let size = count.div_ceil(MOST_BLOCKS);
    if size <= 1 { 1 } else { size.next_power_of_two() }
}

/// The offset at which the blocks of this size begin in an unbounded range.
const fn start_of_size(size: u64) -> Option<u64> {
    (size - FIRST_SIZE).checked_mul(BLOCKS_OF_A_SIZE)
}

impl fmt::Display for Seeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.end {
            Some(end) => write!(f, "{}..{end}", self.first),
            None => write!(f, "{}..", self.first),
        }
    }
}

impl FromStr for Seeds {
    type Err = String;
    fn from_str(text: &str) -> Result<Seeds, String> {
        let help = || format!("`{text}` is no range of seeds; write `0..1000` (the last not included) or `0..=999`");
        let number = |text: &str| {
            let digits = text.replace('_', "");
            let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| digits.parse().ok()).flatten().ok_or_else(help)
        };
        let (first, end) = text.split_once("..").ok_or_else(help)?;
        let first = number(first)?;
        let end = match end.strip_prefix('=') {
            _ if end.is_empty() => return Ok(Seeds::from(first)),
            Some(last) => number(last)?.checked_add(1).ok_or_else(help)?,
            None => number(end)?,
        };
        if end < first {
            return Err(format!("`{text}` ends before it begins"));
        }
        Ok(Seeds::bounded(first..end))
    }
}

impl From<Seeds> for String {
    fn from(seeds: Seeds) -> String {
        seeds.to_string()
    }
}
impl TryFrom<String> for Seeds {
    type Error = String;
    fn try_from(text: String) -> Result<Seeds, String> {
        text.parse()
    }
}

/// Goes through the seeds of one shard in their order.
#[derive(Clone, Debug)]
pub(crate) struct Cursor {
    seeds: Seeds,
    shard: Shard,
    block: u64,
    /// The next seed to be taken; below the block's start if none of it has been.
    next: u64,
    /// The first seed that is not taken any more.
    limit: u64,
}

impl Cursor {
    /// At the first seed of a shard.
    pub(crate) fn new(seeds: Seeds, shard: Shard) -> Cursor {
        Cursor { seeds, shard, block: shard.index(), next: 0, limit: u64::MAX }
    }

    /// Goes on to the first seed of the shard that is not below `seed`.
    pub(crate) fn skip_to(&mut self, seed: u64) {
        self.next = self.next.max(seed);
        if let Some(block) = self.seeds.block_of(seed) {
            let rounds = (block.saturating_sub(self.shard.index())).div_ceil(self.shard.count());
            self.block = self.block.max(self.shard.index().saturating_add(rounds * self.shard.count()));
        } else if seed > self.seeds.first {
            self.block = u64::MAX;
        }
    }

    /// Ends before `seed`.
    pub(crate) fn stop_before(&mut self, seed: u64) {
        self.limit = seed;
    }

    /// Takes up to `most` seeds of one block, at least one; `None` when there are no more.
    pub(crate) fn take(&mut self, most: u64) -> Option<Range<u64>> {
        loop {
            let block = self.seeds.block(self.block)?;
            let start = block.start.max(self.next);
            if start >= self.limit {
                return None;
            }
            let end = start.saturating_add(most.max(1)).min(block.end).min(self.limit);
            if end == block.end {
                self.block = self.block.saturating_add(self.shard.count());
            }
            if start < end {
                self.next = end;
                return Some(start..end);
            }
        }
    }

    /// How many seeds are left; `None` if there is no end.
    pub(crate) fn left(&self) -> Option<u64> {
        self.seeds.count()?;
        let mut rest = self.clone();
        Some(std::iter::from_fn(|| rest.take(u64::MAX)).map(|taken| taken.end - taken.start).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(seeds: Seeds, shard: Shard, most: u64) -> Vec<u64> {
        let mut cursor = Cursor::new(seeds, shard);
        std::iter::from_fn(|| cursor.take(most)).flatten().collect()
    }

    #[test]
    fn ranges_are_read_and_written() {
        for (text, seeds) in [
            ("0..1000", Seeds::bounded(0..1000)),
            ("5..=9", Seeds::bounded(5..10)),
            ("1_000..2_000", Seeds::bounded(1000..2000)),
            ("7..", Seeds::from(7)),
            ("3..3", Seeds::bounded(3..3)),
        ] {
            assert_eq!(text.parse(), Ok(seeds), "{text}");
            assert_eq!(seeds.to_string().parse(), Ok(seeds), "{text}");
        }
        for text in [
            "",
            "5",
            "..5",
            "9..5",
            "a..b",
            "-1..5",
            "0..=",
            "+1..2",
            "0..99999999999999999999",
            "0..=18446744073709551615",
        ] {
            assert!(text.parse::<Seeds>().is_err(), "{text}");
        }
    }

    #[test]
    fn blocks_cover_a_range_without_gap_or_overlap() {
        for seeds in [0..1, 5..6, 0..1000, 17..1041, 0..1025, 3..100_003, 0..1_000_000, u64::MAX - 5..u64::MAX] {
            let mut next = seeds.start;
            let mut index = 0;
            while let Some(block) = Seeds::bounded(seeds.clone()).block(index) {
                assert_eq!(block.start, next);
                for seed in [block.start, block.end - 1] {
                    assert_eq!(Seeds::bounded(seeds.clone()).block_of(seed), Some(index), "{seeds:?} {seed}");
                }
                next = block.end;
                index += 1;
            }
            assert_eq!(next, seeds.end);
            assert!((1..=MOST_BLOCKS).contains(&index), "{seeds:?} has {index} blocks");
        }
        assert_eq!(Seeds::bounded(4..4).block(0), None);
    }

    #[test]
    fn an_unbounded_range_has_few_blocks_for_many_seeds() {
        let seeds = Seeds::from(9);
        let mut next = 9;
        for index in 0..10_000 {
            let block = seeds.block(index).unwrap();
            assert_eq!(block.start, next);
            assert_eq!((seeds.block_of(block.start), seeds.block_of(block.end - 1)), (Some(index), Some(index)));
            next = block.end;
        }
        assert!(next > 1_000_000_000);
        assert_eq!(seeds.block_of(8), None);
        let far = (1..).map_while(|index| seeds.block(index * 997)).last().unwrap();
        assert!(far.end > 1 << 60, "the blocks go on to where numbers end: {far:?}");
    }

    #[test]
    fn shards_share_all_seeds_and_each_goes_in_order() {
        for count in 1..7 {
            for most in [1, 3, u64::MAX] {
                let seeds = Seeds::bounded(3..5000);
                let mut together = Vec::new();
                for number in 1..=count {
                    let shard = all(seeds, Shard::new(number, count).unwrap(), most);
                    assert!(shard.is_sorted());
                    assert_eq!(Cursor::new(seeds, Shard::new(number, count).unwrap()).left(), Some(shard.len() as u64));
                    together.extend(shard);
                }
                together.sort_unstable();
                assert_eq!(together, (3..5000).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn skipping_leaves_out_exactly_what_lies_before() {
        for seeds in [Seeds::bounded(3..3000), Seeds::from(3)] {
            for (number, count) in [(1, 1), (2, 3), (3, 3)] {
                let shard = Shard::new(number, count).unwrap();
                let first = |mut cursor: Cursor| {
                    std::iter::from_fn(|| cursor.take(5)).flatten().take_while(|seed| *seed < 2900).collect::<Vec<_>>()
                };
                let whole = first(Cursor::new(seeds, shard));
                for to in [0, 3, 4, 19, 1000, 1001, 2899] {
                    let mut cursor = Cursor::new(seeds, shard);
                    cursor.skip_to(to);
                    let rest: Vec<u64> = whole.iter().copied().filter(|seed| *seed >= to).collect();
                    assert_eq!(first(cursor), rest, "{seeds} {shard} from {to}");
                }
            }
        }
        let mut cursor = Cursor::new(Seeds::bounded(0..10), Shard::WHOLE);
        cursor.skip_to(10);
        assert_eq!(cursor.take(1), None);
        let mut cursor = Cursor::new(Seeds::from(0), Shard::WHOLE);
        cursor.skip_to(5);
        cursor.stop_before(20);
        assert_eq!(
            (cursor.take(100), cursor.take(2), cursor.take(9), cursor.take(1)),
            (Some(5..16), Some(16..18), Some(18..20), None)
        );
    }
}
