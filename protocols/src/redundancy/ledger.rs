//! The ledger of the switch: every operation in its order, and what has been decided.
//!
//! It remembers each answer for good, so that a request that comes again is recognised; the switch is the part that must
//! not fail.

use std::collections::BTreeMap;

use sim_core::check::model::counter::Ask;
use sim_core::{NodeId, RequestId};

use super::message::{Message, Order, State};
use super::voter::Votes;

/// How far the newest operation may be ahead of the oldest that is not decided.
pub(super) const WINDOW: u64 = 64;

/// How often an operation is ordered before it is given up, if no unit needs it for its state any more.
const TRIES: u32 = 20;

/// Every operation.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// The latest decision: units are started from here.
    checkpoint: State,
    /// The number of the newest operation.
    newest: u64,
    undecided: BTreeMap<u64, Undecided>,
    /// By client and operation.
    known: BTreeMap<(u16, u32), Standing>,
}

/// An operation that has not been decided.
#[derive(Debug)]
struct Undecided {
    /// The newest attempt.
    request: RequestId,
    ask: Ask,
    votes: Votes,
    tries: u32,
}

/// What became of an operation.
#[derive(Clone, Copy, Debug)]
enum Standing {
    Ordered(u64),
    Answered(i64),
    GivenUp,
}

/// What is to be done with a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Admission {
    /// Nothing now: it is under way, or was given up, or may not begin for its size.
    Wait,
    /// It is new, and there is room for it.
    Order,
    /// It is new, and there is no room.
    Full,
    /// It was done before, with this answer.
    Answer(i64),
}

/// A decision.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Decision {
    pub(super) request: RequestId,
    pub(super) number: u64,
    pub(super) total: i64,
}

/// How votes are counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Count {
    /// How many equal answers are needed.
    pub(super) needed: u16,
    /// How many units may answer.
    pub(super) voters: usize,
    /// Planted bug D1.
    pub(super) one_will_do: bool,
}

impl Ledger {
    /// The number of the last operation in the state that units are started from.
    pub(super) fn upto(&self) -> u64 {
        self.checkpoint.upto
    }

    /// What is to be done with a request.
    pub(super) fn admits(&mut self, request: RequestId) -> Admission {
        match self.known.get(&(request.client, request.operation)) {
            Some(Standing::Answered(total)) => Admission::Answer(*total),
            Some(Standing::GivenUp) => Admission::Wait,
            Some(Standing::Ordered(number)) => {
                if let Some(undecided) = self.undecided.get_mut(number) {
                    undecided.request = undecided.request.max(request);
                }
                Admission::Wait
            }
            None => {
                let oldest = self.undecided.keys().next().copied().unwrap_or(self.newest + 1);
                if self.newest + 1 - oldest < WINDOW { Admission::Order } else { Admission::Full }
            }
        }
    }

    /// Puts an operation behind all others.
    pub(super) fn order(&mut self, request: RequestId, ask: Ask) -> Order {
        self.newest += 1;
        self.known.insert((request.client, request.operation), Standing::Ordered(self.newest));
        self.undecided.insert(self.newest, Undecided { request, ask, votes: Votes::default(), tries: 0 });
        Order { number: self.newest, ask }
    }

    /// A unit answers. The decision, if this is it.
    pub(super) fn answered(&mut self, from: NodeId, number: u64, total: i64, count: Count) -> Option<Decision> {
        let undecided = self.undecided.get_mut(&number)?;
        undecided.votes.cast(from, total);
        let total = undecided.votes.decision(count.needed, count.voters, count.one_will_do)?;
        let request = undecided.request;
        self.undecided.remove(&number);
        self.known.insert((request.client, request.operation), Standing::Answered(total));
        if number > self.checkpoint.upto {
            self.checkpoint = State { upto: number, total };
        }
        Some(Decision { request, number, total })
    }

    /// What a unit needs to be up to date: a state, and all orders since.
    pub(super) fn start(&self) -> Message {
        let since = self.undecided.range(self.checkpoint.upto + 1..);
        let orders = since.map(|(number, undecided)| Order { number: *number, ask: undecided.ask }).collect();
        Message::Start { state: self.checkpoint, orders }
    }

    /// What is to be ordered again. An operation that is in the state already, and whose answer no unit seems to have, is
    /// given up after a while: its client will never know.
    pub(super) fn again(&mut self) -> Vec<Order> {
        let (upto, known) = (self.checkpoint.upto, &mut self.known);
        self.undecided.retain(|number, undecided| {
            undecided.tries += 1;
            let goes = undecided.tries > TRIES && *number <= upto;
            if goes {
                known.insert((undecided.request.client, undecided.request.operation), Standing::GivenUp);
            }
            !goes
        });
        self.undecided.iter().map(|(number, undecided)| Order { number: *number, ask: undecided.ask }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Count = Count { needed: 1, voters: 3, one_will_do: false };
    const UNIT: NodeId = NodeId(1);

    fn request(operation: u32, attempt: u32) -> RequestId {
        RequestId { client: 0, operation, attempt }
    }
    fn with(operations: u32) -> Ledger {
        let mut ledger = Ledger::default();
        for operation in 0..operations {
            assert_eq!(ledger.admits(request(operation, 0)), Admission::Order);
            ledger.order(request(operation, 0), Ask::Add(1));
        }
        ledger
    }

    #[test]
    fn a_request_that_comes_again_is_not_ordered_again() {
        let mut ledger = with(1);
        assert_eq!(ledger.admits(request(0, 1)), Admission::Wait);
        let decision = ledger.answered(UNIT, 1, 1, ONE);
        assert_eq!(decision, Some(Decision { request: request(0, 1), number: 1, total: 1 }), "to the newest attempt");
        assert_eq!(ledger.admits(request(0, 2)), Admission::Answer(1));
    }

    #[test]
    fn units_are_started_from_the_latest_decision() {
        let mut ledger = with(3);
        ledger.answered(UNIT, 2, 2, ONE);
        let order = Order { number: 3, ask: Ask::Add(1) };
        assert_eq!(ledger.start(), Message::Start { state: State { upto: 2, total: 2 }, orders: vec![order] });
    }

    #[test]
    fn what_only_the_state_knows_is_given_up_and_the_rest_never() {
        let mut ledger = with(3);
        ledger.answered(UNIT, 2, 2, ONE);
        let again: Vec<usize> = (0..=TRIES).map(|_| ledger.again().len()).collect();
        assert_eq!((again[0], again[TRIES as usize]), (2, 1));
        assert_eq!(ledger.admits(request(0, 1)), Admission::Wait);
    }

    #[test]
    fn the_window_fills_behind_the_oldest() {
        let mut ledger = with(WINDOW as u32);
        assert_eq!(ledger.admits(request(100, 0)), Admission::Full);
        ledger.answered(UNIT, 2, 2, ONE);
        assert_eq!(ledger.admits(request(100, 0)), Admission::Full);
        ledger.answered(UNIT, 1, 1, ONE);
        assert_eq!(ledger.admits(request(100, 0)), Admission::Order);
    }
}
