//! Linearizability: each operation seems to happen at one moment between its call and its end.
//!
//! Follows Herlihy and Wing (1990). The history falls into parts that do not touch each other (their locality theorem),
//! each part is first asked for its zones, and what those leave open is searched for an order.

use super::interner::Interner;
use super::search::{Found, search};
use super::zone::Zones;
use super::{Anomaly, Budget, Judgement, Operation};
use crate::check::model::Model;

/// Whether some order of a history's operations, one that keeps to their times, is one that the model allows.
///
/// Of several anomalies, the one that shows itself first. A search that runs out of its budget is undecided, unless
/// another part of the history shows an anomaly.
pub fn linearizable<M: Model>(model: &M, history: &[Operation<M::Input, M::Output>], budget: Budget) -> Judgement {
    let mut broken: Vec<Anomaly> = Vec::new();
    let mut open = Vec::new();
    for part in parts(model, history) {
        match model.zones(history, &part) {
            Zones::Linear => {}
            Zones::Broken(anomaly) => broken.push(anomaly),
            Zones::Open => open.push(part),
        }
    }
    let mut gave_up = None;
    if broken.is_empty() {
        // The small ones first, so that a part that is beyond the budget leaves it to them.
        open.sort_by_key(Vec::len);
        let mut left = budget.0;
        for part in open {
            match search(model, history, &part, &mut left) {
                Found::Order => {}
                Found::NoOrder(anomaly) => broken.push(anomaly),
                Found::OutOfBudget => gave_up = gave_up.or(Some(part.len())),
            }
        }
    }
    match (broken.into_iter().min_by_key(|anomaly| anomaly.at), gave_up) {
        (Some(anomaly), _) => Judgement::Broken(anomaly),
        (None, None) => Judgement::Holds,
        (None, Some(size)) => Judgement::Undecided(format!(
            "the search for an order of {size} operations did not end within its budget of {} steps",
            budget.0
        )),
    }
}

/// The positions of the operations on each part of the state.
pub(super) fn parts<M: Model>(model: &M, history: &[Operation<M::Input, M::Output>]) -> Vec<Vec<u32>> {
    let mut keys = Interner::new();
    let mut parts: Vec<Vec<u32>> = Vec::new();
    for (index, operation) in history.iter().enumerate() {
        let (key, new) = keys.intern(model.key(&operation.input));
        if new {
            parts.push(Vec::new());
        }
        parts[key as usize].push(index as u32);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::model::KeyValue;
    use crate::check::model::key_value::{Ask, Told};
    use crate::time::Time;

    type Step = Operation<Ask<u8, u64>, Told<u64>>;

    fn put(key: u8, value: u64, at: u64) -> Step {
        Operation::new(0, Time(at), Ask::Put(key, value)).answered(Time(at + 5), Told::Done)
    }
    fn get(key: u8, value: Option<u64>, at: u64) -> Step {
        Operation::new(1, Time(at), Ask::Get(key)).answered(Time(at + 5), Told::Value(value))
    }
    fn add(key: u8, value: u64, at: u64) -> Step {
        Operation::new(0, Time(at), Ask::Append(key, value)).answered(Time(at + 5), Told::Done)
    }
    fn judge(history: &[Step]) -> Judgement {
        linearizable(&KeyValue::new(), history, Budget::default())
    }

    #[test]
    fn keys_are_judged_by_themselves() {
        assert_eq!(judge(&[put(1, 1, 0), put(2, 2, 0), get(1, Some(1), 10), get(2, Some(2), 10)]), Judgement::Holds);
        let Judgement::Broken(anomaly) = judge(&[put(1, 1, 0), put(2, 2, 0), get(1, Some(2), 10)]) else { panic!() };
        assert_eq!((anomaly.class.as_str(), anomaly.witness), ("phantom-read", vec![2]));
    }

    #[test]
    fn the_first_of_two_anomalies() {
        let late = [put(1, 1, 0), get(1, None, 100)];
        let early = [put(2, 1, 0), get(2, None, 50)];
        let Judgement::Broken(anomaly) = judge(&[late, early].concat()) else { panic!() };
        assert_eq!(anomaly.witness, [2, 3]);
    }

    #[test]
    fn zones_and_search_add_up() {
        let summed = [add(1, 1, 0), add(1, 2, 10), get(1, Some(3), 20)];
        let plain = [put(2, 1, 0), get(2, Some(1), 20)];
        assert_eq!(judge(&[&summed[..], &plain].concat()), Judgement::Holds);
        let Judgement::Broken(anomaly) = judge(&[&summed[..], &plain, &[get(1, Some(1), 30)]].concat()) else {
            panic!()
        };
        assert_eq!((anomaly.class.as_str(), anomaly.witness.as_slice()), ("no-order(get)", &[1, 5][..]));
    }

    #[test]
    fn a_budget_that_runs_out_is_no_pass_and_no_failure() {
        // Sums of which no subset is what was read: every order has to be tried.
        let mut history: Vec<Step> = (0..20).map(|n| add(1, 3 << n, 0)).collect();
        history.push(get(1, Some(1), 3));
        let judgement = linearizable(&KeyValue::new(), &history, Budget(1000));
        assert!(matches!(judgement, Judgement::Undecided(why) if why.contains("21 operations")));
        for budget in 0..300 {
            let judgement = linearizable(&KeyValue::new(), &history, Budget(budget));
            assert!(matches!(judgement, Judgement::Undecided(_)), "{budget}");
        }
        history.extend([put(2, 1, 0), get(2, None, 50)]);
        assert!(matches!(linearizable(&KeyValue::new(), &history, Budget(1000)), Judgement::Broken(_)));
    }
}
