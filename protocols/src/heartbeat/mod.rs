//! Heartbeat: every node tells every other that it is alive, and suspects who falls silent.
//!
//! Each period a node sends a `Beat` to everybody; who hears it answers with an `Ack`, and either message is a sign of
//! life of its sender. A peer that has been silent for longer than the time-out is suspected; the next sign of life
//! withdraws the suspicion. A node that does not beat, such as the backup of a primary, is still watched by its answers.
//!
//! Messages carry a [`Stamp`] (incarnation, sequence), and only a stamp newer than all before is a sign of life, so a
//! packet that was long on its way cannot speak for the dead. Nothing is kept on disk: a restarted node begins at
//! incarnation 0, is told by the first `Ack` what was last heard of it, and begins a new incarnation above that.
//!
//! **What is recorded.** `suspects` and `trusts`, with the peer as key and its incarnation as value (0 if nothing was
//! heard of it), by every node at every change of its opinion and only then. A node that starts or restarts trusts
//! everybody, with the time-out running, and records nothing until it changes its mind: a crash ends its suspicions.
//!
//! **The contract.** Let the time-out exceed a period and the longest time on the way together, with a margin for what
//! clocks drift meanwhile. Then, in a network that is calm, nobody who is up is suspected (accuracy), and who goes down
//! for good is suspected by everybody within the time-out and the longest time on the way (completeness), whatever wall
//! clocks do. A node that stood still suspects its peers for a moment when it goes on: its timer is due before the
//! messages that waited.
//!
//! The watching is a component, [`Detector`], which any protocol can own with a [`Rule`] of its choice; [`Method`] is the
//! choice as a config writes it: a fixed time-out, NFD-S and NFD-E ([`Settings`] finds their parameters), phi accrual,
//! request time-outs and thresholds of errors. How good each is on which network is shown by `squall validate
//! --detectors`, and measured in any scenario by the check `Quality()`.
//!
//! Five planted bugs are behind the config: see [`Bug`], also for what finds each.

mod bug;
mod configurator;
mod detector;
mod method;
mod nfd;
mod phi;
mod request;
mod rule;
mod stamp;
#[cfg(test)]
mod tests;
mod window;

use serde::{Deserialize, Serialize};
use sim_core::unit::Bytes;
use sim_core::{Context, Fact, LocalTime, Never, NodeId, Protocol, Span, WallTime};

pub use bug::Bug;
pub use configurator::{Known, Settings, Wanted};
pub use detector::{Change, Detector, Opinion};
pub use method::{AnyHistory, AnyRule, Method};
pub use nfd::{Lags, NfdE, NfdS};
pub use phi::{Gaps, PhiExponential, PhiNormal};
pub use request::Requests;
pub use rule::{Dated, Evidence, FixedTimeout, NEVER, Rule};
pub use stamp::{Life, Stamp};
pub use window::Window;

/// `config: (..)` in a scenario file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The time between two beats of a node. More than 0.
    pub period: Span,
    /// The detector; this or `timeout` must be given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detector: Option<Method>,
    /// Short for `detector: FixedTimeout(..)`: the longest silence that is no suspicion. More than the period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Span>,
    /// Which beats are answered; all by default.
    #[serde(default, skip_serializing_if = "Answers::are_all")]
    pub answers: Answers,
    /// Other traffic on the same links, for links of limited bandwidth. None by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<Load>,
    /// Planted bugs; none by default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bugs: Vec<Bug>,
}

/// Traffic that is no heartbeat: each node sends everybody something large, again and again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// How large each message is.
    pub bytes: Bytes,
    /// The mean time between two of them; each is uniform from none to twice this. More than 0.
    pub gap: Span,
}

/// Which beats are answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum Answers {
    /// Every beat, and an answer is a sign of life as a beat is.
    #[default]
    All,
    /// Only what looks like the beat of a former life, so that its sender may learn that it has lived before. Signs of
    /// life then come once a period and in one direction, as the theory of failure detectors has them.
    Forgotten,
}

impl Answers {
    fn are_all(&self) -> bool {
        *self == Answers::All
    }
}

impl Config {
    /// The detector that is named, if exactly one is.
    fn method(&self) -> Option<Method> {
        match (self.detector, self.timeout) {
            (Some(method), None) => Some(method),
            (None, Some(timeout)) => Some(Method::FixedTimeout(timeout)),
            _ => None,
        }
    }
}

/// What nodes send each other.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Message {
    /// The sender is alive.
    Beat(Stamp),
    /// So is the receiver of a beat.
    Ack {
        /// Of the one who answers.
        stamp: Stamp,
        /// The newest stamp that it has heard of the one who is answered.
        remembered: Stamp,
    },
    /// A beat that says when it was sent, for detectors that ask for it.
    Dated {
        /// Of the sender.
        stamp: Stamp,
        /// The sender's monotonic clock.
        sent: LocalTime,
        /// The sender's wall clock.
        wall: WallTime,
    },
    /// So many bytes of something else.
    Load(Bytes),
}

/// The two timers of a node.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Timer {
    /// Tell the others.
    Beat,
    /// Somebody may have been silent for too long.
    Silence,
    /// More of the other traffic.
    Load,
}

/// One node.
#[derive(Debug)]
pub struct Heartbeat {
    period: Span,
    life: Life,
    method: Method,
    answers: Answers,
    load: Option<Load>,
    detector: Detector<AnyRule>,
    bugs: Vec<Bug>,
}

impl Protocol for Heartbeat {
    const NAME: &'static str = "heartbeat";
    const ABOUT: &'static str = "all-to-all heartbeats: who is alive, by the silence of who is not";
    const FACTS: &'static [Fact] =
        &[Fact::new("suspects", "peer", "incarnation"), Fact::new("trusts", "peer", "incarnation")];

    type Config = Config;
    type Workload = ();
    type Message = Message;
    type Timer = Timer;
    type Op = Never;
    type Ret = Never;

    fn boot(config: &Config, id: NodeId, nodes: u16) -> Heartbeat {
        let peers = (0..nodes).map(NodeId).filter(|peer| *peer != id);
        // `validate` lets no config through that names none.
        let method = config.method().unwrap_or(Method::FixedTimeout(config.period));
        Heartbeat {
            period: config.period,
            life: Life::default(),
            method,
            answers: config.answers,
            load: config.load,
            detector: Detector::new(method.rule(config.period), peers).with_bugs(&config.bugs),
            bugs: config.bugs.clone(),
        }
    }

    fn on_start(&mut self, ctx: &mut Context<'_, Self>) {
        self.detector.start(self.clock(ctx));
        self.watch(ctx);
        self.beat(ctx);
        self.burden(ctx);
    }

    fn on_message(&mut self, ctx: &mut Context<'_, Self>, from: NodeId, message: Message) {
        match message {
            Message::Beat(stamp) => {
                let old = stamp <= self.detector.newest(from);
                self.heard(ctx, from, stamp, None);
                self.answer(ctx, from, old);
            }
            Message::Dated { stamp, sent, wall } => {
                let old = stamp <= self.detector.newest(from);
                let age = Span(u64::try_from(ctx.wall_clock().since(wall).0).unwrap_or(0));
                self.heard(ctx, from, stamp, Some(Dated { sent, age }));
                self.answer(ctx, from, old);
            }
            Message::Load(_) => {}
            Message::Ack { stamp, remembered } => {
                if self.answers == Answers::All {
                    self.heard(ctx, from, stamp, None);
                }
                if !self.has(Bug::IncarnationNotBumped) && self.life.supersede(remembered) {
                    self.beat(ctx);
                }
            }
        }
    }

    fn on_timer(&mut self, ctx: &mut Context<'_, Self>, timer: Timer) {
        match timer {
            Timer::Beat => self.beat(ctx),
            Timer::Load => self.burden(ctx),
            Timer::Silence => {
                for change in self.detector.tick(self.clock(ctx)) {
                    record(ctx, change);
                }
                self.watch(ctx);
            }
        }
    }

    fn kind(message: &Message) -> &'static str {
        match message {
            Message::Beat(_) | Message::Dated { .. } => "Beat",
            Message::Ack { .. } => "Ack",
            Message::Load(_) => "Load",
        }
    }

    fn size(message: &Message) -> u32 {
        match message {
            Message::Load(bytes) => u32::try_from(bytes.0).unwrap_or(u32::MAX),
            _ => 64,
        }
    }

    fn validate(config: &Config, _nodes: u16) -> Result<(), String> {
        if config.period == Span::ZERO {
            return Err("`period` is 0s: nodes would beat without end at one instant; give it some time".to_owned());
        }
        if config.load.is_some_and(|load| load.gap == Span::ZERO) {
            return Err("the `gap` of `load` is 0s: it would never end at one instant; give it some time".to_owned());
        }
        let Some(method) = config.method() else {
            return Err("give one of `timeout` and `detector`: `timeout: \"1s\"` is short for \
                 `detector: FixedTimeout(\"1s\")`"
                .to_owned());
        };
        if method.needs_requests() && config.answers != Answers::All {
            return Err("this detector waits for answers: leave `answers` at `All`".to_owned());
        }
        method.validate(config.period, true)
    }
}

impl Heartbeat {
    /// Tells everybody, and again after a period.
    fn beat(&mut self, ctx: &mut Context<'_, Self>) {
        let stamp = self.life.next_stamp();
        if matches!(self.method, Method::NfdS { .. } | Method::NfdE { .. }) {
            ctx.broadcast(Message::Dated { stamp, sent: ctx.now(), wall: ctx.wall_clock() });
        } else {
            ctx.broadcast(Message::Beat(stamp));
        }
        ctx.set_timer(Timer::Beat, self.period);
        if self.method.needs_requests() {
            let now = self.clock(ctx);
            ctx.peers().for_each(|peer| self.detector.asked(peer, now));
            self.watch(ctx);
        }
    }

    /// Sends everybody a load, if there is any, and sets the time of the next.
    fn burden(&mut self, ctx: &mut Context<'_, Self>) {
        let Some(Load { bytes, gap }) = self.load else { return };
        ctx.broadcast(Message::Load(bytes));
        let next = ctx.jitter(gap.saturating_mul(2)).max(Span(1));
        ctx.set_timer(Timer::Load, next);
    }

    fn heard(&mut self, ctx: &mut Context<'_, Self>, from: NodeId, stamp: Stamp, dated: Option<Dated>) {
        let now = self.clock(ctx);
        let change = match dated {
            Some(dated) => self.detector.heard_dated(from, stamp, dated, now),
            None => self.detector.heard(from, stamp, now),
        };
        if let Some(change) = change {
            record(ctx, change);
        }
        self.watch(ctx);
    }

    /// Answers a beat. An old one too: its sender may have lived before and not know it.
    fn answer(&mut self, ctx: &mut Context<'_, Self>, from: NodeId, old: bool) {
        if old || self.answers == Answers::All {
            let remembered = self.detector.newest(from);
            ctx.send(from, Message::Ack { stamp: self.life.next_stamp(), remembered });
        }
    }

    /// Sets the timer of silence, if the one that is set will not do.
    fn watch(&mut self, ctx: &mut Context<'_, Self>) {
        if let Some(deadline) = self.detector.wake() {
            ctx.set_timer(Timer::Silence, deadline.since(self.clock(ctx)));
        }
    }

    /// The clock on which silence is measured.
    fn clock(&self, ctx: &Context<'_, Self>) -> LocalTime {
        if self.has(Bug::WallClockTimeout) {
            return LocalTime(u64::try_from(ctx.wall_clock().0).unwrap_or(0));
        }
        ctx.now()
    }

    fn has(&self, bug: Bug) -> bool {
        self.bugs.contains(&bug)
    }
}

/// Tells the checkers what this node thinks from now on.
fn record(ctx: &mut Context<'_, Heartbeat>, change: Change) {
    let fact = match change.opinion {
        Opinion::Suspects => "suspects",
        Opinion::Trusts => "trusts",
    };
    ctx.record(fact, change.peer, change.incarnation);
}
