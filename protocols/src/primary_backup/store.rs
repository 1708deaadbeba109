//! The replicated state: what the keys hold, and what each client has been told, so that its retries are recognised.

use std::collections::BTreeMap;

use sim_core::check::model::key_value::{Ask, Told};
use sim_core::digest::Digest;

use super::codec::Pack;
use super::entry::Operation;
use super::op::{Op, Ret};

/// How many operations of a client are remembered. More are never under way at a time.
const REMEMBERED: usize = 64;

/// The replicated state.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Store {
    values: BTreeMap<u32, u64>,
    told: BTreeMap<Operation, Ret>,
    /// Of the digests of all keys with their values: replicas that differ in one differ in this.
    sum: u64,
}

/// What an operation has come to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Applied {
    pub(super) ret: Ret,
    /// A key that holds something else now, and what.
    pub(super) changed: Option<(u32, Option<u64>)>,
}

impl Store {
    pub(super) fn get(&self, key: u32) -> Option<u64> {
        self.values.get(&key).copied()
    }

    pub(super) fn values(&self) -> impl Iterator<Item = (u32, u64)> + '_ {
        self.values.iter().map(|(key, value)| (*key, *value))
    }

    /// A digest of what all keys hold.
    pub(super) fn sum(&self) -> u64 {
        self.sum
    }

    fn set(&mut self, key: u32, value: Option<u64>) {
        let old = match value {
            Some(value) => self.values.insert(key, value),
            None => self.values.remove(&key),
        };
        let digest = |value: Option<u64>| value.map_or(0, |value| Digest::of(&(key, value)));
        self.sum = self.sum.wrapping_sub(digest(old)).wrapping_add(digest(value));
    }

    /// How many keys and answers there are.
    pub(super) fn len(&self) -> usize {
        self.values.len() + self.told.len()
    }

    /// What was answered to an operation.
    pub(super) fn told(&self, operation: Operation) -> Option<&Ret> {
        self.told.get(&operation)
    }

    /// Whether an operation is so old that its answer has been forgotten.
    pub(super) fn has_forgotten(&self, (client, number): Operation) -> bool {
        let mut of_client = self.told.range((client, 0)..=(client, u32::MAX));
        let full = of_client.clone().count() >= REMEMBERED;
        full && of_client.next().is_some_and(|((_, oldest), _)| number < *oldest)
    }

    /// Applies an operation.
    pub(super) fn apply(&mut self, operation: Operation, op: &Op) -> Applied {
        let (ret, changed) = match *op {
            Ask::Get(key) => (Told::Value(self.get(key)), None),
            Ask::Put(key, value) => (Told::Done, Some((key, Some(value)))),
            Ask::Delete(key) => (Told::Done, Some((key, None))),
            Ask::CompareAndSet(key, old, new) => {
                let swaps = self.get(key) == old;
                (Told::Swapped(swaps), swaps.then_some((key, Some(new))))
            }
            // Refused before it comes here.
            Ask::Append(..) => (Told::Done, None),
        };
        if let Some((key, value)) = changed {
            self.set(key, value);
        }
        self.told.insert(operation, ret.clone());
        let of_client = (operation.0, 0)..=(operation.0, u32::MAX);
        if self.told.range(of_client.clone()).count() > REMEMBERED {
            let oldest = self.told.range(of_client).next().map(|(operation, _)| *operation);
            oldest.and_then(|operation| self.told.remove(&operation));
        }
        Applied { ret, changed }
    }

    /// The `nth` piece of so many items each, and whether it is the last.
    pub(super) fn piece(&self, nth: usize, items: usize) -> (Store, bool) {
        let skipped = nth * items;
        let values = self.values.iter().skip(skipped).take(items).map(|(key, value)| (*key, *value));
        let told = self.told.iter().skip(skipped).take(items).map(|(key, value)| (*key, value.clone()));
        let last = skipped + items >= self.values.len().max(self.told.len());
        let mut piece = Store { told: told.collect(), ..Store::default() };
        values.for_each(|(key, value)| piece.set(key, Some(value)));
        (piece, last)
    }

    /// Adds a piece.
    pub(super) fn extend(&mut self, piece: Store) {
        piece.values.into_iter().for_each(|(key, value)| self.set(key, Some(value)));
        self.told.extend(piece.told);
    }
}

impl Pack for Store {
    fn pack(&self, bytes: &mut Vec<u8>) {
        self.values.pack(bytes);
        self.told.pack(bytes);
    }

    fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        let values: BTreeMap<u32, u64> = <_>::unpack(bytes)?;
        let mut store = Store { told: <_>::unpack(bytes)?, ..Store::default() };
        values.into_iter().for_each(|(key, value)| store.set(key, Some(value)));
        Some(store)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_make_the_whole() {
        let mut store = Store::default();
        for n in 0..10 {
            store.apply((0, n), &Ask::Put(n % 7, u64::from(n)));
        }
        let mut whole = Store::default();
        for nth in 0.. {
            let (piece, last) = store.piece(nth, 3);
            whole.extend(piece);
            if last {
                assert_eq!(nth, 3);
                break;
            }
        }
        assert_eq!(whole, store);
    }

    #[test]
    fn the_oldest_answers_are_forgotten_and_known_to_be() {
        let mut store = Store::default();
        for n in 0..100 {
            store.apply((1, n), &Ask::Put(0, 1));
        }
        assert!(store.has_forgotten((1, 35)) && store.told((1, 35)).is_none());
        assert!(!store.has_forgotten((1, 36)) && store.told((1, 36)).is_some());
        assert!(!store.has_forgotten((1, 100)) && !store.has_forgotten((2, 0)));
    }
}
