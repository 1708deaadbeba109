//! Why a history is refused, in data and in words.

use std::fmt::Debug;

use super::{Moment, Operation};
use crate::check::{Violation, trail};
use crate::time::Time;

/// Why a history is refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Anomaly {
    /// The kind of anomaly: `stale-read`, `lost-write`, `split-value`, `no-order(get)`.
    pub class: String,
    /// The operations that show it, by position in the history, in the order of their calls.
    pub witness: Vec<usize>,
    /// When the last of them ended.
    pub at: Moment,
}

impl Anomaly {
    /// An anomaly shown by the operations at these positions.
    pub(in crate::check) fn new<I, O>(class: &str, history: &[Operation<I, O>], witness: &[usize]) -> Anomaly {
        let mut witness = witness.to_vec();
        witness.sort_unstable_by_key(|&index| (history[index].call, index));
        witness.dedup();
        let at = witness.iter().map(|&index| history[index].last()).max();
        Anomaly { class: class.to_owned(), witness, at: at.unwrap_or(Time::ZERO.into()) }
    }

    /// What its class means, in a sentence.
    pub fn meaning(&self) -> &'static str {
        match self.class.as_str() {
            "stale-read" => "A value was read although a newer one had been there, and was there again afterwards.",
            "lost-write" => "A value that had been there was gone: an older one was read after it.",
            "split-value" => "Two values written at the same time took turns, each found after the other.",
            "phantom-read" => "A value was read that nobody wrote.",
            "future-read" => "A value was read before anybody wrote it.",
            "fork" => "Two answers tell different pasts: what was appended to what.",
            "applied-twice" => "A change was applied twice.",
            "own-write-missing" => "A client read an older version than it had written.",
            "read-went-back" => "A client read an older version than it had read.",
            "writes-reordered" => "A client's writes took effect in another order than its own.",
            "write-before-its-reason" => "A client's write took effect before what the client had read.",
            _ => "No order of the operations explains the one that ended last: up to then there is one.",
        }
    }

    /// The violation of the check of this name; `client` names the clients.
    pub fn violation<I: Debug, O: Debug>(
        &self,
        check: &str,
        history: &[Operation<I, O>],
        client: impl Fn(u32) -> String,
    ) -> Violation {
        let witness: Vec<_> = self.witness.iter().filter_map(|&index| history.get(index)).collect();
        let told: Vec<String> = witness.iter().map(|operation| operation.told_of(&client(operation.client))).collect();
        let events: Vec<u32> =
            witness.iter().flat_map(|operation| [operation.call.event, operation.last().event]).collect();
        Violation {
            fingerprint: format!("{check}/{}", self.class),
            detail: format!("{} {}.", self.meaning(), told.join("; ")),
            at: self.at.at,
            events: trail(&events),
            nodes: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_violation_names_the_operations_and_their_events() {
        let moment = |at, event| Moment { at: Time(at), event };
        let history = [
            Operation::new(0, moment(3_000_000, 7), "read").answered(moment(4_000_000, 9), 5),
            Operation::new(2, moment(1_000_000, 2), "write 6").unknown(),
        ];
        let anomaly = Anomaly::new("stale-read", &history, &[0, 1, 0]);
        let violation = anomaly.violation("linearizable", &history, |client| format!("c{client}"));
        assert_eq!(violation.fingerprint, "linearizable/stale-read");
        assert_eq!((violation.at, violation.events), (Time(4_000_000), vec![2, 7, 9]));
        assert_eq!(
            violation.detail,
            "A value was read although a newer one had been there, and was there again afterwards. \
             c2 asked \"write 6\" at 1ms and never learned the outcome; \
             c0 asked \"read\" at 3ms and was told 5 at 4ms."
        );
    }
}
