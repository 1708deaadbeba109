//! The network: what becomes of a packet.
//!
//! Cuts act at sending. Layers of chance add up by or, sum and max, each drawn under its own window's address, so they
//! commute and one that is off changes nothing. The state of a link (bandwidth, clogs, its order) is one fixed stage
//! after them.

mod layers;
mod regions;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use self::layers::{Layer, LayerEffect};
use self::regions::distances;
use crate::chance::{Identity, Key, Probability, Purpose};
use crate::decide::Decide;
use crate::fault::{Family, Fault, Fired, Window};
use crate::law::Law;
use crate::link::{Bursts, End, Match, Pipes};
use crate::plan::{Address, Exception, Network as Settings, Ordering, Place};
use crate::time::{Span, Time, Until};
use crate::unit::{Bandwidth, Bytes};

/// Why a packet does not arrive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Loss {
    /// By chance.
    Chance,
    /// At a cut.
    Cut,
    /// Before a full queue.
    Full,
}

/// What becomes of a packet.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fate {
    Lost(Loss),
    Arrives(Journey),
}

/// A packet as the network sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parcel {
    pub(crate) ends: (End, End),
    pub(crate) identity: Identity,
    pub(crate) bytes: u32,
}

/// A packet's way through the network.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Journey {
    pub(crate) at: Time,
    pub(crate) copies: u8,
    pub(crate) damage: Option<u64>,
}

/// Links that pass nothing.
#[derive(Debug)]
struct Cut {
    window: usize,
    family: Family,
    links: Match,
    /// Of a flapping link: when it opened, and how long it works and is cut by turns.
    flap: Option<(Time, Span, Span)>,
}

impl Cut {
    fn is_cut(&self, now: Time, (from, to): (End, End)) -> bool {
        let cut_now = self
            .flap
            .is_none_or(|(opened, up, down)| now.since(opened).0 % (up.0.saturating_add(down.0)).max(1) >= up.0);
        cut_now && self.links.hits(from, to)
    }
}

/// A window in which links carry less, or hold what they are given.
#[derive(Debug)]
struct Stage {
    window: usize,
    links: Match,
    effect: StageEffect,
}

#[derive(Debug)]
enum StageEffect {
    Bandwidth { rate: Bandwidth, queue: Bytes, pipes: Pipes },
    Clog(Until),
}

/// The network's state during a run.
#[derive(Debug)]
pub(crate) struct Network {
    latency: Law,
    median: Span,
    loss: Probability,
    /// Nothing but the laws of latency and loss acts.
    plain: bool,
    /// Not even loss.
    quick: bool,
    fifo: bool,
    floors: BTreeMap<(End, End), Time>,
    cuts: Vec<Cut>,
    layers: Vec<Layer>,
    stages: Vec<Stage>,
    /// Cuts that also dropped what was in flight: everything scheduled before this place in the order of events.
    severed: Vec<(u64, Match)>,
    /// The region of each end and the distance between regions; empty when all places are alike.
    region: Vec<u16>,
    distances: Vec<Span>,
    region_count: usize,
    names: Vec<Identity>,
}

impl Default for Network {
    fn default() -> Self {
        Network {
            latency: Law::Constant(Span::ZERO),
            median: Span::ZERO,
            loss: Probability::ZERO,
            plain: true,
            quick: true,
            fifo: false,
            floors: BTreeMap::new(),
            cuts: Vec::new(),
            layers: Vec::new(),
            stages: Vec::new(),
            severed: Vec::new(),
            region: Vec::new(),
            distances: Vec::new(),
            region_count: 0,
            names: Vec::new(),
        }
    }
}

impl Network {
    pub(crate) fn reset(&mut self, settings: &Settings, names: impl Iterator<Item = Identity>) {
        self.latency = settings.latency;
        self.median = settings.latency.median();
        self.loss = settings.loss;
        self.fifo = settings.ordering == Ordering::Fifo;
        self.floors.clear();
        self.cuts.clear();
        self.layers.clear();
        self.stages.clear();
        self.severed.clear();
        self.names.clear();
        self.names.extend(names);
        self.region.clear();
        self.distances.clear();
        if let Some(regions) = &settings.regions {
            self.region.extend(regions.nodes.iter().chain(&regions.clients));
            self.region.resize(self.names.len(), 0);
            self.region_count = regions.names.len();
            self.distances = distances(regions);
        }
        self.replan();
    }

    /// The hashed name of an end.
    #[inline]
    pub(crate) fn name(&self, end: End) -> Identity {
        self.names[end as usize]
    }

    fn replan(&mut self) {
        self.plain = !self.fifo
            && self.region.is_empty()
            && self.cuts.is_empty()
            && self.layers.is_empty()
            && self.stages.is_empty();
        self.quick = self.plain && self.loss == Probability::ZERO;
    }

    /// The shortest way between two ends' regions.
    fn distance(&self, from: End, to: End) -> Span {
        if self.region.is_empty() {
            return Span::ZERO;
        }
        let (from, to) = (usize::from(self.region[from as usize]), usize::from(self.region[to as usize]));
        self.distances.get(from * self.region_count + to).copied().unwrap_or(Span::ZERO)
    }

    /// Opens a network window with its targets resolved to ends. False if it is no network fault. `order` is the place in
    /// the order of events that comes next.
    pub(crate) fn open(&mut self, index: usize, window: &Window, fault: &Fault<End>, order: u64) -> bool {
        let ends = self.names.len();
        let Some(links) = Match::of_fault(fault, ends) else { return false };
        let mut cut = |links, flap| self.cuts.push(Cut { window: index, family: fault.family(), links, flap });
        let opened = window.from;
        let effect = match *fault {
            Fault::Flap { up, down, .. } => {
                cut(links, Some((opened, up, down)));
                None
            }
            Fault::Clog { .. } => {
                self.stages.push(Stage { window: index, links, effect: StageEffect::Clog(window.until) });
                None
            }
            Fault::Bandwidth { rate, queue, .. } => {
                let effect = StageEffect::Bandwidth { rate, queue, pipes: Pipes::default() };
                self.stages.push(Stage { window: index, links, effect });
                None
            }
            Fault::Loss { rate, .. } => Some((links, LayerEffect::Loss(rate))),
            Fault::Burst { good, bad, rate, .. } => {
                Some((links, LayerEffect::Burst { good, bad, rate, opened, bursts: Bursts::default() }))
            }
            Fault::Corrupt { rate, .. } => Some((links, LayerEffect::Corrupt(rate))),
            Fault::Duplicate { rate, .. } => Some((links, LayerEffect::Duplicate(rate))),
            Fault::Delay { by, .. } => Some((links, LayerEffect::Delay(by))),
            Fault::Reorder { rate, by, .. } => Some((links, LayerEffect::Reorder(rate, by))),
            _ => {
                if let Fault::Sever(_) = fault
                    && let Some(links) = Match::of_fault(fault, ends)
                {
                    self.severed.push((order, links));
                }
                cut(links, None);
                None
            }
        };
        if let Some((links, effect)) = effect {
            self.layers.push(Layer { window: index, id: u64::from(window.id), effect, links });
        }
        self.replan();
        true
    }

    pub(crate) fn close(&mut self, window: usize) {
        self.cuts.retain(|cut| cut.window != window);
        self.layers.retain(|layer| layer.window != window);
        self.stages.retain(|stage| stage.window != window);
        self.replan();
    }

    /// Whether a packet scheduled at this place in the order of events was in flight when its link was severed.
    #[inline(always)]
    pub(crate) fn was_severed(&self, order: u64, from: End, to: End) -> bool {
        !self.severed.is_empty() && self.severed.iter().any(|(since, links)| order < *since && links.hits(from, to))
    }

    /// How long an original packet travels, where nothing but the law of latency acts and nobody records decisions: what
    /// nearly every packet of nearly every run needs.
    #[inline]
    pub(crate) fn quick(&self, decide: &Decide, identity: Identity) -> Option<Span> {
        let key = decide.key().filter(|_| self.quick && !decide.recording())?;
        Some(self.latency.sample(key.draw(Purpose::Delay, identity)))
    }

    /// The fate of an original packet. `link` names it for exceptions by number.
    #[inline]
    pub(crate) fn fate(
        &mut self,
        decide: &mut Decide,
        fired: &mut Fired,
        now: Time,
        parcel: Parcel,
        link: impl FnOnce() -> (Place, Place, &'static str),
    ) -> Fate {
        let Some(key) = decide.key() else {
            return self.frozen_fate(decide, fired, now, parcel, link());
        };
        if self.plain {
            if self.loss != Probability::ZERO && self.loss.hits(key.draw(Purpose::Loss, parcel.identity)) {
                fired.count(Family::Loss);
                if decide.recording() {
                    decide.record(Exception::Lost(Address::Id(parcel.identity)));
                }
                return Fate::Lost(Loss::Chance);
            }
            let delay = self.latency.sample(key.draw(Purpose::Delay, parcel.identity));
            if decide.recording() {
                self.record_delay(decide, parcel.identity, delay);
            }
            return Fate::Arrives(Journey { at: now.saturating_add(delay), copies: 0, damage: None });
        }
        let key = *key;
        self.drawn_fate(&key, decide, fired, now, parcel)
    }

    fn drawn_fate(&mut self, key: &Key, decide: &mut Decide, fired: &mut Fired, now: Time, parcel: Parcel) -> Fate {
        let Parcel { ends, identity, bytes } = parcel;
        if self.is_cut(fired, now, ends) {
            return Fate::Lost(Loss::Cut);
        }
        if self.lost(key, fired, now, ends, identity) {
            if decide.recording() {
                decide.record(Exception::Lost(Address::Id(identity)));
            }
            return Fate::Lost(Loss::Chance);
        }
        let delay = self.delay(key, fired, ends, identity);
        let copies = self.copies(key, fired, ends, identity);
        let damage = self.damage(key, fired, ends, identity);
        if decide.recording() {
            self.record_delay(decide, identity, delay);
            if copies > 0 {
                decide.record(Exception::Copies(Address::Id(identity), copies));
            }
            if let Some(bits) = damage {
                decide.record(Exception::Corrupted(Address::Id(identity), bits));
            }
        }
        self.travel(fired, now, ends, delay, Some(bytes))
            .map_or_else(Fate::Lost, |at| Fate::Arrives(Journey { at, copies, damage }))
    }

    fn frozen_fate(
        &mut self,
        decide: &mut Decide,
        fired: &mut Fired,
        now: Time,
        parcel: Parcel,
        link: (Place, Place, &'static str),
    ) -> Fate {
        let Parcel { ends, identity, bytes } = parcel;
        let listed = decide.listed(identity, Some(link));
        if self.is_cut(fired, now, ends) {
            return Fate::Lost(Loss::Cut);
        }
        let record = decide.recording();
        if listed.lost {
            fired.count(Family::Loss);
            if record {
                decide.record(Exception::Lost(Address::Id(identity)));
            }
            return Fate::Lost(Loss::Chance);
        }
        let delay = self.frozen_delay(fired, listed.delay);
        if record {
            self.record_delay(decide, identity, delay);
        }
        if listed.copies > 0 {
            fired.count(Family::Duplicate);
            if record {
                decide.record(Exception::Copies(Address::Id(identity), listed.copies));
            }
        }
        if let Some(bits) = listed.damage {
            fired.count(Family::Corrupt);
            if record {
                decide.record(Exception::Corrupted(Address::Id(identity), bits));
            }
        }
        let journey = |at| Fate::Arrives(Journey { at, copies: listed.copies, damage: listed.damage });
        self.travel(fired, now, ends, delay, Some(bytes)).map_or_else(Fate::Lost, journey)
    }

    /// When a copy arrives: its delay is a decision of its own, under its own identity.
    pub(crate) fn copy(
        &mut self,
        decide: &mut Decide,
        fired: &mut Fired,
        now: Time,
        ends: (End, End),
        identity: Identity,
    ) -> Option<Time> {
        let delay = match decide.key().copied() {
            Some(key) => self.delay(&key, fired, ends, identity),
            None => {
                let listed = decide.listed(identity, None).delay;
                self.frozen_delay(fired, listed)
            }
        };
        if decide.recording() {
            self.record_delay(decide, identity, delay);
        }
        // A copy is made on the way: it takes no bandwidth before the link.
        self.travel(fired, now, ends, delay, None).ok()
    }

    #[inline]
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

    fn is_cut(&self, fired: &mut Fired, now: Time, ends: (End, End)) -> bool {
        let cut = self.cuts.iter().find(|cut| cut.is_cut(now, ends));
        cut.inspect(|cut| fired.count(cut.family)).is_some()
    }

    /// The fixed stage after the layers: bandwidth, clogs, the way, the order of the link.
    fn travel(
        &mut self,
        fired: &mut Fired,
        now: Time,
        (from, to): (End, End),
        delay: Span,
        bytes: Option<u32>,
    ) -> Result<Time, Loss> {
        let mut leaves = now;
        for stage in self.stages.iter_mut().filter(|stage| stage.links.hits(from, to)) {
            if let (StageEffect::Bandwidth { rate, queue, pipes }, Some(bytes)) = (&mut stage.effect, bytes) {
                fired.count(Family::Bandwidth);
                leaves = leaves.max(pipes.send(now, (from, to), bytes, *rate, *queue).ok_or(Loss::Full)?);
            }
        }
        for stage in self.stages.iter().filter(|stage| stage.links.hits(from, to)) {
            if let StageEffect::Clog(until) = stage.effect {
                fired.count(Family::Clog);
                leaves = leaves.max(until.time().ok_or(Loss::Cut)?);
            }
        }
        let at = leaves.saturating_add(self.distance(from, to)).saturating_add(delay);
        if !self.fifo {
            return Ok(at);
        }
        let floor = self.floors.entry((from, to)).or_default();
        *floor = at.max(*floor);
        Ok(*floor)
    }
}
