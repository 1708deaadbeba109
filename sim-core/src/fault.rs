//! Faults: what may go wrong, and when. Every fault is a window `[from, until)` with a kind and a target.
//!
//! [`Fault`] is generic over how a target is named: a scenario file names nodes by number, name or role; a
//! [`Plan`](crate::plan::Plan) holds a [`Target`].

mod family;

use serde::{Deserialize, Serialize};

pub use self::family::{Family, Fired};

use crate::chance::Probability;
use crate::law::Law;
use crate::node::NodeId;
use crate::time::{Drift, SignedSpan, Span, Time, Until};
use crate::unit::{Bandwidth, Bytes};

/// A fault and the time during which it holds.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Window {
    /// The window's identity within its plan: it stays the same when other windows are removed.
    pub id: u32,
    /// When it opens.
    pub from: Time,
    /// When it closes.
    pub until: Until,
    /// What goes wrong meanwhile.
    pub fault: Fault<Target>,
}

/// What a fault in a plan aims at.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Target {
    /// A node.
    Node(NodeId),
    /// A client, by its position. Only in the groups and links of network faults.
    Client(u16),
    /// Whichever node last recorded this fact when the window opens; nobody, or one that is down: it does not fire.
    Holder(String),
}

/// Which directed links a network fault touches.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub enum Links<T> {
    /// Every link, those of clients included.
    #[default]
    All,
    /// Links that leave one of these.
    From(Vec<T>),
    /// Links that lead to one of these.
    To(Vec<T>),
    /// The one directed link from the first to the second.
    Link(T, T),
    /// Links in both directions between the first group and the second.
    Between(Vec<T>, Vec<T>),
}

/// The kinds of fault.
///
/// Network faults act when a packet is sent: what is in flight when a cut opens still arrives. Losses, delays and
/// duplicates of several windows add up by or, sum and max, so their order does not matter.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(bound(deserialize = "T: Deserialize<'de>", serialize = "T: Serialize"))]
pub enum Fault<T> {
    /// The process dies and loses its volatile state; it *may* run again when the window ends (the supervisor decides).
    Crash(T),
    /// The machine restarts: a crash that also restarts the monotonic clock.
    Reboot(T),
    /// A crash that also loses the disk.
    Amnesia(T),
    /// The process is told to stop, has its last words ([`on_stop`](crate::Protocol::on_stop)) and ends.
    Stop(T),
    /// The process stands still (a garbage collection, a suspended machine): what arrives waits and runs at resume, in order.
    Pause(T),
    /// Each handler takes this long; what arrives meanwhile queues.
    Slow(T, Span),
    /// The node is not there: `[0, t)` is a late join, `[t, Never)` a departure. Nothing survives of its process.
    Absent(T),

    /// Only members of the same group reach each other; who is in no group reaches everybody.
    Partition(Vec<Vec<T>>),
    /// Nothing passes from the first group to the second; the other way everything does.
    OneWay {
        /// The senders whose packets are cut.
        from: Vec<T>,
        /// The receivers that they cannot reach.
        to: Vec<T>,
    },
    /// Two groups that cannot reach each other, though nodes in neither reach both.
    Bridge(Vec<T>, Vec<T>),
    /// The node reaches nobody and nobody reaches it, clients included.
    Isolate(T),
    /// A partition that also drops what is in flight across it when it opens.
    Sever(Vec<Vec<T>>),
    /// Links that work for `up`, then are cut for `down`, and so on while the window lasts.
    Flap {
        /// How long the links work at a time.
        up: Span,
        /// How long they are cut at a time.
        down: Span,
        /// Where.
        #[serde(default = "Links::all", skip_serializing_if = "Links::is_all")]
        on: Links<T>,
    },
    /// Links hold what is sent until the window closes, then release it. One that never closes loses it.
    Clog {
        /// Where.
        #[serde(default = "Links::all", skip_serializing_if = "Links::is_all")]
        on: Links<T>,
    },
    /// Links carry no more than this many bytes a second; what does not fit into the queue before them is lost.
    Bandwidth {
        /// Bytes per second of each directed link.
        rate: Bandwidth,
        /// What may wait before each link.
        queue: Bytes,
        /// Where.
        #[serde(default = "Links::all", skip_serializing_if = "Links::is_all")]
        on: Links<T>,
    },
    /// Packets are lost in bursts: each directed link is good and bad by turns (Gilbert and Elliott's model in continuous
    /// time), for exponentially distributed lengths of time.
    Burst {
        /// The mean length of a good period.
        good: Span,
        /// The mean length of a bad period.
        bad: Span,
        /// The share of packets lost in a bad period.
        rate: Probability,
        /// Where.
        #[serde(default = "Links::all", skip_serializing_if = "Links::is_all")]
        on: Links<T>,
    },
    /// Packets are damaged: the protocol's [`corrupt`](crate::Protocol::corrupt) says how; by default they are dropped.
    Corrupt {
        /// The share of packets damaged.
        rate: Probability,
        /// Where.
        #[serde(default = "Links::all", skip_serializing_if = "Links::is_all")]
        on: Links<T>,
    },
    /// Packets are lost.
    Loss {
        /// The share of packets lost.
        rate: Probability,
        /// Where.
        #[serde(default = "Links::all", skip_serializing_if = "Links::is_all")]
        on: Links<T>,
    },
    /// Packets arrive a second time, the copy on its own delay.
    Duplicate {
        /// The share of packets duplicated.
        rate: Probability,
        /// Where.
        #[serde(default = "Links::all", skip_serializing_if = "Links::is_all")]
        on: Links<T>,
    },
    /// Packets take longer.
    Delay {
        /// The delay added to that of the network.
        by: Law,
        /// Where.
        #[serde(default = "Links::all", skip_serializing_if = "Links::is_all")]
        on: Links<T>,
    },
    /// Some packets are held back, so that later ones overtake them.
    Reorder {
        /// The share of packets held back.
        rate: Probability,
        /// For at most this long, uniformly.
        by: Span,
        /// Where.
        #[serde(default = "Links::all", skip_serializing_if = "Links::is_all")]
        on: Links<T>,
    },

    /// Both clocks of the node run at this rate error, on top of its own. What is gained stays.
    Drift(T, Drift),
    /// The wall clock is set by this much when the window opens, and back when it closes.
    Step(T, SignedSpan),
    /// The wall clock is moved gradually by this much over the window, and keeps it. The window must close, and be longer
    /// than the move.
    Slew(T, SignedSpan),
    /// Both clocks of the node stand still.
    FreezeClock(T),

    /// A crash during the window may keep unsynced writes, any subset of them, and tear the ones that cross a sector.
    Unsynced {
        /// Whose disk.
        node: T,
        /// How likely each unsynced write survives.
        keep: Probability,
        /// How likely a surviving write of several sectors is torn.
        tear: Probability,
    },
    /// Syncs report success and make nothing durable.
    SyncLies(T),
    /// Syncs fail.
    SyncError(T),
    /// Syncs take longer.
    SlowDisk(T, Law),
    /// Writes find no room.
    FullDisk(T),
    /// One stored bit flips when the window opens.
    BitRot(T),
    /// Writes land in another sector of their file.
    Misdirect(T, Probability),

    /// A fault that the protocol itself knows: its [`on_fault`](crate::Protocol::on_fault) is told when it begins and ends.
    Custom(T, String),
}

impl<T> Links<T> {
    fn all() -> Links<T> {
        Links::All
    }
    /// Whether these are all links.
    pub fn is_all(&self) -> bool {
        matches!(self, Links::All)
    }

    /// The same links with every target named another way; the first error ends it.
    pub fn try_map<U, E>(&self, name: &mut impl FnMut(&T) -> Result<U, E>) -> Result<Links<U>, E> {
        Ok(match self {
            Links::All => Links::All,
            Links::From(group) => Links::From(try_map_group(group, name)?),
            Links::To(group) => Links::To(try_map_group(group, name)?),
            Links::Link(from, to) => Links::Link(name(from)?, name(to)?),
            Links::Between(left, right) => Links::Between(try_map_group(left, name)?, try_map_group(right, name)?),
        })
    }
}

fn try_map_group<T, U, E>(group: &[T], name: &mut impl FnMut(&T) -> Result<U, E>) -> Result<Vec<U>, E> {
    group.iter().map(name).collect()
}

impl<T> Fault<T> {
    /// The family under which the fault is counted and drawn, as chaos `kinds` name it.
    pub const fn family(&self) -> Family {
        match self {
            Fault::Crash(_) => Family::Crash,
            Fault::Reboot(_) => Family::Reboot,
            Fault::Amnesia(_) => Family::Amnesia,
            Fault::Stop(_) => Family::Stop,
            Fault::Pause(_) => Family::Pause,
            Fault::Slow(..) => Family::Slow,
            Fault::Absent(_) => Family::Absent,
            Fault::Partition(_) => Family::Partition,
            Fault::OneWay { .. } => Family::OneWay,
            Fault::Bridge(..) => Family::Bridge,
            Fault::Isolate(_) => Family::Isolate,
            Fault::Sever(_) => Family::Sever,
            Fault::Flap { .. } => Family::Flap,
            Fault::Clog { .. } => Family::Clog,
            Fault::Bandwidth { .. } => Family::Bandwidth,
            Fault::Burst { .. } => Family::Burst,
            Fault::Corrupt { .. } => Family::Corrupt,
            Fault::Loss { .. } => Family::Loss,
            Fault::Duplicate { .. } => Family::Duplicate,
            Fault::Delay { .. } => Family::Delay,
            Fault::Reorder { .. } => Family::Reorder,
            Fault::Drift(..) => Family::Drift,
            Fault::Step(..) => Family::Step,
            Fault::Slew(..) => Family::Slew,
            Fault::FreezeClock(_) => Family::FreezeClock,
            Fault::Unsynced { .. } => Family::Unsynced,
            Fault::SyncLies(_) => Family::SyncLies,
            Fault::SyncError(_) => Family::SyncError,
            Fault::SlowDisk(..) => Family::SlowDisk,
            Fault::FullDisk(_) => Family::FullDisk,
            Fault::BitRot(_) => Family::BitRot,
            Fault::Misdirect(..) => Family::Misdirect,
            Fault::Custom(..) => Family::Custom,
        }
    }

    /// The same fault with every target named another way; the first error ends it.
    pub fn try_map<U, E>(&self, mut name: impl FnMut(&T) -> Result<U, E>) -> Result<Fault<U>, E> {
        let name = &mut name;
        Ok(match self {
            Fault::Crash(t) => Fault::Crash(name(t)?),
            Fault::Reboot(t) => Fault::Reboot(name(t)?),
            Fault::Amnesia(t) => Fault::Amnesia(name(t)?),
            Fault::Stop(t) => Fault::Stop(name(t)?),
            Fault::Pause(t) => Fault::Pause(name(t)?),
            Fault::Slow(t, span) => Fault::Slow(name(t)?, *span),
            Fault::Absent(t) => Fault::Absent(name(t)?),
            Fault::Partition(groups) => {
                Fault::Partition(groups.iter().map(|g| try_map_group(g, name)).collect::<Result<_, E>>()?)
            }
            Fault::OneWay { from, to } => {
                Fault::OneWay { from: try_map_group(from, name)?, to: try_map_group(to, name)? }
            }
            Fault::Bridge(left, right) => Fault::Bridge(try_map_group(left, name)?, try_map_group(right, name)?),
            Fault::Isolate(t) => Fault::Isolate(name(t)?),
            Fault::Sever(groups) => {
                Fault::Sever(groups.iter().map(|g| try_map_group(g, name)).collect::<Result<_, E>>()?)
            }
            Fault::Flap { up, down, on } => Fault::Flap { up: *up, down: *down, on: on.try_map(name)? },
            Fault::Clog { on } => Fault::Clog { on: on.try_map(name)? },
            Fault::Bandwidth { rate, queue, on } => {
                Fault::Bandwidth { rate: *rate, queue: *queue, on: on.try_map(name)? }
            }
            Fault::Burst { good, bad, rate, on } => {
                Fault::Burst { good: *good, bad: *bad, rate: *rate, on: on.try_map(name)? }
            }
            Fault::Corrupt { rate, on } => Fault::Corrupt { rate: *rate, on: on.try_map(name)? },
            Fault::Loss { rate, on } => Fault::Loss { rate: *rate, on: on.try_map(name)? },
            Fault::Duplicate { rate, on } => Fault::Duplicate { rate: *rate, on: on.try_map(name)? },
            Fault::Delay { by, on } => Fault::Delay { by: *by, on: on.try_map(name)? },
            Fault::Reorder { rate, by, on } => Fault::Reorder { rate: *rate, by: *by, on: on.try_map(name)? },
            Fault::Drift(t, drift) => Fault::Drift(name(t)?, *drift),
            Fault::Step(t, by) => Fault::Step(name(t)?, *by),
            Fault::Slew(t, by) => Fault::Slew(name(t)?, *by),
            Fault::FreezeClock(t) => Fault::FreezeClock(name(t)?),
            Fault::Unsynced { node, keep, tear } => Fault::Unsynced { node: name(node)?, keep: *keep, tear: *tear },
            Fault::SyncLies(t) => Fault::SyncLies(name(t)?),
            Fault::SyncError(t) => Fault::SyncError(name(t)?),
            Fault::SlowDisk(t, law) => Fault::SlowDisk(name(t)?, *law),
            Fault::FullDisk(t) => Fault::FullDisk(name(t)?),
            Fault::BitRot(t) => Fault::BitRot(name(t)?),
            Fault::Misdirect(t, rate) => Fault::Misdirect(name(t)?, *rate),
            Fault::Custom(t, what) => Fault::Custom(name(t)?, what.clone()),
        })
    }

    /// Every target named, in order.
    pub fn targets(&self) -> Vec<&T> {
        let mut all = Vec::new();
        let links = match self {
            Fault::Crash(t)
            | Fault::Reboot(t)
            | Fault::Amnesia(t)
            | Fault::Stop(t)
            | Fault::Pause(t)
            | Fault::Slow(t, _)
            | Fault::Absent(t)
            | Fault::Isolate(t)
            | Fault::Drift(t, _)
            | Fault::Step(t, _)
            | Fault::Slew(t, _)
            | Fault::FreezeClock(t)
            | Fault::Unsynced { node: t, .. }
            | Fault::SyncLies(t)
            | Fault::SyncError(t)
            | Fault::SlowDisk(t, _)
            | Fault::FullDisk(t)
            | Fault::BitRot(t)
            | Fault::Misdirect(t, _)
            | Fault::Custom(t, _) => {
                all.push(t);
                return all;
            }
            Fault::Partition(groups) | Fault::Sever(groups) => {
                all.extend(groups.iter().flatten());
                return all;
            }
            Fault::OneWay { from, to } => {
                all.extend(from.iter().chain(to));
                return all;
            }
            Fault::Bridge(left, right) => {
                all.extend(left.iter().chain(right));
                return all;
            }
            Fault::Flap { on, .. }
            | Fault::Clog { on }
            | Fault::Bandwidth { on, .. }
            | Fault::Burst { on, .. }
            | Fault::Corrupt { on, .. }
            | Fault::Loss { on, .. }
            | Fault::Duplicate { on, .. }
            | Fault::Delay { on, .. }
            | Fault::Reorder { on, .. } => on,
        };
        match links {
            Links::All => {}
            Links::From(group) | Links::To(group) => all.extend(group),
            Links::Link(from, to) => all.extend([from, to]),
            Links::Between(left, right) => all.extend(left.iter().chain(right)),
        }
        all
    }
}
