//! First in, first out.

use std::collections::VecDeque;
use std::hash::Hash;
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use super::Model;

/// A queue of `V`, empty at first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Queue<V>(PhantomData<V>);

impl<V> Queue<V> {
    /// An empty queue.
    pub const fn new() -> Queue<V> {
        Queue(PhantomData)
    }
}

/// What a queue is asked.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Ask<V> {
    /// To take this in at the end.
    Enqueue(V),
    /// To give out what is in front.
    Dequeue,
}

/// What a queue answers.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Told<V> {
    /// To an element taken in.
    Done,
    /// What was in front; nothing, if the queue was empty.
    Front(Option<V>),
}

impl<V: Clone + Hash + Eq> Model for Queue<V> {
    type Input = Ask<V>;
    type Output = Told<V>;
    type Key = ();
    type State = VecDeque<V>;

    fn key(&self, _: &Ask<V>) {}

    fn initial(&self) -> VecDeque<V> {
        VecDeque::new()
    }

    fn step(&self, state: &VecDeque<V>, input: &Ask<V>, output: Option<&Told<V>>) -> Option<VecDeque<V>> {
        let fits = match (input, output) {
            (_, None) | (Ask::Enqueue(_), Some(Told::Done)) => true,
            (Ask::Dequeue, Some(Told::Front(front))) => front.as_ref() == state.front(),
            _ => false,
        };
        fits.then(|| {
            let mut state = state.clone();
            match input {
                Ask::Enqueue(element) => state.push_back(element.clone()),
                Ask::Dequeue => drop(state.pop_front()),
            }
            state
        })
    }

    fn only_reads(&self, _: &Ask<V>, output: Option<&Told<V>>) -> bool {
        matches!(output, Some(Told::Front(None)))
    }

    fn kind(&self, input: &Ask<V>) -> &'static str {
        match input {
            Ask::Enqueue(_) => "enqueue",
            Ask::Dequeue => "dequeue",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::model::testing::{allows, forbids, lasts};

    #[test]
    fn first_in_first_out() {
        let both = [(Ask::Enqueue(1), Told::Done), (Ask::Enqueue(2), Told::Done)];
        let front = |element| (Ask::Dequeue, Told::Front(element));
        allows(&Queue::new(), &[&both[..], &[front(Some(1)), front(Some(2)), front(None)]].concat());
        forbids(&Queue::new(), &[&both[..], &[front(Some(2))]].concat());
        forbids(&Queue::new(), &[&both[..], &[front(None)]].concat());
        forbids(&Queue::<u8>::new(), &[(Ask::Dequeue, Told::Done)]);
    }

    #[test]
    fn reads_are_told_apart() {
        let states = [VecDeque::new(), VecDeque::from([1]), VecDeque::from([2, 1])];
        let told = [Told::Done, Told::Front(None), Told::Front(Some(1))];
        lasts(&Queue::new(), &states, &[Ask::Enqueue(1), Ask::Dequeue], &told);
    }
}
