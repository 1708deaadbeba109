//! A set, each element a part of its own.

use std::hash::Hash;
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use super::Model;

/// A set of `V`, empty at first. Its elements are judged one by one, so no operation sees all of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Set<V>(PhantomData<V>);

impl<V> Set<V> {
    /// An empty set.
    pub const fn new() -> Set<V> {
        Set(PhantomData)
    }
}

/// What a set is asked.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Ask<V> {
    /// To contain this.
    Add(V),
    /// Not to contain this.
    Remove(V),
    /// Whether it contains this.
    Contains(V),
}

/// What a set answers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Told {
    /// To an addition or a removal.
    Done,
    /// To an addition or a removal: whether that changed anything.
    Changed(bool),
    /// To a question.
    Contained(bool),
}

impl<V: Clone + Hash + Eq> Model for Set<V> {
    type Input = Ask<V>;
    type Output = Told;
    type Key = V;
    type State = bool;

    fn key(&self, input: &Ask<V>) -> V {
        let (Ask::Add(element) | Ask::Remove(element) | Ask::Contains(element)) = input;
        element.clone()
    }

    fn initial(&self) -> bool {
        false
    }

    fn step(&self, contained: &bool, input: &Ask<V>, output: Option<&Told>) -> Option<bool> {
        let after = match input {
            Ask::Add(_) => true,
            Ask::Remove(_) => false,
            Ask::Contains(_) => *contained,
        };
        let fits = match (input, output) {
            (_, None) => true,
            (Ask::Contains(_), Some(told)) => *told == Told::Contained(after),
            (_, Some(Told::Done)) => true,
            (_, Some(told)) => *told == Told::Changed(after != *contained),
        };
        fits.then_some(after)
    }

    fn only_reads(&self, input: &Ask<V>, output: Option<&Told>) -> bool {
        matches!(input, Ask::Contains(_)) || output == Some(&Told::Changed(false))
    }

    fn kind(&self, input: &Ask<V>) -> &'static str {
        match input {
            Ask::Add(_) => "add",
            Ask::Remove(_) => "remove",
            Ask::Contains(_) => "contains",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::model::testing::{allows, forbids, lasts};

    #[test]
    fn it_contains_what_was_added() {
        let set = Set::new();
        allows(&set, &[(Ask::Add('a'), Told::Changed(true)), (Ask::Add('a'), Told::Changed(false))]);
        allows(&set, &[(Ask::Add('a'), Told::Done), (Ask::Contains('a'), Told::Contained(true))]);
        allows(&set, &[(Ask::Remove('a'), Told::Changed(false)), (Ask::Contains('a'), Told::Contained(false))]);
        forbids(&set, &[(Ask::Contains('a'), Told::Contained(true))]);
        forbids(&set, &[(Ask::Contains('a'), Told::Done)]);
        forbids(&set, &[(Ask::Remove('a'), Told::Changed(true))]);
    }

    #[test]
    fn reads_are_told_apart() {
        let told = [Told::Done, Told::Changed(true), Told::Changed(false), Told::Contained(true)];
        lasts(&Set::new(), &[false, true], &[Ask::Add(1), Ask::Remove(1), Ask::Contains(1)], &told);
    }
}
