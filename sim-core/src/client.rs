//! The generic client: it sends an operation over the same faulty network, waits, retries or gives up, follows redirects,
//! and records what it was told. So a history is correct by construction, and no protocol author writes a client.

use crate::chance::{Identity, Purpose};
use crate::check::Observation;
use crate::check::history::{Ending as Told, Moment};
use crate::choice::{Asked, ChoiceKind};
use crate::context::RequestId;
use crate::law::Law;
use crate::network::{Fate, Journey, Parcel};
use crate::node::NodeId;
use crate::plan::{Arrivals, Load, Place, Route, Start};
use crate::protocol::Protocol;
use crate::queue::Entry;
use crate::simulation::{Kind, Simulation, order_of, tag};
use crate::time::{Span, Time};
use crate::trace::TraceKind;

/// The bytes of a request or reply on the wire.
pub(crate) const CLIENT_BYTES: u32 = 128;

/// A client during a run.
#[derive(Debug, Default)]
pub(crate) struct Client {
    /// The stable name, hashed.
    pub(crate) name: Identity,
    /// How many operations have been started.
    started: u32,
    /// In a listed load: the positions of this client's operations.
    list: Vec<u32>,
    /// The time of the last arrival of a Poisson process.
    arrival: Time,
    /// The node that is asked next.
    target: u16,
    /// The operations under way, by slot.
    open: Vec<u32>,
}

/// An operation under way.
#[derive(Debug)]
pub(crate) struct Pending<Op> {
    request: RequestId,
    /// Its position among its client's operations.
    position: u32,
    op: Op,
    identity: Identity,
    started: Time,
    cause: u32,
    target: NodeId,
    /// Some attempt may have been applied.
    doubtful: bool,
    /// The entry in the queue that ends the wait.
    wait: u64,
    /// Its number in the ledger.
    entry: u32,
}

/// A request on its way to a node.
#[derive(Debug)]
pub(crate) struct Request<Op> {
    pub(crate) id: RequestId,
    pub(crate) identity: Identity,
    pub(crate) cause: u32,
    pub(crate) op: Op,
}

/// An answer on its way to a client.
#[derive(Debug)]
pub(crate) struct Reply<Ret> {
    pub(crate) id: RequestId,
    pub(crate) from: NodeId,
    pub(crate) identity: Identity,
    pub(crate) cause: u32,
    pub(crate) answer: Answer<Ret>,
}

/// What a node told a client.
#[derive(Clone, Debug)]
pub(crate) enum Answer<Ret> {
    Ok(Ret),
    Refused,
    Redirect(NodeId),
}

/// How an operation ended.
enum Ending {
    Answered,
    Failed,
    Unknown,
}

impl<P: Protocol> Simulation<P> {
    pub(crate) fn reset_clients(&mut self, input: &crate::Input<'_, P>) {
        let settings = &input.plan.clients;
        self.clients.truncate(settings.names.len());
        self.clients.resize_with(settings.names.len(), Client::default);
        for (client, name) in self.clients.iter_mut().zip(&settings.names) {
            client.name = Identity::of_name(name);
            (client.started, client.target, client.arrival) = (0, 0, Time::ZERO);
            client.list.clear();
            client.open.clear();
        }
        if let Load::Listed(list) = &settings.load {
            for (position, operation) in list.iter().enumerate() {
                if let Some(client) = self.clients.get_mut(usize::from(operation.client)) {
                    client.list.push(position as u32);
                }
            }
        }
    }

    /// Queues the start of a client's next operation. `ended`: the one before it has just ended.
    pub(crate) fn schedule_next(&mut self, input: &crate::Input<'_, P>, client: u16, ended: bool) {
        let state = &mut self.clients[usize::from(client)];
        let start = match &input.plan.clients.load {
            Load::Generated { requests, .. } if state.started >= *requests => return,
            Load::Generated { arrivals: Arrivals::Closed { think }, .. } => Start::After(*think),
            Load::Generated { arrivals: Arrivals::Poisson { rate }, .. } => {
                let identity = state.name.child(Purpose::Operation, u64::from(state.started));
                let bits = self.decide.key().map_or(1 << 63, |key| key.draw(Purpose::Arrival, identity));
                Start::At(state.arrival.saturating_add(Law::Exponential(rate.interval()).sample(bits)))
            }
            Load::Listed(list) => match state.list.get(state.started as usize) {
                Some(position) => list[*position as usize].start,
                None => return,
            },
        };
        let at = match start {
            Start::At(at) if !ended => at.max(self.now),
            Start::After(span) if ended || state.started == 0 => self.now.saturating_add(span),
            // The other half of the condition will come: an end for `After`, a start for `At`.
            _ => return,
        };
        state.arrival = at;
        self.push(at, tag(Kind::ClientStart, client), 0);
    }

    /// A client starts its next operation.
    pub(crate) fn client_starts(&mut self, input: &crate::Input<'_, P>, client: u16) {
        let state = &mut self.clients[usize::from(client)];
        let position = state.started;
        state.started += 1;
        let (number, start, op) = match &input.plan.clients.load {
            Load::Generated { arrivals, .. } => {
                let start = match arrivals {
                    Arrivals::Closed { think } => Start::After(*think),
                    Arrivals::Poisson { .. } => Start::At(self.now),
                };
                let identity = state.name.child(Purpose::Operation, u64::from(position));
                let op = match (input.workload, self.decide.key()) {
                    (Some(workload), Some(key)) => {
                        P::generate(workload, &mut key.draws(Purpose::Workload, identity), client, position)
                    }
                    _ => None,
                };
                (position, start, op)
            }
            Load::Listed(list) => {
                let index = state.list[position as usize] as usize;
                (list[index].id, list[index].start, input.operations.get(index).cloned())
            }
        };
        let Some(op) = op else { return };
        self.schedule_next(input, client, false);
        let state = &self.clients[usize::from(client)];
        let identity = state.name.child(Purpose::Operation, u64::from(number));
        let nodes = input.plan.nodes.len() as u16;
        let target = match input.plan.clients.route {
            Route::FollowRedirect => NodeId(state.target % nodes.max(1)),
            Route::RoundRobin => NodeId(((u32::from(client) + position) % u32::from(nodes.max(1))) as u16),
            Route::Random => NodeId(0),
            Route::Node(node) => NodeId(node.min(nodes.saturating_sub(1))),
        };
        let event = self.begin(identity);
        if self.decide.recording() {
            self.started_operations.push((client, number, start, op.clone()));
        }
        let request = RequestId { client, operation: number, attempt: 0 };
        if self.watch.tracing() {
            let text = format!("asks {op:?} (operation {number})");
            self.note(TraceKind::Client, Some(Place::Client(client)), Some(identity), None, text);
        }
        self.observe(&Observation::Invoked(request));
        let entry = self.ledger.call(client, Moment { at: self.now, event }, &op);
        let slot = self.pending.insert(Pending {
            request,
            position,
            op,
            identity,
            started: self.now,
            cause: event,
            target,
            doubtful: false,
            wait: 0,
            entry,
        });
        self.clients[usize::from(client)].open.push(slot);
        self.attempt(input, slot);
    }

    /// Sends the current attempt of an operation and starts to wait.
    fn attempt(&mut self, input: &crate::Input<'_, P>, slot: u32) {
        let Some(pending) = self.pending.get_mut(slot) else { return };
        let (request, op, cause) = (pending.request, pending.op.clone(), pending.cause);
        let attempt = pending.identity.child(Purpose::Attempt, u64::from(request.attempt));
        let nodes = input.plan.nodes.len() as u64;
        if nodes == 0 {
            return;
        }
        if input.plan.clients.route == Route::Random {
            let identity = attempt.child(Purpose::Route, 0);
            let asked = Asked { identity, place: Place::Client(request.client), kind: ChoiceKind::Route };
            pending.target = NodeId(self.decide.choose(asked, nodes) as u16);
        }
        let to = pending.target;
        self.unused.routes &= to == NodeId(0);
        let order = order_of(crate::simulation::CLASS_EVENT, self.sequence);
        pending.wait = order;
        self.sequence += 1;
        let time = self.now.saturating_add(input.plan.clients.timeout);
        self.queue.push(Entry { time, order, what: tag(Kind::ClientWait, request.client), slot });
        if request.attempt > 0 {
            self.observe(&Observation::Tried(request));
        }

        let identity = attempt.child(Purpose::Send, self.nodes[to.index()].name.0);
        let ends = (self.client_end(request.client), u32::from(to.0));
        let (from, place) = (Place::Client(request.client), Place::Node(to));
        match self.route_packet(Parcel { ends, identity, bytes: CLIENT_BYTES }, from, place, "request") {
            Fate::Arrives(Journey { damage: Some(_), .. }) => self.damaged(place, cause, "request", identity),
            Fate::Lost(_) => {}
            Fate::Arrives(Journey { at, copies, .. }) => {
                if let (1.., Some(pending)) = (copies, self.pending.get_mut(slot)) {
                    // A copy may be applied after the original was refused.
                    pending.doubtful = true;
                }
                for copy in 1..=u64::from(copies) {
                    let identity = identity.child(Purpose::Copy, copy);
                    let Some(at) = self.route_copy(ends, identity) else { continue };
                    let slot = self.requests.insert(Request { id: request, identity, cause, op: op.clone() });
                    self.push(at, tag(Kind::Request, to.0), slot);
                }
                let slot = self.requests.insert(Request { id: request, identity, cause, op });
                self.push(at, tag(Kind::Request, to.0), slot);
            }
        }
    }

    /// The wait of an operation is over: its attempt has timed out, or its pause has ended.
    pub(crate) fn client_wait_over(&mut self, input: &crate::Input<'_, P>, entry: &Entry) {
        let Some(pending) = self.pending.get_mut(entry.slot).filter(|pending| pending.wait == entry.order) else {
            return;
        };
        // The time-out of an attempt that is still out: it may have been applied.
        pending.doubtful = true;
        let (request, identity, cause) = (pending.request, pending.identity, pending.cause);
        let event = self.begin(identity.child(Purpose::Attempt, 1 << 32 | u64::from(request.attempt)));
        if let Some(pending) = self.pending.get_mut(entry.slot) {
            pending.cause = event;
        }
        if self.watch.tracing() {
            let text = format!("has waited long enough for operation {}", request.operation);
            self.note(TraceKind::Client, Some(Place::Client(request.client)), Some(identity), Some(cause), text);
        }
        self.try_again(input, entry.slot, None);
    }

    /// The pause before another attempt is over.
    pub(crate) fn client_retries(&mut self, input: &crate::Input<'_, P>, entry: &Entry) {
        if self.pending.get_mut(entry.slot).is_some_and(|pending| pending.wait == entry.order) {
            self.attempt(input, entry.slot);
        }
    }

    /// Goes on to the next attempt, or gives up.
    fn try_again(&mut self, input: &crate::Input<'_, P>, slot: u32, redirect: Option<NodeId>) {
        let settings = &input.plan.clients;
        (self.unused.retries, self.unused.routes) = (false, false);
        let Some(pending) = self.pending.get_mut(slot) else { return };
        if pending.request.attempt + 1 >= settings.attempts {
            let ending = if pending.doubtful { Ending::Unknown } else { Ending::Failed };
            self.end(input, slot, &ending);
            return;
        }
        pending.request.attempt += 1;
        let nodes = input.plan.nodes.len() as u16;
        if let Some(to) = redirect.filter(|to| to.0 < nodes) {
            pending.target = to;
        } else if !matches!(settings.route, Route::Node(_)) {
            pending.target = NodeId((pending.target.0 + 1) % nodes.max(1));
        }
        let (client, target) = (pending.request.client, pending.target);
        self.clients[usize::from(client)].target = target.0;
        let backoff = if redirect.is_some() { Span::ZERO } else { settings.backoff };
        if backoff == Span::ZERO {
            self.attempt(input, slot);
            return;
        }
        let order = order_of(crate::simulation::CLASS_EVENT, self.sequence);
        self.sequence += 1;
        if let Some(pending) = self.pending.get_mut(slot) {
            pending.wait = order;
        }
        let time = self.now.saturating_add(backoff);
        self.queue.push(Entry { time, order, what: tag(Kind::ClientRetry, client), slot });
    }

    /// An answer has arrived at its client.
    pub(crate) fn client_hears(&mut self, input: &crate::Input<'_, P>, entry: &Entry) {
        let reply = self.replies.take(entry.slot);
        let client = reply.id.client;
        let place = Some(Place::Client(client));
        if self.network.was_severed(entry.order, u32::from(reply.from.0), self.client_end(client)) {
            self.lost_at(Place::Client(client), true, reply.cause, "reply", reply.identity);
            return;
        }
        let open = &self.clients[usize::from(client)].open;
        let of_this = |slot: &&u32| {
            self.pending.get(**slot).is_some_and(|pending| pending.request.operation == reply.id.operation)
        };
        let Some(&slot) = open.iter().find(of_this) else { return };
        let Some(pending) = self.pending.get_mut(slot) else { return };
        let current = pending.request.attempt == reply.id.attempt;
        if !current && !matches!(reply.answer, Answer::Ok(_)) {
            return;
        }
        self.begin(reply.identity);
        let event = self.events;
        if let Some(pending) = self.pending.get_mut(slot) {
            pending.cause = event;
        }
        if self.watch.tracing() {
            let name = self.names[reply.from.index()].clone();
            let text = match &reply.answer {
                Answer::Ok(ret) => format!("is told {ret:?} by {name} (operation {})", reply.id.operation),
                Answer::Refused => format!("is refused by {name} (operation {})", reply.id.operation),
                Answer::Redirect(to) => {
                    format!("is sent on to {} by {name} (operation {})", self.name_of(*to), reply.id.operation)
                }
            };
            self.note(TraceKind::Client, place, Some(reply.identity), Some(reply.cause), text);
        }
        match reply.answer {
            Answer::Ok(ret) => {
                std::hash::Hash::hash(&ret, &mut self.digest);
                if let Some(pending) = self.pending.get_mut(slot) {
                    // Perhaps an earlier attempt than the last one.
                    pending.request.attempt = reply.id.attempt;
                    self.ledger.end(pending.entry, Told::Answered(Moment { at: self.now, event }, ret));
                }
                self.unused.routes &= reply.from == NodeId(0);
                self.clients[usize::from(client)].target = reply.from.0;
                self.end(input, slot, &Ending::Answered);
            }
            Answer::Refused => self.try_again(input, slot, None),
            Answer::Redirect(to) => self.try_again(input, slot, Some(to)),
        }
    }

    /// An operation has ended.
    fn end(&mut self, input: &crate::Input<'_, P>, slot: u32, ending: &Ending) {
        let pending = self.pending.take(slot);
        let request = pending.request;
        self.clients[usize::from(request.client)].open.retain(|open| *open != slot);
        let took = self.now.since(pending.started);
        let (seen, word) = match ending {
            Ending::Answered => (Observation::Answered(request, took), ""),
            Ending::Failed => {
                self.ledger.end(pending.entry, Told::Failed);
                (Observation::Failed(request, took), "gives up: certainly not applied")
            }
            Ending::Unknown => (Observation::Unknown(request, took), "gives up: perhaps applied"),
        };
        if self.watch.tracing() && !word.is_empty() {
            let text = format!("{word} (operation {})", request.operation);
            let (place, identity) = (Some(Place::Client(request.client)), Some(pending.identity));
            self.note(TraceKind::Fact, place, identity, Some(pending.cause), text);
        }
        self.digest.fold(self.now.0, u64::from(request.operation) << 8 | u64::from(word.len() as u8));
        self.observe(&seen);
        self.count_down();
        if self.clients[usize::from(request.client)].started == pending.position + 1 {
            self.schedule_next(input, request.client, true);
        }
    }

    pub(crate) fn client_end(&self, client: u16) -> u32 {
        (self.nodes.len() + usize::from(client)) as u32
    }
}
