//! Right files: what their fields mean, and what they mean when they are left out.

use scenarios::{Expect, Header, Scenario, load, print};
use sim_core::chance::Purpose;
use sim_core::check::Check;
use sim_core::fault::{Fault, Target};
use sim_core::plan::{Arrivals, Chance, Clients, Load, Network, Route, Start};
use sim_core::time::{Drift, SignedSpan, Until};
use sim_core::{Identity, Key, NodeId, Span, Time};

use crate::register::{Fakes, told};

/// Loads a file that must be right.
pub(crate) fn loaded(text: &str) -> Scenario {
    load(text.as_bytes(), &Fakes).unwrap_or_else(|_| panic!("{}\nin\n{text}", told(text.as_bytes())))
}

/// A scenario of three registers and these fields.
fn with(fields: &str) -> Scenario {
    loaded(&format!("(version: 1, protocol: \"register\", nodes: 3, {fields})"))
}

#[test]
fn what_is_left_out_has_its_default() {
    let scenario = with("");
    assert_eq!((scenario.about(), scenario.expect(), scenario.seed()), ("", &Expect::Pass, 0));
    let plan = scenario.expand(5);
    assert_eq!(plan.node_names(), ["a", "b", "c"]);
    assert_eq!(plan.config, "(replication: Sync, lease: None, quorum: 1)");
    assert_eq!(plan.clients, Clients::none());
    assert_eq!(plan.network, Network::default());
    assert_eq!(plan.checks, [Check::NoPanic]);
    assert_eq!((plan.calm, plan.until), (Time::ZERO, Time(60_000_000_000)));
    assert_eq!(plan.chance, Chance::Seeded(5));
    assert_eq!(plan.nodes[1].rng, Key::from_seed(5).draw(Purpose::Rng, Identity::of_name("b")));
}

#[test]
fn a_byte_order_mark_windows_line_ends_and_comments_are_fine() {
    let text = "\u{feff}// why\r\n(\r\n\tversion: 1, /* the */\r\n\tprotocol: \"register\",\r\n\tnodes: 3,\r\n)\r\n";
    assert_eq!(loaded(text).expand(0).nodes.len(), 3);
}

#[test]
fn nodes_are_called_by_letters_up_to_twenty_six() {
    let names = |count: u16| {
        let plan = loaded(&format!("(version: 1, protocol: \"register\", nodes: {count})")).expand(0);
        plan.nodes.last().unwrap().name.clone()
    };
    assert_eq!([names(26), names(27), names(10_000)], ["z", "n26", "n9999"]);
}

#[test]
fn targets_are_numbers_names_or_roles() {
    let plan = with(
        "clients: (count: 1), faults: [
            (from: \"1s\", until: \"2s\", fault: Crash(1)),
            (from: \"1s\", until: Never, fault: Pause(\"c\")),
            (from: \"1s\", until: \"3s\", fault: Crash(/* who */ Holder(\"primary\"))),
            (from: \"1s\", until: \"2s\", fault: OneWay(from: [\"c0\"], to: [0, \"b\"]), id: 9),
        ]",
    )
    .expand(0);
    let node = |id| Target::Node(NodeId(id));
    let faults: Vec<_> = plan.windows.iter().map(|window| window.fault.clone()).collect();
    assert_eq!(
        faults,
        [
            Fault::Crash(node(1)),
            Fault::Pause(node(2)),
            Fault::Crash(Target::Holder("primary".to_owned())),
            Fault::OneWay { from: vec![Target::Client(0)], to: vec![node(0), node(1)] },
        ]
    );
    assert_eq!(plan.windows.iter().map(|window| window.id).collect::<Vec<_>>(), [0, 1, 2, 9]);
    assert_eq!(plan.windows[1].until, Until::Never);
    assert_eq!(plan.calm, Time(3_000_000_000), "calm is when the last window closes");
}

#[test]
fn calm_leaves_half_of_the_run_where_windows_are_drawn() {
    assert_eq!(with("until: \"20s\", chaos: (windows: 2)").expand(0).calm, Time(10_000_000_000));
    let late = with("until: \"20s\", chaos: (windows: 2), faults: [(from: \"1s\", until: \"15s\", fault: Pause(0))]");
    assert_eq!(late.expand(0).calm, Time(15_000_000_000));
}

#[test]
fn clients_ask_what_is_generated_or_listed() {
    let plan = with(
        "clients: (count: 4, requests: 200, arrivals: Poisson(rate: \"50/s\"), timeout: \"2s\", route: Node(\"b\")),
         workload: (keys: 3)",
    )
    .expand(0);
    let Load::Generated { workload, requests, arrivals } = plan.clients.load else { panic!("{:?}", plan.clients) };
    assert_eq!((workload.as_str(), requests), ("(keys: 3, read: 0)", 200));
    assert!(matches!(arrivals, Arrivals::Poisson { rate } if rate.interval() == Span::from_millis(20)));
    assert_eq!((plan.clients.route, plan.clients.timeout), (Route::Node(1), Span::from_secs(2)));

    let plan = with(
        "clients: (names: [\"x\", \"y\"]), operations: [
            (at: \"1.2s\", client: 1, op: Write(2, 17)),
            (after: \"20ms\", client: \"y\", op: Read(2)),
            (at: \"0s\", client: \"x\", op: Read(2), id: 5),
        ]",
    )
    .expand(0);
    let Load::Listed(operations) = plan.clients.load else { panic!("{:?}", plan.clients) };
    let short: Vec<_> = operations.iter().map(|one| (one.client, one.id, one.start, one.op.as_str())).collect();
    assert_eq!(
        short,
        [
            (1, 0, Start::At(Time(1_200_000_000)), "Write(2, 17)"),
            (1, 1, Start::After(Span::from_millis(20)), "Read(2)"),
            (0, 5, Start::At(Time::ZERO), "Read(2)"),
        ]
    );
}

#[test]
fn clocks_are_drawn_unless_a_node_has_its_own() {
    let nodes = "nodes: [\"a\", (name: \"b\", offset: \"1s\"), (name: \"c\", drift: \"-7ppm\", rng: 3)]";
    let file = |clocks: &str| loaded(&format!("(version: 1, protocol: \"register\", {nodes}, {clocks})"));
    let scenario = file("clocks: (offset: \"50ms\", drift: \"200ppm\")");
    let mut offsets = Vec::new();
    for seed in 0..100 {
        let plan = scenario.expand(seed);
        assert_eq!(plan.nodes[1].offset, SignedSpan(1_000_000_000));
        assert_eq!((plan.nodes[2].drift, plan.nodes[2].rng), (Drift(-7_000), 3));
        assert!(plan.nodes.iter().all(|node| node.drift.0.abs() <= 200_000));
        offsets.extend([plan.nodes[0].offset.0, plan.nodes[2].offset.0]);
    }
    let most = Span::from_millis(50).0.cast_signed();
    assert!(offsets.iter().all(|offset| offset.abs() <= most));
    assert!(offsets.iter().any(|offset| *offset > most / 2) && offsets.iter().any(|offset| *offset < -most / 2));

    // Neither error moves the other.
    let without = file("clocks: (drift: \"200ppm\")").expand(7);
    assert_eq!(without.nodes[0].drift, scenario.expand(7).nodes[0].drift);
}

#[test]
fn a_printed_reproduction_reads_like_one() {
    let text = r#"// Found by seed 7.
(
    version: 1,
    about: "A lease with no margin",
    expect: Fail("unique(primary)"),
    protocol: "register",
    config: (replication: Sync, lease: Some((length: "2s", margin: "0s")), quorum: 1),
    nodes: [
        "a",
        (name: "c", offset: "12ms", drift: "-3ppm"),
    ],
    clients: (names: ["c1"], timeout: "2s"),
    operations: [
        (at: "1.2s", client: "c1", op: Write(2, 17), id: 4),
    ],
    faults: [
        (from: "5s", until: "15s", fault: Partition([["a"], ["c", "c1"]])),
        (id: 3, from: "6s", until: Never, fault: Crash(Holder("primary"))),
    ],
    exceptions: [
        Lost(Nth("a", "c", "Write", 3)),
        Delayed(Id("00000000deadbeef"), "40ms"),
        Chosen(Id("00000000deadbeef"), 5000),
        Chosen(At("c", "slow disk", 2), 40000000),
        Chosen(At("c1", "route", 0), 1),
    ],
    calm: "15s",
    until: "60s",
    limits: (events: 5_000_000),
    checks: [Unique("primary")],
    reproduces: (engine: 1, fingerprint: "unique(primary)/two-nodes", digest: "0123456789abcdef", certificate: Some((tries: 120, elements: 9, refused: 11))),
)
"#;
    let scenario = loaded(text);
    let header = Header {
        comments: vec!["Found by seed 7.".to_owned()],
        about: scenario.about().to_owned(),
        expect: scenario.expect().clone(),
        reproduces: scenario.reproduces().cloned(),
    };
    assert_eq!(print(&scenario.expand(1), &header), text);
}
