//! The simulation: a pure function from a plan to an outcome.
//!
//! One queue, one loop. This file holds the run's state and the loop; how an entry reaches a node is in `dispatch`, what
//! handlers ask for in `effect`, what windows do in `window`, what clients do in `client`.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::chance::{Identity, Purpose};
use crate::check::{Conclusion, Observation};
use crate::client::{Client, Pending, Reply, Request};
use crate::context::Effect;
use crate::decide::Decide;
use crate::digest::Digest;
use crate::fault::{Family, Fired};
use crate::handler::{AtWork, Progress};
use crate::ledger::Ledger;
use crate::network::Network;
use crate::node::{Node, NodeId};
use crate::outcome::{End, Outcome, RunOptions, Unused, Where};
use crate::plan::{Place, Plan, Start};
use crate::protocol::Protocol;
use crate::queue::{Entry, Queue};
use crate::slab::Slab;
use crate::time::Time;
use crate::trace::{TraceEntry, TraceKind};
use crate::watch::Watch;

/// A plan with its protocol's types parsed.
pub struct Input<'a, P: Protocol> {
    /// The plan.
    pub plan: &'a Plan,
    /// Its config, parsed.
    pub config: &'a P::Config,
    /// Its workload, parsed; needed when the load is generated.
    pub workload: Option<&'a P::Workload>,
    /// Its operations, parsed, in the order of a listed load.
    pub operations: &'a [P::Op],
}

impl<P: Protocol> Clone for Input<'_, P> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<P: Protocol> Copy for Input<'_, P> {}

/// An outcome, and the operations that were generated.
pub struct Run<P: Protocol> {
    /// The outcome.
    pub outcome: Outcome,
    /// With [`RunOptions::freeze`]: what was asked, in the order of [`Outcome::operations`].
    pub operations: Vec<P::Op>,
}

/// What an entry of the queue is: the low byte of its tag. The rest of the tag is a node or client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Kind {
    Message,
    Timer,
    Request,
    Reply,
    Wake,
    Start,
    WindowOpens,
    WindowCloses,
    Calm,
    ClientStart,
    ClientWait,
    ClientRetry,
    Synced,
}

pub(crate) const KINDS: [Kind; 13] = [
    Kind::Message,
    Kind::Timer,
    Kind::Request,
    Kind::Reply,
    Kind::Wake,
    Kind::Start,
    Kind::WindowOpens,
    Kind::WindowCloses,
    Kind::Calm,
    Kind::ClientStart,
    Kind::ClientWait,
    Kind::ClientRetry,
    Kind::Synced,
];

/// Event numbers are 32 bits wide.
const EVENTS_MAX: u64 = 4_000_000_000;

/// At equal times: window edges first, then starts, then everything else in the order in which it was scheduled.
pub(crate) const CLASS_EDGE: u64 = 0;
pub(crate) const CLASS_START: u64 = 1;
pub(crate) const CLASS_EVENT: u64 = 2;

#[inline]
pub(crate) const fn tag(kind: Kind, place: u16) -> u32 {
    kind as u32 | (place as u32) << 8
}
#[inline]
pub(crate) const fn order_of(class: u64, sequence: u64) -> u64 {
    class << 56 | sequence
}

/// A message on its way.
#[derive(Debug)]
pub(crate) struct Packet<M> {
    pub(crate) identity: Identity,
    pub(crate) from: NodeId,
    pub(crate) cause: u32,
    pub(crate) message: M,
}

/// A simulator of one protocol. It keeps its buffers from run to run; nothing else passes from one to the next.
pub struct Simulation<P: Protocol> {
    pub(crate) queue: Queue,
    pub(crate) sequence: u64,
    pub(crate) now: Time,
    pub(crate) until: Time,
    pub(crate) events: u32,
    pub(crate) digest: Digest,
    pub(crate) decide: Decide,
    pub(crate) network: Network,
    pub(crate) fired: Fired,
    pub(crate) watch: Watch,
    pub(crate) nodes: Vec<Node<P>>,
    pub(crate) clients: Vec<Client>,
    /// Node and client names, in the order of ends.
    pub(crate) names: Vec<String>,
    pub(crate) messages: Slab<Packet<P::Message>>,
    pub(crate) requests: Slab<Request<P::Op>>,
    pub(crate) replies: Slab<Reply<P::Ret>>,
    pub(crate) pending: Slab<Pending<P::Op>>,
    pub(crate) effects: Vec<Effect<P>>,
    /// For each end, how often the current event has sent to it.
    pub(crate) sent: Vec<(u32, u32)>,
    /// Which node each open window took, and the last node to record each fact.
    pub(crate) taken: Vec<Option<NodeId>>,
    pub(crate) holders: Vec<Option<NodeId>>,
    /// How often each fact was recorded.
    pub(crate) recorded: Vec<u64>,
    pub(crate) started_operations: Vec<(u16, u32, Start, P::Op)>,
    pub(crate) ledger: Ledger<P>,
    pub(crate) unused: Unused,
    pub(crate) end: Option<End>,
    stop_when_decided: bool,
    /// Where all that is judged is told by operations: how many of them have not ended.
    unended: Option<u64>,
    /// The event with which the next limit runs out.
    last_event: u32,
    limits: crate::plan::Limits,
    pub(crate) supervisor: crate::plan::Supervisor,
    pub(crate) disk_settings: crate::plan::DiskSettings,
    pub(crate) at_work: AtWork,
    pub(crate) progress: Option<Progress>,
}

impl<P: Protocol> Default for Simulation<P> {
    fn default() -> Self {
        Simulation::new()
    }
}

impl<P: Protocol> Simulation<P> {
    /// A simulator with empty buffers.
    pub fn new() -> Simulation<P> {
        Simulation {
            queue: Queue::default(),
            sequence: 0,
            now: Time::ZERO,
            until: Time::ZERO,
            events: 0,
            digest: Digest::new(),
            decide: Decide::default(),
            network: Network::default(),
            fired: Fired::default(),
            watch: Watch::default(),
            nodes: Vec::new(),
            clients: Vec::new(),
            names: Vec::new(),
            messages: Slab::default(),
            requests: Slab::default(),
            replies: Slab::default(),
            pending: Slab::default(),
            effects: Vec::new(),
            sent: Vec::new(),
            taken: Vec::new(),
            holders: Vec::new(),
            recorded: Vec::new(),
            started_operations: Vec::new(),
            ledger: Ledger::default(),
            unused: Unused::ALL,
            end: None,
            stop_when_decided: false,
            unended: None,
            last_event: 0,
            limits: crate::plan::Limits::default(),
            supervisor: crate::plan::Supervisor::default(),
            disk_settings: crate::plan::DiskSettings::default(),
            at_work: AtWork::default(),
            progress: None,
        }
    }

    /// Has `progress` told before every handler of later runs. It cannot alter a run.
    pub fn set_progress(&mut self, progress: Option<Progress>) {
        self.progress = progress;
    }

    /// Runs a plan. A panic in a handler ends the run and is part of the outcome; one in the kernel passes through.
    pub fn run(&mut self, input: Input<'_, P>, options: RunOptions) -> Run<P> {
        self.reset(&input, options);
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| self.go(&input))) {
            let Some((node, handler)) = self.at_work.handler() else { resume_unwind(payload) };
            let at = Where { time: self.now, node: self.names[node.index()].clone(), handler: handler.to_string() };
            self.end = Some(End::Panic { at, message: words_of(payload.as_ref()) });
        }
        self.conclude(&input)
    }

    fn reset(&mut self, input: &Input<'_, P>, options: RunOptions) {
        let plan = input.plan;
        self.queue.clear();
        (self.sequence, self.now, self.until, self.events) = (0, Time::ZERO, plan.until, 0);
        self.digest = Digest::new();
        self.decide.reset(&plan.chance, plan.nodes.len(), options.freeze, options.trace);
        self.fired = Fired::default();
        self.watch.reset(plan, options.trace);
        self.nodes.truncate(plan.nodes.len());
        for (index, node) in plan.nodes.iter().enumerate() {
            match self.nodes.get_mut(index) {
                Some(old) => old.reset(node),
                None => self.nodes.push(Node::new(node)),
            }
        }
        self.names.clear();
        self.names.extend(plan.nodes.iter().map(|node| node.name.clone()));
        self.names.extend(plan.clients.names.iter().cloned());
        self.network.reset(&plan.network, self.names.iter().map(|name| Identity::of_name(name)));
        self.messages.clear();
        self.requests.clear();
        self.replies.clear();
        self.pending.clear();
        self.effects.clear();
        self.sent.clear();
        self.sent.resize(self.names.len(), (u32::MAX, 0));
        self.taken.clear();
        self.taken.resize(plan.windows.len(), None);
        self.holders.clear();
        self.holders.resize(P::FACTS.len(), None);
        self.recorded.clear();
        self.recorded.resize(P::FACTS.len(), 0);
        self.started_operations.clear();
        self.ledger.reset(plan);
        self.reset_clients(input);
        (self.end, self.at_work, self.unused) = (None, AtWork::default(), Unused::ALL);
        self.stop_when_decided = options.stop_when_decided;
        self.unended =
            (options.stop_when_decided && self.ledger.is_all_that_is_judged(plan)).then(|| plan.clients.operations());
        (self.limits, self.supervisor, self.disk_settings) = (plan.limits, plan.supervisor, plan.disk);
        self.advance(Time::ZERO);
    }

    /// Queues what the plan itself brings about, then lets it happen.
    fn go(&mut self, input: &Input<'_, P>) {
        for (index, window) in input.plan.windows.iter().enumerate() {
            self.push_edge(window.from, Kind::WindowOpens, index);
            if let Some(until) = window.until.time() {
                self.push_edge(until, Kind::WindowCloses, index);
            }
        }
        self.push_edge(input.plan.calm, Kind::Calm, 0);
        for node in 0..self.nodes.len() {
            self.push_start(Time::ZERO, NodeId(node as u16));
        }
        for client in 0..self.clients.len() {
            self.schedule_next(input, client as u16, false);
        }
        while let Some(entry) = self.queue.pop() {
            if entry.time > self.until {
                break;
            }
            if entry.time != self.now {
                self.advance(entry.time);
            }
            self.happen(input, entry);
            if self.end.is_some() {
                return;
            }
        }
        self.now = self.until;
    }

    /// Counts and digests an event that is handled now; its number.
    #[inline]
    pub(crate) fn begin(&mut self, identity: Identity) -> u32 {
        self.events += 1;
        self.digest.fold(self.now.0, identity.0);
        if self.events >= self.last_event {
            let limit = if u64::from(self.events) >= self.limits.events.min(EVENTS_MAX) { "events" } else { "instant" };
            self.run_out(limit);
        }
        self.events
    }

    /// Moves on to another instant: the limit of events at one instant counts anew.
    #[inline]
    fn advance(&mut self, now: Time) {
        self.now = now;
        let at_most = u64::from(self.events).saturating_add(self.limits.instant);
        self.last_event = at_most.min(self.limits.events).min(EVENTS_MAX) as u32;
    }

    /// Puts a message on its way.
    #[inline]
    pub(crate) fn push_message(&mut self, at: Time, to: NodeId, packet: Packet<P::Message>) {
        let slot = self.messages.insert(packet);
        if u64::from(slot) >= self.limits.in_flight {
            self.run_out("in_flight");
        }
        self.push(at, tag(Kind::Message, to.0), slot);
    }

    /// A limit has run out: the current event is the last.
    #[cold]
    fn run_out(&mut self, limit: &'static str) {
        // The handler is known once it is called: `name_limit` fills it in.
        let at = Where { time: self.now, node: "the clients".to_owned(), handler: String::new() };
        self.end.get_or_insert(End::Limit { limit, at });
    }

    pub(crate) fn observe(&mut self, seen: &Observation<'_>) {
        self.observe_at(self.events, seen);
    }

    /// Shows the checkers something that stems from an event.
    pub(crate) fn observe_at(&mut self, event: u32, seen: &Observation<'_>) {
        let violated = self.watch.observe(self.now, event, seen);
        if violated && self.stop_when_decided {
            self.end.get_or_insert(End::Violation);
        }
    }

    /// An operation has ended. After the last one the history of the clients is complete.
    pub(crate) fn count_down(&mut self) {
        let Some(unended) = &mut self.unended else { return };
        *unended = unended.saturating_sub(1);
        if *unended == 0 {
            self.end.get_or_insert(End::Decided);
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, time: Time, what: u32, slot: u32) {
        let order = order_of(CLASS_EVENT, self.sequence);
        self.sequence += 1;
        self.queue.push(Entry { time, order, what, slot });
    }

    fn push_edge(&mut self, time: Time, kind: Kind, window: usize) {
        let order = order_of(CLASS_EDGE, self.sequence);
        self.sequence += 1;
        self.queue.push(Entry { time, order, what: tag(kind, 0), slot: window as u32 });
    }

    pub(crate) fn push_start(&mut self, time: Time, id: NodeId) {
        let order = order_of(CLASS_START, self.sequence);
        self.sequence += 1;
        let slot = self.nodes[id.index()].restart_number;
        self.queue.push(Entry { time, order, what: tag(Kind::Start, id.0), slot });
    }

    /// Records an entry of the trace. Only called when somebody records.
    pub(crate) fn note(
        &mut self,
        kind: TraceKind,
        place: Option<Place>,
        identity: Option<Identity>,
        cause: Option<u32>,
        text: String,
    ) {
        let (at, event) = (self.now, self.events);
        self.watch.note(|| TraceEntry { at, event, kind, place, text, cause, identity });
    }

    fn conclude(&mut self, input: &Input<'_, P>) -> Run<P> {
        let end = self.end.take().unwrap_or(End::Horizon);
        let conclusion = Conclusion { at: self.now, event: self.events, end: &end, plan: input.plan };
        let (mut checks, measures, mut trace) = self.watch.conclude(&conclusion);
        self.ledger.judge(&conclusion, &mut checks);
        for disk in self.nodes.iter().filter_map(|node| node.disk.as_ref()) {
            self.fired.add(Family::FullDisk, disk.refused);
            self.fired.add(Family::Misdirect, disk.misdirected);
        }
        if let Some(trace) = &mut trace {
            trace.choices = self.decide.take_choices();
        }
        let (exceptions, rng_used) = self.decide.take_recorded();
        let mut operations = Vec::with_capacity(self.started_operations.len());
        let mut typed = Vec::with_capacity(self.started_operations.len());
        for (client, id, start, op) in self.started_operations.drain(..) {
            operations.push((client, id, start));
            typed.push(op);
        }
        let outcome = Outcome {
            digest: self.digest,
            events: u64::from(self.events),
            simulated: self.now,
            end,
            checks,
            fired: self.fired,
            recorded: P::FACTS.iter().map(|fact| fact.name).zip(self.recorded.drain(..)).collect(),
            measures,
            unused: self.unused,
            exceptions,
            rng_used,
            operations,
            trace,
        };
        Run { outcome, operations: typed }
    }

    /// Fills in which handler was at work when a limit ran out.
    #[cold]
    pub(crate) fn name_limit(&mut self) {
        if let (Some(End::Limit { at, .. }), Some((id, handler))) = (&mut self.end, self.at_work.handler())
            && at.handler.is_empty()
        {
            at.node.clone_from(&self.names[id.index()]);
            at.handler = handler.to_string();
        }
    }

    /// The identity of the `index`-th thing that the current event sends to an end.
    #[inline]
    pub(crate) fn sent_to(&mut self, end: u32) -> u64 {
        let mark = &mut self.sent[end as usize];
        if mark.0 != self.events {
            *mark = (self.events, 0);
        }
        mark.1 += 1;
        u64::from(mark.1 - 1)
    }

    /// The start of a node that a window ended for.
    pub(crate) fn start_identity(&self, id: NodeId, window: u32) -> Identity {
        self.nodes[id.index()].name.child(Purpose::Start, u64::from(window) + 1)
    }
}

/// What a panic said.
fn words_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}
