//! What reads tell of the past, where values grow: who was appended to what.
//!
//! A value that was read spells out the changes that made it, if no change's text begins with another's: the first is what
//! was put (or appended to nothing), the others were appended in this order. So each of these changes is known to have
//! left a certain value, as if its client had been told; after Kingsbury and Alvaro, "Elle" (2020), who infer the order
//! of transactions from lists in this way. A search that knows this has little left to try.

use super::content::Content;
use crate::check::history::{Anomaly, Interner, Operation};

/// States that only follow each other, each entered once and none of them again when they are left.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lineage<S> {
    /// The states in their order, each with the operation that leaves it behind.
    pub states: Vec<(u32, S)>,
    /// Answered operations that find one of the states.
    pub members: Vec<u32>,
}

/// A change that may have been applied.
pub(super) struct Change<'h, V> {
    pub(super) index: u32,
    pub(super) value: &'h V,
    /// It begins a value; otherwise it goes on with one, or begins with nothing there.
    pub(super) begins: bool,
    pub(super) answered: bool,
}

/// The lineages of the values that operations found, each told by its position. None if the changes' texts do not tell
/// them apart.
///
/// # Errors
/// The anomaly, if a value was found that no changes can have made, or that contradicts another.
pub(super) fn lineages<'h, I, O, V: Content>(
    history: &[Operation<I, O>],
    changes: &[Change<'h, V>],
    found: &[(u32, &'h V)],
) -> Result<Vec<Lineage<Option<V::Held>>>, Anomaly> {
    let Some(texts) = Texts::of(changes) else { return Ok(Vec::new()) };
    let mut past = Past { changes, places: vec![None; changes.len()], lineages: Vec::new() };
    for &(reader, value) in found.iter().filter(|(_, value)| !value.elements().is_empty()) {
        let Some(spelt) = texts.spell(value.elements(), changes) else {
            return Err(Anomaly::new("phantom-read", history, &[reader as usize]));
        };
        if let Err((class, [change, other])) = past.learn(reader, &spelt) {
            return Err(Anomaly::new(class, history, &[change as usize, other as usize, reader as usize]));
        }
    }
    Ok(past.lineages)
}

/// The texts of all changes, none of which begins with another.
struct Texts<'h, T> {
    /// Changes by their texts.
    numbers: Interner<&'h [T]>,
    /// The lengths that there are.
    lengths: Vec<usize>,
}

impl<'h, T: std::hash::Hash + Eq> Texts<'h, T> {
    fn of<V: Content<Element = T>>(changes: &[Change<'h, V>]) -> Option<Texts<'h, T>> {
        let texts = || changes.iter().map(|change| change.value.elements());
        let mut numbers = Interner::new();
        let distinct = texts().all(|text| !text.is_empty() && numbers.intern(text).1);
        let mut lengths: Vec<usize> = texts().map(<[T]>::len).collect();
        lengths.sort_unstable();
        lengths.dedup();
        let begins_with_another = |text: &'h [T]| {
            let shorter = lengths.iter().take_while(|length| **length < text.len());
            shorter.into_iter().any(|length| numbers.find(&&text[..*length]).is_some())
        };
        let told_apart = distinct && !texts().any(begins_with_another);
        told_apart.then_some(Texts { numbers, lengths })
    }

    /// The changes whose texts, one after the other, are this value: there is at most one way.
    fn spell<V>(&self, mut value: &'h [T], changes: &[Change<'_, V>]) -> Option<Vec<u32>> {
        let mut spelt = Vec::new();
        while !value.is_empty() {
            let fitting = self.lengths.iter().take_while(|length| **length <= value.len());
            let mut known = fitting.filter_map(|length| Some((self.numbers.find(&&value[..*length])?, *length)));
            let (number, length) = known.next()?;
            if changes[number as usize].begins && !spelt.is_empty() {
                return None;
            }
            spelt.push(number);
            value = &value[length..];
        }
        Some(spelt)
    }
}

struct Past<'c, 'h, V: Content> {
    changes: &'c [Change<'h, V>],
    /// Where each change stands, once that is known.
    places: Vec<Option<Place>>,
    lineages: Vec<Lineage<Option<V::Held>>>,
}

/// A change's place, and the operation that told it.
#[derive(Clone, Copy)]
struct Place {
    lineage: usize,
    position: usize,
    told_by: u32,
}

impl<V: Content> Past<'_, '_, V> {
    /// Learns from the value that `reader` found: the changes that made it, in order.
    fn learn(&mut self, reader: u32, spelt: &[u32]) -> Result<(), (&'static str, [u32; 2])> {
        let Some(root) = spelt.first() else { return Ok(()) };
        let lineage = self.places[*root as usize].map_or(self.lineages.len(), |place| place.lineage);
        if lineage == self.lineages.len() {
            self.lineages.push(Lineage { states: Vec::new(), members: Vec::new() });
        }
        for (position, &number) in spelt.iter().enumerate() {
            let index = self.changes[number as usize].index;
            match (self.places[number as usize], self.lineages[lineage].states.get(position)) {
                (Some(place), _) if (place.lineage, place.position) == (lineage, position) => {}
                (Some(place), _) if spelt[..position].contains(&number) => {
                    return Err(("applied-twice", [index, place.told_by]));
                }
                // Somebody was told another past of this change, or that another one came after the one before it.
                (Some(place), _) => return Err(("fork", [index, place.told_by])),
                (None, Some((other, _))) => return Err(("fork", [index, *other])),
                (None, None) => self.extend(lineage, number, reader),
            }
        }
        self.lineages[lineage].members.push(reader);
        Ok(())
    }

    fn extend(&mut self, lineage: usize, number: u32, told_by: u32) {
        let Change { index, value, answered, .. } = self.changes[number as usize];
        let Lineage { states, members } = &mut self.lineages[lineage];
        let before = states.last().and_then(|(_, state)| state.as_ref());
        if answered && before.is_some() {
            members.push(index);
        }
        self.places[number as usize] = Some(Place { lineage, position: states.len(), told_by });
        let state = before.map_or_else(|| value.hold(), |before| V::appended(before, value));
        states.push((index, Some(state)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    /// How many states each lineage has, and its members; or the class of the anomaly and who shows it.
    type Learnt = Result<Vec<(usize, Vec<u32>)>, (String, Vec<usize>)>;

    /// Changes by number, those in capitals begin a value; and values found.
    fn judge(changes: &[&str], found: &[&str]) -> Learnt {
        let texts: Vec<String> = changes.iter().chain(found).map(|text| (*text).to_owned()).collect();
        let history: Vec<Operation<(), ()>> = (0..texts.len()).map(|n| Operation::new(0, Time(n as u64), ())).collect();
        let (changes, found) = texts.split_at(changes.len());
        let found: Vec<(u32, &String)> = (changes.len() as u32..).zip(found).collect();
        let changes: Vec<Change<'_, String>> = (0..)
            .zip(changes)
            .map(|(index, value)| {
                let begins = value.chars().all(|letter| letter.is_ascii_uppercase());
                Change { index, value, begins, answered: true }
            })
            .collect();
        let lineages = lineages(&history, &changes, &found).map_err(|anomaly| (anomaly.class, anomaly.witness))?;
        Ok(lineages.into_iter().map(|lineage| (lineage.states.len(), lineage.members)).collect())
    }
    fn broken(changes: &[&str], found: &[&str], class: &str, witness: &[usize]) {
        assert_eq!(judge(changes, found), Err((class.to_owned(), witness.to_vec())), "{changes:?} {found:?}");
    }

    #[test]
    fn values_spell_out_the_changes_that_made_them() {
        assert_eq!(judge(&["A", "b", "c", "D"], &["Ab", "Abc", "D"]), Ok(vec![(3, vec![1, 4, 2, 5]), (1, vec![6])]));
        assert_eq!(judge(&["a", "b"], &["ab", "a"]), Ok(vec![(2, vec![1, 2, 3])]));
        assert_eq!(judge(&["A", "b"], &[]), Ok(vec![]));
    }

    #[test]
    fn a_value_that_no_changes_make() {
        broken(&["A", "b"], &["Ax"], "phantom-read", &[2]);
        broken(&["A", "B"], &["AB"], "phantom-read", &[2]);
    }

    #[test]
    fn a_change_that_was_applied_twice() {
        broken(&["A", "b"], &["Abb"], "applied-twice", &[1, 2]);
    }

    #[test]
    fn two_pasts_of_one_change_and_two_futures_of_one_value() {
        broken(&["A", "b", "c"], &["Abc", "Ac"], "fork", &[2, 3, 4]);
        broken(&["A", "b", "c"], &["Ab", "Ac"], "fork", &[1, 2, 4]);
        broken(&["A", "B", "c"], &["Ac", "Bc"], "fork", &[2, 3, 4]);
        broken(&["A", "b"], &["Ab", "b"], "fork", &[1, 2, 3]);
    }

    #[test]
    fn texts_that_do_not_tell_the_changes_apart_tell_nothing() {
        for changes in [["A", "b", "b"], ["A", "b", "bc"], ["A", "AB", "c"], ["A", "", "c"]] {
            assert_eq!(judge(&changes, &["Abbc", "x"]), Ok(vec![]), "{changes:?}");
        }
    }
}
