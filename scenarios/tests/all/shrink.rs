//! The shrinker keeps what is needed, drops all else, and does not take long about it.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use scenarios::shrink::{Shrunk, Size, shrink};
use scenarios::{Header, print, strategies};
use sim_core::fault::{Fault, Links, Target, Window};
use sim_core::plan::{Address, Chance, Exception, Load, Operation, Place, Plan, Regions, Route, Start};
use sim_core::time::Until;
use sim_core::{ChoiceKind, Identity, NodeId, Probability, Span, Time};

use crate::files::loaded;
use crate::laws::{config, material};

fn shrunk(plan: &Plan, mut still_fails: impl FnMut(&Plan) -> bool) -> Shrunk {
    shrink(plan, &mut still_fails, &mut |_, _| {})
}

fn exceptions(plan: &Plan) -> &[Exception] {
    match &plan.chance {
        Chance::Frozen(exceptions) => exceptions,
        Chance::Seeded(_) => &[],
    }
}

fn storm(count: u64) -> Plan {
    let mut plan = loaded(
        "(version: 1, protocol: \"register\", nodes: 5, clients: (count: 3), exceptions: [], operations: [
            (at: \"1s\", client: 0, op: Read(1)), (at: \"2s\", client: 1, op: Read(2)), (at: \"3s\", client: 1, op: Read(3)),
        ])",
    )
    .expand(0);
    plan.chance = Chance::Frozen((0..count).map(|i| Exception::Lost(Address::Id(Identity(i)))).collect());
    plan.windows = (0..20)
        .map(|id| Window {
            id,
            from: Time(u64::from(id)),
            until: Until::Never,
            fault: Fault::Crash(Target::Node(NodeId(id as u16 % 5))),
        })
        .collect();
    plan
}

#[test]
fn a_storm_of_ten_thousand_exceptions_shrinks_in_a_few_hundred_tries() {
    let needed = [17, 4_711, 4_712, 9_999].map(|i| Exception::Lost(Address::Id(Identity(i))));
    let plan = storm(10_000);
    let shrunk = shrunk(&plan, |plan| {
        needed.iter().all(|one| exceptions(plan).contains(one))
            && plan.windows.iter().any(|window| window.id == 13 && matches!(window.fault, Fault::Crash(_)))
            && plan.nodes.iter().any(|node| node.name == "c")
    });
    assert_eq!(exceptions(&shrunk.plan), needed);
    assert_eq!(shrunk.before, Size { nodes: 5, clients: 3, operations: 3, windows: 20, exceptions: 10_000 });
    // Window 13 strikes the fourth node and would go with it; but it may as well strike c.
    assert_eq!(shrunk.after, Size { nodes: 1, clients: 0, operations: 0, windows: 1, exceptions: 4 });
    assert_eq!(shrunk.plan.node_names(), ["c"]);
    assert_eq!(shrunk.plan.windows[0].fault, Fault::Crash(Target::Node(NodeId(0))));
    assert!(shrunk.tries < 400, "{} tries", shrunk.tries);
    assert_eq!(shrunk.certificate.map(|certificate| certificate.elements), Some(6));
}

fn operations(plan: &Plan) -> &[Operation] {
    match &plan.clients.load {
        Load::Listed(operations) => operations,
        Load::Generated { .. } => &[],
    }
}

/// A plan in which three clients ask so many things, at odd moments.
fn busy(requests: u64, checks: &str) -> Plan {
    let mut plan = loaded(&format!(
        "(version: 1, protocol: \"register\", nodes: 5, clients: (count: 3), exceptions: [], until: \"60s\", checks: [{checks}])"
    ))
    .expand(0);
    let moments = (0..requests).map(|place| place * 37_123_457 + place * place % 1_009);
    let all = (0..).zip(moments).map(|(id, at)| Operation {
        id,
        client: (id % 3) as u16,
        start: Start::At(Time(at)),
        op: format!("Read({})", id % 7),
    });
    plan.clients.load = Load::Listed(all.collect());
    plan
}

#[test]
fn where_it_takes_many_requests_they_are_alike_and_stand_in_one_line() {
    let shrunk = shrunk(&busy(400, "NoPanic"), |plan| operations(plan).len() >= 150);
    assert_eq!(shrunk.after, Size { nodes: 1, clients: 1, operations: 150, windows: 0, exceptions: 0 });
    let text = print(&shrunk.plan, &Header::default());
    assert!(text.contains("(at: \"0s\", client: \"c0\", op: Read(0), times: 150),"), "{text}");
    // Of many that are alike, one less is tried once.
    assert_eq!(shrunk.certificate.map(|certificate| certificate.refused), Some(2));
    assert!(shrunk.tries < 100, "{} tries", shrunk.tries);
}

#[test]
fn a_long_row_gets_no_gaps() {
    let in_a_row = |plan: &Plan| {
        let start = |operation: &Operation| match operation.start {
            Start::At(at) => at.0,
            Start::After(span) => span.0,
        };
        let starts: Vec<u64> = operations(plan).iter().map(start).collect();
        starts.windows(3).all(|three| three[1].checked_sub(three[0]) == three[2].checked_sub(three[1]))
    };
    // Fewer would do, but not in a row.
    let enough = |plan: &Plan| operations(plan).len() >= if in_a_row(plan) { 100 } else { 60 };
    let shrunk = shrunk(&busy(400, "NoPanic"), enough);
    let text = print(&shrunk.plan, &Header::default());
    assert!(text.contains("(at: \"0s\", client: \"c0\", op: Read(0), times: 100),"), "{text}");
    assert!(shrunk.certificate.is_some());
}

#[test]
fn a_system_judged_by_what_it_bears_gets_smaller_only_with_what_it_is_asked() {
    let asked_at_most = |plan: &Plan| {
        let (mut seconds, mut last) = (BTreeMap::new(), BTreeMap::new());
        for operation in operations(plan) {
            let Start::At(at) = operation.start else { panic!("{operation:?}") };
            // A client starts nothing before what stands before it.
            let last = last.entry(operation.client).or_insert(at);
            *last = at.max(*last);
            *seconds.entry(last.0 / 1_000_000_000).or_insert(0u64) += 1;
        }
        seconds.into_values().max().unwrap_or(0)
    };
    let plan = busy(800, "Goodput(settle: \"1s\", min: \"99%\")");
    let (nodes, peak) = (plan.nodes.len() as u64, asked_at_most(&plan));
    let mut seen = BTreeSet::new();
    let shrunk = shrunk(&plan, |plan| {
        // No candidate is a weaker system that is asked for as much.
        let left = plan.nodes.len() as u64;
        assert!(asked_at_most(plan) * nodes * nodes <= peak * left * left, "{left} nodes");
        seen.insert(left);
        operations(plan).len() >= 70
    });
    assert_eq!(shrunk.after, Size { nodes: 2, clients: 1, operations: 70, windows: 0, exceptions: 0 });
    assert!(seen.len() > 1, "{seen:?}");
}

#[test]
fn generated_requests_become_fewer() {
    let plan = loaded(
        "(version: 1, protocol: \"register\", nodes: 2, clients: (count: 2, requests: 1000), workload: (keys: 1))",
    )
    .expand(3);
    let shrunk = shrunk(
        &plan,
        |plan| matches!(plan.clients.load, Load::Generated { requests, .. } if requests >= 37 && !plan.clients.names.is_empty()),
    );
    assert_eq!(shrunk.after, Size { nodes: 1, clients: 1, operations: 37, windows: 0, exceptions: 0 });
    assert!(shrunk.tries < 80, "{} tries", shrunk.tries);
}

#[test]
fn a_node_goes_with_everything_that_names_it() {
    let target = |id| Target::Node(NodeId(id));
    let mut plan = storm(0);
    let window = |(id, fault)| Window { id, from: Time(0), until: Until::Never, fault };
    let groups = |left: &[u16], right: &[u16]| {
        let group = |ids: &[u16]| ids.iter().map(|id| target(*id)).collect::<Vec<_>>();
        (group(left), group(right))
    };
    let (left, right) = groups(&[0, 1], &[2, 3]);
    let faults = [
        Fault::Bridge(left, right),
        Fault::Partition(vec![vec![target(1)], vec![target(2)]]),
        Fault::Loss { rate: Probability::ONE, on: Links::Link(target(1), target(4)) },
        Fault::Pause(Target::Holder("primary".to_owned())),
    ];
    plan.windows = (0..).zip(faults).map(window).collect();
    let nth = |from, to| {
        let (from, to) = (Place::Node(NodeId(from)), Place::Node(NodeId(to)));
        Exception::Lost(Address::Nth { from, to, kind: "Write".to_owned(), nth: 0 })
    };
    plan.chance = Chance::Frozen(vec![nth(0, 1), nth(0, 4)]);
    plan.clients.route = Route::Node(3);
    plan.network.regions = Some(Regions {
        names: vec!["eu".to_owned(), "us".to_owned()],
        links: vec![(0, 1, Span(1))],
        nodes: vec![0, 1, 0, 1, 1],
        clients: vec![0; 3],
    });
    let mut seen = None;
    shrunk(&plan, |candidate| {
        let only_b_gone = candidate.node_names() == ["a", "c", "d", "e"] && candidate.windows.len() == 2;
        if only_b_gone && seen.is_none() && exceptions(candidate).len() == 1 {
            seen = Some(candidate.clone());
        }
        // Nothing but the plan itself fails, so that each of its nodes is tried alone.
        *candidate == plan
    });
    let seen = seen.expect("node b alone is tried");
    let (left, right) = groups(&[0], &[1, 2]);
    assert_eq!(seen.windows[0].fault, Fault::Bridge(left, right));
    assert_eq!(seen.windows[1].fault, Fault::Pause(Target::Holder("primary".to_owned())));
    assert_eq!(exceptions(&seen), [nth(0, 3)]);
    assert_eq!(seen.clients.route, Route::Node(2));
    assert_eq!(seen.network.regions.map(|regions| regions.nodes), Some(vec![0, 0, 1, 1]));
}

#[test]
fn a_choice_by_number_goes_with_its_place() {
    let place = |id| Place::Node(NodeId(id));
    let rot = |id, nth| Exception::Chosen(Address::At { place: place(id), kind: ChoiceKind::Rot, nth }, 1);
    let mut plan = storm(0);
    let window = |id, from, fault| Window { id, from: Time(from), until: Until::Never, fault };
    plan.windows =
        vec![window(9, 5, Fault::Crash(Target::Node(NodeId(3)))), window(4, 2, Fault::BitRot(Target::Node(NodeId(3))))];
    plan.chance = Chance::Frozen(vec![rot(1, 0), rot(3, 2)]);
    // Fails while somebody's disk rots before he crashes, and the third of his bits is chosen.
    let shrunk = shrunk(&plan, |plan| {
        let struck = |node: NodeId| {
            let opens = |wanted: Fault<Target>| plan.windows.iter().find(|window| window.fault == wanted);
            let (rots, crashes) = (opens(Fault::BitRot(Target::Node(node))), opens(Fault::Crash(Target::Node(node))));
            rots.is_some_and(|rots| crashes.is_some_and(|crashes| rots.from < crashes.from))
                && exceptions(plan).contains(&rot(node.0, 2))
        };
        plan.nodes.len() > 2 && (0..5).map(NodeId).any(struck)
    });
    assert_eq!(shrunk.plan.nodes.len(), 3);
    assert_eq!(exceptions(&shrunk.plan), [rot(0, 2)], "the first node plays the part, and its choice goes with it");
    let windows: Vec<_> = shrunk.plan.windows.iter().map(|window| (window.id, &window.fault)).collect();
    let a = Target::Node(NodeId(0));
    assert_eq!(windows, [(0, &Fault::BitRot(a.clone())), (1, &Fault::Crash(a))]);
}

#[test]
fn nothing_is_frozen_while_something_draws() {
    let listed = "clients: (count: 1), operations: [(at: \"0s\", client: 0, op: Write(0, 0))],";
    let drawing = [
        ("network: (loss: \"11%\"),", listed, "Crash(\"a\")"),
        ("", "clients: (count: 1, requests: 10), workload: (keys: 3),", "Crash(\"a\")"),
        ("", listed, "Loss(rate: \"90%\")"),
    ];
    for (draws, asked, fault) in drawing {
        let plan = loaded(&format!(
            "(version: 1, protocol: \"register\", nodes: 3, {asked} {draws} faults: [
                (from: \"1.234s\", until: \"2.345s\", fault: {fault}),
            ], checks: [NoPanic])"
        ))
        .expand(1);
        let mut tries = 0;
        shrunk(&plan, |candidate| {
            tries += 1;
            loaded(&print(candidate, &Header::default()));
            tries == 1
        });
        assert!(tries > 10, "{tries}");
    }
}

proptest! {
    #![proptest_config(config(60, 1_000))]

    /// Law 4: whatever the shrinker tries is a valid plan, which a file can hold.
    #[test]
    fn every_candidate_is_a_valid_plan(plan in strategies::plan(&material()), verdicts in any::<u64>()) {
        let mut candidates = Vec::new();
        let mut asked = 0;
        shrunk(&plan, |candidate| {
            candidates.push(candidate.clone());
            asked += 1;
            verdicts >> (asked % 64) & 1 == 1
        });
        for candidate in candidates {
            let seed = if let Chance::Seeded(seed) = candidate.chance { seed } else { 0 };
            let text = print(&candidate, &Header::default());
            prop_assert_eq!(loaded(&text).expand(seed), candidate, "{}", text);
        }
    }

    /// Law 7: what is left is needed, every single element of it.
    #[test]
    fn what_is_left_is_minimal(plan in strategies::frozen_plan(&material()), wanted in any::<u64>()) {
        // Fails while it holds the windows, exceptions and nodes that some bits want.
        let bit = |i: u64| wanted >> (i % 64) & 1 == 1;
        let windows: BTreeSet<_> = plan.windows.iter().map(|window| window.id).filter(|id| bit(u64::from(*id))).collect();
        let kept: Vec<_> = exceptions(&plan).iter().filter(|one| matches!(one, Exception::Chosen(Address::Id(at), _) if bit(at.0))).collect();
        let fails = |candidate: &Plan| {
            windows.iter().all(|id| candidate.windows.iter().any(|window| window.id == *id))
                && kept.iter().all(|one| exceptions(candidate).contains(one))
        };
        let shrunk = shrunk(&plan, fails);
        prop_assert!(fails(&shrunk.plan));
        prop_assert_eq!(shrunk.after.windows, windows.len() as u64);
        prop_assert_eq!(shrunk.after.exceptions, kept.len() as u64);
        prop_assert_eq!((shrunk.after.clients, shrunk.after.operations), (shrunk.after.clients.min(3), 0));
    }
}
