//! The event queue.

use crate::time::Time;

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

/// A monotone priority queue: nothing is pushed earlier than what was popped last.
#[derive(Default, Debug)]
pub struct Queue {
    heap: std::collections::BinaryHeap<std::cmp::Reverse<Entry>>,
}

impl Queue {
    /// Adds an entry.
    #[inline]
    pub fn push(&mut self, entry: Entry) {
        self.heap.push(std::cmp::Reverse(entry));
    }
    /// Takes the earliest entry.
    #[inline]
    pub fn pop(&mut self) -> Option<Entry> {
        self.heap.pop().map(|e| e.0)
    }
    /// How many entries wait.
    pub fn len(&self) -> usize {
        self.heap.len()
    }
    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }
    /// Forgets everything; keeps the memory.
    pub fn clear(&mut self) {
        self.heap.clear();
    }
}
