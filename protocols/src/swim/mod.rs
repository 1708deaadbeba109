//! SWIM: failure detection by random probes, and membership by gossip, at a cost for each member that does not grow with
//! their number (Das, Gupta and Motivala, "SWIM: scalable weakly-consistent infection-style process group membership
//! protocol", DSN 2002), with the parts of Lifeguard behind a switch.
//!
//! Each period a member pings one other. Without an answer in time it asks `indirect` others to ping it for them; without
//! any answer by the end of the period it suspects it. Who is suspected may refute by raising its incarnation; who has not
//! within a time is taken for dead. Every change of mind rides as a [`Rumour`] on pings and answers.
//!
//! As in practice (memberlist, Serf), the dead are probed too, so that two sides of a partition find each other again, and
//! a ping tells its receiver what is believed of it, so that it can refute at once. A restarted member begins at
//! incarnation 0 and is told that way what it was before.
//!
//! **What is recorded.** `suspects` and `trusts`, with the peer as key and its incarnation as value, when a peer stops or
//! begins to be believed alive; `confirms`, when it is taken for dead; `unanswered`, when a probe of somebody who is not
//! dead comes to nothing; `refutes`, with oneself as key, when a member learns that it is suspected.
//!
//! **The contract.** After calm nobody who is up is suspected (accuracy); who goes down for good is suspected by everybody
//! (completeness), in a time that for members in turn has a bound: a turn of all members and the time that rumours travel.

mod gossip;
mod lifeguard;
mod member;
mod probe;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use sim_core::{Context, Fact, Never, NodeId, Protocol, Span};

pub use gossip::Gossip;
pub use lifeguard::Health;
pub use member::{Rumour, State};
use probe::Probe;

/// `config: (..)` in a scenario file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The time between two probes of a member.
    pub period: Span,
    /// How long a direct answer is waited for before others are asked to help. Less than the period.
    pub timeout: Span,
    /// How many others are asked to help; 3 by default.
    #[serde(default = "three")]
    pub indirect: u16,
    /// How long a suspect may take to refute; with Lifeguard, at the shortest.
    pub suspicion: Span,
    /// Who is probed next.
    #[serde(default, skip_serializing_if = "Order::is_shuffled")]
    pub order: Order,
    /// Whether a member doubts itself before it doubts others.
    #[serde(default, skip_serializing_if = "is_false")]
    pub lifeguard: bool,
}

/// Who is probed next.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum Order {
    /// Everybody in turn, in an order drawn anew for every turn: detection has a bound.
    #[default]
    Shuffled,
    /// Somebody at random.
    Random,
}

impl Order {
    fn is_shuffled(&self) -> bool {
        *self == Order::Shuffled
    }
}

const fn three() -> u16 {
    3
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field by reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// What members send each other. Every message carries rumours. A probe is known by its number and by whose it is.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Message {
    /// Are you there? From the prober itself or from a helper.
    Ping {
        /// Whose probe it is.
        prober: NodeId,
        /// Its number.
        probe: u64,
        /// News.
        rumours: Vec<Rumour>,
    },
    /// Ping this one for me.
    Help {
        /// Whom.
        target: NodeId,
        /// The number of the sender's probe.
        probe: u64,
        /// News.
        rumours: Vec<Rumour>,
    },
    /// The target is there: from itself, or passed on by a helper.
    Ack {
        /// Whose probe it is.
        prober: NodeId,
        /// Its number.
        probe: u64,
        /// Who is there.
        target: NodeId,
        /// News.
        rumours: Vec<Rumour>,
    },
    /// A helper, for whom the target has not answered so far, is there itself (Lifeguard).
    Nack {
        /// The number of the receiver's probe.
        probe: u64,
    },
}

/// The timers of a member.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Timer {
    /// The period is over: the next probe.
    Period,
    /// The direct answer is late.
    Late,
    /// The suspect has not refuted in time.
    Suspicion(NodeId),
    /// Somebody waits for word of a helper: whose probe, and its number.
    Helping(NodeId, u64),
}

/// What is held of another member.
#[derive(Clone, Debug, Default)]
struct Member {
    state: State,
    incarnation: u32,
    /// Who suspects it independently of each other.
    accusers: Vec<NodeId>,
}

/// One member.
#[derive(Debug)]
pub struct Swim {
    config: Config,
    incarnation: u32,
    members: Vec<Member>,
    gossip: Gossip,
    health: Health,
    /// Who is still to be probed in this turn.
    turn: Vec<NodeId>,
    probe: Option<Probe>,
    /// Probes of others that this member helps with and that have no answer yet.
    helping: Vec<(NodeId, u64)>,
}

impl Protocol for Swim {
    const NAME: &'static str = "swim";
    const ABOUT: &'static str = "SWIM: random probes, helpers, suspicion and gossip; with or without Lifeguard";
    const FACTS: &'static [Fact] = &[
        Fact::new("suspects", "peer", "incarnation"),
        Fact::new("trusts", "peer", "incarnation"),
        Fact::new("confirms", "peer", "incarnation"),
        Fact::new("unanswered", "peer", "incarnation"),
        Fact::new("refutes", "self", "incarnation"),
    ];

    type Config = Config;
    type Workload = ();
    type Message = Message;
    type Timer = Timer;
    type Op = Never;
    type Ret = Never;

    fn boot(config: &Config, _id: NodeId, nodes: u16) -> Swim {
        Swim {
            config: config.clone(),
            incarnation: 0,
            members: vec![Member::default(); usize::from(nodes)],
            gossip: Gossip::among(nodes),
            health: Health::default(),
            turn: Vec::new(),
            probe: None,
            helping: Vec::new(),
        }
    }

    fn on_start(&mut self, ctx: &mut Context<'_, Self>) {
        self.next_probe(ctx);
    }

    fn on_message(&mut self, ctx: &mut Context<'_, Self>, from: NodeId, message: Message) {
        match message {
            Message::Ping { prober, probe, rumours } => {
                self.hear(ctx, &rumours);
                let rumours = self.riders(ctx.id(), None);
                ctx.send(from, Message::Ack { prober, probe, target: ctx.id(), rumours });
            }
            Message::Help { target, probe, rumours } => {
                self.hear(ctx, &rumours);
                self.help(ctx, from, target, probe);
            }
            Message::Ack { prober, probe, target, rumours } => {
                self.hear(ctx, &rumours);
                self.answered(ctx, prober, probe, target);
            }
            Message::Nack { probe } => {
                if let Some(own) = self.probe.as_mut().filter(|own| own.number == probe) {
                    own.nacks += 1;
                }
            }
        }
    }

    fn on_timer(&mut self, ctx: &mut Context<'_, Self>, timer: Timer) {
        match timer {
            Timer::Period => {
                self.end_probe(ctx);
                self.next_probe(ctx);
            }
            Timer::Late => self.ask_for_help(ctx),
            Timer::Suspicion(subject) => self.confirm(ctx, subject),
            Timer::Helping(prober, probe) => {
                if self.helping.contains(&(prober, probe)) {
                    self.helping.retain(|helping| *helping != (prober, probe));
                    ctx.send(prober, Message::Nack { probe });
                }
            }
        }
    }

    fn kind(message: &Message) -> &'static str {
        match message {
            Message::Ping { .. } => "Ping",
            Message::Help { .. } => "Help",
            Message::Ack { .. } => "Ack",
            Message::Nack { .. } => "Nack",
        }
    }

    fn size(message: &Message) -> u32 {
        let rumours = match message {
            Message::Ping { rumours, .. } | Message::Help { rumours, .. } | Message::Ack { rumours, .. } => {
                rumours.len()
            }
            Message::Nack { .. } => 0,
        };
        32 + 12 * u32::try_from(rumours).unwrap_or(u32::MAX / 16)
    }

    fn validate(config: &Config, _nodes: u16) -> Result<(), String> {
        let Config { period, timeout, suspicion, .. } = config;
        if *timeout == Span::ZERO || timeout >= period {
            return Err(format!(
                "`timeout` ({timeout}) must be above 0s and below `period` ({period}): the rest of the period is for helpers"
            ));
        }
        if *suspicion == Span::ZERO {
            return Err("`suspicion` is 0s: nobody could refute in time".to_owned());
        }
        Ok(())
    }
}

impl Swim {
    fn hear(&mut self, ctx: &mut Context<'_, Self>, rumours: &[Rumour]) {
        rumours.iter().for_each(|rumour| self.learn(ctx, *rumour));
    }

    /// Takes in a belief, one's own or another's, if it beats the one that is held.
    fn learn(&mut self, ctx: &mut Context<'_, Self>, rumour: Rumour) {
        let Rumour { subject, incarnation, state, by } = rumour;
        if subject == ctx.id() {
            return self.refute(ctx, incarnation, state);
        }
        let Some(member) = self.members.get_mut(subject.index()) else { return };
        if !rumour.beats(member.incarnation, member.state) {
            let suspect = state == State::Suspect && member.state == State::Suspect;
            if suspect && incarnation == member.incarnation && !member.accusers.contains(&by) {
                self.accuse(ctx, rumour);
            }
            return;
        }
        let before = std::mem::replace(&mut member.state, state);
        member.incarnation = incarnation;
        member.accusers.clear();
        self.gossip.tell(rumour);
        match state {
            State::Alive => {
                ctx.cancel_timer(Timer::Suspicion(subject));
                if before != State::Alive {
                    ctx.record("trusts", subject, incarnation);
                }
            }
            State::Suspect => {
                if before == State::Alive {
                    ctx.record("suspects", subject, incarnation);
                }
                self.accuse(ctx, rumour);
            }
            State::Dead => {
                ctx.cancel_timer(Timer::Suspicion(subject));
                if before == State::Alive {
                    ctx.record("suspects", subject, incarnation);
                }
                ctx.record("confirms", subject, incarnation);
            }
        }
    }

    /// One more member suspects a suspect by a probe of its own. With Lifeguard that is told on, and shortens the wait.
    fn accuse(&mut self, ctx: &mut Context<'_, Self>, rumour: Rumour) {
        let member = &mut self.members[rumour.subject.index()];
        let first = member.accusers.is_empty();
        member.accusers.push(rumour.by);
        if self.config.lifeguard {
            let wait = lifeguard::wait(self.config.suspicion, member.accusers.len());
            ctx.set_timer(Timer::Suspicion(rumour.subject), wait);
            self.gossip.tell(rumour);
        } else if first {
            ctx.set_timer(Timer::Suspicion(rumour.subject), self.config.suspicion);
        }
    }

    /// Somebody believes something of this member. What is not good, or of a life before this one, is refuted.
    fn refute(&mut self, ctx: &mut Context<'_, Self>, incarnation: u32, state: State) {
        let wrong = incarnation >= self.incarnation && state != State::Alive;
        let forgotten = incarnation > self.incarnation;
        if wrong || forgotten {
            self.incarnation = incarnation.saturating_add(1);
            self.health.worse(u32::from(wrong));
            ctx.record("refutes", ctx.id(), self.incarnation);
        }
        // Who believes an old rumour has missed the word against it, and no other may be on its way any more.
        if forgotten || state != State::Alive {
            self.gossip.tell(self.own_word(ctx.id()));
        }
    }

    /// What this member says of itself.
    fn own_word(&self, me: NodeId) -> Rumour {
        Rumour { subject: me, incarnation: self.incarnation, state: State::Alive, by: me }
    }

    fn confirm(&mut self, ctx: &mut Context<'_, Self>, subject: NodeId) {
        let Member { state, incarnation, .. } = self.members[subject.index()];
        if state == State::Suspect {
            self.learn(ctx, Rumour { subject, incarnation, state: State::Dead, by: ctx.id() });
        }
    }

    /// The rumours for one message. To a member that is not believed alive the first is what is believed of it.
    fn riders(&mut self, me: NodeId, to: Option<NodeId>) -> Vec<Rumour> {
        let mut riders = self.gossip.ride();
        let doubted = to.map(|to| (to, &self.members[to.index()])).filter(|(_, member)| member.state != State::Alive);
        if let Some((subject, Member { state, incarnation, .. })) = doubted {
            riders.retain(|rumour| rumour.subject != subject);
            riders.insert(0, Rumour { subject, incarnation: *incarnation, state: *state, by: me });
        }
        riders
    }
}
