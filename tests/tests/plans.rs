//! Laws of plans, on what the catalogue's scenarios expand to.

use proptest::prelude::*;
use scenarios::{Expect, Header};
use sim_core::Plan;
use sim_core::plan::Chance;

use crate::common::{Case, catalog};

const STORMS: [&str; 3] = ["heartbeat/chaos", "heartbeat/lossy", "echo/lossy"];

fn header() -> Header {
    Header {
        comments: vec!["a comment".to_owned()],
        about: "a plan".to_owned(),
        expect: Expect::Pass,
        reproduces: None,
    }
}

fn shortened(mut plan: Plan) -> Plan {
    // A tenth of the horizon keeps the files, of about an exception a message, small.
    plan.until.0 /= 10;
    plan.calm = plan.calm.min(plan.until);
    plan.windows.retain(|window| window.from < plan.until);
    for window in &mut plan.windows {
        if let sim_core::time::Until::At(until) = &mut window.until {
            *until = (*until).min(plan.until);
        }
    }
    plan
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Law 2 on whole storms: a seeded run and its frozen plan have the identical digest.
    #[test]
    fn a_frozen_storm_is_the_seeded_storm(seed in any::<u64>(), storm in prop::sample::select(&STORMS[..])) {
        let mut case = Case::of_file(&catalog(storm));
        let plan = case.scenario.expand(seed);
        let (seeded, frozen) = case.freeze(&plan);
        prop_assert_eq!(seeded.digest, case.run(&frozen).digest);
    }

    /// Law 6: print then load then expand is the identity on frozen plans, whatever the seed; expansion is pure.
    #[test]
    fn a_printed_plan_is_the_plan(seed in any::<u64>(), other in any::<u64>(), storm in prop::sample::select(&STORMS[..])) {
        let mut case = Case::of_file(&catalog(storm));
        prop_assert_eq!(case.scenario.expand(seed), case.scenario.expand(seed));
        let (_, frozen) = case.freeze(&shortened(case.scenario.expand(seed)));
        prop_assert!(matches!(frozen.chance, Chance::Frozen(_)));
        let again = Case::of_text(&scenarios::print(&frozen, &header()));
        prop_assert_eq!(&again.scenario.expand(other), &frozen);
    }
}
