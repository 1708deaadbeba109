//! Values as dense numbers: an open-addressing table keyed by our own hash, so that its work is the same everywhere.

use std::hash::Hash;

use crate::digest::Digest;

/// Gives equal values the same number, from 0 in the order in which they came.
pub(in crate::check) struct Interner<T> {
    items: Vec<T>,
    slots: Slots,
}

impl<T: Hash + Eq> Interner<T> {
    pub(in crate::check) fn new() -> Interner<T> {
        Interner { items: Vec::new(), slots: Slots::new() }
    }

    /// The number of `item`, and whether it is new.
    pub(in crate::check) fn intern(&mut self, item: T) -> (u32, bool) {
        let hash = Digest::of(&item);
        let items = &self.items;
        let number = items.len() as u32;
        let found = self.slots.find_or_insert(hash, number, |number| items[number as usize] == item);
        if found == number {
            self.items.push(item);
        }
        (found, found == number)
    }

    /// The number of a value that has come before.
    pub(in crate::check) fn find(&self, item: &T) -> Option<u32> {
        self.slots.find(Digest::of(item), |number| self.items[number as usize] == *item)
    }

    pub(super) fn get(&self, number: u32) -> &T {
        &self.items[number as usize]
    }
}

/// A table from hashes to numbers. Whoever owns it keeps what the numbers stand for, and says what is equal.
pub(super) struct Slots {
    /// Half of the hash and the number; [`EMPTY`] where there is none. A power of two long, at most half full.
    slots: Vec<(u32, u32)>,
    /// The full hash of each entry, to grow without asking for it again.
    hashes: Vec<(u64, u32)>,
}

const EMPTY: u32 = u32::MAX;

impl Slots {
    pub(super) fn new() -> Slots {
        Slots { slots: vec![(0, EMPTY); 16], hashes: Vec::new() }
    }

    /// The number found among those of this hash for which `same` holds, otherwise `number`, which is then in the table.
    #[inline]
    pub(super) fn find_or_insert(&mut self, hash: u64, number: u32, same: impl Fn(u32) -> bool) -> u32 {
        let slot = match self.seek(hash, same) {
            Ok(number) => return number,
            Err(slot) => slot,
        };
        self.slots[slot] = (tag(hash), number);
        self.hashes.push((hash, number));
        if self.hashes.len() * 2 > self.slots.len() {
            self.grow();
        }
        number
    }

    pub(super) fn find(&self, hash: u64, same: impl Fn(u32) -> bool) -> Option<u32> {
        self.seek(hash, same).ok()
    }

    /// The number, or the slot where it would be.
    #[inline]
    fn seek(&self, hash: u64, same: impl Fn(u32) -> bool) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let (half, number) = self.slots[slot];
            if number == EMPTY {
                return Err(slot);
            }
            if half == tag(hash) && same(number) {
                return Ok(number);
            }
            slot = (slot + 1) & mask;
        }
    }

    #[cold]
    fn grow(&mut self) {
        let size = self.slots.len() * 4;
        self.slots.clear();
        self.slots.resize(size, (0, EMPTY));
        for &(hash, number) in &self.hashes {
            let mut slot = hash as usize & (size - 1);
            while self.slots[slot].1 != EMPTY {
                slot = (slot + 1) & (size - 1);
            }
            self.slots[slot] = (tag(hash), number);
        }
    }
}

/// The half of a hash that does not choose the slot.
const fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_have_one_number_and_new_ones_the_next() {
        let mut interner = Interner::new();
        for round in 0..2 {
            for n in 0..1000u64 {
                assert_eq!(interner.intern(n * n), (n as u32, round == 0));
            }
        }
        assert_eq!((*interner.get(7), interner.find(&49), interner.find(&50)), (49, Some(7), None));
    }

    #[test]
    fn values_whose_hashes_collide_are_told_apart() {
        let names = ["a", "b", "c"];
        let mut slots = Slots::new();
        for round in 0..2 {
            for (number, name) in names.iter().enumerate() {
                let found = slots.find_or_insert(7, number as u32, |other| names[other as usize] == *name);
                assert_eq!(found, number as u32, "round {round}");
            }
        }
    }
}
