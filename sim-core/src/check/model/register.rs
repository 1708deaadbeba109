//! One value, read, written, and compared and set.

use std::hash::Hash;

use serde::{Deserialize, Serialize};

use super::Model;
use crate::check::history::session::{Extent, by_real_time};
use crate::check::history::zone::{Access, Zones, zones};
use crate::check::history::{Ending, Operation};

/// A register. While no value is written twice, only sorting stands between a history of reads and writes and its verdict.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Register<V> {
    initial: V,
}

impl<V> Register<V> {
    /// A register that holds `initial` at first.
    pub const fn new(initial: V) -> Register<V> {
        Register { initial }
    }
}

/// What a register is asked.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Ask<V> {
    /// What it holds.
    Read,
    /// To hold this.
    Write(V),
    /// To hold the second if it holds the first.
    CompareAndSet(V, V),
}

/// What a register answers.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Told<V> {
    /// To a write.
    Done,
    /// To a read.
    Value(V),
    /// To a compare-and-set: whether it was set.
    Swapped(bool),
}

impl<V: Clone + Hash + Eq> Model for Register<V> {
    type Input = Ask<V>;
    type Output = Told<V>;
    type Key = ();
    type State = V;

    fn key(&self, _: &Ask<V>) {}

    fn initial(&self) -> V {
        self.initial.clone()
    }

    fn step(&self, state: &V, input: &Ask<V>, output: Option<&Told<V>>) -> Option<V> {
        match (input, output) {
            (Ask::Read, None) => Some(state.clone()),
            (Ask::Read, Some(Told::Value(value))) => (value == state).then(|| state.clone()),
            (Ask::Write(value), None | Some(Told::Done)) => Some(value.clone()),
            (Ask::CompareAndSet(old, new), told @ (None | Some(Told::Swapped(_)))) => {
                let swaps = old == state;
                let fits = told.is_none_or(|told| *told == Told::Swapped(swaps));
                fits.then(|| if swaps { new.clone() } else { state.clone() })
            }
            _ => None,
        }
    }

    fn only_reads(&self, input: &Ask<V>, output: Option<&Told<V>>) -> bool {
        matches!(input, Ask::Read) || output == Some(&Told::Swapped(false))
    }

    fn kind(&self, input: &Ask<V>) -> &'static str {
        match input {
            Ask::Read => "read",
            Ask::Write(_) => "write",
            Ask::CompareAndSet(..) => "compare-and-set",
        }
    }

    fn zones(&self, history: &[Operation<Ask<V>, Told<V>>], part: &[u32]) -> Zones {
        zones(history, part, &self.initial, view)
    }

    fn extents(&self, history: &[Operation<Ask<V>, Told<V>>], part: &[u32]) -> Option<Vec<Extent>> {
        Some(by_real_time(history, part, &self.initial, view))
    }
}

fn view<V>(operation: &Operation<Ask<V>, Told<V>>) -> Option<Access<&V>> {
    Some(match (&operation.input, &operation.ending) {
        (Ask::Read, Ending::Answered(_, Told::Value(value))) => Access::read(value),
        (Ask::Read, Ending::Unknown | Ending::Failed) => Access::nothing(),
        (Ask::Write(value), Ending::Answered(_, Told::Done) | Ending::Unknown) => Access::write(value),
        (Ask::CompareAndSet(old, new), Ending::Answered(_, Told::Swapped(true))) => {
            Access { read: Some(old), wrote: Some(new), whole: false }
        }
        (Ask::CompareAndSet(_, new), Ending::Unknown) => Access::write(new).partly(),
        _ => Access::nothing().partly(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::model::testing::{allows, forbids, lasts};

    #[test]
    fn it_holds_what_was_written() {
        let steps = [(Ask::Write(1), Told::Done), (Ask::Read, Told::Value(1))];
        allows(&Register::new(0), &steps);
        forbids(&Register::new(0), &[(Ask::Read, Told::Value(1))]);
        forbids(&Register::new(0), &[(Ask::Read, Told::Done)]);
    }

    #[test]
    fn compare_and_set_sets_if_it_compares() {
        let set = |old, new| Ask::CompareAndSet(old, new);
        let steps = [(set(0, 1), Told::Swapped(true)), (set(0, 2), Told::Swapped(false)), (Ask::Read, Told::Value(1))];
        allows(&Register::new(0), &steps);
        forbids(&Register::new(0), &[(set(1, 2), Told::Swapped(true))]);
        forbids(&Register::new(0), &[(set(0, 2), Told::Swapped(false))]);
    }

    #[test]
    fn any_answer_will_do_for_one_that_is_not_known() {
        let register = Register::new(0);
        assert_eq!(register.step(&0, &Ask::CompareAndSet(0, 1), None), Some(1));
        assert_eq!(register.step(&5, &Ask::CompareAndSet(0, 1), None), Some(5));
        lasts(
            &register,
            &[0, 1, 2],
            &[Ask::Read, Ask::CompareAndSet(0, 1), Ask::Write(2)],
            &[Told::Done, Told::Value(1), Told::Swapped(true), Told::Swapped(false)],
        );
    }
}
