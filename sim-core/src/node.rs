//! The identity of a node and its life: up, down, absent, standing still.

use std::collections::VecDeque;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::chance::{Identity, Probability, Purpose};
use crate::clock::Clock;
use crate::disk::Disk;
use crate::law::Law;
use crate::outbox::Held;
use crate::plan::{GiveUp, NodePlan, Restart, Supervisor};
use crate::protocol::Protocol;
use crate::queue::Entry;
use crate::time::Span;
use crate::timer::Timers;

/// A node's dense id: `0..n` in the order of the plan. Names, not ids, enter draws.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NodeId(pub u16);

impl NodeId {
    /// As an index.
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}
impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "n{}", self.0)
    }
}
impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What of a node waits for its disk, and what is wrong with that.
pub(crate) struct Storage<P: Protocol> {
    /// What waits behind a sync, in order; the first is the barrier under way.
    pub(crate) outbox: VecDeque<Held<P>>,
    /// Which sync under way counts: an earlier one was lost in a crash.
    pub(crate) sync_number: u32,
    /// Open windows of unsynced crashes and of slow disks, with their addresses.
    pub(crate) unsynced: Vec<(u32, Probability, Probability)>,
    pub(crate) slow_disk: Vec<(u32, Law)>,
}

impl<P: Protocol> Default for Storage<P> {
    fn default() -> Self {
        Storage { outbox: VecDeque::new(), sync_number: 0, unsynced: Vec::new(), slow_disk: Vec::new() }
    }
}

/// A node and its machine during a run.
pub(crate) struct Node<P: Protocol> {
    /// The volatile state; `None` while the process is down.
    pub(crate) state: Option<P>,
    /// What arrived while the node could not handle it, in order.
    pub(crate) backlog: VecDeque<Entry>,
    /// Open pause windows.
    pub(crate) pauses: u32,
    /// At work on a handler that takes time.
    pub(crate) busy: bool,
    pub(crate) clock: Clock,
    /// Something waits behind a sync.
    pub(crate) holding: bool,
    /// Its disk, apart from what every event reads, and only if it has one: most protocols never write.
    pub(crate) disk: Option<Box<Disk>>,
    storage: Option<Box<Storage<P>>>,
    pub(crate) timers: Timers<P::Timer>,
    /// How long each handler takes.
    pub(crate) service: Span,
    /// Open windows that keep the process from running.
    pub(crate) holds: u32,
    /// The stable name, hashed.
    pub(crate) name: Identity,
    pub(crate) rng: u64,
    /// The identity of its next start, and the event that causes it.
    pub(crate) start: (Identity, u32),
    /// Starts so far that the supervisor brought about.
    pub(crate) restarts: u32,
    /// Which scheduled restart counts: an earlier one is overtaken by a new crash.
    pub(crate) restart_number: u32,
    /// Which scheduled wake-up counts.
    pub(crate) wake_number: u32,
    /// The machine itself restarts, and its monotonic clock with it.
    pub(crate) rebooting: bool,
}

impl<P: Protocol> Node<P> {
    pub(crate) fn new(plan: &NodePlan) -> Node<P> {
        let mut node = Node {
            state: None,
            backlog: VecDeque::new(),
            pauses: 0,
            busy: false,
            clock: Clock::new(plan.offset, plan.drift),
            holding: false,
            disk: None,
            storage: None,
            timers: Timers::default(),
            service: Span::ZERO,
            holds: 0,
            name: Identity::default(),
            rng: 0,
            start: (Identity::default(), 0),
            restarts: 0,
            restart_number: 0,
            wake_number: 0,
            rebooting: false,
        };
        node.reset(plan);
        node
    }

    /// Makes it a fresh node of another run; keeps the memory.
    pub(crate) fn reset(&mut self, plan: &NodePlan) {
        self.state = None;
        self.backlog.clear();
        self.timers.clear();
        (self.pauses, self.holds, self.restarts) = (0, 0, 0);
        (self.restart_number, self.wake_number) = (0, 0);
        (self.busy, self.rebooting) = (false, false);
        self.clock = Clock::new(plan.offset, plan.drift);
        self.holding = false;
        (self.disk, self.storage) = (None, None);
        self.service = Span::ZERO;
        self.name = Identity::of_name(&plan.name);
        self.rng = plan.rng;
        self.start = (self.name.child(Purpose::Start, 0), 0);
    }

    /// Its disk, made on first use.
    pub(crate) fn disk(&mut self) -> &mut Disk {
        self.disk.get_or_insert_default()
    }

    /// What waits for the disk, made on first use.
    pub(crate) fn storage(&mut self) -> &mut Storage<P> {
        self.storage.get_or_insert_default()
    }

    /// How likely a crash now keeps an unsynced write, and tears it: the worst of the open windows.
    pub(crate) fn unsynced(&self) -> Option<(Probability, Probability)> {
        let windows = self.storage.iter().flat_map(|storage| &storage.unsynced);
        windows.map(|(_, keep, tear)| (*keep, *tear)).reduce(|a, b| (a.0.max(b.0), a.1.max(b.1)))
    }

    /// The process is gone, and with it all that waited for the disk.
    pub(crate) fn empty_outbox(&mut self) {
        self.holding = false;
        if let Some(storage) = &mut self.storage {
            storage.outbox = VecDeque::new();
            storage.sync_number += 1;
        }
    }

    /// Whether what arrives has to wait.
    #[inline]
    pub(crate) fn waits(&self) -> bool {
        self.pauses > 0 || self.busy || !self.backlog.is_empty()
    }

    /// How long after it may run again the supervisor starts this node; `None`: not at all.
    pub(crate) fn restart_delay(&self, supervisor: &Supervisor) -> Option<Span> {
        if matches!(supervisor.give_up, GiveUp::After(most) if self.restarts >= most) {
            return None;
        }
        let delay = match supervisor.restart {
            Restart::AtOnce => Span::ZERO,
            Restart::After(span) => span,
            Restart::Never => return None,
        };
        Some(match supervisor.backoff {
            None => delay,
            Some(backoff) => {
                let factor = u64::from(backoff.factor).saturating_pow(self.restarts);
                delay.saturating_mul(factor).min(backoff.max)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Backoff;
    use crate::{Context, Never};

    struct Idle;
    impl Protocol for Idle {
        const NAME: &'static str = "idle";
        type Config = ();
        type Workload = ();
        type Message = ();
        type Timer = ();
        type Op = Never;
        type Ret = Never;
        fn boot((): &(), _: NodeId, _: u16) -> Idle {
            Idle
        }
        fn on_message(&mut self, _: &mut Context<'_, Self>, _: NodeId, (): ()) {}
        fn kind((): &()) -> &'static str {
            "unit"
        }
    }

    #[test]
    fn the_supervisor_backs_off_and_gives_up() {
        let backoff = Some(Backoff { factor: 2, max: Span::from_secs(5) });
        let supervisor = Supervisor { restart: Restart::After(Span::from_secs(2)), backoff, give_up: GiveUp::After(3) };
        let mut node = Node::<Idle>::new(&NodePlan::named("a"));
        let delays: Vec<_> = (0..4)
            .map(|restarts| {
                node.restarts = restarts;
                node.restart_delay(&supervisor)
            })
            .collect();
        let secs = |n| Some(Span::from_secs(n));
        assert_eq!(delays, [secs(2), secs(4), secs(5), None]);
    }
}
