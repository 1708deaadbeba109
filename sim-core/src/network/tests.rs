//! What becomes of packets, case by case; laws 3 and 5 as properties.

use super::*;
use crate::fault::Links;
use crate::plan::Chance;
use crate::plan::Regions;
use proptest::prelude::*;

fn seeded(seed: u64) -> Decide {
    let mut decide = Decide::default();
    decide.reset(&Chance::Seeded(seed), 3, false, false);
    decide
}

fn names() -> impl Iterator<Item = Identity> {
    ["a", "b", "c"].into_iter().map(Identity::of_name)
}

fn network() -> Network {
    let mut network = Network::default();
    network.reset(&Settings::default(), names());
    network
}

fn open(network: &mut Network, id: u32, fault: &Fault<End>) -> bool {
    let until = Until::At(Time::ZERO + Span::from_secs(100));
    let window = Window { id, from: Time::ZERO, until, fault: Fault::Isolate(crate::fault::Target::Client(0)) };
    network.open(id as usize, &window, fault, 0)
}

fn fate_at(network: &mut Network, decide: &mut Decide, now: Time, from: End, to: End, id: u64) -> Option<Journey> {
    let link = || (Place::Node(crate::NodeId(from as u16)), Place::Node(crate::NodeId(to as u16)), "Ping");
    match network.fate(
        decide,
        &mut Fired::default(),
        now,
        Parcel { ends: (from, to), identity: Identity(id), bytes: 1000 },
        link,
    ) {
        Fate::Lost(_) => None,
        Fate::Arrives(journey) => Some(journey),
    }
}

fn fate_of(network: &mut Network, decide: &mut Decide, from: End, to: End, id: u64) -> Option<Journey> {
    fate_at(network, decide, Time::ZERO, from, to, id)
}

#[test]
fn cuts_act_on_the_links_they_name() {
    let cases = [
        (Fault::Partition(vec![vec![0], vec![1, 2]]), [(0, 1, false), (1, 0, false), (1, 2, true), (2, 0, false)]),
        (Fault::OneWay { from: vec![0], to: vec![1] }, [(0, 1, false), (1, 0, true), (0, 2, true), (2, 1, true)]),
        (Fault::Bridge(vec![0], vec![1]), [(0, 1, false), (1, 0, false), (0, 2, true), (2, 1, true)]),
        (Fault::Isolate(2), [(0, 2, false), (2, 0, false), (0, 1, true), (2, 1, false)]),
    ];
    for (fault, links) in cases {
        let mut network = network();
        assert!(open(&mut network, 0, &fault));
        for (from, to, passes) in links {
            let arrives = fate_of(&mut network, &mut seeded(1), from, to, 7).is_some();
            assert_eq!(arrives, passes, "{fault:?} {from} {to}");
        }
        network.close(0);
        assert!(fate_of(&mut network, &mut seeded(1), 0, 1, 7).is_some());
    }
}

#[test]
fn a_flapping_link_works_and_is_cut_by_turns() {
    let mut network = network();
    open(&mut network, 0, &Fault::Flap { up: Span(70), down: Span(30), on: Links::All });
    let passes = |network: &mut Network, now| fate_at(network, &mut seeded(1), Time(now), 0, 1, 7).is_some();
    for (now, expected) in [(0, true), (69, true), (70, false), (99, false), (100, true), (170, false)] {
        assert_eq!(passes(&mut network, now), expected, "at {now}");
    }
}

#[test]
fn a_clogged_link_releases_at_the_end() {
    let mut network = network();
    open(&mut network, 0, &Fault::Clog { on: Links::Link(0, 1) });
    let plain = fate_of(&mut network, &mut seeded(1), 1, 0, 7).unwrap().at;
    let held = fate_of(&mut network, &mut seeded(1), 0, 1, 7).unwrap().at;
    assert_eq!(held, plain + Span::from_secs(100));
}

#[test]
fn bandwidth_queues_and_drops() {
    let mut network = Network::default();
    network.reset(&Settings { latency: Law::Constant(Span::ZERO), ..Settings::default() }, names());
    let (rate, queue) = ("1kB/s".parse().unwrap(), "2kB".parse().unwrap());
    open(&mut network, 0, &Fault::Bandwidth { rate, queue, on: Links::Link(0, 1) });
    let at = |network: &mut Network, now| {
        fate_at(network, &mut seeded(1), Time::ZERO + Span::from_secs(now), 0, 1, 7).map(|j| j.at.0 / 1_000_000_000)
    };
    // Packets of 1 kB take a second each; two may wait.
    assert_eq!(at(&mut network, 0), Some(1));
    assert_eq!(at(&mut network, 0), Some(2));
    assert_eq!(at(&mut network, 0), None);
    assert_eq!(at(&mut network, 1), Some(3));
    assert_eq!(at(&mut network, 10), Some(11));
}

#[test]
fn what_was_in_flight_at_a_sever_is_told_by_its_order() {
    let mut network = network();
    let window = Window { id: 0, from: Time(5), until: Until::Never, fault: Fault::Sever(vec![]) };
    network.open(0, &window, &Fault::Sever(vec![vec![0], vec![1]]), 100);
    assert!(network.was_severed(99, 0, 1) && network.was_severed(99, 1, 0));
    assert!(!network.was_severed(100, 0, 1) && !network.was_severed(99, 0, 2));
}

/// The share of time in bad periods is bad / (good + bad), and losses come in runs.
#[test]
fn bursts_have_their_share_and_their_length() {
    let mut network = network();
    let (good, bad) = (Span::from_millis(90), Span::from_millis(10));
    open(&mut network, 0, &Fault::Burst { good, bad, rate: Probability::ONE, on: Links::All });
    let mut decide = seeded(5);
    let lost: Vec<bool> =
        (0..200_000u64).map(|i| fate_at(&mut network, &mut decide, Time(i * 1_000_000), 0, 1, i).is_none()).collect();
    let total = lost.iter().filter(|lost| **lost).count();
    let runs = lost.windows(2).filter(|pair| pair[1] && !pair[0]).count();
    // 200 s hold about 2,000 cycles: the share is 10 % with a standard error of about 0.3 %.
    assert!((18_000..22_000).contains(&total), "{total}");
    // Bad periods are sampled every millisecond: a mean run is about ten packets.
    assert!((8..13).contains(&(total / runs)), "{total} in {runs}");
}

#[test]
fn distances_are_shortest_paths() {
    let regions = Regions {
        names: vec!["eu".into(), "us".into(), "ap".into()],
        links: vec![(0, 1, Span::from_millis(40)), (1, 2, Span::from_millis(50)), (0, 2, Span::from_millis(200))],
        nodes: vec![0, 1, 2],
        clients: vec![],
    };
    let matrix = distances(&regions);
    assert_eq!(matrix[2], Span::from_millis(90));
    assert_eq!(matrix[0], Span::ZERO);
    assert_eq!(matrix[5], Span::from_millis(50));
}

#[test]
fn a_fifo_link_keeps_its_order() {
    let mut network = Network::default();
    network.reset(&Settings { ordering: Ordering::Fifo, ..Settings::default() }, names());
    let mut decide = seeded(3);
    let arrivals: Vec<_> = (0..100).map(|id| fate_of(&mut network, &mut decide, 0, 1, id * 977).unwrap().at).collect();
    assert!(arrivals.is_sorted());
}

fn layer() -> impl Strategy<Value = Fault<End>> {
    let rate = (0u32..=1_000_000_000).prop_map(|ppb| Probability::from_ppb(ppb).unwrap());
    prop_oneof![
        rate.clone().prop_map(|rate| Fault::Loss { rate, on: Links::All }),
        rate.clone().prop_map(|rate| Fault::Corrupt { rate, on: Links::All }),
        rate.clone().prop_map(|rate| Fault::Burst { good: Span(9), bad: Span(9), rate, on: Links::All }),
        rate.clone().prop_map(|rate| Fault::Duplicate { rate, on: Links::To(vec![1]) }),
        (1u64..1 << 40).prop_map(|n| Fault::Delay { by: Law::Exponential(Span(n)), on: Links::From(vec![0]) }),
        (rate, 1u64..1 << 40).prop_map(|(rate, n)| Fault::Reorder { rate, by: Span(n), on: Links::Link(0, 1) }),
    ]
}

fn same(a: Option<Journey>, b: Option<Journey>) -> bool {
    let parts = |journey: Journey| (journey.at, journey.copies, journey.damage);
    a.map(parts) == b.map(parts)
}

proptest! {
    /// Law 5: layers commute.
    #[test]
    fn layers_commute(
        (layers, order) in proptest::collection::vec(layer(), 1..6)
            .prop_flat_map(|layers| { let n = layers.len(); (Just(layers), Just((0..n).collect::<Vec<_>>()).prop_shuffle()) }),
        seed in any::<u64>(),
        ids in proptest::collection::vec(any::<u64>(), 20),
    ) {
        let (mut straight, mut shuffled) = (network(), network());
        for (i, fault) in layers.iter().enumerate() {
            open(&mut straight, i as u32, fault);
        }
        for i in order {
            open(&mut shuffled, i as u32, &layers[i]);
        }
        for id in ids {
            let a = fate_of(&mut straight, &mut seeded(seed), 0, 1, id);
            prop_assert!(same(a, fate_of(&mut shuffled, &mut seeded(seed), 0, 1, id)));
        }
    }

    /// Law 3, second half: a family at zero intensity changes nothing at all.
    #[test]
    fn zero_intensity_changes_nothing(seed in any::<u64>(), ids in proptest::collection::vec(any::<u64>(), 20)) {
        let (mut bare, mut zero) = (network(), network());
        let (none, all) = (Probability::ZERO, Links::All);
        open(&mut zero, 0, &Fault::Loss { rate: none, on: all.clone() });
        open(&mut zero, 1, &Fault::Duplicate { rate: none, on: all.clone() });
        open(&mut zero, 2, &Fault::Delay { by: Law::Constant(Span::ZERO), on: all.clone() });
        open(&mut zero, 3, &Fault::Reorder { rate: none, by: Span(5), on: all.clone() });
        open(&mut zero, 4, &Fault::Burst { good: Span(1), bad: Span(1), rate: none, on: all.clone() });
        open(&mut zero, 5, &Fault::Corrupt { rate: none, on: all });
        for id in ids {
            let a = fate_of(&mut bare, &mut seeded(seed), 0, 1, id);
            prop_assert!(same(a, fate_of(&mut zero, &mut seeded(seed), 0, 1, id)));
        }
    }
}
