//! The earliest entries, sorted.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Entry;
use crate::time::Time;

/// A front longer than this does not take entries into its middle.
const LONG: usize = 32;

/// A sorted run from which entries are taken at the head.
#[derive(Default, Debug)]
pub(super) struct Front {
    /// Ascending from `head` on; what lies before it has been taken.
    run: Vec<Entry>,
    head: usize,
    /// Entries that go before others of the last instant of a long run: of a class that goes first, or timers that were
    /// put off. All are at that instant.
    late: BinaryHeap<Reverse<Entry>>,
}

/// Whether the front could take an entry.
#[derive(PartialEq, Eq)]
pub(super) enum Inserted {
    Yes,
    FrontIsLong,
}

impl Front {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.head == self.run.len() && self.late.is_empty()
    }

    /// When the earliest entry is due. The run must not be used up.
    pub(super) fn earliest(&self) -> Time {
        self.run[self.head].time
    }

    #[inline]
    pub(super) fn insert(&mut self, entry: Entry) -> Inserted {
        match self.run.last() {
            Some(last) if last.key() > entry.key() && self.head < self.run.len() => self.insert_before_last(entry),
            _ => {
                self.append(entry);
                Inserted::Yes
            }
        }
    }

    #[inline]
    fn append(&mut self, entry: Entry) {
        if self.run.len() == self.run.capacity() {
            self.forget_taken();
        }
        self.run.push(entry);
    }

    #[inline(never)]
    fn insert_before_last(&mut self, entry: Entry) -> Inserted {
        if self.run.len() - self.head > LONG {
            return Inserted::FrontIsLong;
        }
        let after = self.run[self.head..].iter().rposition(|other| other.key() < entry.key());
        self.run.insert(after.map_or(self.head, |at| self.head + at + 1), entry);
        Inserted::Yes
    }

    /// Makes room where entries have been taken, if that is most of the run.
    fn forget_taken(&mut self) {
        if self.head > self.run.len() / 2 {
            self.run.drain(..self.head);
            self.head = 0;
        }
    }

    /// Takes an entry into a front that is long and of one instant, that of the entry.
    pub(super) fn insert_late(&mut self, entry: Entry) {
        self.late.push(Reverse(entry));
    }

    /// Fills an empty front with sorted entries.
    #[inline]
    pub(super) fn fill(&mut self, entries: impl Iterator<Item = Entry>) {
        self.restart();
        self.run.extend(entries);
    }

    /// When the last entry is due. The run must have one.
    #[inline]
    pub(super) fn latest(&self) -> Time {
        self.run[self.run.len() - 1].time
    }

    /// Takes out everything after `instant`.
    pub(super) fn split_off_after(&mut self, instant: Time) -> impl Iterator<Item = Entry> + use<> {
        let keep = self.head + self.run[self.head..].partition_point(|entry| entry.time <= instant);
        let late = std::mem::take(&mut self.late);
        self.run.split_off(keep).into_iter().chain(late.into_iter().map(|entry| entry.0))
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<Entry> {
        if !self.late.is_empty() {
            return self.pop_beside_late();
        }
        let entry = *self.run.get(self.head)?;
        self.head += 1;
        Some(entry)
    }

    #[inline(never)]
    fn pop_beside_late(&mut self) -> Option<Entry> {
        let late = self.late.peek()?.0.key();
        match self.run.get(self.head).copied().filter(|entry| entry.key() < late) {
            Some(entry) => {
                self.head += 1;
                Some(entry)
            }
            None => self.late.pop().map(|entry| entry.0),
        }
    }

    /// Begins a new run. To be called on an empty front.
    #[inline]
    pub(super) fn restart(&mut self) {
        self.run.clear();
        self.head = 0;
    }

    pub(super) fn clear(&mut self) {
        self.restart();
        self.late.clear();
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.run.capacity()
    }
}
