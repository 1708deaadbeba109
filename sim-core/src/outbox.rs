//! The outbox: what a node does waits, in order, behind a sync that is under way.
//!
//! Later handlers run meanwhile, and what they do queues behind. A crash drops all of it. So a protocol that answers
//! before its log is durable is expressible, and so is one that does not, without a word about threads.

use crate::chance::Purpose;
use crate::choice::{Asked, ChoiceKind};
use crate::context::Effect;
use crate::effect::Origin;
use crate::fault::Family;
use crate::handler::Work;
use crate::node::NodeId;
use crate::plan::Place;
use crate::protocol::Protocol;
use crate::simulation::{Kind, Simulation, tag};
use crate::trace::TraceKind;

/// Something that waits.
pub(crate) enum Held<P: Protocol> {
    /// A sync: what follows waits for it.
    Barrier { upto: u64, checked: bool, origin: Origin },
    /// An effect, with its number among what its event sent to the same end.
    Effect { effect: Effect<P>, nth: u64, origin: Origin },
}

impl<P: Protocol> Simulation<P> {
    /// Puts an effect behind what waits. Numbers are given now: they must not depend on when the sync is done.
    pub(crate) fn hold(&mut self, origin: Origin, effect: Effect<P>) {
        let id = origin.node;
        let nth = match &effect {
            Effect::Send(to, _) => self.sent_to(u32::from(to.0)),
            Effect::Reply(request, _) | Effect::Refuse(request) | Effect::Redirect(request, _) => {
                let end = self.client_end(request.client);
                if end as usize >= self.names.len() {
                    return;
                }
                self.sent_to(end)
            }
            Effect::Broadcast(message) => {
                for to in (0..self.nodes.len() as u16).map(NodeId).filter(|to| *to != id) {
                    let nth = self.sent_to(u32::from(to.0));
                    let effect = Effect::Send(to, message.clone());
                    self.nodes[id.index()].storage().outbox.push_back(Held::Effect { effect, nth, origin });
                }
                return;
            }
            Effect::Sync { upto, checked } => {
                let outbox = &mut self.nodes[id.index()].storage().outbox;
                let first = outbox.is_empty();
                outbox.push_back(Held::Barrier { upto: *upto, checked: *checked, origin });
                if first {
                    self.nodes[id.index()].holding = true;
                    self.begin_sync(id);
                }
                return;
            }
            _ => 0,
        };
        self.nodes[id.index()].storage().outbox.push_back(Held::Effect { effect, nth, origin });
    }

    /// Starts the sync at the front of the outbox.
    fn begin_sync(&mut self, id: NodeId) {
        let node = &mut self.nodes[id.index()];
        let Some(Held::Barrier { upto, origin, .. }) = node.storage().outbox.front() else { return };
        let identity = origin.identity.child(Purpose::Disk, *upto);
        let place = Place::Node(id);
        let mut takes = self.decide.span(Asked { identity, place, kind: ChoiceKind::Sync }, &self.disk_settings.sync);
        for (window, law) in &node.storage().slow_disk {
            let identity = identity.child(Purpose::Window, u64::from(*window));
            let extra = self.decide.span(Asked { identity, place, kind: ChoiceKind::SlowDisk }, law);
            takes = takes.saturating_add(extra);
            self.fired.count(Family::SlowDisk);
        }
        node.storage().sync_number += 1;
        let number = node.storage().sync_number;
        self.push(self.now.saturating_add(takes), tag(Kind::Synced, id.0), number);
    }

    /// A sync is done: what waited for it goes on, up to the next one.
    pub(crate) fn synced(&mut self, id: NodeId, number: u32) {
        let node = &mut self.nodes[id.index()];
        if node.storage().sync_number != number || !matches!(node.storage().outbox.front(), Some(Held::Barrier { .. }))
        {
            return;
        }
        let Some(Held::Barrier { upto, checked, origin }) = node.storage().outbox.pop_front() else { return };
        let (failed, lied) = (node.disk().failing > 0, node.disk().lying > 0);
        if failed {
            self.fired.count(Family::SyncError);
        } else if lied {
            self.fired.count(Family::SyncLies);
        } else {
            node.disk().settle(upto);
        }
        let identity = origin.identity.child(Purpose::Disk, upto).child(Purpose::Disk, 0);
        self.begin(identity);
        if self.watch.tracing() {
            let text = if failed { "fails to sync its disk" } else { "has synced its disk" };
            let (place, cause) = (Some(Place::Node(id)), Some(origin.event));
            self.note(TraceKind::Disk, place, Some(identity), cause, text.to_owned());
        }
        if failed && checked {
            let outbox = &mut self.nodes[id.index()].storage().outbox;
            while matches!(outbox.front(), Some(Held::Effect { .. })) {
                outbox.pop_front();
            }
            self.call(id, identity, Work::SyncError, |state, ctx| state.on_sync_error(ctx));
        }
        self.release(id);
    }

    /// Carries out what waits, up to the next sync, which begins.
    fn release(&mut self, id: NodeId) {
        loop {
            match self.nodes[id.index()].storage().outbox.front() {
                None => {
                    self.nodes[id.index()].holding = false;
                    return;
                }
                Some(Held::Barrier { .. }) => return self.begin_sync(id),
                Some(Held::Effect { .. }) => {}
            }
            if let Some(Held::Effect { effect, nth, origin }) = self.nodes[id.index()].storage().outbox.pop_front() {
                self.apply(origin, Some(nth), effect);
            }
        }
    }
}
