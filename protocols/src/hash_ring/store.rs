//! What a node keeps in memory: its entries by range, in the order of their keys, each with the moment it changed here.

use std::collections::BTreeMap;
use std::ops::Bound;

use sim_core::digest::Digest;

use super::entry::{Entry, Version};
use super::range::RangeId;

/// A moment in the life of one store: what changed later is told apart by it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Mark {
    /// Which life of the node.
    pub life: u64,
    /// How many changes there had been in it.
    pub changes: u64,
}

/// The entries of one node.
#[derive(Clone, Debug, Default)]
pub(super) struct Store {
    ranges: BTreeMap<RangeId, Shelf>,
    changes: u64,
}

#[derive(Clone, Debug, Default)]
struct Shelf {
    entries: BTreeMap<u32, (Entry, u64)>,
    /// Over keys and versions; the same for the same content, whatever the order.
    digest: u64,
}

fn trace(key: u32, version: Version) -> u64 {
    Digest::of(&(key, version))
}

impl Store {
    /// How many changes there have been.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.ranges.values().map(|shelf| shelf.entries.len()).sum()
    }

    /// What a key holds.
    pub(super) fn get(&self, range: RangeId, key: u32) -> Option<Entry> {
        self.ranges.get(&range)?.entries.get(&key).map(|(entry, _)| *entry)
    }

    /// Puts an entry in, whatever was there.
    pub(super) fn put(&mut self, range: RangeId, key: u32, entry: Entry) {
        self.changes += 1;
        let shelf = self.ranges.entry(range).or_default();
        if let Some((before, _)) = shelf.entries.insert(key, (entry, self.changes)) {
            shelf.digest ^= trace(key, before.version);
        }
        shelf.digest ^= trace(key, entry.version);
    }

    /// Whether an entry is newer than what is here.
    pub(super) fn lacks(&self, range: RangeId, key: u32, version: Version) -> bool {
        self.get(range, key).is_none_or(|held| held.version < version)
    }

    /// Forgets a range.
    pub(super) fn forget(&mut self, range: RangeId) {
        self.ranges.remove(&range);
    }

    /// A digest of the content of a range.
    pub(super) fn digest(&self, range: RangeId) -> u64 {
        self.ranges.get(&range).map_or(0, |shelf| shelf.digest)
    }

    /// The entries of a range behind a key, in order.
    pub(super) fn behind(&self, range: RangeId, key: Option<u32>) -> impl Iterator<Item = (u32, Entry)> + '_ {
        let from = key.map_or(Bound::Unbounded, Bound::Excluded);
        let shelf = self.ranges.get(&range);
        shelf.into_iter().flat_map(move |shelf| {
            shelf.entries.range((from, Bound::Unbounded)).map(|(key, (entry, _))| (*key, *entry))
        })
    }

    /// The entries of a range that have changed since a moment of this life.
    pub(super) fn since(&self, range: RangeId, changes: u64) -> impl Iterator<Item = (u32, Entry)> + '_ {
        let shelf = self.ranges.get(&range);
        let entries = shelf.into_iter().flat_map(|shelf| &shelf.entries);
        entries.filter(move |(_, (_, changed))| *changed > changes).map(|(key, (entry, _))| (*key, *entry))
    }

    /// All entries.
    pub(super) fn all(&self) -> impl Iterator<Item = (RangeId, u32, Entry)> + '_ {
        let of = |(range, shelf): (&RangeId, &'_ Shelf)| {
            let range = *range;
            shelf.entries.iter().map(move |(key, (entry, _))| (range, *key, *entry)).collect::<Vec<_>>()
        };
        self.ranges.iter().flat_map(of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANGE: RangeId = RangeId(3);

    fn entry(sequence: u64) -> Entry {
        Entry { version: Version { sequence, ..Version::default() }, value: Some(sequence) }
    }

    #[test]
    fn the_digest_depends_on_what_is_there_and_not_on_how_it_came() {
        let (mut one, mut other) = (Store::default(), Store::default());
        for (key, sequence) in [(1, 1), (2, 1), (1, 2)] {
            one.put(RANGE, key, entry(sequence));
        }
        for (key, sequence) in [(1, 2), (2, 1)] {
            other.put(RANGE, key, entry(sequence));
        }
        assert_eq!(one.digest(RANGE), other.digest(RANGE));
        other.put(RANGE, 2, entry(2));
        assert_ne!(one.digest(RANGE), other.digest(RANGE));
        assert!(one.lacks(RANGE, 2, entry(2).version) && !one.lacks(RANGE, 2, entry(1).version));
    }

    #[test]
    fn what_changed_since_a_moment() {
        let mut store = Store::default();
        store.put(RANGE, 1, entry(1));
        let moment = store.changes();
        store.put(RANGE, 2, entry(1));
        store.put(RANGE, 1, entry(2));
        let keys = |changes| store.since(RANGE, changes).map(|(key, _)| key).collect::<Vec<_>>();
        assert_eq!(keys(moment), [1, 2]);
        assert_eq!(keys(moment + 1), [1]);
        assert_eq!(store.behind(RANGE, Some(1)).map(|(key, _)| key).collect::<Vec<_>>(), [2]);
    }
}
