//! Windows: what happens when a fault begins and ends, and how nodes go down and come back.

use crate::chance::{Identity, Purpose};
use crate::check::Observation;
use crate::fault::{Family, Fault, Target, Window};
use crate::handler::Work;
use crate::node::NodeId;
use crate::plan::Place;
use crate::protocol::Protocol;
use crate::simulation::{CLASS_EVENT, Input, Kind, Simulation, order_of, tag};
use crate::time::Span;
use crate::trace::TraceKind;

impl<P: Protocol> Simulation<P> {
    /// The node that a target names now.
    fn resolve(&self, target: &Target) -> Option<NodeId> {
        match target {
            Target::Node(id) => Some(*id).filter(|id| id.index() < self.nodes.len()),
            Target::Client(_) => None,
            Target::Holder(fact) => {
                let index = P::FACTS.iter().position(|known| known.name == fact)?;
                self.holders[index].filter(|id| self.nodes[id.index()].state.is_some())
            }
        }
    }

    fn end_of(&self, target: &Target) -> Option<u32> {
        match target {
            Target::Client(client) => Some(self.client_end(*client)).filter(|end| (*end as usize) < self.names.len()),
            node => self.resolve(node).map(|id| u32::from(id.0)),
        }
    }

    pub(crate) fn open_window(&mut self, input: &Input<'_, P>, index: usize) {
        let window = &input.plan.windows[index];
        let family = window.fault.family();
        let (plan, frozen) = (input.plan, self.decide.key().is_none());
        if family.is_chance() && frozen {
            // A frozen plan has exceptions instead.
            return;
        }
        let resolved = window.fault.try_map(|target| self.end_of(target).ok_or(()));
        let Ok(fault) = resolved else { return };
        if self.watch.tracing() {
            let text = format!("{} begins", describe(&window.fault, plan));
            self.note(TraceKind::Fault, None, None, None, text);
        }
        let order = order_of(CLASS_EVENT, self.sequence);
        if self.network.open(index, window, &fault, order) {
            self.observe(&Observation::Opened(index));
            return;
        }
        let Some(node) = node_of(&fault) else { return };
        let was_up = self.nodes[node.index()].state.is_some();
        self.taken[index] = Some(node);
        self.observe(&Observation::Opened(index));
        self.act(node, window, true);
        let effective = match family {
            Family::Crash | Family::Reboot | Family::Amnesia | Family::Stop | Family::Pause | Family::Custom => was_up,
            // Counted when they act, not when they begin.
            Family::Slow
            | Family::Unsynced
            | Family::SyncLies
            | Family::SyncError
            | Family::SlowDisk
            | Family::FullDisk
            | Family::BitRot
            | Family::Misdirect => false,
            _ => true,
        };
        if effective {
            self.fired.count(family);
        }
    }

    pub(crate) fn close_window(&mut self, input: &Input<'_, P>, index: usize) {
        let window = &input.plan.windows[index];
        if window.fault.family().is_chance() && self.decide.key().is_none() {
            return;
        }
        if self.watch.tracing() {
            let text = format!("{} ends", describe(&window.fault, input.plan));
            self.note(TraceKind::Fault, None, None, None, text);
        }
        self.network.close(index);
        self.observe(&Observation::Closed(index));
        if let Some(node) = self.taken[index].take() {
            self.act(node, window, false);
            if takes_down(&window.fault) {
                self.nodes[node.index()].start = (self.start_identity(node, window.id), self.events);
                match window.fault {
                    // Who joins is not restarted: no supervisor has a say.
                    Fault::Absent(_) => self.restart_after(node, Some(Span::ZERO)),
                    _ => self.may_restart(node),
                }
            }
        }
    }

    /// Opens or closes a fault of one node.
    fn act(&mut self, id: NodeId, window: &Window, opens: bool) {
        let now = self.now;
        let length = window.until.time().map_or(Span::ZERO, |until| until.since(window.from));
        let node = &mut self.nodes[id.index()];
        match &window.fault {
            Fault::Crash(_) | Fault::Reboot(_) | Fault::Amnesia(_) | Fault::Stop(_) | Fault::Absent(_) => {
                if !opens {
                    node.holds -= 1;
                    return;
                }
                node.holds += 1;
                if let Fault::Stop(_) = window.fault {
                    self.last_words(id, window);
                }
                let node = &mut self.nodes[id.index()];
                node.rebooting |= matches!(window.fault, Fault::Reboot(_));
                let absent = matches!(window.fault, Fault::Absent(_));
                let start = self.start_identity(id, window.id);
                let ran = self.crash(id, start);
                if let Fault::Amnesia(_) = window.fault {
                    self.nodes[id.index()].disk().wipe();
                }
                if !ran && absent {
                    // Checkers count it as down from here on, though it never ran.
                    self.observe(&Observation::Down(id));
                }
            }
            Fault::Pause(_) => {
                if opens {
                    node.pauses += 1;
                    if node.pauses == 1 {
                        self.observe(&Observation::Paused(id));
                    }
                } else {
                    node.pauses -= 1;
                    if node.pauses == 0 {
                        self.observe(&Observation::Resumed(id));
                        // What arrives at this very instant queues behind what has waited.
                        if !self.nodes[id.index()].busy {
                            self.wake_at(now, id);
                        }
                    }
                }
            }
            Fault::Slow(_, service) => {
                node.service = if opens { node.service + *service } else { node.service - *service };
            }
            Fault::Drift(_, by) => node.clock.drift(now, *by, opens),
            Fault::FreezeClock(_) => node.clock.freeze(now, opens),
            Fault::Step(_, by) => node.clock.step(now, *by, opens),
            Fault::Slew(_, by) => node.clock.slew(now, *by, length, opens),
            Fault::Custom(_, name) => self.custom(id, window, name, opens),
            Fault::SyncLies(_) => count(&mut node.disk().lying, opens),
            Fault::SyncError(_) => count(&mut node.disk().failing, opens),
            Fault::FullDisk(_) => count(&mut node.disk().full, opens),
            Fault::Unsynced { keep, tear, .. } if opens => node.storage().unsynced.push((window.id, *keep, *tear)),
            Fault::Unsynced { .. } => node.storage().unsynced.retain(|(id, ..)| *id != window.id),
            Fault::SlowDisk(_, law) if opens => node.storage().slow_disk.push((window.id, *law)),
            Fault::SlowDisk(..) => node.storage().slow_disk.retain(|(id, _)| *id != window.id),
            Fault::Misdirect(_, rate) => {
                let identity = node.name.child(Purpose::Window, u64::from(window.id)).child(Purpose::Disk, 0);
                match opens {
                    true => node.disk().misdirecting.push((identity, *rate)),
                    false => node.disk().misdirecting.retain(|(own, _)| *own != identity),
                }
            }
            Fault::BitRot(_) if opens => {
                let identity = node.name.child(Purpose::Window, u64::from(window.id)).child(Purpose::Disk, 0);
                if node.disk().rot(&mut self.decide, id, identity) {
                    self.fired.count(Family::BitRot);
                }
            }
            _ => {}
        }
        if matches!(window.fault, Fault::Drift(..) | Fault::FreezeClock(_)) {
            self.retime(id);
        }
    }

    /// The event that a window brings about at a node.
    fn window_event(&mut self, id: NodeId, window: &Window, opens: bool) -> Identity {
        let identity = self.nodes[id.index()].name.child(Purpose::Window, u64::from(window.id) << 1 | u64::from(opens));
        self.begin(identity);
        if self.watch.tracing() {
            let what = if opens { "meets" } else { "is past" };
            let text = format!("{what} {}", window.fault.family().name().replace('_', " "));
            self.note(TraceKind::Fault, Some(Place::Node(id)), Some(identity), None, text);
        }
        identity
    }

    fn last_words(&mut self, id: NodeId, window: &Window) {
        if self.nodes[id.index()].state.is_some() {
            let event = self.window_event(id, window, true);
            self.call(id, event, Work::Stop, |state, ctx| state.on_stop(ctx));
        }
    }

    fn custom(&mut self, id: NodeId, window: &Window, name: &str, opens: bool) {
        if self.nodes[id.index()].state.is_some() {
            let event = self.window_event(id, window, opens);
            self.call(id, event, Work::Fault, |state, ctx| state.on_fault(ctx, name, opens));
        }
    }

    /// Puts the node's timers where its clock now has them.
    fn retime(&mut self, id: NodeId) {
        let node = &mut self.nodes[id.index()];
        let (queue, what) = (&mut self.queue, tag(Kind::Timer, id.0));
        node.timers.retime(&node.clock, self.now, |slot, time, order| {
            queue.push(crate::queue::Entry { time, order, what, slot });
        });
    }

    /// Takes a node's process down. False if it was down.
    pub(crate) fn crash(&mut self, id: NodeId, start: Identity) -> bool {
        let node = &mut self.nodes[id.index()];
        node.restart_number += 1;
        node.start = (start, self.events);
        let waiting = std::mem::take(&mut node.backlog);
        if node.state.take().is_none() {
            // Starts and packets that waited for a paused machine: the restart is scheduled anew.
            self.drop_backlog(waiting);
            return false;
        }
        node.timers.clear();
        node.busy = false;
        node.wake_number += 1;
        let keep = node.unsynced();
        if let Some(disk) = &mut node.disk {
            self.watch.unsynced(self.now, id, disk.fates(start.child(Purpose::Disk, 0)));
            let kept = disk.crash(&mut self.decide, id, start.child(Purpose::Disk, 0), keep);
            self.fired.add(Family::Unsynced, kept);
        }
        node.empty_outbox();
        self.drop_backlog(waiting);
        self.digest.fold(self.now.0, start.0);
        if self.watch.tracing() {
            let cause = Some(self.events);
            self.note(TraceKind::Fault, Some(Place::Node(id)), None, cause, "goes down".to_owned());
        }
        self.observe(&Observation::Down(id));
        true
    }

    fn drop_backlog(&mut self, waiting: std::collections::VecDeque<crate::queue::Entry>) {
        for entry in waiting {
            match entry.what & 0xff {
                kind if kind == Kind::Message as u32 => drop(self.messages.take(entry.slot)),
                kind if kind == Kind::Request as u32 => drop(self.requests.take(entry.slot)),
                _ => continue,
            }
            self.watch.lost += 1;
        }
    }

    /// A process may run again: the supervisor decides when.
    pub(crate) fn may_restart(&mut self, id: NodeId) {
        self.unused.supervisor = false;
        let supervisor = self.supervisor;
        let delay = self.nodes[id.index()].restart_delay(&supervisor);
        self.nodes[id.index()].restarts += 1;
        self.restart_after(id, delay);
    }

    fn restart_after(&mut self, id: NodeId, delay: Option<Span>) {
        let node = &mut self.nodes[id.index()];
        let Some(delay) = delay.filter(|_| node.holds == 0 && node.state.is_none()) else { return };
        node.restart_number += 1;
        self.push_start(self.now.saturating_add(delay), id);
    }
}

/// Counts an open window.
fn count(windows: &mut u32, opens: bool) {
    if opens { *windows += 1 } else { *windows -= 1 }
}

/// Whether a fault ends the node's process.
fn takes_down(fault: &Fault<Target>) -> bool {
    matches!(fault, Fault::Crash(_) | Fault::Reboot(_) | Fault::Amnesia(_) | Fault::Stop(_) | Fault::Absent(_))
}

/// The node of a fault that acts on one node.
fn node_of(fault: &Fault<u32>) -> Option<NodeId> {
    match fault {
        Fault::Crash(end)
        | Fault::Reboot(end)
        | Fault::Amnesia(end)
        | Fault::Stop(end)
        | Fault::Pause(end)
        | Fault::Slow(end, _)
        | Fault::Absent(end)
        | Fault::Drift(end, _)
        | Fault::Step(end, _)
        | Fault::Slew(end, _)
        | Fault::FreezeClock(end)
        | Fault::Unsynced { node: end, .. }
        | Fault::SyncLies(end)
        | Fault::SyncError(end)
        | Fault::SlowDisk(end, _)
        | Fault::FullDisk(end)
        | Fault::BitRot(end)
        | Fault::Misdirect(end, _)
        | Fault::Custom(end, _) => u16::try_from(*end).ok().map(NodeId),
        _ => None,
    }
}

/// A fault in words, nodes by name.
fn describe(fault: &Fault<Target>, plan: &crate::Plan) -> String {
    let name = |target: &Target| match target {
        Target::Node(id) => plan.name_of(Place::Node(*id)).to_owned(),
        Target::Client(client) => plan.name_of(Place::Client(*client)).to_owned(),
        Target::Holder(fact) => format!("the holder of {fact}"),
    };
    let group = |targets: &[Target]| targets.iter().map(name).collect::<Vec<_>>().join(", ");
    match fault {
        Fault::Partition(groups) => {
            let groups: Vec<_> = groups.iter().map(|targets| group(targets)).collect();
            format!("partition {}", groups.join(" | "))
        }
        Fault::Sever(groups) => {
            let groups: Vec<_> = groups.iter().map(|targets| group(targets)).collect();
            format!("severing {}", groups.join(" | "))
        }
        Fault::Custom(target, what) => format!("{what} of {}", name(target)),
        Fault::OneWay { from, to } => format!("one-way cut from {} to {}", group(from), group(to)),
        Fault::Bridge(left, right) => format!("bridge partition {} | {}", group(left), group(right)),
        Fault::Step(target, by) => format!("clock step of {} by {by}", name(target)),
        Fault::Slew(target, by) => format!("clock slew of {} by {by}", name(target)),
        Fault::Drift(target, by) => format!("clock drift of {} by {by}", name(target)),
        Fault::Slow(target, by) => format!("slowness of {} by {by}", name(target)),
        other => match other.targets().first() {
            Some(target) => format!("{} of {}", other.family().name().replace('_', " "), name(target)),
            None => other.family().name().to_owned(),
        },
    }
}
