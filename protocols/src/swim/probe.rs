//! Probes: whom a member asks whether it is there, and whom it asks for help.

use sim_core::{Context, NodeId, Span};

use super::member::{Rumour, State};
use super::{Message, Order, Swim, Timer};

/// The probe of this period.
#[derive(Clone, Debug)]
pub(super) struct Probe {
    pub(super) target: NodeId,
    /// The time on the member's clock: no two probes have the same, not even of different lives.
    pub(super) number: u64,
    pub(super) answered: bool,
    /// How many were asked to help, and how many of them have said that they could not so far.
    helpers: u32,
    pub(super) nacks: u32,
}

impl Swim {
    /// Pings the next member, and begins a period.
    pub(super) fn next_probe(&mut self, ctx: &mut Context<'_, Self>) {
        ctx.set_timer(Timer::Period, self.stretched(self.config.period));
        let Some(target) = self.next_target(ctx) else { return };
        let number = ctx.now().0;
        self.probe = Some(Probe { target, number, answered: false, helpers: 0, nacks: 0 });
        let rumours = self.riders(ctx.id(), Some(target));
        ctx.send(target, Message::Ping { prober: ctx.id(), probe: number, rumours });
        ctx.set_timer(Timer::Late, self.stretched(self.config.timeout));
    }

    fn stretched(&self, span: Span) -> Span {
        if self.config.lifeguard { self.health.stretch(span) } else { span }
    }

    fn next_target(&mut self, ctx: &mut Context<'_, Self>) -> Option<NodeId> {
        let others = u64::from(ctx.nodes() - 1);
        match self.config.order {
            Order::Random => {
                let nth = usize::try_from(ctx.choose(others)).unwrap_or(0);
                ctx.peers().nth(nth)
            }
            Order::Shuffled => {
                if self.turn.is_empty() {
                    self.turn = ctx.peers().collect();
                    shuffle(ctx, &mut self.turn);
                }
                self.turn.pop()
            }
        }
    }

    /// The direct answer is late: others may have a better way to the target. The dead get no such effort.
    pub(super) fn ask_for_help(&mut self, ctx: &mut Context<'_, Self>) {
        let Some(Probe { target, number, answered: false, .. }) = self.probe.clone() else { return };
        if self.members[target.index()].state == State::Dead {
            return;
        }
        let fit = |id: &NodeId| *id != target && self.members[id.index()].state == State::Alive;
        let mut helpers: Vec<NodeId> = ctx.peers().filter(fit).collect();
        shuffle(ctx, &mut helpers);
        helpers.truncate(usize::from(self.config.indirect));
        for helper in &helpers {
            let rumours = self.riders(ctx.id(), Some(*helper));
            ctx.send(*helper, Message::Help { target, probe: number, rumours });
        }
        if let Some(probe) = &mut self.probe {
            probe.helpers = u32::try_from(helpers.len()).unwrap_or(u32::MAX);
        }
    }

    /// Pings `target` for another. With Lifeguard the other hears in any case that this member is there.
    pub(super) fn help(&mut self, ctx: &mut Context<'_, Self>, prober: NodeId, target: NodeId, probe: u64) {
        let rumours = self.riders(ctx.id(), Some(target));
        ctx.send(target, Message::Ping { prober, probe, rumours });
        if self.config.lifeguard {
            self.helping.push((prober, probe));
            let almost = Span(self.config.timeout.0 / 5 * 4);
            ctx.set_timer(Timer::Helping(prober, probe), almost);
        }
    }

    /// The target of a probe has answered: one's own probe, or one that this member helps with.
    pub(super) fn answered(&mut self, ctx: &mut Context<'_, Self>, prober: NodeId, probe: u64, target: NodeId) {
        if prober != ctx.id() {
            self.helping.retain(|helping| *helping != (prober, probe));
            let rumours = self.riders(ctx.id(), Some(prober));
            ctx.send(prober, Message::Ack { prober, probe, target, rumours });
        } else if let Some(own) = self.probe.as_mut().filter(|own| own.number == probe && own.target == target) {
            own.answered = true;
        }
    }

    /// The period is over: who has given no sign of life is suspect.
    pub(super) fn end_probe(&mut self, ctx: &mut Context<'_, Self>) {
        let Some(probe) = self.probe.take() else { return };
        if probe.answered {
            return self.health.better();
        }
        let target = &self.members[probe.target.index()];
        if target.state == State::Dead {
            return;
        }
        let incarnation = target.incarnation;
        // A helper that did not even say that it could not help makes it likelier that this member is cut off or slow.
        let silent = probe.helpers.saturating_sub(probe.nacks);
        self.health.worse(silent.max(1));
        ctx.record("unanswered", probe.target, incarnation);
        self.learn(ctx, Rumour { subject: probe.target, incarnation, state: State::Suspect, by: ctx.id() });
    }
}

/// Fisher and Yates, by addressed choices.
fn shuffle(ctx: &mut Context<'_, Swim>, ids: &mut [NodeId]) {
    for left in (1..ids.len()).rev() {
        let chosen = usize::try_from(ctx.choose(left as u64 + 1)).unwrap_or(0);
        ids.swap(left, chosen);
    }
}
