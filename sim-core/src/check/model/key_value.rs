//! A store of keys and values, with compare-and-set and append; each key a part of its own.

use std::hash::Hash;
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use super::Model;
use super::content::Content;
use super::past::{Change, Lineage, lineages};
use crate::check::history::session::{Extent, by_real_time};
use crate::check::history::zone::{Access, Zones, zones};
use crate::check::history::{Anomaly, Ending, Operation};

/// A key-value store, empty at first. A key that is read and written only, no value twice, costs no search.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct KeyValue<K, V>(PhantomData<(K, V)>);

impl<K, V> KeyValue<K, V> {
    /// An empty store.
    pub const fn new() -> KeyValue<K, V> {
        KeyValue(PhantomData)
    }
}

/// What a store is asked.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Ask<K, V> {
    /// What a key holds.
    Get(K),
    /// To have a key hold this.
    Put(K, V),
    /// To have a key hold the second if it holds the first; nothing is what an unknown key holds.
    CompareAndSet(K, Option<V>, V),
    /// To append this to what a key holds; the first thing it holds, if it holds nothing. See [`Content`].
    Append(K, V),
    /// To forget a key.
    Delete(K),
}

/// What a store answers.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Told<V> {
    /// To a change.
    Done,
    /// To a read.
    Value(Option<V>),
    /// To a compare-and-set: whether it was set.
    Swapped(bool),
}

impl<K: Clone + Hash + Eq, V: Content> Model for KeyValue<K, V> {
    type Input = Ask<K, V>;
    type Output = Told<V>;
    type Key = K;
    type State = Option<V::Held>;

    fn key(&self, input: &Ask<K, V>) -> K {
        let (Ask::Get(key) | Ask::Put(key, _) | Ask::CompareAndSet(key, ..) | Ask::Append(key, _) | Ask::Delete(key)) =
            input;
        key.clone()
    }

    fn initial(&self) -> Self::State {
        None
    }

    fn step(&self, state: &Self::State, input: &Ask<K, V>, output: Option<&Told<V>>) -> Option<Self::State> {
        let holds = |value: &Option<V>| match (state, value) {
            (Some(held), Some(value)) => V::is(held, value),
            (None, None) => true,
            _ => false,
        };
        let done = matches!(output, None | Some(Told::Done));
        match (input, output) {
            (Ask::Get(_), None) => Some(state.clone()),
            (Ask::Get(_), Some(Told::Value(value))) => holds(value).then(|| state.clone()),
            (Ask::Put(_, value), _) if done => Some(Some(value.hold())),
            (Ask::Append(_, tail), _) if done => {
                Some(Some(state.as_ref().map_or_else(|| tail.hold(), |held| V::appended(held, tail))))
            }
            (Ask::Delete(_), _) if done => Some(None),
            (Ask::CompareAndSet(_, old, new), told @ (None | Some(Told::Swapped(_)))) => {
                let swaps = holds(old);
                let fits = told.is_none_or(|told| *told == Told::Swapped(swaps));
                fits.then(|| if swaps { Some(new.hold()) } else { state.clone() })
            }
            _ => None,
        }
    }

    fn only_reads(&self, input: &Ask<K, V>, output: Option<&Told<V>>) -> bool {
        matches!(input, Ask::Get(_)) || matches!(output, Some(Told::Swapped(false)))
    }

    fn kind(&self, input: &Ask<K, V>) -> &'static str {
        match input {
            Ask::Get(_) => "get",
            Ask::Put(..) => "put",
            Ask::CompareAndSet(..) => "compare-and-set",
            Ask::Append(..) => "append",
            Ask::Delete(_) => "delete",
        }
    }

    fn zones(&self, history: &[Operation<Ask<K, V>, Told<V>>], part: &[u32]) -> Zones {
        zones(history, part, None, view)
    }

    fn lineages(
        &self,
        history: &[Operation<Ask<K, V>, Told<V>>],
        part: &[u32],
    ) -> Result<Vec<Lineage<Self::State>>, Anomaly> {
        let (mut changes, mut found) = (Vec::new(), Vec::new());
        for &index in part {
            let operation = &history[index as usize];
            let mut change = |value, begins| {
                let answered = operation.end().is_some();
                changes.push(Change { index, value, begins, answered });
            };
            match (&operation.input, &operation.ending) {
                (Ask::Put(_, value), Ending::Answered(..) | Ending::Unknown) => change(value, true),
                (Ask::Append(_, value), Ending::Answered(..) | Ending::Unknown) => change(value, false),
                (Ask::CompareAndSet(_, _, new), Ending::Unknown) => change(new, true),
                (Ask::CompareAndSet(_, old, new), Ending::Answered(_, Told::Swapped(true))) => {
                    change(new, true);
                    found.extend(old.as_ref().map(|old| (index, old)));
                }
                (Ask::Get(_), Ending::Answered(_, Told::Value(Some(value)))) => found.push((index, value)),
                _ => {}
            }
        }
        lineages(history, &changes, &found)
    }

    fn extents(&self, history: &[Operation<Ask<K, V>, Told<V>>], part: &[u32]) -> Option<Vec<Extent>> {
        Some(by_real_time(history, part, None, view))
    }
}

fn view<K, V>(operation: &Operation<Ask<K, V>, Told<V>>) -> Option<Access<Option<&V>>> {
    Some(match (&operation.input, &operation.ending) {
        (Ask::Get(_), Ending::Answered(_, Told::Value(value))) => Access::read(value.as_ref()),
        (Ask::Get(_), Ending::Unknown | Ending::Failed) => Access::nothing(),
        (Ask::Put(_, value), Ending::Answered(_, Told::Done) | Ending::Unknown) => Access::write(Some(value)),
        (Ask::Delete(_), Ending::Answered(_, Told::Done) | Ending::Unknown) => Access::write(None),
        (Ask::CompareAndSet(_, old, new), Ending::Answered(_, Told::Swapped(true))) => {
            Access { read: Some(old.as_ref()), wrote: Some(Some(new)), whole: false }
        }
        (Ask::CompareAndSet(_, _, new), Ending::Unknown) => Access::write(Some(new)).partly(),
        // What an append leaves is no value that anybody wrote.
        (Ask::Append(..), Ending::Answered(..) | Ending::Unknown) => return None,
        _ => Access::nothing().partly(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::model::testing::{allows, forbids, lasts};

    type Step = (Ask<u8, String>, Told<String>);

    fn put(value: &str) -> Step {
        (Ask::Put(1, value.to_owned()), Told::Done)
    }
    fn append(value: &str) -> Step {
        (Ask::Append(1, value.to_owned()), Told::Done)
    }
    fn get(value: Option<&str>) -> Step {
        (Ask::Get(1), Told::Value(value.map(str::to_owned)))
    }
    fn set(old: Option<&str>, new: &str, swapped: bool) -> Step {
        (Ask::CompareAndSet(1, old.map(str::to_owned), new.to_owned()), Told::Swapped(swapped))
    }
    fn delete() -> Step {
        (Ask::Delete(1), Told::Done)
    }

    #[test]
    fn a_key_holds_what_was_put_and_appended() {
        let store = KeyValue::new();
        allows(&store, &[get(None), put("a"), append("bc"), get(Some("abc")), delete(), get(None)]);
        allows(&store, &[append("a"), get(Some("a"))]);
        forbids(&store, &[put("a"), append("b"), get(Some("b"))]);
        forbids(&store, &[put("a"), get(None)]);
        forbids(&store, &[get(Some("a"))]);
        forbids(&store, &[(Ask::Get(1), Told::Done)]);
        forbids(&store, &[(Ask::Delete(1), Told::Swapped(true))]);
    }

    #[test]
    fn compare_and_set_sets_if_it_compares() {
        let store = KeyValue::new();
        allows(&store, &[set(None, "a", true), set(Some("a"), "b", true), get(Some("b"))]);
        allows(&store, &[put("a"), set(Some("b"), "c", false), set(None, "c", false), get(Some("a"))]);
        forbids(&store, &[put("a"), set(None, "c", true)]);
        forbids(&store, &[put("a"), set(Some("a"), "c", false)]);
    }

    #[test]
    fn reads_are_told_apart() {
        let states = ["", "a", "b"].map(|text| Some(text.to_owned().hold()));
        let (inputs, outputs): (Vec<_>, Vec<_>) =
            [put("a"), append("b"), get(Some("a")), set(Some("a"), "b", true), set(Some("a"), "b", false), delete()]
                .into_iter()
                .unzip();
        lasts(&KeyValue::new(), &states, &inputs, &outputs);
    }

    #[test]
    fn only_plain_accesses_are_judged_by_zones() {
        let judge = |steps: &[Step]| {
            let at = |n: usize| crate::Time(10 * n as u64);
            let history: Vec<_> = steps
                .iter()
                .enumerate()
                .map(|(n, (ask, told))| {
                    let end = crate::Time(at(n).0 + 5);
                    Operation::new(0, at(n), ask.clone()).answered(end, told.clone())
                })
                .collect();
            let part: Vec<u32> = (0..history.len() as u32).collect();
            KeyValue::new().zones(&history, &part)
        };
        assert_eq!(judge(&[put("a"), get(Some("a"))]), Zones::Linear);
        assert!(matches!(judge(&[put("a"), get(None)]), Zones::Broken(_)));
        for open in [set(Some("a"), "b", true), delete(), append("b")] {
            assert_eq!(judge(&[put("a"), open]), Zones::Open);
        }
        let lost = judge(&[put("a"), set(Some("a"), "b", true), get(Some("a"))]);
        assert!(matches!(lost, Zones::Broken(anomaly) if anomaly.class == "lost-write"));
    }
}
