//! The timers of one node: named by their value, on the monotonic clock, re-armed lazily.
//!
//! Setting a timer again to a later time leaves its queue entry where it is: when that entry leaves the queue, the timer
//! goes back in with the place it got when it was set. So a time-out that every message puts off costs no queue work.

use crate::chance::Identity;
use crate::clock::Clock;
use crate::queue::Entry;
use crate::time::{LocalTime, Time};

/// One timer, or a free slot.
#[derive(Debug)]
struct Slot<T> {
    timer: Option<T>,
    armed: bool,
    due: LocalTime,
    /// The place in the order of events that it got when it was set.
    order: u64,
    /// The entry in the queue that stands for it.
    queued: Option<(Time, u64)>,
    identity: Identity,
    cause: u32,
}

/// A timer that is due.
pub(crate) struct Due<T> {
    pub(crate) timer: T,
    pub(crate) identity: Identity,
    pub(crate) cause: u32,
}

/// What to do with a queue entry that has left the queue.
pub(crate) enum Popped<T> {
    /// It no longer stands for anything.
    Stale,
    /// The timer was put off: queue this entry instead.
    Later(Time, u64),
    /// The timer fires.
    Fires(Due<T>),
}

/// The timers of one node.
#[derive(Debug)]
pub(crate) struct Timers<T> {
    /// The hash of each slot's timer, apart from the rest so that a search reads little memory.
    hashes: Vec<u64>,
    slots: Vec<Slot<T>>,
}

impl<T> Default for Timers<T> {
    fn default() -> Self {
        Timers { hashes: Vec::new(), slots: Vec::new() }
    }
}

impl<T: Eq> Timers<T> {
    pub(crate) fn clear(&mut self) {
        self.hashes.clear();
        self.slots.clear();
    }

    fn find(&self, timer: &T, hash: u64) -> Option<usize> {
        let matches = |(index, own): (usize, &u64)| *own == hash && self.slots[index].timer.as_ref() == Some(timer);
        self.hashes.iter().enumerate().position(matches)
    }

    /// Sets or replaces a timer. Gives its slot and true time if it needs a new entry in the queue.
    #[expect(clippy::too_many_arguments, reason = "all of it is the timer's state")]
    pub(crate) fn set(
        &mut self,
        timer: T,
        hash: u64,
        due: LocalTime,
        at: Time,
        order: u64,
        identity: Identity,
        cause: u32,
    ) -> Option<(u32, Time)> {
        let index = self.find(&timer, hash).or_else(|| self.slots.iter().position(|slot| slot.timer.is_none()));
        let index = index.unwrap_or_else(|| {
            self.hashes.push(hash);
            self.slots.push(Slot { timer: None, armed: false, due, order, queued: None, identity, cause });
            self.slots.len() - 1
        });
        self.hashes[index] = hash;
        let slot = &mut self.slots[index];
        let queued = slot.queued;
        *slot = Slot { timer: Some(timer), armed: true, due, order, queued, identity, cause };
        if at == Time::MAX || queued.is_some_and(|(time, _)| time <= at) {
            return None;
        }
        slot.queued = Some((at, order));
        Some((index as u32, at))
    }

    pub(crate) fn cancel(&mut self, timer: &T, hash: u64) {
        if let Some(index) = self.find(timer, hash) {
            let slot = &mut self.slots[index];
            slot.armed = false;
            if slot.queued.is_none() {
                slot.timer = None;
            }
        }
    }

    /// An entry has left the queue.
    pub(crate) fn popped(&mut self, entry: &Entry, clock: &Clock, now: Time) -> Popped<T> {
        let Some(slot) = self.slots.get_mut(entry.slot as usize) else { return Popped::Stale };
        if slot.queued != Some((entry.time, entry.order)) {
            return Popped::Stale;
        }
        slot.queued = None;
        if !slot.armed {
            slot.timer = None;
            return Popped::Stale;
        }
        let at = clock.when(slot.due, now);
        if at > now || slot.order != entry.order {
            if at != Time::MAX {
                slot.queued = Some((at, slot.order));
                return Popped::Later(at, slot.order);
            }
            return Popped::Stale;
        }
        slot.armed = false;
        match slot.timer.take() {
            Some(timer) => Popped::Fires(Due { timer, identity: slot.identity, cause: slot.cause }),
            None => Popped::Stale,
        }
    }

    /// The clock has changed its rate: entries to queue for the timers that are now due at another time.
    pub(crate) fn retime(&mut self, clock: &Clock, now: Time, mut push: impl FnMut(u32, Time, u64)) {
        for (index, slot) in self.slots.iter_mut().enumerate() {
            if !slot.armed {
                continue;
            }
            let at = clock.when(slot.due, now);
            if at == Time::MAX {
                slot.queued = None;
            } else if slot.queued != Some((at, slot.order)) {
                slot.queued = Some((at, slot.order));
                push(index as u32, at, slot.order);
            }
        }
    }
}
