//! Dispatch: what leaves the queue reaches a node, now or when the node can handle it, and one of its handlers runs.

use std::hash::Hash;

use crate::chance::Identity;
use crate::check::Observation;
use crate::client::Request;
use crate::context::Context;
use crate::fault::Family;
use crate::handler::{Handler, Work};
use crate::node::NodeId;
use crate::plan::Place;
use crate::protocol::Protocol;
use crate::queue::Entry;
use crate::simulation::{Input, KINDS, Kind, Packet, Simulation, tag};
use crate::time::{Span, Time};
use crate::timer::Popped;
use crate::trace::TraceKind;

impl<P: Protocol> Simulation<P> {
    /// Lets an entry of the queue happen.
    #[inline]
    pub(crate) fn happen(&mut self, input: &Input<'_, P>, entry: Entry) {
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
    #[inline(always)]
    fn handle(&mut self, input: &Input<'_, P>, id: NodeId, entry: Entry) {
        let before = self.events;
        match KINDS[(entry.what & 0xff) as usize] {
            Kind::Message => self.deliver(id, &entry),
            Kind::Timer => self.timer_due(id, &entry),
            Kind::Request => self.deliver_request(id, &entry),
            Kind::Synced => return self.synced(id, entry.slot),
            _ => self.start(input, id, entry.slot),
        }
        let node = &mut self.nodes[id.index()];
        if node.service > Span::ZERO && self.events != before && node.state.is_some() {
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
        self.begin(identity);
        message.hash(&mut self.digest);
        if self.watch.tracing() {
            let text = format!("receives {message:?} from {}", self.names[from.index()]);
            self.note(TraceKind::Deliver, Some(Place::Node(id)), Some(identity), Some(cause), text);
        }
        let kind = P::kind(&message);
        self.at_work.names(kind);
        self.call(id, identity, Work::Message, |state, ctx| state.on_message(ctx, from, message));
    }

    fn deliver_request(&mut self, id: NodeId, entry: &Entry) {
        let Request { id: request, identity, cause, op } = self.requests.take(entry.slot);
        let severed = self.network.was_severed(entry.order, self.client_end(request.client), u32::from(id.0));
        if severed || self.nodes[id.index()].state.is_none() {
            self.lost_at(Place::Node(id), severed, cause, "request", identity);
            return;
        }
        self.begin(identity);
        op.hash(&mut self.digest);
        if self.watch.tracing() {
            let client = &self.names[self.nodes.len() + usize::from(request.client)];
            let text = format!("is asked {op:?} by {client} (operation {})", request.operation);
            self.note(TraceKind::Request, Some(Place::Node(id)), Some(identity), Some(cause), text);
        }
        self.call(id, identity, Work::Request, |state, ctx| state.on_request(ctx, request, op));
    }

    fn timer_due(&mut self, id: NodeId, entry: &Entry) {
        let node = &mut self.nodes[id.index()];
        match node.timers.popped(entry, &node.clock, self.now) {
            Popped::Stale => {}
            Popped::Later(time, order) => self.queue.push(Entry { time, order, ..*entry }),
            Popped::Fires(due) => {
                self.begin(due.identity);
                if self.watch.tracing() {
                    let text = format!("timer {:?} fires", due.timer);
                    self.note(TraceKind::Timer, Some(Place::Node(id)), Some(due.identity), Some(due.cause), text);
                }
                self.call(id, due.identity, Work::Timer, |state, ctx| state.on_timer(ctx, due.timer));
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
        self.begin(identity);
        if self.watch.tracing() {
            let text = "starts".to_owned();
            self.note(TraceKind::Start, Some(Place::Node(id)), Some(identity), Some(cause), text);
        }
        self.at_work.begin(id, Work::Start);
        if let Some(progress) = &mut self.progress {
            progress(self.now, id, Handler::Start);
        }
        let state = P::boot(input.config, id, input.plan.nodes.len() as u16);
        self.at_work.end();
        self.nodes[id.index()].state = Some(state);
        self.observe(&Observation::Started(id));
        self.call(id, identity, Work::Start, |state, ctx| state.on_start(ctx));
    }

    /// Calls a handler and carries out what it asked for.
    #[inline]
    pub(crate) fn call(
        &mut self,
        id: NodeId,
        event: Identity,
        handler: Work,
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
        self.at_work.begin(id, handler);
        if let (Some(progress), Some((id, handler))) = (&mut self.progress, self.at_work.handler()) {
            progress(self.now, id, handler);
        }
        work(state, &mut ctx);
        if self.end.is_some() {
            self.name_limit();
        }
        self.at_work.end();
        self.carry_out(id, event);
    }
}
