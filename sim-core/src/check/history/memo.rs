//! The set of configurations that a search has been in: words in one arena, found through a table of their hashes.

use super::interner::Slots;
use crate::digest::Digest;

/// A set of word sequences.
pub(super) struct Memo {
    words: Vec<u64>,
    /// Where each sequence ends in `words`; it begins where the one before it ends.
    ends: Vec<usize>,
    slots: Slots,
}

impl Memo {
    pub(super) fn new() -> Memo {
        Memo { words: Vec::new(), ends: Vec::new(), slots: Slots::new() }
    }

    /// True if the sequence was not in the set.
    pub(super) fn insert(&mut self, sequence: &[u64]) -> bool {
        let mut hash = Digest::new();
        for word in sequence {
            hash.fold(*word, 0);
        }
        let number = self.ends.len() as u32;
        let (words, ends) = (&self.words, &self.ends);
        let same = |number: u32| {
            let number = number as usize;
            let start = number.checked_sub(1).map_or(0, |before| ends[before]);
            words[start..ends[number]] == *sequence
        };
        let new = self.slots.find_or_insert(hash.value(), number, same) == number;
        if new {
            self.words.extend_from_slice(sequence);
            self.ends.push(self.words.len());
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_are_told_apart_by_length_and_content() {
        let mut memo = Memo::new();
        for sequence in [&[][..], &[0], &[0, 0], &[1], &[0, 1]] {
            assert!(memo.insert(sequence), "{sequence:?}");
        }
        for sequence in [&[][..], &[0], &[0, 0], &[1], &[0, 1]] {
            assert!(!memo.insert(sequence), "{sequence:?}");
        }
    }

    #[test]
    fn many_sequences() {
        let mut memo = Memo::new();
        assert!((0..50_000u64).all(|n| memo.insert(&[n % 7, n / 7])));
        assert!((0..50_000u64).all(|n| !memo.insert(&[n % 7, n / 7])));
    }
}
