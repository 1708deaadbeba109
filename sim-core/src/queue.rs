//! The event queue: a radix ladder, that is a monotone bucket queue whose buckets are split by the highest differing
//! bits of time and sorted when small.
//!
//! The earliest entries lie sorted in the front, all others in the buckets of the ladder. When the front is used
//! up, the lowest buckets are moved into it; one that is too large for that is split first. An entry is thus moved a few
//! times, however many wait; time in which nothing happens costs nothing, nor do thousands of entries at one instant.

mod front;
mod ladder;

use crate::time::Time;
use front::{Front, Inserted};
use ladder::Ladder;

/// One scheduled event. Entries leave in the order of `(time, order)`; `order` is unique within a queue.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Entry {
    /// When it is due.
    pub time: Time,
    /// The class in the top byte, then the push number.
    pub order: u64,
    /// What it is: the kernel's tag.
    pub what: u32,
    /// Where its payload is.
    pub slot: u32,
}

impl Entry {
    /// What unused places hold.
    const NONE: Entry = Entry { time: Time::MAX, order: u64::MAX, what: 0, slot: 0 };

    /// What entries are sorted by.
    #[inline]
    fn key(&self) -> u128 {
        u128::from(self.time.0) << 64 | u128::from(self.order)
    }
}

/// A monotone priority queue: nothing may be pushed earlier than what was popped last. What is pushed at that same time
/// leaves by its `order` among what remains.
///
/// A push and a pop together cost some 25 ns, little more with a million entries than with ten. The memory is that of
/// the most entries that ever waited, 24 bytes each, and some 200 kB; it is kept.
#[derive(Default, Debug)]
pub struct Queue {
    len: usize,
    /// Everything up to the ladder's base.
    front: Front,
    /// Everything after its base.
    ladder: Ladder,
}

impl Queue {
    /// Adds an entry.
    #[inline]
    pub fn push(&mut self, entry: Entry) {
        if self.len == 0 {
            // Alone it is the front, wherever it lies: two nodes that take turns never climb the ladder.
            self.ladder.base = entry.time;
            self.front.restart();
        }
        self.len += 1;
        self.place(entry);
    }

    /// Takes the earliest entry.
    #[inline]
    pub fn pop(&mut self) -> Option<Entry> {
        if self.front.is_empty() {
            if self.len == 0 {
                return None;
            }
            self.ladder.refill(&mut self.front);
        }
        self.len -= 1;
        self.front.pop()
    }

    /// How many entries wait.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether none waits.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Forgets everything, and time begins again at zero; keeps the memory.
    pub fn clear(&mut self) {
        self.len = 0;
        self.front.clear();
        self.ladder.clear();
    }

    #[inline]
    fn place(&mut self, entry: Entry) {
        if entry.time > self.ladder.base {
            self.ladder.push(entry);
        } else if self.front.insert(entry) == Inserted::FrontIsLong {
            self.shorten(entry);
        }
    }

    /// Cuts the front back to its earliest instant, then places the entry for which it was too long.
    #[inline(never)]
    fn shorten(&mut self, entry: Entry) {
        let instant = self.front.earliest().min(entry.time);
        if instant == self.ladder.base {
            self.front.insert_late(entry);
            return;
        }
        self.ladder.lower(instant);
        for rest in self.front.split_off_after(instant) {
            self.ladder.push(rest);
        }
        self.place(entry);
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;

    use proptest::prelude::*;

    use super::*;
    use crate::chance::{Identity, Key, Purpose};

    /// A queue beside the plain heap that it must equal.
    #[derive(Default)]
    struct Pair {
        queue: Queue,
        heap: BinaryHeap<Reverse<Entry>>,
        now: u64,
        pushes: u32,
    }

    impl Pair {
        /// `early` puts the entry before others of its class and time, as a timer does that keeps its old place.
        fn push(&mut self, ahead: u64, class: u8, early: bool) {
            self.pushes += 1;
            let number = u64::from(if early { u32::MAX - self.pushes } else { self.pushes });
            let order = u64::from(class) << 56 | u64::from(!early) << 40 | number;
            let entry = Entry { time: Time(self.now.saturating_add(ahead)), order, what: self.pushes, slot: 0 };
            self.queue.push(entry);
            self.heap.push(Reverse(entry));
        }

        fn pop(&mut self) -> bool {
            let expected = self.heap.pop().map(|entry| entry.0);
            assert_eq!(self.queue.pop(), expected);
            assert_eq!(self.queue.len(), self.heap.len());
            self.now = expected.map_or(self.now, |entry| entry.time.0);
            expected.is_some()
        }

        fn drain(&mut self) {
            while self.pop() {}
            assert!(self.queue.is_empty());
        }
    }

    #[derive(Clone, Debug)]
    enum Step {
        /// So many pushes, each so far ahead and the next so much farther.
        Push {
            times: u16,
            ahead: u64,
            farther: u64,
            class: u8,
            early: bool,
        },
        Pop {
            times: u16,
        },
        Clear,
    }

    fn step() -> impl Strategy<Value = Step> {
        let times = || prop_oneof![6 => 0..4u16, 2 => 0..40u16, 1 => 0..400u16];
        // Spans of every magnitude, and often none.
        let span = || prop_oneof![1 => Just(0), 4 => (0u32..64, any::<u64>()).prop_map(|(bits, n)| n >> bits)];
        let farther = (0u32..24, any::<u64>()).prop_map(|(bits, n)| n >> 40 >> bits);
        prop_oneof![
            12 => (times(), span(), farther, 0..3u8, any::<bool>())
                .prop_map(|(times, ahead, farther, class, early)| Step::Push { times, ahead, farther, class, early }),
            12 => times().prop_map(|times| Step::Pop { times }),
            1 => Just(Step::Clear),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn it_is_a_heap_by_time_class_and_number(steps in prop::collection::vec(step(), 0..60)) {
            let mut pair = Pair::default();
            for step in steps {
                match step {
                    Step::Push { times, ahead, farther, class, early } => {
                        (0..u64::from(times)).for_each(|n| pair.push(ahead.saturating_add(n * farther), class, early));
                    }
                    Step::Pop { times } => (0..times).for_each(|_| { pair.pop(); }),
                    Step::Clear => {
                        pair.queue.clear();
                        pair.heap.clear();
                        pair.now = 0;
                    }
                }
            }
            pair.drain();
        }
    }

    /// Each event brings about zero to two others, at mixed distances: the shape of a run.
    #[test]
    fn it_is_a_heap_over_a_long_run() {
        let key = Key::from_seed(5);
        let mut pair = Pair::default();
        for event in 0..300_000u64 {
            let mut draws = key.draws(Purpose::Delay, Identity(event));
            for _ in 0..draws.below(if pair.queue.len() < 5000 { 4 } else { 2 }) {
                let ahead = [0, 1000, 1_000_000, 50_000_000, 10_000_000_000][draws.below(5) as usize];
                pair.push(draws.below(ahead + 1), draws.below(3) as u8, draws.below(50) == 0);
            }
            pair.pop();
        }
        pair.drain();
    }

    /// Far apart entries make a wide front; what then comes between them must not be inserted one by one.
    #[test]
    fn a_burst_within_a_sparse_front() {
        let mut pair = Pair::default();
        (1..=6).for_each(|n| pair.push(n * 1_000_000_000, 2, false));
        pair.pop();
        (0..300_000).for_each(|n| pair.push(n * 7919 % 3_000_000_000, 2, false));
        pair.drain();
    }

    /// What goes before others of its time, again and again, while many of them wait.
    #[test]
    fn many_at_one_instant_in_every_class() {
        let mut pair = Pair::default();
        (0..300_000).for_each(|n| pair.push(5, (n % 3) as u8, n % 7 == 0));
        pair.pop();
        for n in 0..300_000 {
            pair.push(0, (n % 2) as u8, n % 5 == 0);
            if n % 3 == 0 {
                pair.pop();
            }
        }
        pair.drain();
    }

    /// A run that never leaves an instant (messages without delay) does not grow the front without end.
    #[test]
    fn an_endless_instant_needs_no_memory() {
        let mut queue = Queue::default();
        let entry = |order| Entry { order, time: Time(9), ..Entry::NONE };
        (0..10).for_each(|order| queue.push(entry(order)));
        for order in 10..100_000 {
            assert_eq!(queue.pop().map(|entry| entry.order), Some(order - 10));
            queue.push(entry(order));
        }
        assert!(queue.front.capacity() < 100, "{}", queue.front.capacity());
    }

    /// A million entries that wait at different distances, over and over, fill no more memory than once.
    #[test]
    fn memory_is_that_of_the_most_that_waited() {
        let key = Key::from_seed(6);
        let mut queue = Queue::default();
        for event in 0..1_000_000u64 {
            let time = Time(event * 5000 + key.draw(Purpose::Delay, Identity(event)) % 100_000_000);
            queue.push(Entry { time, order: event, what: 0, slot: 0 });
            if queue.len() > 20_000 {
                queue.pop();
            }
        }
        assert!(queue.ladder.capacity() < 50_000, "{}", queue.ladder.capacity());
    }
}
