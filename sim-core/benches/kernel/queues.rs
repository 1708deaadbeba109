//! The queue by itself, beside the standard library's heap of 16-byte keys: so many entries wait, and each that leaves
//! is followed by another, 1 to 10 ms later.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use sim_core::Time;
use sim_core::chance::{Identity, Key, Purpose};
use sim_core::queue::{Entry, Queue};

use crate::measure::Report;

const TIMES: u64 = 3_000_000;

/// A queue of times.
trait Times: Default {
    fn put(&mut self, time: u64, number: u64);
    fn take(&mut self) -> Option<u64>;
}

impl Times for Queue {
    fn put(&mut self, time: u64, number: u64) {
        self.push(Entry { time: Time(time), order: number, what: 0, slot: 0 });
    }
    fn take(&mut self) -> Option<u64> {
        self.pop().map(|entry| entry.time.0)
    }
}

impl Times for BinaryHeap<Reverse<(u64, u64)>> {
    fn put(&mut self, time: u64, number: u64) {
        self.push(Reverse((time, number)));
    }
    fn take(&mut self) -> Option<u64> {
        self.pop().map(|entry| entry.0.0)
    }
}

/// Fills a queue once; what is timed is only the work after that.
fn hold<Q: Times>(waiting: u64) -> impl FnMut() -> u64 {
    let (mut queue, mut number) = (Q::default(), 0);
    let key = Key::from_seed(1);
    let mut put = move |queue: &mut Q, now: u64| {
        number += 1;
        let bits = key.draw(Purpose::Delay, Identity(number));
        let delay = (u128::from(bits) * 9_000_001) >> 64;
        queue.put(now + 1_000_000 + delay as u64, number);
    };
    (0..waiting).for_each(|_| put(&mut queue, 0));
    move || {
        for _ in 0..TIMES {
            let now = queue.take().expect("as many are put as taken");
            put(&mut queue, now);
        }
        TIMES
    }
}

pub(crate) fn bench(report: &mut Report) {
    const TABLE: &str = "queue, one push and one pop with so many waiting";
    for waiting in [1, 10, 100, 10_000, 1_000_000] {
        for (name, mut work) in [
            ("radix ladder", Box::new(hold::<Queue>(waiting)) as Box<dyn FnMut() -> u64>),
            ("std BinaryHeap", Box::new(hold::<BinaryHeap<Reverse<(u64, u64)>>>(waiting))),
        ] {
            let name = format!("queue: {name}, {waiting}");
            if report.wants(&name) {
                report.plain(TABLE, &name, &mut *work);
            }
        }
    }
}
