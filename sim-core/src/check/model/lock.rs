//! Mutual exclusion, with fencing tokens for those who want them.

use std::hash::Hash;
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use super::Model;

/// A lock whose holders are `W`, free at first. It is not reentrant.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Lock<W>(PhantomData<W>);

impl<W> Lock<W> {
    /// A lock that is free.
    pub const fn new() -> Lock<W> {
        Lock(PhantomData)
    }
}

/// What a lock is asked.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Ask<W> {
    /// To be held by this one.
    Acquire(W),
    /// To be given back by this one.
    Release(W),
}

/// What a lock answers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Told {
    /// The lock was taken.
    Granted,
    /// The lock was taken, and this fencing token is greater than every one before.
    Fenced(u64),
    /// The lock was given back.
    Released,
    /// Nothing happened: somebody else holds the lock, or who gave it back did not.
    Denied,
}

/// Who holds a lock, and what token was given out last.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Hold<W> {
    holder: Option<W>,
    token: Option<u64>,
}

impl<W: Clone + Hash + Eq> Model for Lock<W> {
    type Input = Ask<W>;
    type Output = Told;
    type Key = ();
    type State = Hold<W>;

    fn key(&self, _: &Ask<W>) {}

    fn initial(&self) -> Hold<W> {
        Hold { holder: None, token: None }
    }

    fn step(&self, state: &Hold<W>, input: &Ask<W>, output: Option<&Told>) -> Option<Hold<W>> {
        let changes = match input {
            Ask::Acquire(_) => state.holder.is_none(),
            Ask::Release(by) => state.holder.as_ref() == Some(by),
        };
        let token = match (input, output) {
            (_, None) => state.token,
            (_, Some(Told::Denied)) if !changes => state.token,
            (Ask::Acquire(_), Some(Told::Granted)) | (Ask::Release(_), Some(Told::Released)) if changes => state.token,
            (Ask::Acquire(_), Some(Told::Fenced(token))) if changes && state.token < Some(*token) => Some(*token),
            _ => return None,
        };
        Some(match input {
            _ if !changes => state.clone(),
            Ask::Acquire(by) => Hold { holder: Some(by.clone()), token },
            Ask::Release(_) => Hold { holder: None, token },
        })
    }

    fn only_reads(&self, _: &Ask<W>, output: Option<&Told>) -> bool {
        output == Some(&Told::Denied)
    }

    fn kind(&self, input: &Ask<W>) -> &'static str {
        match input {
            Ask::Acquire(_) => "acquire",
            Ask::Release(_) => "release",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::model::testing::{allows, forbids, lasts};

    #[test]
    fn one_holder_at_a_time() {
        let taken = (Ask::Acquire('a'), Told::Granted);
        let given = (Ask::Release('a'), Told::Released);
        let other = |told| (Ask::Acquire('b'), told);
        allows(&Lock::new(), &[taken.clone(), other(Told::Denied), given.clone(), other(Told::Granted)]);
        forbids(&Lock::new(), &[taken.clone(), other(Told::Granted)]);
        forbids(&Lock::new(), &[other(Told::Denied)]);
        forbids(&Lock::new(), &[given]);
        forbids(&Lock::new(), &[taken, (Ask::Release('b'), Told::Released)]);
    }

    #[test]
    fn tokens_grow() {
        let hold = |token| [(Ask::Acquire('a'), Told::Fenced(token)), (Ask::Release('a'), Told::Released)];
        allows(&Lock::new(), &[hold(0), hold(4)].concat());
        forbids(&Lock::new(), &[&hold(4)[..], &hold(4)[..1]].concat());
    }

    #[test]
    fn reads_are_told_apart() {
        let states = [None, Some('a'), Some('b')].map(|holder| Hold { holder, token: Some(1) });
        let told = [Told::Granted, Told::Fenced(2), Told::Released, Told::Denied];
        lasts(&Lock::new(), &states, &[Ask::Acquire('a'), Ask::Release('a')], &told);
    }
}
