//! A plan: plain data that leaves nothing to chance. A simulation is a pure function of it.
//!
//! A plan comes from a scenario and a seed, or from a reproduction. What a protocol types (its config, its operations)
//! travels as canonical RON text beside it, so that a plan needs no type parameter. Every subset of a frozen plan's
//! exceptions, windows, operations and clients is again a valid plan.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::chance::{Identity, Probability};
use crate::check::Check;
use crate::check::history::Budget;
use crate::choice::ChoiceKind;
use crate::fault::Window;
use crate::law::Law;
use crate::node::NodeId;
use crate::time::{Drift, SignedSpan, Span, Time, serde_as_text};

/// Everything that determines a run.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Plan {
    /// The protocol's name in the registry.
    pub protocol: String,
    /// The protocol's config as canonical RON.
    pub config: String,
    /// The nodes, in the order of their dense ids.
    pub nodes: Vec<NodePlan>,
    /// Who asks, and what.
    pub clients: Clients,
    /// The network between all of them.
    pub network: Network,
    /// The nodes' disks.
    pub disk: DiskSettings,
    /// Who restarts what has crashed.
    pub supervisor: Supervisor,
    /// What goes wrong.
    pub windows: Vec<Window>,
    /// Where the decisions that are not listed come from.
    pub chance: Chance,
    /// When every window not marked `Never` is closed: from here on liveness is judged.
    pub calm: Time,
    /// When the run ends.
    pub until: Time,
    /// What stops a run that does not end.
    pub limits: Limits,
    /// What is judged.
    pub checks: Vec<Check>,
}

/// One node of a plan.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct NodePlan {
    /// The stable name: it alone enters the node's draws.
    pub name: String,
    /// How far the wall clock is off at the start.
    pub offset: SignedSpan,
    /// The rate error of both clocks.
    pub drift: Drift,
    /// The key of `ctx.rng()`; 0 is the default stream.
    pub rng: u64,
}

impl NodePlan {
    /// A node with true clocks and the default rng key.
    pub fn named(name: impl Into<String>) -> NodePlan {
        NodePlan { name: name.into(), offset: SignedSpan(0), drift: Drift(0), rng: 0 }
    }
}

/// The generic clients: they send operations over the same faulty network, wait, retry, follow redirects, give up.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Clients {
    /// Their stable names.
    pub names: Vec<String>,
    /// How long one attempt is waited for.
    pub timeout: Span,
    /// How many attempts an operation gets, at least 1.
    pub attempts: u32,
    /// The pause between a failed attempt and the next.
    pub backoff: Span,
    /// Which node is asked.
    pub route: Route,
    /// What is asked, and when.
    pub load: Load,
}

impl Clients {
    /// No clients at all.
    pub fn none() -> Clients {
        Clients {
            names: Vec::new(),
            timeout: Span::from_secs(1),
            attempts: 3,
            backoff: Span::from_millis(10),
            route: Route::FollowRedirect,
            load: Load::Listed(Vec::new()),
        }
    }

    /// How many operations they begin, if there is time for all of them.
    pub fn operations(&self) -> u64 {
        match &self.load {
            Load::Listed(operations) => {
                let has_client = |operation: &&Operation| usize::from(operation.client) < self.names.len();
                operations.iter().filter(has_client).count() as u64
            }
            Load::Generated { requests, .. } => u64::from(*requests) * self.names.len() as u64,
        }
    }
}

/// Which node a client asks first.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub enum Route {
    /// The node that answered last; after a time-out or a refusal the next one.
    #[default]
    FollowRedirect,
    /// Each operation to the next node.
    RoundRobin,
    /// Each attempt to a node drawn at random (default: the first).
    Random,
    /// Always this node, by its number.
    Node(u16),
}

/// What clients ask.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Load {
    /// The protocol's workload generator makes the operations as the run goes; only under a seed.
    Generated {
        /// The protocol's workload as canonical RON.
        workload: String,
        /// Operations of each client.
        requests: u32,
        /// When they start.
        arrivals: Arrivals,
    },
    /// Each operation is listed.
    Listed(Vec<Operation>),
}

/// When the operations of a client start.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Arrivals {
    /// One at a time: the next starts this long after the last has ended.
    Closed {
        /// The pause between two operations.
        think: Span,
    },
    /// Whenever a Poisson process says so, also while others are under way.
    Poisson {
        /// Arrivals of each client.
        rate: Rate,
    },
}

/// One operation of one client.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Operation {
    /// Its number within its client: its identity, kept when others are removed.
    pub id: u32,
    /// The client, by position.
    pub client: u16,
    /// When it starts.
    pub start: Start,
    /// The operation as canonical RON.
    pub op: String,
}

/// When an operation starts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Start {
    /// At this time, whatever else is under way.
    At(Time),
    /// This long after the client's operation before it in the list has ended (or after the start of the run).
    After(Span),
}

/// A rate of events: `"50/s"`, `"3/m"`, `"1/h"`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    /// Events per unit.
    pub count: u32,
    /// The unit: a second, a minute or an hour.
    pub per: Span,
}

impl Rate {
    /// The mean time between two events.
    pub const fn interval(self) -> Span {
        Span(self.per.0 / if self.count == 0 { 1 } else { self.count as u64 })
    }
}
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.per.0 {
            1_000_000_000 => "s",
            60_000_000_000 => "m",
            _ => "h",
        };
        write!(f, "{}/{unit}", self.count)
    }
}
impl fmt::Debug for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl std::str::FromStr for Rate {
    type Err = String;
    fn from_str(text: &str) -> Result<Rate, String> {
        let help = || format!("`{text}` is not a rate; write a whole number above 0 per s, m or h, as in \"50/s\"");
        let (count, unit) = text.split_once('/').ok_or_else(help)?;
        let per = match unit {
            "s" => Span::from_secs(1),
            "m" => Span::from_secs(60),
            "h" => Span::from_secs(3600),
            _ => return Err(help()),
        };
        let digits = !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit());
        let count = digits.then(|| count.parse::<u32>().ok()).flatten().filter(|n| *n > 0).ok_or_else(help)?;
        Ok(Rate { count, per })
    }
}
serde_as_text!(Rate: "a rate in quotes, such as \"50/s\"");

/// The network as it is without faults.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Network {
    /// How long a packet travels (on top of the regions' distance).
    pub latency: Law,
    /// The share of packets lost.
    pub loss: Probability,
    /// Whether packets on one link may overtake each other.
    pub ordering: Ordering,
    /// The latency graph, if the places are not all alike.
    pub regions: Option<Regions>,
}

impl Default for Network {
    fn default() -> Network {
        Network {
            latency: Law::Uniform(Span::from_millis(1), Span::from_millis(10)),
            loss: Probability::ZERO,
            ordering: Ordering::Any,
            regions: None,
        }
    }
}

/// Whether packets on one link keep their order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub enum Ordering {
    /// Each packet travels by itself.
    #[default]
    Any,
    /// A packet never arrives before one sent earlier on the same directed link.
    Fifo,
}

/// A latency graph: places, and how long a packet travels between neighbours. Distances are shortest paths.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Regions {
    /// The regions' names.
    pub names: Vec<String>,
    /// Edges in both directions: two regions, by position, and the time between them.
    pub links: Vec<(u16, u16, Span)>,
    /// The region of each node, by position.
    pub nodes: Vec<u16>,
    /// The region of each client, by position.
    pub clients: Vec<u16>,
}

/// The disks as they are without faults. Reads and writes take no time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DiskSettings {
    /// How long a sync takes.
    pub sync: Law,
}

impl Default for DiskSettings {
    fn default() -> DiskSettings {
        DiskSettings { sync: Law::Constant(Span::from_millis(1)) }
    }
}

/// Who restarts a crashed node, and when.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Supervisor {
    /// When a node that may run again is started.
    pub restart: Restart,
    /// How the delay grows with each restart of the same node.
    pub backoff: Option<Backoff>,
    /// After how many restarts a node is left down.
    pub give_up: GiveUp,
}

impl Default for Supervisor {
    fn default() -> Supervisor {
        Supervisor { restart: Restart::AtOnce, backoff: None, give_up: GiveUp::Never }
    }
}

/// When the supervisor starts a node that may run again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Restart {
    /// At the end of the crash window.
    AtOnce,
    /// This long after the end of the crash window.
    After(Span),
    /// Not at all.
    Never,
}

/// Growing restart delays.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backoff {
    /// What each restart multiplies the delay by.
    pub factor: u32,
    /// The longest delay.
    pub max: Span,
}

/// When the supervisor stops trying.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum GiveUp {
    /// Never.
    Never,
    /// After this many restarts of one node.
    After(u32),
}

/// Where decisions come from.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Chance {
    /// From the seed's key, each by its address.
    Seeded(u64),
    /// Every decision has its default, but for the exceptions.
    Frozen(Vec<Exception>),
}

/// One decision that differs from its default.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Exception {
    /// The packet is lost (default: it arrives).
    Lost(Address),
    /// The packet's time on the way, regions apart (default: the median of the network's law).
    Delayed(Address, Span),
    /// The packet is damaged, as [`corrupt`](crate::Protocol::corrupt) does it with these bits (default: it is whole).
    Corrupted(Address, u64),
    /// The packet arrives this many extra times (default: 0).
    Copies(Address, u8),
    /// What was chosen, as its [`ChoiceKind`] says (default: 0; for lengths of time the median of their law).
    Chosen(Address, u64),
}

/// Which packet or choice an exception is about. A packet has a number on its link, a choice one at its place; an
/// exception with the address of the other sort is about nothing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Address {
    /// The packet or choice with this causal identity.
    Id(Identity),
    /// The `nth` packet of this kind (from 0, copies not counted) on this directed link.
    Nth {
        /// The sender.
        from: Place,
        /// The receiver.
        to: Place,
        /// The message's kind; `request` and `reply` for those of clients.
        kind: String,
        /// Its number, from 0.
        nth: u32,
    },
    /// The `nth` choice of this kind (from 0, defaults counted) at this place.
    At {
        /// Who chooses, or whose disk it befalls.
        place: Place,
        /// What the choice is about.
        kind: ChoiceKind,
        /// Its number, from 0.
        nth: u32,
    },
}

/// An end of a link: a node or a client.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Place {
    /// A node.
    Node(NodeId),
    /// A client, by position.
    Client(u16),
}

/// What stops a run, or a judge, that does not end by itself. Running out is `undecided`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Handled events in a run, at most 4,000,000,000.
    pub events: u64,
    /// Handled events at one instant.
    pub instant: u64,
    /// Packets on the way at once.
    pub in_flight: u64,
    /// Steps in judging a history that has to be searched for an order, at most 100,000,000: see [`Budget`].
    pub search: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { events: 50_000_000, instant: 1_000_000, in_flight: 5_000_000, search: Budget::default().0 }
    }
}

impl Plan {
    /// The name of a place.
    pub fn name_of(&self, place: Place) -> &str {
        match place {
            Place::Node(id) => self.nodes.get(usize::from(id.0)).map_or("?", |n| &n.name),
            Place::Client(c) => self.clients.names.get(usize::from(c)).map_or("?", |n| n),
        }
    }
    /// Every node name, by id.
    pub fn node_names(&self) -> Vec<&str> {
        self.nodes.iter().map(|n| n.name.as_str()).collect()
    }
}

impl Plan {
    /// The frozen plan of a run recorded with [`RunOptions::freeze`](crate::RunOptions): windows of chance have become
    /// exceptions, generated operations are listed (`operations`: their RON texts, in the order of the outcome's). Its
    /// run has the identical digest.
    pub fn freeze(&self, outcome: &crate::Outcome, operations: Vec<String>) -> Plan {
        let mut frozen = self.clone();
        frozen.chance = Chance::Frozen(outcome.exceptions.clone());
        frozen.windows.retain(|window| !window.fault.family().is_chance());
        frozen.network.loss = Probability::ZERO;
        for (node, used) in frozen.nodes.iter_mut().zip(&outcome.rng_used) {
            if !used {
                node.rng = 0;
            }
        }
        frozen.clients.load = Load::Listed(
            outcome
                .operations
                .iter()
                .zip(operations)
                .map(|(&(client, id, start), op)| Operation { id, client, start, op })
                .collect(),
        );
        frozen
    }
}
