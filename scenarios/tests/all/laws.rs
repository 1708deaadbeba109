//! Law 6 and its neighbours: what is printed is loaded as it was, and no seed alters a reproduction.

use proptest::prelude::*;
use scenarios::strategies::{self, Material};
use scenarios::{Certificate, Expect, Header, Reproduces, print};
use sim_core::plan::{Chance, Load, Operation, Start};
use sim_core::{Plan, Span, Time};

use crate::files::loaded;

pub(crate) fn material() -> Material {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    Material {
        protocol: "register".to_owned(),
        configs: texts(&[
            "(replication: Sync, lease: None, quorum: 1)",
            "(replication: Semi(2), lease: Some((length: \"2s\", margin: \"0s\")), quorum: 1)",
        ]),
        workloads: texts(&["(keys: 3, read: 60)"]),
        operations: texts(&["Read(1)", "Write(2, 17)", "CompareAndSet(key: 1, old: 2, new: 3)"]),
        facts: texts(&["primary", "applied"]),
        kinds: texts(&["Write", "Acknowledge"]),
    }
}

/// Few cases while one waits for a debug build, many in release.
pub(crate) fn config(debug: u32, release: u32) -> ProptestConfig {
    let cases = if cfg!(debug_assertions) { debug } else { release };
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn seed(plan: &Plan) -> u64 {
    match plan.chance {
        Chance::Seeded(seed) => seed,
        Chance::Frozen(_) => 12_345,
    }
}

fn header() -> impl Strategy<Value = Header> {
    let certificate = proptest::option::of((any::<u64>(), any::<u64>()));
    let reproduces = (any::<u32>(), "[a-z()/\" ]{0,20}", "[0-9a-f]{16}", certificate);
    let comments = proptest::collection::vec("[ -~äß\n]{0,30}", 0..3);
    (comments, "\\PC{0,40}", proptest::option::of(reproduces)).prop_map(|(comments, about, reproduces)| Header {
        comments,
        about,
        expect: Expect::Pass,
        reproduces: reproduces.map(|(engine, fingerprint, digest, certificate)| Reproduces {
            engine,
            fingerprint,
            digest,
            certificate: certificate.map(|(tries, elements)| Certificate { tries, elements, refused: tries }),
        }),
    })
}

proptest! {
    #![proptest_config(config(200, 5_000))]

    #[test]
    fn print_then_load_then_expand_is_the_identity(plan in strategies::plan(&material()), header in header()) {
        let text = print(&plan, &header);
        let scenario = loaded(&text);
        prop_assert_eq!(&scenario.expand(seed(&plan)), &plan, "{}", text);
        prop_assert_eq!(scenario.about(), &header.about);
        prop_assert_eq!(scenario.reproduces(), header.reproduces.as_ref());
        prop_assert_eq!(print(&scenario.expand(seed(&plan)), &header), text);
    }

    /// Operations that are alike stand in one line, whatever stands before and after them.
    #[test]
    fn many_alike_are_written_once(
        plan in strategies::frozen_plan(&material()),
        start in prop_oneof![any::<u32>().prop_map(|at| Start::At(Time(at.into()))), any::<u32>().prop_map(|span| Start::After(Span(span.into())))],
        every in prop_oneof![Just(0u64), 1..1_000_000_000u64],
        times in 5u32..200,
    ) {
        let mut plan = plan;
        let Load::Listed(operations) = &mut plan.clients.load else { return Err(TestCaseError::reject("generated")) };
        prop_assume!(!plan.clients.names.is_empty());
        let next = operations.iter().map(|operation| operation.id).max().map_or(Some(0), |id| id.checked_add(1));
        prop_assume!(next.is_some_and(|next| next.checked_add(times).is_some()));
        let lines = operations.len() + 1;
        let alike = (0..times).map(|place| Operation {
            id: next.unwrap_or_default() + place,
            client: 0,
            start: match start {
                Start::At(at) => Start::At(at.saturating_add(Span(every * u64::from(place)))),
                after @ Start::After(_) => after,
            },
            op: "Read(1)".to_owned(),
        });
        operations.extend(alike);
        let text = print(&plan, &Header::default());
        prop_assert_eq!(loaded(&text).expand(0), plan, "{}", text);
        prop_assert!(text.lines().filter(|line| line.contains(" op: ")).count() <= lines, "{}", text);
    }

    #[test]
    fn a_frozen_plan_is_the_same_under_every_seed(plan in strategies::frozen_plan(&material()), seed in any::<u64>()) {
        let scenario = loaded(&print(&plan, &Header::default()));
        prop_assert!(scenario.is_frozen());
        prop_assert_eq!(scenario.expand(seed), plan);
    }
}

#[test]
fn a_printed_file_names_its_seed() {
    let plan = loaded("(version: 1, protocol: \"register\", nodes: 3)").expand(77);
    assert_eq!(loaded(&print(&plan, &Header::default())).seed(), 77);
}
