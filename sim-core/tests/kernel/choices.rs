//! Choices by number: what an identity says, a place and a number say as well, and with the same effect.

use proptest::prelude::*;
use sim_core::fault::{Fault, Target, Window};
use sim_core::law::Law;
use sim_core::plan::{Address, Chance, DiskSettings, Exception, Place, Route};
use sim_core::trace::Trace;
use sim_core::{ChoiceKind, NodeId, Outcome, Plan, Probability, RunOptions, Span, Time};

use crate::gossip::{self, at};

const A: Target = Target::Node(NodeId(0));

/// A storm in which choices of every kind are made.
fn storm(seed: u64) -> Plan {
    let half = Probability::from_ppb(500_000_000).expect("below one");
    let faults = [
        (500, 7_000, Fault::Misdirect(A, half)),
        (500, 7_000, Fault::SlowDisk(A, Law::Exponential(Span::from_millis(30)))),
        (500, 7_000, Fault::Unsynced { node: A, keep: half, tear: half }),
        (2_000, 2_100, Fault::BitRot(A)),
        (3_000, 3_100, Fault::Crash(A)),
        (4_000, 4_100, Fault::BitRot(A)),
        (5_000, 5_050, Fault::Crash(A)),
        (6_000, 6_050, Fault::Crash(A)),
    ];
    let mut plan = gossip::plan(seed);
    plan.windows = faults
        .into_iter()
        .zip(0..)
        .map(|((from, until, fault), id)| Window {
            id,
            from: Time::ZERO + Span::from_millis(from),
            until: at(until),
            fault,
        })
        .collect();
    plan.disk = DiskSettings { sync: Law::Exponential(Span::from_millis(200)) };
    plan.clients.route = Route::Random;
    plan
}

/// The outcome of a plan without its trace, which holds addresses, and the trace.
fn traced(plan: &Plan) -> (Outcome, Trace) {
    let mut outcome = gossip::run(plan, RunOptions { trace: true, ..RunOptions::default() }).outcome;
    let trace = outcome.trace.take().expect("asked for");
    (outcome, trace)
}

fn exceptions(plan: &Plan) -> &[Exception] {
    let Chance::Frozen(exceptions) = &plan.chance else { panic!("frozen") };
    exceptions
}

/// The plan with every choice of these kinds by number, and how many there were.
fn by_number(plan: &Plan, trace: &Trace, kinds: &[ChoiceKind]) -> (Plan, usize) {
    let mut rewritten = 0;
    let exceptions = exceptions(plan).iter().map(|exception| {
        let Exception::Chosen(Address::Id(identity), value) = exception else { return exception.clone() };
        let choice = trace.choices.iter().find(|choice| choice.identity == *identity).expect("it was made");
        if !kinds.contains(&choice.kind) {
            return exception.clone();
        }
        rewritten += 1;
        Exception::Chosen(Address::At { place: choice.place, kind: choice.kind, nth: choice.nth }, *value)
    });
    let chance = Chance::Frozen(exceptions.collect());
    (Plan { chance, ..plan.clone() }, rewritten)
}

/// The frozen storms of some seeds.
fn frozen() -> impl Iterator<Item = Plan> {
    (0..12).map(|seed| gossip::freeze(&storm(seed)).0)
}

#[test]
fn a_choice_by_number_has_the_very_effect_of_the_same_by_identity() {
    for kind in ChoiceKind::ALL {
        let mut total = 0;
        let mut mattered = false;
        for plan in frozen() {
            let (outcome, trace) = traced(&plan);
            let (rewritten, count) = by_number(&plan, &trace, &[*kind]);
            total += count;
            let again = gossip::run(&rewritten, RunOptions::default()).outcome;
            assert_eq!((again.digest, again.fired), (outcome.digest, outcome.fired), "{kind}");
            // Without them the run is another: they were not idle.
            let mut without = rewritten;
            if let Chance::Frozen(exceptions) = &mut without.chance {
                exceptions.retain(|exception| !matches!(exception, Exception::Chosen(Address::At { .. }, _)));
            }
            mattered |= gossip::run(&without, RunOptions::default()).outcome.digest != outcome.digest;
        }
        assert!(total > 0 && mattered, "{kind}: {total}");
    }
}

#[test]
fn choices_are_numbered_at_their_place_also_where_the_default_is_taken() {
    let mut plan = gossip::freeze(&storm(1)).0;
    plan.chance = Chance::Frozen(Vec::new());
    let (_, trace) = traced(&plan);
    let (a, client) = (Place::Node(NodeId(0)), Place::Client(1));
    let kinds =
        [(a, ChoiceKind::Choose), (a, ChoiceKind::Sync), (a, ChoiceKind::Misdirect), (client, ChoiceKind::Route)];
    for (place, kind) in kinds {
        let choices = trace.choices.iter().filter(|choice| (choice.place, choice.kind) == (place, kind));
        let numbers: Vec<u32> = choices.map(|choice| choice.nth).collect();
        assert!(numbers.len() > 5 && numbers.iter().copied().eq(0..numbers.len() as u32), "{kind}: {numbers:?}");
    }
}

#[test]
fn a_choice_by_number_stays_when_nodes_have_other_names_and_windows_other_ids() {
    let rot = |nth| Exception::Chosen(Address::At { place: Place::Node(NodeId(0)), kind: ChoiceKind::Rot, nth }, 77);
    let mut plan = gossip::freeze(&storm(3)).0;
    plan.chance = Chance::Frozen(vec![rot(1)]);
    plan.windows.retain(|window| matches!(window.fault, Fault::BitRot(_)));
    let freeze = |plan: &Plan| exceptions(&gossip::freeze(plan).0).to_vec();
    let before = freeze(&plan);
    plan.nodes[0].name = "z".to_owned();
    plan.windows.iter_mut().for_each(|window| window.id += 7);
    let after = freeze(&plan);
    let ([Exception::Chosen(first, 77)], [Exception::Chosen(second, 77)]) = (&before[..], &after[..]) else {
        panic!("{before:?} {after:?}");
    };
    assert_ne!(first, second, "the identity is another");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any mixture of both forms is the same run, traced or not, and is frozen to the same exceptions.
    #[test]
    fn both_forms_say_the_same(seed in any::<u64>(), mask in any::<u8>()) {
        let (plan, seeded) = gossip::freeze(&storm(seed));
        let (outcome, trace) = traced(&plan);
        prop_assert_eq!(seeded.digest, outcome.digest);
        let kinds: Vec<ChoiceKind> =
            ChoiceKind::ALL.iter().enumerate().filter(|(i, _)| mask >> i & 1 == 1).map(|(_, kind)| *kind).collect();
        let (mixed, _) = by_number(&plan, &trace, &kinds);
        let (again, same_trace) = traced(&mixed);
        prop_assert_eq!(again.digest, outcome.digest);
        prop_assert_eq!(same_trace, trace);
        let (refrozen, untraced) = gossip::freeze(&mixed);
        prop_assert_eq!(untraced.digest, outcome.digest);
        let (same, _) = gossip::freeze(&plan);
        prop_assert_eq!(exceptions(&refrozen), exceptions(&same));
    }
}
