//! Carrying out what a handler asked for, in order, when it has returned.

use std::hash::Hash;

use crate::chance::{Identity, Purpose};
use crate::check::Observation;
use crate::client::{Answer, CLIENT_BYTES, Reply};
use crate::context::{Effect, RequestId};
use crate::digest::Digest;
use crate::fault::Family;
use crate::network::{Fate, Journey, Loss, Parcel};
use crate::node::NodeId;
use crate::plan::Place;
use crate::protocol::Protocol;
use crate::queue::Entry;
use crate::simulation::{CLASS_EVENT, Kind, Packet, Simulation, order_of, tag};
use crate::time::{Span, Time};
use crate::trace::TraceKind;
use crate::value::Value;

/// The event that something stems from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    pub(crate) node: NodeId,
    pub(crate) identity: Identity,
    pub(crate) event: u32,
}

impl<P: Protocol> Simulation<P> {
    /// Carries out the effects of the current event, `identity`, at a node.
    #[inline]
    pub(crate) fn carry_out(&mut self, id: NodeId, identity: Identity) {
        if self.effects.is_empty() {
            return;
        }
        let origin = Origin { node: id, identity, event: self.events };
        let mut effects = std::mem::take(&mut self.effects);
        for effect in effects.drain(..) {
            if let Effect::Crash = effect {
                self.crash(id, identity.child(Purpose::Start, 0));
                self.may_restart(id);
                break;
            }
            if self.nodes[id.index()].holding || matches!(effect, Effect::Sync { .. }) {
                self.hold(origin, effect);
            } else {
                self.apply(origin, None, effect);
            }
        }
        effects.clear();
        self.effects = effects;
    }

    /// Carries out one effect. `nth`: its number among what its event sent to the same end, if it has one already.
    #[inline]
    pub(crate) fn apply(&mut self, origin: Origin, nth: Option<u64>, effect: Effect<P>) {
        match effect {
            Effect::Send(to, message) => {
                let nth = nth.unwrap_or_else(|| self.sent_to(u32::from(to.0)));
                self.send(origin, nth, to, message);
            }
            Effect::Broadcast(message) => self.broadcast(origin, &message),
            Effect::SetTimer(timer, after) => self.set_timer(origin, timer, after),
            Effect::CancelTimer(timer) => {
                let hash = Digest::of(&timer);
                self.nodes[origin.node.index()].timers.cancel(&timer, hash);
            }
            Effect::Reply(request, ret) => self.answer(origin, nth, request, Answer::Ok(ret)),
            Effect::Refuse(request) => self.answer(origin, nth, request, Answer::Refused),
            Effect::Redirect(request, to) => self.answer(origin, nth, request, Answer::Redirect(to)),
            Effect::Record(fact, statement) => self.record(origin, fact, &statement.0, &statement.1),
            // Neither is ever held.
            Effect::Sync { .. } | Effect::Crash => {}
        }
    }

    fn broadcast(&mut self, origin: Origin, message: &P::Message) {
        for to in (0..self.nodes.len() as u16).map(NodeId).filter(|to| *to != origin.node) {
            let nth = self.sent_to(u32::from(to.0));
            self.send(origin, nth, to, message.clone());
        }
    }

    #[inline]
    fn send(&mut self, origin: Origin, nth: u64, to: NodeId, message: P::Message) {
        let (id, cause) = (origin.node, origin.event);
        let identity = origin.identity.child(Purpose::Send, self.network.name(u32::from(to.0)).0.wrapping_add(nth));
        if self.watch.tracing() {
            let text = format!("sends {message:?} to {}", self.names[to.index()]);
            self.note(TraceKind::Send, Some(Place::Node(id)), Some(identity), Some(cause), text);
        }
        if to == id {
            self.push_message(self.now, to, Packet { identity, from: id, cause, message });
            return;
        }
        if !self.watch.tracing()
            && let Some(delay) = self.network.quick(&self.decide, identity)
        {
            self.watch.sent += 1;
            let at = self.now.saturating_add(delay);
            self.push_message(at, to, Packet { identity, from: id, cause, message });
            return;
        }
        let ends = (u32::from(id.0), u32::from(to.0));
        let kind = P::kind(&message);
        let parcel = Parcel { ends, identity, bytes: P::size(&message) };
        match self.route_packet(parcel, Place::Node(id), Place::Node(to), kind) {
            Fate::Lost(_) => {}
            Fate::Arrives(Journey { at, copies, damage }) => {
                let message = match damage {
                    None => message,
                    Some(bits) => match P::corrupt(&message, bits) {
                        Some(damaged) => damaged,
                        None => return self.damaged(Place::Node(to), cause, kind, identity),
                    },
                };
                for copy in 1..=u64::from(copies) {
                    let identity = identity.child(Purpose::Copy, copy);
                    let Some(at) = self.route_copy(ends, identity) else { continue };
                    self.push_message(at, to, Packet { identity, from: id, cause, message: message.clone() });
                }
                self.push_message(at, to, Packet { identity, from: id, cause, message });
            }
        }
    }

    /// Asks the network what becomes of a packet.
    #[inline]
    pub(crate) fn route_packet(&mut self, parcel: Parcel, from: Place, to: Place, kind: &'static str) -> Fate {
        self.watch.sent += 1;
        if self.watch.tracing() {
            self.watch.number(parcel.identity, from, to, kind);
        }
        let link = || (from, to, kind);
        let fate = self.network.fate(&mut self.decide, &mut self.fired, self.now, parcel, link);
        if let Fate::Lost(loss) = fate {
            self.watch.lost += 1;
            if self.watch.tracing() {
                let reason = match loss {
                    Loss::Chance => "on the way",
                    Loss::Cut => "at a cut",
                    Loss::Full => "before a full queue",
                };
                let text = format!("{kind} to {} is lost {reason}", self.names[parcel.ends.1 as usize]);
                self.note(TraceKind::Lost, Some(from), Some(parcel.identity), Some(self.events), text);
            }
        }
        fate
    }

    pub(crate) fn route_copy(&mut self, ends: (u32, u32), identity: Identity) -> Option<Time> {
        self.network.copy(&mut self.decide, &mut self.fired, self.now, ends, identity)
    }

    /// A packet has reached a node that is down, or its link was severed while it was in flight.
    pub(crate) fn lost_at(&mut self, place: Place, severed: bool, cause: u32, kind: &'static str, identity: Identity) {
        self.watch.lost += 1;
        if severed {
            self.fired.count(Family::Sever);
        }
        if self.watch.tracing() {
            let reason = if severed { "does not receive a severed" } else { "is down and does not receive" };
            self.note(TraceKind::Lost, Some(place), Some(identity), Some(cause), format!("{reason} {kind}"));
        }
    }

    /// A packet is dropped because its damage is noticed.
    pub(crate) fn damaged(&mut self, place: Place, cause: u32, kind: &'static str, identity: Identity) {
        self.watch.lost += 1;
        if self.watch.tracing() {
            self.note(TraceKind::Lost, Some(place), Some(identity), Some(cause), format!("drops a damaged {kind}"));
        }
    }

    fn set_timer(&mut self, origin: Origin, timer: P::Timer, after: Span) {
        let (id, hash) = (origin.node, Digest::of(&timer));
        let identity = origin.identity.child(Purpose::Timer, hash);
        let order = order_of(CLASS_EVENT, self.sequence);
        self.sequence += 1;
        let node = &mut self.nodes[id.index()];
        let due = node.clock.monotonic(self.now) + after;
        let at = node.clock.when(due, self.now);
        if let Some((slot, time)) = node.timers.set(timer, hash, due, at, order, identity, origin.event) {
            self.queue.push(Entry { time, order, what: tag(Kind::Timer, id.0), slot });
        }
    }

    fn answer(&mut self, origin: Origin, nth: Option<u64>, request: RequestId, answer: Answer<P::Ret>) {
        let (id, cause) = (origin.node, origin.event);
        let client = request.client;
        if usize::from(client) >= self.clients.len() {
            return;
        }
        let end = self.client_end(client);
        let nth = nth.unwrap_or_else(|| self.sent_to(end));
        let name = self.clients[usize::from(client)].name;
        let identity = origin.identity.child(Purpose::Reply, name.0.wrapping_add(nth));
        if self.watch.tracing() {
            let words = match &answer {
                Answer::Ok(ret) => format!("answers {ret:?} to"),
                Answer::Refused => "refuses".to_owned(),
                Answer::Redirect(to) => format!("sends on to {}", self.name_of(*to)),
            };
            let text = format!("{words} {} (operation {})", self.names[end as usize], request.operation);
            self.note(TraceKind::Send, Some(Place::Node(id)), Some(identity), Some(cause), text);
        }
        let ends = (u32::from(id.0), end);
        let place = Place::Client(client);
        if let Fate::Arrives(Journey { at, copies, damage }) =
            self.route_packet(Parcel { ends, identity, bytes: CLIENT_BYTES }, Place::Node(id), place, "reply")
        {
            if damage.is_some() {
                return self.damaged(place, cause, "reply", identity);
            }
            for copy in 1..=u64::from(copies) {
                let identity = identity.child(Purpose::Copy, copy);
                let Some(at) = self.route_copy(ends, identity) else { continue };
                let reply = Reply { id: request, from: id, identity, cause, answer: answer.clone() };
                let slot = self.replies.insert(reply);
                self.push(at, tag(Kind::Reply, client), slot);
            }
            let slot = self.replies.insert(Reply { id: request, from: id, identity, cause, answer });
            self.push(at, tag(Kind::Reply, client), slot);
        }
    }

    fn record(&mut self, origin: Origin, fact: usize, key: &Value, value: &Value) {
        let id = origin.node;
        self.holders[fact] = Some(id);
        self.recorded[fact] += 1;
        self.digest.fold(u64::from(id.0), fact as u64);
        (key, value).hash(&mut self.digest);
        let fact = &P::FACTS[fact];
        if self.watch.tracing() {
            let (key, value) = (self.in_words(key), self.in_words(value));
            let text = format!("records {}({key}) = {value}", fact.name);
            self.note(TraceKind::Fact, Some(Place::Node(id)), None, Some(origin.event), text);
        }
        self.observe_at(origin.event, &Observation::Fact { node: id, fact, key, value });
    }

    pub(crate) fn name_of(&self, id: NodeId) -> String {
        self.names.get(id.index()).filter(|_| id.index() < self.nodes.len()).cloned().unwrap_or_else(|| id.to_string())
    }

    /// A value with nodes by name.
    fn in_words(&self, value: &Value) -> String {
        match value {
            Value::Node(id) => self.name_of(*id),
            Value::Tuple(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| self.in_words(part)).collect();
                format!("({})", parts.join(", "))
            }
            other => other.to_string(),
        }
    }
}
