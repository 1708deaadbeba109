//! What the runs of one scenario gave, added up: verdicts, failures in groups, how often faults fired, what was measured.
//!
//! Tallies over different seeds add up in any order. A group keeps the run with the lowest seed as its example.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use scenarios::Expect;
use serde::{Deserialize, Serialize};
use sim_core::check::{Verdict, Violation};
use sim_core::digest::Digest;
use sim_core::outcome::{Amount, Measure};
use sim_core::{Outcome, Plan};

use crate::exit::Exit;
use crate::judge::{Judgement, Overall};
use crate::names::with_names;

/// The results of some runs of one scenario.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tally {
    /// Runs that passed.
    pub(crate) passed: u64,
    /// Runs in which a check failed, or that had no end.
    pub(crate) failed: u64,
    /// Runs that could not be judged.
    pub(crate) undecided: u64,
    /// Handled events.
    pub(crate) events: u64,
    /// Simulated time in nanoseconds.
    pub(crate) simulated_ns: u128,
    /// The digests of all runs folded into one, in hexadecimal.
    #[serde(with = "hex")]
    pub(crate) digests: u64,
    /// What did not pass, by fingerprint.
    pub(crate) groups: BTreeMap<String, Group>,
    /// The families of fault that had an effect.
    pub(crate) fired: BTreeMap<String, Fired>,
    /// The facts of the protocol: elections, promotions, migrations, or whatever it records; also those that it never did.
    pub(crate) recorded: BTreeMap<String, Fired>,
    /// What was measured.
    pub(crate) measures: BTreeMap<String, Spread>,
}

/// Runs that did not pass, and all in the same way.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Group {
    /// What became of these runs.
    pub(crate) kind: Kind,
    /// The check that failed or could not tell; empty if the runs have no verdict.
    pub(crate) check: String,
    /// Whether the scenario expects it.
    pub(crate) expected: bool,
    /// How many runs.
    pub(crate) runs: u64,
    /// The lowest seed of them; what follows is about its run.
    pub(crate) seed: u64,
    /// The run's digest; empty if it had no end.
    pub(crate) digest: String,
    /// What the check said, with the nodes' names.
    pub(crate) detail: String,
}

/// What became of a run that did not pass.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// A check failed.
    Failed,
    /// A handler never came back.
    Hung,
    /// The process died: its stack or its memory ran out.
    Died,
    /// A check could not tell, or a limit ran out.
    Undecided,
}

/// How often a family of fault had an effect, or a fact was recorded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fired {
    /// In how many runs.
    pub(crate) runs: u64,
    /// How many effects, or facts, in all of them.
    pub(crate) effects: u64,
}

/// One quantity over the runs that measured it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Spread {
    /// What is counted.
    pub(crate) unit: Unit,
    /// How many runs measured it.
    pub(crate) runs: u64,
    /// The sum, which makes the mean.
    pub(crate) sum: u128,
    /// The least.
    pub(crate) min: u64,
    /// The greatest.
    pub(crate) max: u64,
}

/// The unit of a quantity.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub(crate) enum Unit {
    /// A number of things.
    #[serde(rename = "count")]
    Count,
    /// Nanoseconds.
    #[serde(rename = "ns")]
    Nanoseconds,
    /// Parts per billion.
    #[serde(rename = "ppb")]
    PartsPerBillion,
}

impl Tally {
    /// Adds one run.
    pub(crate) fn add(&mut self, seed: u64, plan: &Plan, outcome: &Outcome, expect: &Expect) {
        let judgement = Judgement::of(plan, outcome, expect);
        let count = match judgement.overall {
            Overall::Pass => &mut self.passed,
            Overall::Undecided => &mut self.undecided,
            Overall::Fail => &mut self.failed,
        };
        *count += 1;
        self.events += outcome.events;
        self.simulated_ns += u128::from(outcome.simulated.0);
        let mut digest = Digest::new();
        digest.fold(seed, outcome.digest.value());
        self.digests = self.digests.wrapping_add(digest.value());
        self.add_group(seed, plan, outcome, &judgement, expect);
        for (family, effects) in outcome.fired.iter() {
            let fired = entry(&mut self.fired, family.name(), Fired::default);
            fired.runs += 1;
            fired.effects += effects;
        }
        for (fact, count) in &outcome.recorded {
            let recorded = entry(&mut self.recorded, fact, Fired::default);
            recorded.runs += u64::from(*count > 0);
            recorded.effects += count;
        }
        for measure in &outcome.measures {
            self.add_measure(measure);
        }
    }

    /// Adds a run that gave no outcome, because its handler hung or its process died.
    pub(crate) fn add_lost(&mut self, seed: u64, kind: Kind, fingerprint: String, detail: String) {
        self.failed += 1;
        let group = Group { kind, check: String::new(), expected: false, runs: 1, seed, digest: String::new(), detail };
        join_group(&mut self.groups, fingerprint, group);
    }

    /// How many runs.
    pub(crate) const fn runs(&self) -> u64 {
        self.passed.saturating_add(self.failed).saturating_add(self.undecided)
    }

    /// How many runs came to their end, so that something can be said of them.
    pub(crate) fn judged(&self) -> u64 {
        let lost = self.groups.values().filter(|group| matches!(group.kind, Kind::Hung | Kind::Died));
        self.runs().saturating_sub(lost.map(|group| group.runs).fold(0, u64::saturating_add))
    }

    /// Whether a run failed that should not have.
    pub(crate) fn failed_unexpectedly(&self) -> bool {
        self.groups.values().any(|group| group.kind != Kind::Undecided && !group.expected)
    }

    /// Adds the results of other runs.
    pub(crate) fn join(&mut self, other: Tally) {
        // Saturating, as a report that was read may hold any numbers.
        self.passed = self.passed.saturating_add(other.passed);
        self.failed = self.failed.saturating_add(other.failed);
        self.undecided = self.undecided.saturating_add(other.undecided);
        self.events = self.events.saturating_add(other.events);
        self.simulated_ns = self.simulated_ns.saturating_add(other.simulated_ns);
        self.digests = self.digests.wrapping_add(other.digests);
        for (fingerprint, group) in other.groups {
            join_group(&mut self.groups, fingerprint, group);
        }
        join_counts(&mut self.fired, other.fired);
        join_counts(&mut self.recorded, other.recorded);
        for (name, more) in other.measures {
            self.measures.entry(name).and_modify(|spread| spread.join(&more)).or_insert(more);
        }
    }

    fn add_group(&mut self, seed: u64, plan: &Plan, outcome: &Outcome, judgement: &Judgement, expect: &Expect) {
        let (fingerprint, group) = match judgement.violation(expect) {
            Some((check, Violation { fingerprint, detail, .. })) => {
                let expected = judgement.exit == Exit::Met;
                (fingerprint.clone(), Example { kind: Kind::Failed, check, expected, detail })
            }
            None => {
                let unsure = judgement.checks.iter().find_map(|check| match &check.verdict {
                    Verdict::Undecided(why) => Some((check.name.as_str(), why)),
                    Verdict::Pass | Verdict::Fail(_) => None,
                });
                let Some((check, why)) = unsure else { return };
                (format!("undecided/{check}"), Example { kind: Kind::Undecided, check, expected: false, detail: why })
            }
        };
        let Example { kind, check, expected, detail } = group;
        if let Some(group) = self.groups.get_mut(&fingerprint) {
            group.runs += 1;
            // Words are only made for the run that is shown.
            if group.seed < seed {
                return;
            }
        }
        let runs = self.groups.get(&fingerprint).map_or(1, |group| group.runs);
        let group = Group {
            kind,
            check: check.to_owned(),
            expected,
            runs,
            seed,
            digest: outcome.digest.to_string(),
            detail: with_names(detail, plan),
        };
        self.groups.insert(fingerprint, group);
    }

    fn add_measure(&mut self, measure: &Measure) {
        let (unit, amount) = match measure.amount {
            Amount::Count(count) => (Unit::Count, count),
            Amount::Span(span) => (Unit::Nanoseconds, span.0),
            Amount::Share(ppb) => (Unit::PartsPerBillion, u64::from(ppb)),
        };
        let one = Spread { unit, runs: 1, sum: u128::from(amount), min: amount, max: amount };
        match self.measures.get_mut(&measure.name) {
            Some(spread) => spread.join(&one),
            None => drop(self.measures.insert(measure.name.clone(), one)),
        }
    }
}

/// A run that did not pass, before words are made of it.
struct Example<'a> {
    kind: Kind,
    check: &'a str,
    expected: bool,
    detail: &'a str,
}

impl Spread {
    /// The mean, rounded down.
    pub(crate) fn mean(&self) -> u64 {
        u64::try_from(self.sum / u128::from(self.runs.max(1))).unwrap_or(u64::MAX)
    }

    fn join(&mut self, other: &Spread) {
        // One name has one unit; if a protocol thinks otherwise, any order of joining must still agree.
        self.unit = self.unit.max(other.unit);
        self.runs = self.runs.saturating_add(other.runs);
        self.sum = self.sum.saturating_add(other.sum);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }
}

fn join_counts(counts: &mut BTreeMap<String, Fired>, more: BTreeMap<String, Fired>) {
    for (name, more) in more {
        let fired = counts.entry(name).or_default();
        fired.runs = fired.runs.saturating_add(more.runs);
        fired.effects = fired.effects.saturating_add(more.effects);
    }
}

fn join_group(groups: &mut BTreeMap<String, Group>, fingerprint: String, group: Group) {
    match groups.entry(fingerprint) {
        Entry::Vacant(place) => drop(place.insert(group)),
        Entry::Occupied(mut place) => {
            let known = place.get_mut();
            let runs = known.runs.saturating_add(group.runs);
            if group.seed < known.seed {
                *known = group;
            }
            known.runs = runs;
        }
    }
}

/// The entry of this name, without making a text of the name when there is one already.
fn entry<'a, T>(map: &'a mut BTreeMap<String, T>, name: &str, new: impl FnOnce() -> T) -> &'a mut T {
    if !map.contains_key(name) {
        map.insert(name.to_owned(), new());
    }
    map.get_mut(name).unwrap_or_else(|| unreachable!("it has just been inserted"))
}

/// A word of 64 bits as 16 hexadecimal digits: as a number, many readers of JSON would round it.
mod hex {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(word: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{word:016x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        let text = String::deserialize(deserializer)?;
        u64::from_str_radix(&text, 16).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use sim_core::Span;
    use sim_core::outcome::End;

    use super::*;
    use crate::testing::{outcome_of, plan_of, violation_of};

    fn failing(seed: u64, detail: &str) -> Tally {
        let mut violation = violation_of("unique(primary)/two-nodes", &[1]);
        violation.detail = detail.to_owned();
        let outcome = outcome_of(&[("unique(primary)", Verdict::Fail(violation))], End::Horizon);
        let mut tally = Tally::default();
        tally.add(seed, &plan_of(&["a", "b"]), &outcome, &Expect::Pass);
        tally
    }

    #[test]
    fn a_group_keeps_its_lowest_seed_whatever_the_order() {
        let (early, late) = (failing(3, "n0 is early"), failing(9, "n1 is late"));
        let (mut forth, mut back) = (early.clone(), late.clone());
        forth.join(late);
        back.join(early);
        assert_eq!(forth, back);
        let group = &forth.groups["unique(primary)/two-nodes"];
        assert_eq!((group.runs, group.seed, group.detail.as_str()), (2, 3, "a is early"));
        assert_eq!((forth.runs(), forth.failed), (2, 2));
        assert!(forth.failed_unexpectedly());
    }

    #[test]
    fn adding_runs_and_joining_tallies_is_the_same() {
        let plan = plan_of(&["a", "b"]);
        let mut added = failing(9, "n1 is late");
        let violation = violation_of("unique(primary)/two-nodes", &[1]);
        let outcome = outcome_of(&[("unique(primary)", Verdict::Fail(violation))], End::Horizon);
        let mut one = Tally::default();
        one.add(3, &plan, &outcome, &Expect::Pass);
        let mut joined = added.clone();
        joined.join(one);
        added.add(3, &plan, &outcome, &Expect::Pass);
        assert_eq!(added, joined);
        assert_eq!(added.groups["unique(primary)/two-nodes"].seed, 3);
    }

    #[test]
    fn an_expected_failure_is_a_failure_but_no_surprise() {
        let outcome = outcome_of(
            &[("unique(primary)", Verdict::Fail(violation_of("unique(primary)/two-nodes", &[1])))],
            End::Horizon,
        );
        let mut tally = Tally::default();
        tally.add(0, &plan_of(&["a", "b"]), &outcome, &Expect::Fail("unique".to_owned()));
        assert_eq!((tally.failed, tally.failed_unexpectedly()), (1, false));
    }

    #[test]
    fn measures_keep_sum_and_extremes() {
        let mut tally = Tally::default();
        for (seed, millis) in [(0, 30), (1, 10), (2, 20)] {
            let mut outcome = outcome_of(&[], End::Horizon);
            let amount = Amount::Span(Span::from_millis(millis));
            outcome.measures = vec![Measure { name: "failover".to_owned(), amount }];
            tally.add(seed, &plan_of(&["a"]), &outcome, &Expect::Pass);
        }
        let spread = tally.measures["failover"];
        assert_eq!((spread.unit, spread.runs, spread.mean()), (Unit::Nanoseconds, 3, 20_000_000));
        assert_eq!((spread.min, spread.max), (10_000_000, 30_000_000));
    }

    #[test]
    fn facts_are_counted_and_those_that_nobody_records_are_known() {
        let mut tally = Tally::default();
        for (seed, promotions) in [(0, 2), (1, 0), (2, 3)] {
            let mut outcome = outcome_of(&[], End::Horizon);
            outcome.recorded = vec![("promoted", promotions), ("fenced", 0)];
            let mut one = Tally::default();
            one.add(seed, &plan_of(&["a"]), &outcome, &Expect::Pass);
            tally.join(one);
        }
        assert_eq!(tally.recorded["promoted"], Fired { runs: 2, effects: 5 });
        assert_eq!(tally.recorded["fenced"], Fired::default());
    }

    #[test]
    fn the_digests_tell_which_seed_gave_what() {
        let outcome = outcome_of(&[], End::Horizon);
        let of = |seed| {
            let mut tally = Tally::default();
            tally.add(seed, &plan_of(&["a"]), &outcome, &Expect::Pass);
            tally.digests
        };
        assert_ne!(of(1), of(2));
    }

    #[test]
    fn sums_beyond_64_bits_survive_json() {
        let mut tally = failing(u64::MAX, "n0");
        tally.simulated_ns = u128::MAX / 3;
        let text = serde_json::to_string(&tally).unwrap();
        assert_eq!(serde_json::from_str::<Tally>(&text).unwrap(), tally, "{text}");
    }
}
