//! Choices in shrunk plans: an identity that only a machine reads becomes a number at a place, and then the windows can
//! change their order and their ids, which would have made another identity.

use scenarios::shrink::Shrinker;
use sim_core::check::Verdict;
use sim_core::plan::{Address, Chance, Exception, Plan};
use sim_core::{ChoiceKind, RunOptions};
use squall::{Effort, Registry, drive};

use crate::common::{Case, catalog};

/// A reproduction made by hand with its windows the other way round, under ids that no file would have, and with the
/// identity of its only choice.
fn opaque(case: &mut Case) -> Plan {
    let mut plan = case.scenario.expand(0);
    plan.windows.reverse();
    plan.windows.iter_mut().zip([70, 50, 30]).for_each(|(window, id)| window.id = id);
    let registry = Registry::builtin();
    let mut runner = registry.runner(&plan.protocol).expect("known");
    let traced = runner.run(&plan, RunOptions { trace: true, ..RunOptions::default() }).outcome;
    let trace = traced.trace.expect("asked for");
    let Chance::Frozen(exceptions) = &mut plan.chance else { panic!("frozen") };
    let [Exception::Chosen(at @ Address::At { .. }, _)] = &mut exceptions[..] else { panic!("one choice by number") };
    let made = trace
        .choices
        .iter()
        .find(|choice| *at == Address::At { place: choice.place, kind: choice.kind, nth: choice.nth });
    *at = Address::Id(made.expect("it was made").identity);
    let again = case.run(&plan);
    assert_eq!(again.digest, traced.digest, "another way to say the same");
    plan
}

#[test]
fn an_identity_becomes_a_number_and_the_windows_come_in_order() {
    for (name, wanted) in
        [("s2_address_unchecked", ChoiceKind::Misdirect), ("s3_truncates_corruption", ChoiceKind::Rot)]
    {
        let mut case = Case::of_file(&catalog(&format!("minimal/{name}")));
        let plan = opaque(&mut case);
        let outcome = case.run(&plan);
        let fingerprint = outcome.checks.iter().find_map(|check| match &check.verdict {
            Verdict::Fail(violation) => Some(violation.fingerprint.clone()),
            Verdict::Pass | Verdict::Undecided(_) => None,
        });
        let registry = Registry::builtin();
        let mut runner = registry.runner(&plan.protocol).expect("known");
        let mut shrinker = Shrinker::new(plan);
        let fingerprint = fingerprint.expect("it fails");
        drive(&mut shrinker, &registry, &mut *runner, &fingerprint, Effort::ALONE, &mut |_| false);
        let shrunk = shrinker.shrunk().plan;
        let Chance::Frozen(exceptions) = &shrunk.chance else { panic!("frozen") };
        let [Exception::Chosen(Address::At { kind, nth: 0, .. }, _)] = exceptions[..] else {
            panic!("{name}: {exceptions:?}");
        };
        assert_eq!(kind, wanted, "{name}");
        let order: Vec<_> = shrunk.windows.iter().map(|window| (window.from, window.id)).collect();
        assert!(order.is_sorted() && order.iter().map(|(_, id)| id).is_sorted(), "{name}: {order:?}");
    }
}
