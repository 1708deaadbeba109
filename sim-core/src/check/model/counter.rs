//! A number that is added to.

use serde::{Deserialize, Serialize};

use super::Model;

/// A counter, 0 at first. It does not overflow: what would is impossible.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counter;

/// What a counter is asked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Ask {
    /// What it holds.
    Read,
    /// To add this.
    Add(i64),
}

/// What a counter answers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Told {
    /// To an addition.
    Done,
    /// What it holds: to a read, or to an addition after it was made.
    Value(i64),
}

impl Model for Counter {
    type Input = Ask;
    type Output = Told;
    type Key = ();
    type State = i64;

    fn key(&self, _: &Ask) {}

    fn initial(&self) -> i64 {
        0
    }

    fn step(&self, state: &i64, input: &Ask, output: Option<&Told>) -> Option<i64> {
        let after = match input {
            Ask::Read => *state,
            Ask::Add(amount) => state.checked_add(*amount)?,
        };
        let fits = match (input, output) {
            (_, None) | (Ask::Add(_), Some(Told::Done)) => true,
            (_, Some(told)) => *told == Told::Value(after),
        };
        fits.then_some(after)
    }

    fn only_reads(&self, input: &Ask, _: Option<&Told>) -> bool {
        matches!(input, Ask::Read | Ask::Add(0))
    }

    fn kind(&self, input: &Ask) -> &'static str {
        match input {
            Ask::Read => "read",
            Ask::Add(_) => "add",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::model::testing::{allows, forbids, lasts};

    #[test]
    fn it_adds_up() {
        allows(&Counter, &[(Ask::Add(2), Told::Done), (Ask::Add(-5), Told::Value(-3)), (Ask::Read, Told::Value(-3))]);
        forbids(&Counter, &[(Ask::Add(2), Told::Value(1))]);
        forbids(&Counter, &[(Ask::Read, Told::Done)]);
        forbids(&Counter, &[(Ask::Add(i64::MAX), Told::Done), (Ask::Add(1), Told::Done)]);
    }

    #[test]
    fn reads_are_told_apart() {
        lasts(&Counter, &[0, 1, -7], &[Ask::Read, Ask::Add(0), Ask::Add(1)], &[Told::Done, Told::Value(1)]);
    }
}
