//! Decisions: drawn from the seed's key, or at their default but for listed exceptions. Freezing records the exceptions.

use std::collections::BTreeMap;

use crate::chance::{Identity, Key, Purpose, below};
use crate::choice::{Asked, Choices};
use crate::law::Law;
use crate::node::NodeId;
use crate::plan::{Address, Chance, Exception, Place};
use crate::time::Span;
use crate::trace::Choice;

/// What was decided about one packet or choice, as far as it differs from the default.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Decision {
    Lost,
    Delayed(Span),
    Copies(u8),
    Corrupted(u64),
    Chosen(u64),
}

/// Exceptions by identity: sorted, with an index over the top bits, since identities are uniform.
#[derive(Default, Debug)]
struct Table {
    entries: Vec<(Identity, Decision)>,
    starts: Vec<u32>,
    shift: u32,
}

impl Table {
    fn build(&mut self, exceptions: &[Exception]) {
        self.entries.clear();
        for exception in exceptions {
            let entry = match exception {
                Exception::Lost(Address::Id(id)) => (*id, Decision::Lost),
                Exception::Delayed(Address::Id(id), span) => (*id, Decision::Delayed(*span)),
                Exception::Copies(Address::Id(id), n) => (*id, Decision::Copies(*n)),
                Exception::Corrupted(Address::Id(id), bits) => (*id, Decision::Corrupted(*bits)),
                Exception::Chosen(Address::Id(id), n) => (*id, Decision::Chosen(*n)),
                _ => continue,
            };
            self.entries.push(entry);
        }
        self.entries.sort_by_key(|(id, _)| *id);
        let bits = self.entries.len().next_power_of_two().trailing_zeros().min(24);
        self.shift = 64 - bits.max(1);
        self.starts.clear();
        let mut at = 0;
        for bucket in 0..=(1u64 << bits.max(1)) {
            while at < self.entries.len() && self.entries[at].0.0 >> self.shift < bucket {
                at += 1;
            }
            self.starts.push(at as u32);
        }
    }

    fn of(&self, id: Identity) -> impl Iterator<Item = Decision> + '_ {
        let bucket = (id.0 >> self.shift) as usize;
        let range = match self.entries.is_empty() {
            true => 0..0,
            false => self.starts[bucket] as usize..self.starts[bucket + 1] as usize,
        };
        self.entries[range].iter().filter(move |(key, _)| *key == id).map(|(_, decision)| *decision)
    }
}

/// Exceptions addressed by number: they count the packets of the links and kinds they name.
#[derive(Default, Debug)]
struct Numbered {
    kinds: Vec<String>,
    links: BTreeMap<(Place, Place, usize), Counted>,
}

/// How many packets of one kind have passed on one link, and what is listed about which of them.
#[derive(Default, Debug)]
struct Counted {
    passed: u32,
    listed: BTreeMap<u32, Vec<Decision>>,
}

impl Numbered {
    fn build(&mut self, exceptions: &[Exception]) {
        self.kinds.clear();
        self.links.clear();
        for exception in exceptions {
            let (address, decision) = match exception {
                Exception::Lost(address) => (address, Decision::Lost),
                Exception::Delayed(address, span) => (address, Decision::Delayed(*span)),
                Exception::Copies(address, n) => (address, Decision::Copies(*n)),
                Exception::Corrupted(address, bits) => (address, Decision::Corrupted(*bits)),
                Exception::Chosen(..) => continue,
            };
            let Address::Nth { from, to, kind, nth } = address else { continue };
            let index = self.kinds.iter().position(|k| k == kind).unwrap_or_else(|| {
                self.kinds.push(kind.clone());
                self.kinds.len() - 1
            });
            self.links.entry((*from, *to, index)).or_default().listed.entry(*nth).or_default().push(decision);
        }
    }

    /// Counts a packet and gives what is listed about it.
    fn next(&mut self, from: Place, to: Place, kind: &str) -> &[Decision] {
        let Some(kind) = self.kinds.iter().position(|k| k == kind) else { return &[] };
        let Some(link) = self.links.get_mut(&(from, to, kind)) else { return &[] };
        let nth = link.passed;
        link.passed += 1;
        link.listed.get(&nth).map_or(&[], |decisions| decisions)
    }
}

/// Where a run's decisions come from, and where the exceptions go while freezing.
#[derive(Debug)]
pub(crate) struct Decide {
    key: Key,
    seeded: bool,
    table: Table,
    numbered: Numbered,
    choices: Choices,
    recording: bool,
    recorded: Vec<Exception>,
    rng_used: Vec<bool>,
}

/// What a frozen run's exceptions say about one packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Listed {
    pub(crate) lost: bool,
    pub(crate) delay: Option<Span>,
    pub(crate) copies: u8,
    pub(crate) damage: Option<u64>,
}

impl Default for Decide {
    fn default() -> Self {
        Decide {
            key: Key::from_seed(0),
            seeded: false,
            table: Table::default(),
            numbered: Numbered::default(),
            choices: Choices::default(),
            recording: false,
            recorded: Vec::new(),
            rng_used: Vec::new(),
        }
    }
}

impl Decide {
    pub(crate) fn reset(&mut self, chance: &Chance, nodes: usize, recording: bool, tracing: bool) {
        match chance {
            Chance::Seeded(seed) => {
                self.key = Key::from_seed(*seed);
                self.seeded = true;
                self.table.build(&[]);
                self.numbered.build(&[]);
                self.choices.reset(&[], tracing);
            }
            Chance::Frozen(exceptions) => {
                self.seeded = false;
                self.table.build(exceptions);
                self.numbered.build(exceptions);
                self.choices.reset(exceptions, tracing);
            }
        }
        self.recording = recording;
        self.recorded.clear();
        self.rng_used.clear();
        self.rng_used.resize(nodes, false);
    }

    /// The key, if decisions are drawn.
    #[inline]
    pub(crate) fn key(&self) -> Option<&Key> {
        self.seeded.then_some(&self.key)
    }

    #[inline]
    pub(crate) fn recording(&self) -> bool {
        self.recording
    }

    pub(crate) fn record(&mut self, exception: Exception) {
        self.recorded.push(exception);
    }

    pub(crate) fn take_recorded(&mut self) -> (Vec<Exception>, Vec<bool>) {
        (std::mem::take(&mut self.recorded), std::mem::take(&mut self.rng_used))
    }

    /// The choices of a run that was traced.
    pub(crate) fn take_choices(&mut self) -> Vec<Choice> {
        self.choices.take_made()
    }

    #[inline]
    pub(crate) fn note_rng(&mut self, node: NodeId) {
        if let Some(used) = self.rng_used.get_mut(node.index()) {
            *used = true;
        }
    }

    /// An addressed choice in `0..n` with default 0.
    pub(crate) fn choose(&mut self, asked: Asked, n: u64) -> u64 {
        let listed = self.listed_choice(asked);
        if n == 0 {
            return 0;
        }
        let value = match self.key() {
            Some(key) => below(key.draw(Purpose::Choose, asked.identity), n),
            // A shrunk plan may offer fewer choices than the run that was frozen.
            None => listed.unwrap_or(0).min(n - 1),
        };
        self.record_choice(asked, value, 0);
        value
    }

    /// An addressed decision with default 0: drawn, or as listed.
    pub(crate) fn value(&mut self, asked: Asked, draw: impl FnOnce(&Key) -> u64) -> u64 {
        let listed = self.listed_choice(asked);
        let value = match self.key() {
            Some(key) => draw(key),
            None => listed.unwrap_or(0),
        };
        self.record_choice(asked, value, 0);
        value
    }

    /// An addressed length of time whose default is the law's median.
    pub(crate) fn span(&mut self, asked: Asked, law: &Law) -> Span {
        let listed = self.listed_choice(asked);
        let median = law.median();
        let span = match self.key() {
            Some(key) => law.sample(key.draw(Purpose::Delay, asked.identity)),
            None => listed.map_or(median, Span),
        };
        self.record_choice(asked, span.0, median.0);
        span
    }

    /// What a frozen run's exceptions say about a choice. It is counted, if anybody counts.
    #[inline]
    fn listed_choice(&mut self, asked: Asked) -> Option<u64> {
        let by_number = if self.choices.counting() { self.choices.next(asked) } else { None };
        if self.seeded {
            return None;
        }
        let mut by_identity = self.table.of(asked.identity);
        by_number.or_else(|| by_identity.find_map(|d| if let Decision::Chosen(value) = d { Some(value) } else { None }))
    }

    #[inline]
    fn record_choice(&mut self, asked: Asked, value: u64, default: u64) {
        if self.recording && value != default {
            self.recorded.push(Exception::Chosen(Address::Id(asked.identity), value));
        }
    }

    /// What the exceptions of a frozen run say about a packet. Copies are not counted by number.
    pub(crate) fn listed(&mut self, identity: Identity, link: Option<(Place, Place, &str)>) -> Listed {
        let mut result = Listed::default();
        let mut apply = |decision: Decision| match decision {
            Decision::Lost => result.lost = true,
            Decision::Delayed(span) => result.delay = Some(span),
            Decision::Copies(n) => result.copies = result.copies.max(n),
            Decision::Corrupted(bits) => result.damage = Some(bits),
            Decision::Chosen(_) => {}
        };
        self.table.of(identity).for_each(&mut apply);
        if let Some((from, to, kind)) = link
            && !self.numbered.kinds.is_empty()
        {
            self.numbered.next(from, to, kind).iter().copied().for_each(&mut apply);
        }
        result
    }
}
