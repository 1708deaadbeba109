//! A run is judged by its protocol's contract.

use std::collections::BTreeSet;

use sim_core::check::history::Contract;
use sim_core::check::{Check, CheckOutcome, Verdict};
use sim_core::fault::{Fault, Links, Target, Window};
use sim_core::outcome::Amount;
use sim_core::time::Until;
use sim_core::{Context, Input, NodeId, Plan, Probability, Protocol, RequestId, RunOptions, Simulation, Time};

use crate::store::{Reads, Store, plan, run};

const CHECKS: [Check; 3] = [Check::Linearizable, Check::ReadYourWrites, Check::MonotonicReads];

fn fingerprints(checks: &[CheckOutcome]) -> impl Iterator<Item = String> {
    checks.iter().filter_map(|check| match &check.verdict {
        Verdict::Fail(violation) => Some(violation.fingerprint.clone()),
        Verdict::Pass | Verdict::Undecided(_) => None,
    })
}

#[test]
fn one_that_answers_reads_where_it_writes_passes() {
    for seed in 0..100 {
        let outcome = run(&plan(seed, &CHECKS), Reads::Primary);
        assert!(outcome.checks.iter().all(|check| check.verdict == Verdict::Pass), "seed {seed}: {:?}", outcome.checks);
    }
}

#[test]
fn stale_reads_are_found_and_break_sessions_too() {
    let run = |seed| run(&plan(seed, &CHECKS), Reads::Anybody);
    let found: BTreeSet<_> = (0..50).flat_map(|seed| fingerprints(&run(seed).checks).collect::<Vec<_>>()).collect();
    let expected = ["linearizable/stale-read", "monotonic-reads/read-went-back", "read-your-writes/own-write-missing"];
    for fingerprint in expected {
        assert!(found.contains(fingerprint), "{fingerprint} is not among {found:?}");
    }
}

#[test]
fn a_violation_names_clients_and_leads_to_events() {
    let outcomes = (0..50).map(|seed| run(&plan(seed, &CHECKS[..1]), Reads::Anybody));
    let violations = outcomes.filter_map(|outcome| match &outcome.checks[0].verdict {
        Verdict::Fail(violation) => Some((violation.clone(), outcome)),
        _ => None,
    });
    let mut some = 0;
    for (violation, outcome) in violations {
        some += 1;
        assert!(["ann", "bob", "cleo"].iter().any(|name| violation.detail.contains(name)), "{}", violation.detail);
        assert!(violation.events.len() >= 4 && violation.events.is_sorted(), "{:?}", violation.events);
        assert!(violation.events.iter().all(|event| u64::from(*event) <= outcome.events));
        assert!(violation.at <= outcome.simulated);
    }
    assert!(some > 10, "{some}");
}

#[test]
fn judging_changes_nothing() {
    let judged = run(&plan(1, &CHECKS), Reads::Anybody);
    let unjudged = run(&plan(1, &[]), Reads::Anybody);
    assert_eq!((judged.digest, judged.events), (unjudged.digest, unjudged.events));
}

#[test]
fn a_run_cut_short_is_undecided_unless_it_shows_a_violation() {
    let limited = |seed, reads| {
        let mut plan = plan(seed, &CHECKS[..1]);
        plan.limits.events = 1500;
        run(&plan, reads).checks[0].verdict.word()
    };
    assert!((0..10).all(|seed| limited(seed, Reads::Primary) == "undecided"));
    assert!((0..10).any(|seed| limited(seed, Reads::Anybody) == "fail"));
}

#[test]
fn what_a_contract_cannot_serve_is_refused_and_undecided() {
    assert_eq!(Check::Linearizable.served_by::<Store>(), Ok(()));
    assert_eq!(Check::MonotonicReads.served_by::<Store>(), Ok(()));
    let refused = Check::MonotonicWrites.served_by::<Store>();
    assert_eq!(refused, Err("`monotonic-writes` needs a contract with versions".to_owned()));
    let outcome = run(&plan(1, &[Check::WritesFollowReads]), Reads::Primary);
    assert_eq!(outcome.checks[0].verdict.word(), "undecided");
}

/// Refuses what it is asked first, and does what it is asked then.
struct Reluctant {
    asked: u32,
}

impl Protocol for Reluctant {
    const NAME: &'static str = "reluctant";
    type Config = ();
    type Workload = ();
    type Message = ();
    type Timer = ();
    type Op = ();
    type Ret = ();
    fn boot((): &(), _: NodeId, _: u16) -> Reluctant {
        Reluctant { asked: 0 }
    }
    fn on_message(&mut self, _: &mut Context<'_, Self>, _: NodeId, (): ()) {}
    fn kind((): &()) -> &'static str {
        "unit"
    }
    fn on_request(&mut self, ctx: &mut Context<'_, Self>, request: RequestId, (): ()) {
        self.asked += 1;
        if self.asked == 1 { ctx.refuse(request) } else { ctx.reply(request, ()) }
    }
    fn generate((): &(), _: &mut sim_core::Draws, _: u16, _: u32) -> Option<()> {
        Some(())
    }
}

/// One client asks one operation, in one attempt.
fn reluctant(seed: u64, windows: Vec<Window>, checks: Vec<Check>) -> sim_core::Outcome {
    let mut plan = Plan { protocol: Reluctant::NAME.into(), windows, checks, ..plan(seed, &[]) };
    plan.clients.names.truncate(1);
    plan.clients.attempts = 1;
    if let sim_core::plan::Load::Generated { requests, .. } = &mut plan.clients.load {
        *requests = 1;
    }
    plan.nodes.truncate(1);
    let input = Input { plan: &plan, config: &(), workload: Some(&()), operations: &[] };
    Simulation::<Reluctant>::new().run(input, RunOptions::default()).outcome
}

#[test]
fn a_refusal_is_certain_only_if_no_copy_of_the_request_is_about() {
    let counts = |outcome: &sim_core::Outcome| {
        ["answered", "failed", "unknown"].map(|what| {
            let name = format!("operations {what}");
            let measure = outcome.measures.iter().find(|measure| measure.name == name);
            measure.is_some_and(|measure| measure.amount == Amount::Count(1))
        })
    };
    let (answered, failed, unknown) = ([true, false, false], [false, true, false], [false, false, true]);
    assert_eq!(counts(&reluctant(1, vec![], vec![])), failed);
    let rate = Probability::ONE;
    let on = Links::To(vec![Target::Node(NodeId(0))]);
    let twice = Window { id: 0, from: Time::ZERO, until: Until::Never, fault: Fault::Duplicate { rate, on } };
    let seen: BTreeSet<_> = (0..20).map(|seed| counts(&reluctant(seed, vec![twice.clone()], vec![]))).collect();
    assert_eq!(seen, BTreeSet::from([answered, unknown]));
}

#[test]
fn a_protocol_without_a_contract_is_not_judged() {
    assert!(<Reluctant as Protocol>::contract().is_none());
    let refused = Check::Linearizable.served_by::<Reluctant>();
    assert_eq!(refused, Err("protocol `reluctant` names no contract with its clients".to_owned()));
    assert_eq!(Check::NoPanic.served_by::<Reluctant>(), Ok(()));
    let outcome = reluctant(1, vec![], vec![Check::Linearizable]);
    let why = "protocol `reluctant` names no contract".to_owned();
    assert_eq!(outcome.checks[0].verdict, Verdict::Undecided(why));
}

/// A contract may be named for operations that speak another language than the model.
#[test]
fn a_contract_translates() {
    use sim_core::check::history::contract::Property;
    use sim_core::check::history::session::{Guarantee, Touch};
    use sim_core::check::history::{Budget, Judgement, Operation};
    use sim_core::check::model::{Register, register};

    // A number is written, nothing is read, 0 is something else; and each answer tells the version, at best.
    let contract: Contract<Option<u64>, Option<u64>> = Contract::new(
        Register::new(0),
        |op| match op {
            Some(0) => None,
            Some(value) => Some(register::Ask::Write(*value)),
            None => Some(register::Ask::Read),
        },
        |told: &Option<u64>| {
            told.map(|value| if value == 0 { register::Told::Done } else { register::Told::Value(value) })
        },
    );
    let step = |op, at, told| Operation::new(0, Time(at), op).answered(Time(at + 5), told);
    let history = [
        step(Some(0), 0, Some(0)),
        step(Some(1), 10, Some(0)),
        step(Some(2), 20, None),
        step(None, 30, Some(2)),
        step(None, 40, Some(1)),
    ];
    let judge = |property| contract.judge(property, &history, Budget::default());
    let Judgement::Broken(anomaly) = judge(Property::Linearizable) else { panic!() };
    assert_eq!((anomaly.class.as_str(), anomaly.witness), ("lost-write", vec![1, 2, 3, 4]));
    let Judgement::Broken(anomaly) = judge(Property::Session(Guarantee::MonotonicReads)) else { panic!() };
    assert_eq!(anomaly.witness, [3, 4]);
    assert!(matches!(judge(Property::Session(Guarantee::WritesFollowReads)), Judgement::Undecided(_)));

    let contract = contract.with_versions(|op, told| match (op, told) {
        (Some(value), _) => vec![Touch::write("x".into(), (*value).into())],
        (None, Some(value)) => vec![Touch::read("x".into(), (*value).into())],
        (None, None) => vec![],
    });
    let later = [&history[..], &[step(Some(1), 50, Some(0))]].concat();
    let judge = |guarantee| contract.judge(Property::Session(guarantee), &later, Budget::default());
    for guarantee in [Guarantee::MonotonicWrites, Guarantee::WritesFollowReads, Guarantee::ReadYourWrites] {
        assert!(matches!(judge(guarantee), Judgement::Broken(_)), "{guarantee:?}");
    }
}
