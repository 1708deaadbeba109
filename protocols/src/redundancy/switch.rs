//! The switch: it orders the operations, watches the units, and says who leads.

use std::collections::VecDeque;

use sim_core::check::model::counter::{Ask, Told};
use sim_core::{Context, NodeId, RequestId};

use super::Redundancy;
use super::bug::Bug;
use super::config::{Config, Standby};
use super::ledger::{Admission, Count, Ledger};
use super::message::{Message, Timer};
use crate::heartbeat::{Change, Detector, FixedTimeout, Opinion, Stamp};

/// The largest number that may be added at once: the sum of all that can be asked is then below what a counter holds.
const MOST: i64 = 1_000_000_000;

/// The switch.
#[derive(Debug)]
pub(super) struct Switch {
    config: Config,
    detector: Detector,
    ledger: Ledger,
    units: Vec<Member>,
    /// Units that are trusted, in the order in which they came.
    ready: VecDeque<NodeId>,
    /// Who leads, and in which term; with active standby nobody does.
    leader: Option<NodeId>,
    term: u64,
    /// A failover takes its time.
    failing_over: bool,
    /// Whether every unit is trusted and as it should be.
    full: bool,
}

/// A unit as it has last spoken.
#[derive(Debug, Default)]
struct Member {
    newest: Stamp,
    upto: Option<u64>,
    /// What it said the time before.
    before: Option<u64>,
    term: u64,
}

impl Switch {
    pub(super) fn new(config: &Config, nodes: u16) -> Switch {
        let units = (1..nodes).map(NodeId);
        Switch {
            config: config.clone(),
            detector: Detector::new(FixedTimeout(config.timeout), units.clone()),
            ledger: Ledger::default(),
            units: units.clone().map(|_| Member::default()).collect(),
            ready: units.collect(),
            leader: None,
            term: 0,
            failing_over: false,
            full: false,
        }
    }

    pub(super) fn on_start(&mut self, ctx: &mut Context<'_, Redundancy>) {
        self.detector.start(ctx.now());
        self.arms(ctx);
        self.probe(ctx);
        ctx.set_timer(Timer::Again, self.config.again);
        if !matches!(self.config.standby, Standby::Active { .. }) {
            // Nothing has been done yet, so every unit is up to date.
            self.appoints(ctx, NodeId(1));
        }
    }

    pub(super) fn on_request(&mut self, ctx: &mut Context<'_, Redundancy>, request: RequestId, ask: Ask) {
        match self.ledger.admits(request) {
            Admission::Wait => {}
            Admission::Answer(total) => ctx.reply(request, Told::Value(total)),
            Admission::Order if self.serves() && is_small(ask) => {
                let order = self.ledger.order(request, ask);
                self.sends(ctx, &Message::Do(order));
            }
            Admission::Order | Admission::Full => ctx.refuse(request),
        }
    }

    pub(super) fn on_message(&mut self, ctx: &mut Context<'_, Redundancy>, from: NodeId, message: &Message) {
        match *message {
            Message::Alive { stamp, upto, term } => {
                if let Some(change) = self.detector.heard(from, stamp, ctx.now()) {
                    self.thinks(ctx, change);
                }
                self.arms(ctx);
                self.hears(ctx, from, stamp, upto, term);
            }
            Message::Done { number, total } => self.done(ctx, from, number, total),
            // Nothing else is meant for the switch.
            _ => {}
        }
    }

    pub(super) fn on_timer(&mut self, ctx: &mut Context<'_, Redundancy>, timer: Timer) {
        match timer {
            Timer::Probe => self.probe(ctx),
            Timer::Silence => {
                for change in self.detector.tick(ctx.now()) {
                    self.thinks(ctx, change);
                }
                self.arms(ctx);
            }
            Timer::Again => {
                for order in self.ledger.again() {
                    self.sends(ctx, &Message::Do(order));
                }
                ctx.set_timer(Timer::Again, self.config.again);
            }
            Timer::Failover => {
                self.failing_over = false;
                self.promotes(ctx);
            }
        }
    }

    /// Whether there is somebody to do what is asked.
    fn serves(&self) -> bool {
        match self.config.standby {
            Standby::Active { agree } => self.voters() >= usize::from(agree),
            Standby::Hot | Standby::Cold => self.leader.is_some(),
        }
    }

    /// How many units can answer.
    fn voters(&self) -> usize {
        self.ready.iter().filter(|id| self.member(**id).upto.is_some()).count()
    }

    fn member(&self, id: NodeId) -> &Member {
        &self.units[id.index() - 1]
    }

    /// Sends what is to be done to whom it is for.
    fn sends(&self, ctx: &mut Context<'_, Redundancy>, message: &Message) {
        for id in &self.ready {
            if self.config.standby != Standby::Cold || self.leader == Some(*id) {
                ctx.send(*id, message.clone());
            }
        }
    }

    fn done(&mut self, ctx: &mut Context<'_, Redundancy>, from: NodeId, number: u64, total: i64) {
        let needed = match self.config.standby {
            Standby::Active { agree } => agree,
            Standby::Hot | Standby::Cold if self.leader == Some(from) => 1,
            Standby::Hot | Standby::Cold => return,
        };
        let count = Count { needed, voters: self.voters(), one_will_do: self.config.has(Bug::TakesOneAtTie) };
        if let Some(decision) = self.ledger.answered(from, number, total, count) {
            ctx.record("decides", decision.number, decision.total);
            ctx.reply(decision.request, Told::Value(decision.total));
        }
    }

    fn probe(&mut self, ctx: &mut Context<'_, Redundancy>) {
        for (id, unit) in (1..).map(NodeId).zip(&self.units) {
            ctx.send(id, Message::Probe(unit.newest));
        }
        ctx.set_timer(Timer::Probe, self.config.probe);
    }

    /// A unit has said how it is. Old words tell nothing, but that it may have begun a new life.
    fn hears(&mut self, ctx: &mut Context<'_, Redundancy>, from: NodeId, stamp: Stamp, upto: Option<u64>, term: u64) {
        let unit = &mut self.units[from.index() - 1];
        if stamp <= unit.newest {
            if stamp.sequence == 1 {
                ctx.send(from, Message::Probe(unit.newest));
            }
            return;
        }
        let forgot = unit.upto.is_some() && upto.is_none();
        (unit.newest, unit.before, unit.upto, unit.term) = (stamp, unit.upto, upto, term);
        if forgot {
            self.leaves(ctx, from);
            self.ready.push_back(from);
        }
        self.promotes(ctx);
        self.tends(ctx, from);
        let well = |id: &NodeId| self.config.standby == Standby::Cold || self.member(*id).upto.is_some();
        let full = self.ready.len() == self.units.len() && self.ready.iter().all(well);
        if full && !self.full {
            ctx.record("recovered", (), ());
        }
        self.full = full;
    }

    /// Gives a unit what it lacks, and takes from it what it should not have.
    fn tends(&mut self, ctx: &mut Context<'_, Redundancy>, id: NodeId) {
        let (unit, leads) = (self.member(id), self.leader == Some(id));
        let works = leads || self.config.standby != Standby::Cold;
        // It is no fault to be a little behind, unless it lasts.
        let lags = unit.upto.is_none_or(|upto| upto < self.ledger.upto() && unit.before == Some(upto));
        if works && lags {
            ctx.send(id, self.ledger.start());
        }
        if leads && unit.term != self.term {
            ctx.send(id, Message::Lead(self.term));
        }
        if !leads && (unit.term > 0 || !works && unit.upto.is_some()) {
            ctx.send(id, Message::Rest(self.term));
        }
    }

    /// The detector has changed its mind.
    fn thinks(&mut self, ctx: &mut Context<'_, Redundancy>, change: Change) {
        match change.opinion {
            Opinion::Suspects => {
                ctx.record("suspects", change.peer, change.incarnation);
                self.full = false;
                self.leaves(ctx, change.peer);
            }
            Opinion::Trusts => {
                ctx.record("trusts", change.peer, change.incarnation);
                self.ready.push_back(change.peer);
            }
        }
    }

    /// A unit has fallen silent, or has forgotten what it knew. If it led, another will.
    fn leaves(&mut self, ctx: &mut Context<'_, Redundancy>, id: NodeId) {
        self.ready.retain(|ready| *ready != id);
        if self.leader == Some(id) {
            self.leader = None;
            self.failing_over = true;
            ctx.set_timer(Timer::Failover, self.config.failover);
        }
    }

    /// If a leader is missing, makes it the unit that has been ready for longest, of those that can.
    fn promotes(&mut self, ctx: &mut Context<'_, Redundancy>) {
        let may_lead = |id: &&NodeId| match self.config.standby {
            Standby::Active { .. } => false,
            Standby::Hot => self.member(**id).upto.is_some(),
            Standby::Cold => true,
        };
        if self.leader.is_none()
            && !self.failing_over
            && let Some(id) = self.ready.iter().find(may_lead).copied()
        {
            self.appoints(ctx, id);
        }
    }

    fn appoints(&mut self, ctx: &mut Context<'_, Redundancy>, id: NodeId) {
        self.term += 1;
        self.leader = Some(id);
        ctx.record("promoted", id, self.term);
        ctx.send(id, self.ledger.start());
        ctx.send(id, Message::Lead(self.term));
    }

    /// Sets the timer of silence, if the one that is set will not do.
    fn arms(&mut self, ctx: &mut Context<'_, Redundancy>) {
        if let Some(deadline) = self.detector.wake() {
            ctx.set_timer(Timer::Silence, deadline.since(ctx.now()));
        }
    }
}

fn is_small(ask: Ask) -> bool {
    match ask {
        Ask::Read => true,
        Ask::Add(amount) => (-MOST..=MOST).contains(&amount),
    }
}
