//! The simulation: a pure function from a plan to an outcome.
//!
//! One queue, one loop. This file holds the run's state and the loop; what handlers ask for is in `effect`, what windows
//! do in `window`, what clients do in `client`.

use std::any::Any;
use std::hash::Hash;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::chance::{Identity, Purpose};
use crate::check::{Conclusion, Observation};
use crate::client::{Client, Pending, Reply, Request};
use crate::context::{Context, Effect};
use crate::decide::Decide;
use crate::digest::Digest;
use crate::fault::{Family, Fired};
use crate::ledger::Ledger;
use crate::network::Network;
use crate::node::{Node, NodeId};
use crate::outcome::{End, Outcome, RunOptions, Where};
use crate::plan::{Place, Plan, Start};
use crate::protocol::Protocol;
use crate::queue::{Entry, Queue};
use crate::slab::Slab;
use crate::time::Time;
use crate::timer::Popped;
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

const KINDS: [Kind; 13] = [
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

/// Which handler is at work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Handler {
    /// `boot` and `on_start`.
    Start,
    /// `on_message`, with the message's kind.
    Message(&'static str),
    /// `on_timer`.
    Timer,
    /// `on_request`.
    Request,
    /// `on_stop`.
    Stop,
    /// `on_fault`.
    Fault,
    /// `on_sync_error`.
    SyncError,
}

impl std::fmt::Display for Handler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Handler::Start => f.write_str("on_start"),
            Handler::Message(kind) => write!(f, "on_message {kind}"),
            Handler::Timer => f.write_str("on_timer"),
            Handler::Request => f.write_str("on_request"),
            Handler::Stop => f.write_str("on_stop"),
            Handler::Fault => f.write_str("on_fault"),
            Handler::SyncError => f.write_str("on_sync_error"),
        }
    }
}

/// Told before each handler: true time, node, handler. For a watchdog outside.
pub type Progress = Box<dyn FnMut(Time, NodeId, Handler)>;

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
    pub(crate) started_operations: Vec<(u16, u32, Start, P::Op)>,
    pub(crate) ledger: Ledger<P>,
    end: Option<End>,
    stop_at_violation: bool,
    instant: (Time, u64),
    limits: crate::plan::Limits,
    pub(crate) supervisor: crate::plan::Supervisor,
    pub(crate) disk_settings: crate::plan::DiskSettings,
    /// The handler at work; `None` while the kernel itself is.
    at_work: Option<(NodeId, Handler)>,
    progress: Option<Progress>,
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
            started_operations: Vec::new(),
            ledger: Ledger::default(),
            end: None,
            stop_at_violation: false,
            instant: (Time::ZERO, 0),
            limits: crate::plan::Limits::default(),
            supervisor: crate::plan::Supervisor::default(),
            disk_settings: crate::plan::DiskSettings::default(),
            at_work: None,
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
            let Some((node, handler)) = self.at_work else { resume_unwind(payload) };
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
        self.decide.reset(&plan.chance, plan.nodes.len(), options.freeze);
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
        self.started_operations.clear();
        self.ledger.reset(plan);
        self.reset_clients(input);
        (self.end, self.at_work) = (None, None);
        self.stop_at_violation = options.stop_at_violation;
        self.instant = (Time::ZERO, 0);
        (self.limits, self.supervisor, self.disk_settings) = (plan.limits, plan.supervisor, plan.disk);
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
            self.now = entry.time;
            self.happen(input, entry);
            if self.end.is_some() {
                return;
            }
        }
        self.now = self.until;
    }

    #[inline]
    fn happen(&mut self, input: &Input<'_, P>, entry: Entry) {
        let place = (entry.what >> 8) as u16;
        match KINDS[(entry.what & 0xff) as usize] {
            Kind::Message | Kind::Timer | Kind::Request | Kind::Start | Kind::Synced => {
                let node = &mut self.nodes[usize::from(place)];
                if node.waits() {
                    node.backlog.push_back(entry);
                } else {
                    self.handle(input, NodeId(place), entry);
                }
            }
            Kind::Reply => self.client_hears(input, &entry),
            Kind::Wake => self.wake(input, NodeId(place), entry.slot),
            Kind::WindowOpens => self.open_window(input, entry.slot as usize),
            Kind::WindowCloses => self.close_window(input, entry.slot as usize),
            Kind::Calm => {
                self.observe(&Observation::Calm);
            }
            Kind::ClientStart => self.client_starts(input, place),
            Kind::ClientWait => self.client_wait_over(input, &entry),
            Kind::ClientRetry => self.client_retries(input, &entry),
        }
    }

    /// Lets a node handle an entry now.
    fn handle(&mut self, input: &Input<'_, P>, id: NodeId, entry: Entry) {
        match KINDS[(entry.what & 0xff) as usize] {
            Kind::Message => self.deliver(id, &entry),
            Kind::Timer => self.timer_due(id, &entry),
            Kind::Request => self.deliver_request(id, &entry),
            Kind::Synced => return self.synced(input, id, entry.slot),
            _ => self.start(input, id, entry.slot),
        }
        let node = &mut self.nodes[id.index()];
        if node.service > crate::Span::ZERO && node.state.is_some() {
            let at = self.now.saturating_add(node.service);
            self.wake_at(at, id);
            self.fired.count(Family::Slow);
        }
    }

    /// Makes a node wait until `at`.
    pub(crate) fn wake_at(&mut self, at: Time, id: NodeId) {
        let node = &mut self.nodes[id.index()];
        node.busy = true;
        node.wake_number += 1;
        let number = node.wake_number;
        self.push(at, tag(Kind::Wake, id.0), number);
    }

    /// A node that stood still or was busy goes on with what has arrived meanwhile.
    fn wake(&mut self, input: &Input<'_, P>, id: NodeId, number: u32) {
        if self.nodes[id.index()].wake_number != number {
            return;
        }
        self.nodes[id.index()].busy = false;
        while self.end.is_none() {
            let node = &mut self.nodes[id.index()];
            if node.pauses > 0 || node.busy {
                return;
            }
            let Some(entry) = node.backlog.pop_front() else { return };
            self.handle(input, id, entry);
        }
    }

    fn deliver(&mut self, id: NodeId, entry: &Entry) {
        let Packet { identity, from, cause, message } = self.messages.take(entry.slot);
        let severed = self.network.was_severed(entry.order, u32::from(from.0), u32::from(id.0));
        if severed || self.nodes[id.index()].state.is_none() {
            self.lost_at(Place::Node(id), severed, cause, P::kind(&message), identity);
            return;
        }
        self.begin(identity, cause);
        message.hash(&mut self.digest);
        if self.watch.tracing() {
            let text = format!("receives {message:?} from {}", self.names[from.index()]);
            self.note(TraceKind::Deliver, Some(Place::Node(id)), Some(identity), Some(cause), text);
        }
        let kind = P::kind(&message);
        self.call(id, identity, Handler::Message(kind), |state, ctx| state.on_message(ctx, from, message));
    }

    fn deliver_request(&mut self, id: NodeId, entry: &Entry) {
        let Request { id: request, identity, cause, op } = self.requests.take(entry.slot);
        let severed = self.network.was_severed(entry.order, self.client_end(request.client), u32::from(id.0));
        if severed || self.nodes[id.index()].state.is_none() {
            self.lost_at(Place::Node(id), severed, cause, "request", identity);
            return;
        }
        self.begin(identity, cause);
        op.hash(&mut self.digest);
        if self.watch.tracing() {
            let client = &self.names[self.nodes.len() + usize::from(request.client)];
            let text = format!("is asked {op:?} by {client} (operation {})", request.operation);
            self.note(TraceKind::Request, Some(Place::Node(id)), Some(identity), Some(cause), text);
        }
        self.call(id, identity, Handler::Request, |state, ctx| state.on_request(ctx, request, op));
    }

    fn timer_due(&mut self, id: NodeId, entry: &Entry) {
        let node = &mut self.nodes[id.index()];
        match node.timers.popped(entry, &node.clock, self.now) {
            Popped::Stale => {}
            Popped::Later(time, order) => self.queue.push(Entry { time, order, ..*entry }),
            Popped::Fires(due) => {
                self.begin(due.identity, due.cause);
                if self.watch.tracing() {
                    let text = format!("timer {:?} fires", due.timer);
                    self.note(TraceKind::Timer, Some(Place::Node(id)), Some(due.identity), Some(due.cause), text);
                }
                self.call(id, due.identity, Handler::Timer, |state, ctx| state.on_timer(ctx, due.timer));
            }
        }
    }

    /// A node starts or restarts, unless a later crash has overtaken the restart.
    fn start(&mut self, input: &Input<'_, P>, id: NodeId, number: u32) {
        let node = &mut self.nodes[id.index()];
        if node.state.is_some() || node.holds > 0 || node.restart_number != number {
            return;
        }
        if std::mem::take(&mut node.rebooting) {
            node.clock.reboot(self.now);
        }
        let (identity, cause) = node.start;
        self.begin(identity, cause);
        if self.watch.tracing() {
            let text = "starts".to_owned();
            self.note(TraceKind::Start, Some(Place::Node(id)), Some(identity), Some(cause), text);
        }
        self.at_work = Some((id, Handler::Start));
        if let Some(progress) = &mut self.progress {
            progress(self.now, id, Handler::Start);
        }
        let state = P::boot(input.config, id, input.plan.nodes.len() as u16);
        self.at_work = None;
        self.nodes[id.index()].state = Some(state);
        self.observe(&Observation::Started(id));
        self.call(id, identity, Handler::Start, |state, ctx| state.on_start(ctx));
    }

    /// Calls a handler and carries out what it asked for.
    #[inline]
    pub(crate) fn call(
        &mut self,
        id: NodeId,
        event: Identity,
        handler: Handler,
        work: impl FnOnce(&mut P, &mut Context<'_, P>),
    ) {
        let nodes = self.nodes.len() as u16;
        let node = &mut self.nodes[id.index()];
        let Some(state) = &mut node.state else { return };
        let mut ctx = Context {
            id,
            nodes,
            now: self.now,
            clock: &node.clock,
            event,
            choices: 0,
            rng_key: node.rng,
            rng: None,
            disk: &mut node.disk,
            decide: &mut self.decide,
            effects: &mut self.effects,
        };
        if let Some(progress) = &mut self.progress {
            progress(self.now, id, handler);
        }
        self.at_work = Some((id, handler));
        work(state, &mut ctx);
        self.at_work = None;
        if self.end.is_some() {
            self.name_limit(id, handler);
        }
        self.carry_out(id, event);
    }

    /// Counts and digests an event that is handled now; its number.
    #[inline]
    pub(crate) fn begin(&mut self, identity: Identity, cause: u32) -> u32 {
        let _ = cause;
        self.events += 1;
        self.digest.fold(self.now.0, identity.0);
        if self.instant.0 == self.now {
            self.instant.1 += 1;
        } else {
            self.instant = (self.now, 1);
        }
        if u64::from(self.events) >= self.limits.events.min(4_000_000_000)
            || self.instant.1 >= self.limits.instant
            || self.messages.len() as u64 > self.limits.in_flight
        {
            self.run_out();
        }
        self.events
    }

    /// A limit has run out: the current event is the last.
    #[cold]
    fn run_out(&mut self) {
        let limit = if self.messages.len() as u64 > self.limits.in_flight {
            "in_flight"
        } else if self.instant.1 >= self.limits.instant {
            "instant"
        } else {
            "events"
        };
        // The handler is known once it is called: `conclude` fills it in.
        let at = Where { time: self.now, node: "the clients".to_owned(), handler: String::new() };
        self.end.get_or_insert(End::Limit { limit, at });
    }

    pub(crate) fn observe(&mut self, seen: &Observation<'_>) {
        self.observe_at(self.events, seen);
    }

    /// Shows the checkers something that stems from an event.
    pub(crate) fn observe_at(&mut self, event: u32, seen: &Observation<'_>) {
        let violated = self.watch.observe(self.now, event, seen);
        if violated && self.stop_at_violation {
            self.end.get_or_insert(End::Violation);
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
        let (mut checks, measures, trace) = self.watch.conclude(&conclusion);
        self.ledger.judge(&conclusion, &mut checks);
        for node in &self.nodes {
            self.fired.add(Family::FullDisk, node.disk.refused);
            self.fired.add(Family::Misdirect, node.disk.misdirected);
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
            measures,
            exceptions,
            rng_used,
            operations,
            trace,
        };
        Run { outcome, operations: typed }
    }

    /// Fills in which handler was at work when a limit ran out.
    pub(crate) fn name_limit(&mut self, id: NodeId, handler: Handler) {
        if let Some(End::Limit { at, .. }) = &mut self.end
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
