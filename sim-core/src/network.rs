//! The network: what becomes of a packet.
//!
//! Cuts act at sending. Layers of chance add up by or, sum and max, each drawn under its own window's address, so they
//! commute and one that is off changes nothing. The order of a link (FIFO) is one fixed stage after them.

use std::collections::BTreeMap;

use petgraph::algo::dijkstra;
use petgraph::graph::UnGraph;

use crate::chance::{Identity, Key, Probability, Purpose, below};
use crate::decide::{Decide, Listed};
use crate::fault::{Family, Fault, Fired, Links};
use crate::law::Law;
use crate::plan::{Address, Exception, Network as Settings, Ordering, Place, Regions};
use crate::time::{Span, Time};

/// An end of a link as a dense index: nodes first, then clients.
pub(crate) type End = u32;

/// Why a packet does not arrive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Loss {
    Chance,
    Cut,
}

/// What becomes of a packet.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fate {
    Lost(Loss),
    Arrives { at: Time, copies: u8 },
}

/// Which directed links something applies to, as marks on their ends.
#[derive(Debug)]
enum Match {
    All,
    /// Ends of different non-zero groups.
    Groups(Vec<u16>),
    /// From an end marked 1 to one marked 2 (bits, so an end may have both).
    Directed(Vec<u8>),
    /// Links that leave a marked end.
    From(Vec<bool>),
    /// Links that lead to a marked end.
    To(Vec<bool>),
    /// Links that touch a marked end.
    Either(Vec<bool>),
}

impl Match {
    fn hits(&self, from: End, to: End) -> bool {
        let (from, to) = (from as usize, to as usize);
        match self {
            Match::All => true,
            Match::Groups(marks) => marks[from] != 0 && marks[to] != 0 && marks[from] != marks[to],
            Match::Directed(marks) => marks[from] & 1 != 0 && marks[to] & 2 != 0,
            Match::From(marks) => marks[from],
            Match::To(marks) => marks[to],
            Match::Either(marks) => marks[from] || marks[to],
        }
    }
}

#[derive(Debug)]
struct Cut {
    window: usize,
    family: Family,
    links: Match,
}

#[derive(Debug)]
struct Layer {
    window: usize,
    /// The window's address under a packet's identity.
    id: u64,
    effect: LayerEffect,
    links: Match,
}

#[derive(Clone, Copy, Debug)]
enum LayerEffect {
    Loss(Probability),
    Duplicate(Probability),
    Delay(Law),
    Reorder(Probability, Span),
}

/// The network's state during a run.
#[derive(Debug)]
pub(crate) struct Network {
    latency: Law,
    median: Span,
    loss: Probability,
    fifo: bool,
    floors: BTreeMap<(End, End), Time>,
    cuts: Vec<Cut>,
    layers: Vec<Layer>,
    /// The region of each end and the distance between regions; empty when all places are alike.
    region: Vec<u16>,
    distances: Vec<Span>,
    region_count: usize,
    ends: usize,
}

impl Default for Network {
    fn default() -> Self {
        Network {
            latency: Law::Constant(Span::ZERO),
            median: Span::ZERO,
            loss: Probability::ZERO,
            fifo: false,
            floors: BTreeMap::new(),
            cuts: Vec::new(),
            layers: Vec::new(),
            region: Vec::new(),
            distances: Vec::new(),
            region_count: 0,
            ends: 0,
        }
    }
}

impl Network {
    pub(crate) fn reset(&mut self, settings: &Settings, ends: usize) {
        self.latency = settings.latency;
        self.median = settings.latency.median();
        self.loss = settings.loss;
        self.fifo = settings.ordering == Ordering::Fifo;
        self.floors.clear();
        self.cuts.clear();
        self.layers.clear();
        self.ends = ends;
        self.region.clear();
        self.distances.clear();
        if let Some(regions) = &settings.regions {
            self.region.extend(regions.nodes.iter().chain(&regions.clients));
            self.region.resize(ends, 0);
            self.region_count = regions.names.len();
            self.distances = distances(regions);
        }
    }

    /// The shortest way between two ends' regions.
    fn distance(&self, from: End, to: End) -> Span {
        if self.region.is_empty() {
            return Span::ZERO;
        }
        let (from, to) = (usize::from(self.region[from as usize]), usize::from(self.region[to as usize]));
        self.distances.get(from * self.region_count + to).copied().unwrap_or(Span::ZERO)
    }

    /// Opens a network window with its targets resolved to ends. False if it is no network fault.
    pub(crate) fn open(&mut self, window: usize, id: u32, fault: &Fault<End>) -> bool {
        let n = self.ends;
        let marked = |group: &[End]| {
            let mut marks = vec![false; n];
            group.iter().for_each(|end| marks[*end as usize] = true);
            marks
        };
        let grouped = |groups: &[&[End]]| {
            let mut marks = vec![0u16; n];
            for (group, number) in groups.iter().zip(1..) {
                group.iter().for_each(|end| marks[*end as usize] = number);
            }
            marks
        };
        let directed = |from: &[End], to: &[End]| {
            let mut marks = vec![0u8; n];
            from.iter().for_each(|end| marks[*end as usize] |= 1);
            to.iter().for_each(|end| marks[*end as usize] |= 2);
            marks
        };
        let cut = match fault {
            Fault::Partition(groups) => {
                Some(Match::Groups(grouped(&groups.iter().map(Vec::as_slice).collect::<Vec<_>>())))
            }
            Fault::Bridge(left, right) => Some(Match::Groups(grouped(&[left, right]))),
            Fault::OneWay { from, to } => Some(Match::Directed(directed(from, to))),
            Fault::Isolate(end) => Some(Match::Either(marked(&[*end]))),
            _ => None,
        };
        if let Some(links) = cut {
            self.cuts.push(Cut { window, family: fault.family(), links });
            return true;
        }
        let (effect, on) = match fault {
            Fault::Loss { rate, on } => (LayerEffect::Loss(*rate), on),
            Fault::Duplicate { rate, on } => (LayerEffect::Duplicate(*rate), on),
            Fault::Delay { by, on } => (LayerEffect::Delay(*by), on),
            Fault::Reorder { rate, by, on } => (LayerEffect::Reorder(*rate, *by), on),
            _ => return false,
        };
        let links = match on {
            Links::All => Match::All,
            Links::From(group) => Match::From(marked(group)),
            Links::To(group) => Match::To(marked(group)),
            Links::Link(from, to) => Match::Directed(directed(&[*from], &[*to])),
            Links::Between(left, right) => Match::Groups(grouped(&[left, right])),
        };
        self.layers.push(Layer { window, id: u64::from(id), effect, links });
        true
    }

    pub(crate) fn close(&mut self, window: usize) {
        self.cuts.retain(|cut| cut.window != window);
        self.layers.retain(|layer| layer.window != window);
    }

    /// The fate of an original packet. `link` names it for exceptions by number.
    #[inline]
    pub(crate) fn fate(
        &mut self,
        decide: &mut Decide,
        fired: &mut Fired,
        now: Time,
        (from, to): (End, End),
        identity: Identity,
        link: impl FnOnce() -> (Place, Place, &'static str),
    ) -> Fate {
        let listed = match decide.key() {
            Some(_) => Listed::default(),
            None => decide.listed(identity, Some(link())),
        };
        if let Some(cut) = self.cuts.iter().find(|cut| cut.links.hits(from, to)) {
            fired.count(cut.family);
            return Fate::Lost(Loss::Cut);
        }
        let (lost, delay, copies) = match decide.key() {
            Some(key) => {
                let key = *key;
                if self.lost(&key, fired, (from, to), identity) {
                    (true, Span::ZERO, 0)
                } else {
                    (
                        false,
                        self.delay(&key, fired, (from, to), identity),
                        self.copies(&key, fired, (from, to), identity),
                    )
                }
            }
            None => {
                if listed.lost {
                    fired.count(Family::Loss);
                }
                if listed.copies > 0 {
                    fired.count(Family::Duplicate);
                }
                (listed.lost, self.frozen_delay(fired, listed.delay), listed.copies)
            }
        };
        if decide.recording() {
            if lost {
                decide.record(Exception::Lost(Address::Id(identity)));
            } else {
                self.record_delay(decide, identity, delay);
                if copies > 0 {
                    decide.record(Exception::Copies(Address::Id(identity), copies));
                }
            }
        }
        if lost {
            return Fate::Lost(Loss::Chance);
        }
        Fate::Arrives { at: self.arrival(now, from, to, delay), copies }
    }

    /// When a copy arrives: its delay is a decision of its own, under its own identity.
    pub(crate) fn copy(
        &mut self,
        decide: &mut Decide,
        fired: &mut Fired,
        now: Time,
        (from, to): (End, End),
        identity: Identity,
    ) -> Time {
        let delay = match decide.key() {
            Some(key) => {
                let key = *key;
                self.delay(&key, fired, (from, to), identity)
            }
            None => {
                let listed = decide.listed(identity, None).delay;
                self.frozen_delay(fired, listed)
            }
        };
        if decide.recording() {
            self.record_delay(decide, identity, delay);
        }
        self.arrival(now, from, to, delay)
    }

    fn record_delay(&self, decide: &mut Decide, identity: Identity, delay: Span) {
        if delay != self.median {
            decide.record(Exception::Delayed(Address::Id(identity), delay));
        }
    }

    fn frozen_delay(&self, fired: &mut Fired, listed: Option<Span>) -> Span {
        if listed.is_some() {
            fired.count(Family::Delay);
        }
        listed.unwrap_or(self.median)
    }

    fn arrival(&mut self, now: Time, from: End, to: End, delay: Span) -> Time {
        let at = now.saturating_add(self.distance(from, to)).saturating_add(delay);
        if !self.fifo {
            return at;
        }
        let floor = self.floors.entry((from, to)).or_default();
        *floor = at.max(*floor);
        *floor
    }

    fn lost(&self, key: &Key, fired: &mut Fired, (from, to): (End, End), identity: Identity) -> bool {
        let mut lost = self.loss != Probability::ZERO && self.loss.hits(key.draw(Purpose::Loss, identity));
        for layer in &self.layers {
            if let LayerEffect::Loss(rate) = layer.effect
                && layer.links.hits(from, to)
            {
                lost |= rate.hits(key.draw(Purpose::Loss, identity.child(Purpose::Window, layer.id)));
            }
        }
        if lost {
            fired.count(Family::Loss);
        }
        lost
    }

    #[inline]
    fn delay(&self, key: &Key, fired: &mut Fired, (from, to): (End, End), identity: Identity) -> Span {
        let mut delay = self.latency.sample(key.draw(Purpose::Delay, identity));
        for layer in &self.layers {
            let (family, extra) = match layer.effect {
                LayerEffect::Delay(law) if layer.links.hits(from, to) => {
                    let own = identity.child(Purpose::Window, layer.id);
                    (Family::Delay, law.sample(key.draw(Purpose::Delay, own)))
                }
                LayerEffect::Reorder(rate, by) if layer.links.hits(from, to) => {
                    let own = identity.child(Purpose::Window, layer.id);
                    if !rate.hits(key.draw(Purpose::Reorder, own)) {
                        continue;
                    }
                    (Family::Reorder, Span(below(key.draw(Purpose::Delay, own), by.0.saturating_add(1))))
                }
                _ => continue,
            };
            if extra > Span::ZERO {
                fired.count(family);
                delay = delay.saturating_add(extra);
            }
        }
        delay
    }

    fn copies(&self, key: &Key, fired: &mut Fired, (from, to): (End, End), identity: Identity) -> u8 {
        let mut copies = 0;
        for layer in &self.layers {
            if let LayerEffect::Duplicate(rate) = layer.effect
                && layer.links.hits(from, to)
                && rate.hits(key.draw(Purpose::Duplicate, identity.child(Purpose::Window, layer.id)))
            {
                copies = 1;
            }
        }
        if copies > 0 {
            fired.count(Family::Duplicate);
        }
        copies
    }
}

/// Shortest paths between all regions, row by row. A pair that no path joins is as far as neighbours in one place.
fn distances(regions: &Regions) -> Vec<Span> {
    let n = regions.names.len();
    let mut graph = UnGraph::<(), u64>::with_capacity(n, regions.links.len());
    let places: Vec<_> = (0..n).map(|_| graph.add_node(())).collect();
    for &(a, b, span) in &regions.links {
        if let (Some(a), Some(b)) = (places.get(usize::from(a)), places.get(usize::from(b))) {
            graph.add_edge(*a, *b, span.0);
        }
    }
    let mut matrix = Vec::with_capacity(n * n);
    for from in &places {
        // Only looked up, never iterated: the map's order differs between processes.
        let reached = dijkstra(&graph, *from, None, |edge| *edge.weight());
        matrix.extend(places.iter().map(|to| Span(reached.get(to).copied().unwrap_or(0))));
    }
    matrix
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Chance;
    use proptest::prelude::*;

    fn seeded(seed: u64) -> Decide {
        let mut decide = Decide::default();
        decide.reset(&Chance::Seeded(seed), 3, false);
        decide
    }

    fn network() -> Network {
        let mut network = Network::default();
        network.reset(&Settings::default(), 3);
        network
    }

    fn fate_of(network: &mut Network, decide: &mut Decide, from: End, to: End, id: u64) -> Option<(Time, u8)> {
        let link = || (Place::Node(crate::NodeId(from as u16)), Place::Node(crate::NodeId(to as u16)), "Ping");
        match network.fate(decide, &mut Fired::default(), Time::ZERO, (from, to), Identity(id), link) {
            Fate::Lost(_) => None,
            Fate::Arrives { at, copies } => Some((at, copies)),
        }
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
            assert!(network.open(0, 0, &fault));
            for (from, to, passes) in links {
                let arrives = fate_of(&mut network, &mut seeded(1), from, to, 7).is_some();
                assert_eq!(arrives, passes, "{fault:?} {from} {to}");
            }
            network.close(0);
            assert!(fate_of(&mut network, &mut seeded(1), 0, 1, 7).is_some());
        }
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
        network.reset(&Settings { ordering: Ordering::Fifo, ..Settings::default() }, 2);
        let mut decide = seeded(3);
        let arrivals: Vec<_> =
            (0..100).map(|id| fate_of(&mut network, &mut decide, 0, 1, id * 977).unwrap().0).collect();
        assert!(arrivals.is_sorted());
    }

    fn layer() -> impl Strategy<Value = Fault<End>> {
        let rate = (0u32..=1_000_000_000).prop_map(|ppb| Probability::from_ppb(ppb).unwrap());
        prop_oneof![
            rate.clone().prop_map(|rate| Fault::Loss { rate, on: Links::All }),
            rate.clone().prop_map(|rate| Fault::Duplicate { rate, on: Links::To(vec![1]) }),
            (1u64..1 << 40).prop_map(|n| Fault::Delay { by: Law::Exponential(Span(n)), on: Links::From(vec![0]) }),
            (rate, 1u64..1 << 40).prop_map(|(rate, n)| Fault::Reorder { rate, by: Span(n), on: Links::Link(0, 1) }),
        ]
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
                straight.open(i, i as u32, fault);
            }
            for i in order {
                shuffled.open(i, i as u32, &layers[i]);
            }
            for id in ids {
                let a = fate_of(&mut straight, &mut seeded(seed), 0, 1, id);
                prop_assert_eq!(a, fate_of(&mut shuffled, &mut seeded(seed), 0, 1, id));
            }
        }

        /// Law 3, second half: a family at zero intensity changes nothing at all.
        #[test]
        fn zero_intensity_changes_nothing(seed in any::<u64>(), ids in proptest::collection::vec(any::<u64>(), 20)) {
            let (mut bare, mut zero) = (network(), network());
            zero.open(0, 0, &Fault::Loss { rate: Probability::ZERO, on: Links::All });
            zero.open(1, 1, &Fault::Duplicate { rate: Probability::ZERO, on: Links::All });
            zero.open(2, 2, &Fault::Delay { by: Law::Constant(Span::ZERO), on: Links::All });
            zero.open(3, 3, &Fault::Reorder { rate: Probability::ZERO, by: Span(5), on: Links::All });
            for id in ids {
                let a = fate_of(&mut bare, &mut seeded(seed), 0, 1, id);
                prop_assert_eq!(a, fate_of(&mut zero, &mut seeded(seed), 0, 1, id));
            }
        }
    }
}
