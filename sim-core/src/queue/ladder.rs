//! The entries that are not due soon, in buckets by the highest digit in which their time differs from the base.
//!
//! Time is read as sixteen digits of four bits; each has a level of sixteen buckets. No entry is at or before the base,
//! so the lowest bucket that is not empty holds the earliest entries: those that share the most digits with the base,
//! and of these those with the least next digit. This stays true when the base moves to any time within that bucket. The
//! radix heap of Ahuja, Mehlhorn, Orlin and Tarjan (1990) is the ancestor.

use super::Entry;
use super::front::{Front, Inserted};
use crate::time::Time;

/// Digits in a time.
const LEVELS: usize = 16;
/// Values of a digit.
const DIGITS: usize = 16;
/// Bits of a digit.
const DIGIT_BITS: u32 = 4;
const BUCKETS: usize = LEVELS * DIGITS;
/// Entries to a chunk. A bucket of one chunk is sorted, a larger one is split.
const CHUNK: usize = 16;
/// The front is filled from the lowest buckets until it has so many: with fewer, finding them costs more than sorting.
const ENOUGH: usize = 4;

#[derive(Debug)]
pub(super) struct Ladder {
    pub(super) base: Time,
    /// One bit for each level that has entries.
    levels: u16,
    /// One bit for each bucket of a level that has entries.
    digits: [u16; LEVELS],
    buckets: [Bucket; BUCKETS],
    /// The first chunk of every bucket, then chunks for those that have more.
    chunks: Vec<[Entry; CHUNK]>,
    /// The chunk after each, in its bucket or among the free ones.
    next: Vec<u32>,
    /// The first free chunk of those used before; 0 if there is none.
    freed: u32,
    /// From here on chunks are unused.
    unused: u32,
    /// What the front is filled from; kept for its memory only.
    batch: Batch,
}

/// Entries in the order in which they came; all chunks but the last are full.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    count: u32,
    last: u32,
}

impl Default for Ladder {
    fn default() -> Ladder {
        Ladder {
            base: Time::ZERO,
            levels: 0,
            digits: [0; LEVELS],
            buckets: std::array::from_fn(empty),
            chunks: vec![[Entry::NONE; CHUNK]; BUCKETS],
            next: vec![0; BUCKETS],
            freed: 0,
            unused: BUCKETS as u32,
            batch: Batch::default(),
        }
    }
}

const fn empty(index: usize) -> Bucket {
    Bucket { count: 0, last: index as u32 }
}

/// How far the highest digit in which two times differ is from the lowest, in bits. They must differ.
#[inline]
const fn highest_difference(a: Time, b: Time) -> u32 {
    (63 ^ (a.0 ^ b.0).leading_zeros()) & !(DIGIT_BITS - 1)
}

impl Ladder {
    /// Adds an entry that is after the base.
    #[inline]
    pub(super) fn push(&mut self, entry: Entry) {
        let (chunk, at) = self.place_for(entry.time);
        self.chunks[chunk][at] = entry;
    }

    /// Makes room for an entry at a time after the base: its chunk and its place there.
    #[inline]
    fn place_for(&mut self, time: Time) -> (usize, usize) {
        let shift = highest_difference(time, self.base);
        let level = (shift / DIGIT_BITS) as usize % LEVELS;
        let digit = (time.0 >> shift) as usize % DIGITS;
        self.levels |= 1 << level;
        self.digits[level] |= 1 << digit;
        let index = level << DIGIT_BITS | digit;
        let count = self.buckets[index].count;
        let at = count as usize % CHUNK;
        if (at == 0) & (count > 0) {
            self.extend(index);
        }
        let bucket = &mut self.buckets[index];
        bucket.count = count.wrapping_add(1);
        (bucket.last as usize, at)
    }

    /// Gives a bucket one more chunk.
    #[inline(never)]
    fn extend(&mut self, index: usize) {
        let chunk = match self.freed {
            0 => {
                if self.unused as usize == self.chunks.len() {
                    self.chunks.push([Entry::NONE; CHUNK]);
                    self.next.push(0);
                }
                self.unused += 1;
                self.unused - 1
            }
            freed => {
                self.freed = self.next[freed as usize];
                freed
            }
        };
        let bucket = &mut self.buckets[index];
        self.next[bucket.last as usize] = chunk;
        bucket.last = chunk;
    }

    /// Fills an empty front with the earliest entries and moves the base to the last of them. There must be some.
    #[inline(never)]
    pub(super) fn refill(&mut self, front: &mut Front) {
        self.batch.count = 0;
        while self.batch.count < ENOUGH && self.levels != 0 {
            let index = self.lowest();
            let count = self.buckets[index].count as usize;
            if count > CHUNK && self.batch.count == 0 {
                front.restart();
                self.split(index, front);
                return;
            }
            if self.batch.count + count > CHUNK {
                break;
            }
            for at in 0..count {
                self.batch.add(self.chunks[index][at].key(), (index as u16) << 8 | at as u16);
            }
            self.vacate(index);
        }
        let sorted = self.batch.sorted();
        let entry = |place: &u16| self.chunks[usize::from(place >> 8)][usize::from(place % 256) % CHUNK];
        front.fill(sorted[..self.batch.count.min(CHUNK)].iter().map(entry));
        self.base = front.latest();
    }

    /// Moves the base to the earliest time of the lowest bucket, which distributes the bucket over lower ones; what is at
    /// that time goes to the front.
    fn split(&mut self, index: usize, front: &mut Front) {
        self.base = self.earliest_of(index);
        self.scatter(index, |entry| {
            if front.insert(entry) == Inserted::FrontIsLong {
                front.insert_late(entry);
            }
        });
    }

    /// Moves the base back, to a time after which there is nothing up to the old one.
    pub(super) fn lower(&mut self, base: Time) {
        // What is below the highest digit in which the two differ rises to the level of that digit.
        let level = highest_difference(self.base, base) / DIGIT_BITS;
        self.base = base;
        while self.levels.trailing_zeros() < level {
            self.scatter(self.lowest(), |_| ());
        }
    }

    /// The lowest bucket that is not empty. There must be one.
    #[inline]
    fn lowest(&self) -> usize {
        let level = self.levels.trailing_zeros() as usize % LEVELS;
        let digit = self.digits[level].trailing_zeros() as usize % DIGITS;
        level << DIGIT_BITS | digit
    }

    #[inline]
    fn vacate(&mut self, index: usize) {
        self.buckets[index] = empty(index);
        let level = index / DIGITS;
        self.digits[level] &= !(1 << (index % DIGITS));
        self.levels &= !(u16::from(self.digits[level] == 0) << level);
    }

    fn earliest_of(&self, index: usize) -> Time {
        let (mut chunk, mut left, mut earliest) = (index, self.buckets[index].count as usize, Time::MAX);
        while left > 0 {
            let entries = &self.chunks[chunk][..left.min(CHUNK)];
            earliest = entries.iter().fold(earliest, |least, entry| least.min(entry.time));
            (chunk, left) = (self.next[chunk] as usize, left.saturating_sub(CHUNK));
        }
        earliest
    }

    /// Empties a bucket into those where its entries belong relative to the base, which has moved.
    #[inline]
    fn scatter(&mut self, index: usize, mut at_base: impl FnMut(Entry)) {
        let (mut chunk, mut left) = (index, self.buckets[index].count as usize);
        self.vacate(index);
        while left > 0 {
            for at in 0..left.min(CHUNK) {
                let time = self.chunks[chunk][at].time;
                if time > self.base {
                    let (to, place) = self.place_for(time);
                    self.chunks[to][place] = self.chunks[chunk][at];
                } else {
                    at_base(self.chunks[chunk][at]);
                }
            }
            let next = self.next[chunk] as usize;
            if chunk != index {
                self.next[chunk] = self.freed;
                self.freed = chunk as u32;
            }
            (chunk, left) = (next, left.saturating_sub(CHUNK));
        }
    }

    pub(super) fn clear(&mut self) {
        self.base = Time::ZERO;
        self.levels = 0;
        self.digits = [0; LEVELS];
        self.buckets = std::array::from_fn(empty);
        self.freed = 0;
        self.unused = BUCKETS as u32;
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.chunks.len() * CHUNK
    }
}

/// At most a chunk of entries, each with the number of those before it: at this size, comparing all pairs without a
/// branch beats sorting.
#[derive(Default, Debug)]
struct Batch {
    count: usize,
    keys: [u128; CHUNK],
    before: [u16; CHUNK],
    /// Where each entry is: its bucket in the high byte, its place there in the low one.
    places: [u16; CHUNK],
}

impl Batch {
    /// Adds an entry. There must be room.
    #[inline(always)]
    fn add(&mut self, key: u128, place: u16) {
        let mut before = self.count as u16;
        for other in 0..self.count.min(CHUNK - 1) {
            let after = u16::from(self.keys[other] > key);
            self.before[other] = self.before[other].wrapping_add(after);
            before = before.wrapping_sub(after);
        }
        let at = self.count % CHUNK;
        (self.keys[at], self.before[at], self.places[at]) = (key, before, place);
        self.count += 1;
    }

    /// The places of the entries in their order.
    #[inline(always)]
    fn sorted(&self) -> [u16; CHUNK] {
        let mut sorted = [0; CHUNK];
        for at in 0..self.count.min(CHUNK) {
            sorted[usize::from(self.before[at]) % CHUNK] = self.places[at];
        }
        sorted
    }
}
