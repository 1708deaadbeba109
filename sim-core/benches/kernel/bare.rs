//! What every bare loop has: the engine's own queue, and one draw of 64 bits a message.

use sim_core::chance::{Identity, Key, Purpose};
use sim_core::queue::{Entry, Queue};
use sim_core::{Span, Time};

pub(crate) struct Bare {
    queue: Queue,
    key: Key,
    pushes: u64,
    low: u64,
    width: u64,
    until: Time,
}

impl Bare {
    /// Messages take `low` to `high`; the loop ends at `length`.
    pub(crate) fn new(low: Span, high: Span, length: Span) -> Bare {
        Bare {
            queue: Queue::default(),
            key: Key::from_seed(7),
            pushes: 0,
            low: low.as_nanos(),
            width: (high - low).as_nanos() + 1,
            until: Time::ZERO + length,
        }
    }

    pub(crate) fn restart(&mut self, seed: u64) {
        self.queue.clear();
        self.key = Key::from_seed(seed);
        self.pushes = 0;
    }

    #[inline]
    pub(crate) fn at(&mut self, time: Time, what: u32, slot: u32) {
        self.pushes += 1;
        self.queue.push(Entry { time, order: self.pushes, what, slot });
    }

    #[inline]
    pub(crate) fn send(&mut self, now: Time, what: u32, slot: u32) {
        let bits = self.key.draw(Purpose::Delay, Identity(self.pushes));
        let delay = (u128::from(bits) * u128::from(self.width)) >> 64;
        self.at(now + Span(self.low + delay as u64), what, slot);
    }

    #[inline]
    pub(crate) fn next(&mut self) -> Option<Entry> {
        self.queue.pop().filter(|entry| entry.time <= self.until)
    }
}
