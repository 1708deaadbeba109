//! Faults and windows over given nodes and clients.

use proptest::prelude::*;
use sim_core::fault::{Fault, Target, Window};
use sim_core::time::Until;
use sim_core::unit::{Bandwidth, Bytes};
use sim_core::{NodeId, Span, Time};

use super::values::{drift, law, links, probability, signed_span, span};

/// Whom faults may strike.
#[derive(Clone, Debug)]
pub struct Targets {
    /// How many nodes there are, at least 1.
    pub nodes: u16,
    /// How many clients.
    pub clients: u16,
    /// The facts whose holders can be aimed at.
    pub facts: Vec<String>,
}

impl Targets {
    fn one(&self) -> BoxedStrategy<Target> {
        let node = (0..self.nodes).prop_map(|id| Target::Node(NodeId(id)));
        if self.facts.is_empty() {
            return node.boxed();
        }
        prop_oneof![4 => node, 1 => proptest::sample::select(self.facts.clone()).prop_map(Target::Holder)].boxed()
    }

    /// Two groups that share nobody and are not empty; there must be two nodes.
    fn groups(&self) -> BoxedStrategy<(Vec<Target>, Vec<Target>)> {
        let nodes = (2..self.nodes).map(|id| Target::Node(NodeId(id)));
        let others: Vec<Target> = nodes.chain((0..self.clients).map(Target::Client)).collect();
        proptest::collection::vec(0u8..3, others.len())
            .prop_map(move |sides| {
                let side = |wanted| {
                    let members = sides.iter().zip(&others).filter(move |(side, _)| **side == wanted);
                    members.map(|(_, target)| target.clone())
                };
                let with = |id, side| std::iter::once(Target::Node(NodeId(id))).chain(side).collect();
                (with(0, side(0)), with(1, side(1)))
            })
            .boxed()
    }
}

/// A fault of any family that can strike these targets; without `chance`, none that acts on single packets.
pub fn fault(targets: &Targets, chance: bool) -> BoxedStrategy<Fault<Target>> {
    let mut kinds: Vec<BoxedStrategy<Fault<Target>>> =
        vec![on_processes(targets), on_clocks(targets), on_disks(targets)];
    if targets.nodes > 1 {
        kinds.push(cuts(targets));
        kinds.push(on_links(targets));
        if chance {
            kinds.push(on_packets(targets));
        }
    }
    proptest::strategy::Union::new(kinds).boxed()
}

fn on_processes(targets: &Targets) -> BoxedStrategy<Fault<Target>> {
    let one = || targets.one();
    prop_oneof![
        one().prop_map(Fault::Crash),
        one().prop_map(Fault::Reboot),
        one().prop_map(Fault::Amnesia),
        one().prop_map(Fault::Stop),
        one().prop_map(Fault::Pause),
        (one(), span()).prop_map(|(target, span)| Fault::Slow(target, span)),
        one().prop_map(Fault::Absent),
        one().prop_map(Fault::Isolate),
        (one(), "[a-z \"]{0,6}").prop_map(|(target, what)| Fault::Custom(target, what)),
    ]
    .boxed()
}

fn on_clocks(targets: &Targets) -> BoxedStrategy<Fault<Target>> {
    let one = || targets.one();
    prop_oneof![
        (one(), drift()).prop_map(|(target, drift)| Fault::Drift(target, drift)),
        (one(), signed_span()).prop_map(|(target, by)| Fault::Step(target, by)),
        (one(), signed_span()).prop_map(|(target, by)| Fault::Slew(target, by)),
        one().prop_map(Fault::FreezeClock),
    ]
    .boxed()
}

fn on_disks(targets: &Targets) -> BoxedStrategy<Fault<Target>> {
    let one = || targets.one();
    prop_oneof![
        (one(), probability(), probability()).prop_map(|(node, keep, tear)| Fault::Unsynced { node, keep, tear }),
        one().prop_map(Fault::SyncLies),
        one().prop_map(Fault::SyncError),
        (one(), law()).prop_map(|(target, law)| Fault::SlowDisk(target, law)),
        one().prop_map(Fault::FullDisk),
        one().prop_map(Fault::BitRot),
        (one(), probability()).prop_map(|(target, rate)| Fault::Misdirect(target, rate)),
    ]
    .boxed()
}

fn cuts(targets: &Targets) -> BoxedStrategy<Fault<Target>> {
    let groups = || targets.groups();
    prop_oneof![
        groups().prop_map(|(left, right)| Fault::Partition(vec![left, right])),
        groups().prop_map(|(left, right)| Fault::Sever(vec![left, right])),
        groups().prop_map(|(from, to)| Fault::OneWay { from, to }),
        groups().prop_map(|(left, right)| Fault::Bridge(left, right)),
    ]
    .boxed()
}

fn on_links(targets: &Targets) -> BoxedStrategy<Fault<Target>> {
    let on = || links(targets.one(), targets.groups());
    prop_oneof![
        (span(), span(), on()).prop_map(|(up, down, on)| Fault::Flap { up, down, on }),
        on().prop_map(|on| Fault::Clog { on }),
        (1u64..10_000_000, 0u64..1_000_000, on()).prop_map(|(rate, queue, on)| Fault::Bandwidth {
            rate: Bandwidth(rate),
            queue: Bytes(queue),
            on
        }),
    ]
    .boxed()
}

fn on_packets(targets: &Targets) -> BoxedStrategy<Fault<Target>> {
    let on = || links(targets.one(), targets.groups());
    prop_oneof![
        (span(), span(), probability(), on()).prop_map(|(good, bad, rate, on)| Fault::Burst { good, bad, rate, on }),
        (probability(), on()).prop_map(|(rate, on)| Fault::Corrupt { rate, on }),
        (probability(), on()).prop_map(|(rate, on)| Fault::Loss { rate, on }),
        (probability(), on()).prop_map(|(rate, on)| Fault::Duplicate { rate, on }),
        (law(), on()).prop_map(|(by, on)| Fault::Delay { by, on }),
        (probability(), span(), on()).prop_map(|(rate, by, on)| Fault::Reorder { rate, by, on }),
    ]
    .boxed()
}

/// Up to `most` windows that open before `until` and close by then or never; a slew always closes.
pub fn windows(
    targets: &Targets,
    chance: bool,
    until: Time,
    most: usize,
) -> impl Strategy<Value = Vec<Window>> + use<> {
    let times = (0..until.0, 1..=until.0, proptest::bool::weighted(0.2));
    let window = (times, fault(targets, chance)).prop_map(move |((from, length, never), fault)| {
        let closes = Time(from.saturating_add(length).min(until.0));
        let never = never && !matches!(fault, Fault::Slew(..));
        Window { id: 0, from: Time(from), until: if never { Until::Never } else { Until::At(closes) }, fault }
    });
    // Gaps between ids are what removing windows leaves behind.
    proptest::collection::vec((window, 0u32..3), 0..=most).prop_map(|windows| {
        let mut next = 0;
        windows
            .into_iter()
            .map(|(window, gap)| {
                let id = next + gap;
                next = id + 1;
                Window { id, ..window }
            })
            .collect()
    })
}

/// A time up to `most`, and more than nothing.
pub(super) fn time(most: Span) -> impl Strategy<Value = Time> {
    (1..=most.0).prop_map(Time)
}
