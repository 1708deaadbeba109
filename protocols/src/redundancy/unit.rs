//! A unit: it does what is ordered, in order, and says what came out.

use std::collections::BTreeMap;

use sim_core::Context;
use sim_core::check::model::counter::Ask;

use super::Redundancy;
use super::bug::Bug;
use super::config::{Config, Standby};
use super::ledger::WINDOW;
use super::message::{Message, Order, SWITCH, State};
use crate::heartbeat::Life;

/// One unit. All of it is volatile: a unit that has been down has forgotten everything.
#[derive(Debug)]
pub(super) struct Unit {
    standby: Standby,
    keeps_own_total: bool,
    starts_again: bool,
    life: Life,
    state: Option<State>,
    /// The latest results, for orders that come again: as many as can be undecided.
    results: BTreeMap<u64, i64>,
    /// Orders that came before their turn.
    early: BTreeMap<u64, Ask>,
    /// The term in which it leads; 0 if it does not.
    term: u64,
    /// Where leads that were taken back end.
    rested: u64,
    serving: bool,
    /// Open windows of these names.
    sick: u32,
    wrong: u32,
}

impl Unit {
    pub(super) fn new(config: &Config) -> Unit {
        Unit {
            standby: config.standby,
            keeps_own_total: config.has(Bug::NotResynchronised),
            starts_again: config.has(Bug::StartNotIdempotent),
            life: Life::default(),
            state: None,
            results: BTreeMap::new(),
            early: BTreeMap::new(),
            term: 0,
            rested: 0,
            serving: false,
            sick: 0,
            wrong: 0,
        }
    }

    pub(super) fn on_message(&mut self, ctx: &mut Context<'_, Redundancy>, message: Message) {
        match message {
            Message::Probe(remembered) => {
                self.life.supersede(remembered);
                self.says(ctx);
            }
            // A sick unit looks well to whoever only probes it.
            _ if self.sick > 0 => {}
            Message::Start { state, orders } => self.starts(ctx, state, &orders),
            Message::Do(order) => self.ordered(ctx, order),
            Message::Lead(term) if term > self.rested => self.term = self.term.max(term),
            Message::Rest(term) => self.rests(ctx, term),
            // Nothing else is meant for units, and a lead that has been taken back is none.
            Message::Lead(_) | Message::Alive { .. } | Message::Done { .. } => {}
        }
        self.serves_or_not(ctx);
    }

    /// Says how it is: in answer to a probe, and when it has just started.
    pub(super) fn says(&mut self, ctx: &mut Context<'_, Redundancy>) {
        let stamp = self.life.next_stamp();
        ctx.send(SWITCH, Message::Alive { stamp, upto: self.state.map(|state| state.upto), term: self.term });
    }

    /// Takes a state over, unless its own is as new, and does what has been ordered since.
    fn starts(&mut self, ctx: &mut Context<'_, Redundancy>, state: State, orders: &[Order]) {
        let is_newer = self.state.is_none_or(|own| own.upto < state.upto);
        if is_newer || self.starts_again {
            let total = if self.keeps_own_total { self.state.unwrap_or_default().total } else { state.total };
            self.state = Some(State { total, ..state });
        }
        for order in orders {
            self.ordered(ctx, *order);
        }
        if is_newer {
            self.says(ctx);
        }
    }

    fn ordered(&mut self, ctx: &mut Context<'_, Redundancy>, order: Order) {
        let Some(state) = self.state else { return };
        if let Some(total) = self.results.get(&order.number).filter(|_| order.number <= state.upto) {
            return self.answers(ctx, order.number, *total);
        }
        if order.number > state.upto && order.number <= state.upto + WINDOW {
            self.early.insert(order.number, order.ask);
        }
        self.works(ctx, state);
    }

    /// Does everything whose turn has come.
    fn works(&mut self, ctx: &mut Context<'_, Redundancy>, mut state: State) {
        while let Some((number, ask)) = self.early.pop_first() {
            if number > state.upto + 1 {
                self.early.insert(number, ask);
                break;
            }
            if number <= state.upto {
                continue;
            }
            if let Ask::Add(amount) = ask {
                state.total = state.total.wrapping_add(amount);
            }
            state.upto = number;
            ctx.record("performs", number, state.total);
            self.results.insert(number, state.total);
            if self.results.len() as u64 > WINDOW {
                self.results.pop_first();
            }
            self.answers(ctx, number, state.total);
        }
        self.state = Some(state);
    }

    fn answers(&self, ctx: &mut Context<'_, Redundancy>, number: u64, total: i64) {
        // Units that are wrong are wrong each in its own way.
        let total = if self.wrong > 0 { total.wrapping_add(i64::from(ctx.id().0)) } else { total };
        ctx.send(SWITCH, Message::Done { number, total });
    }

    /// No longer leads. A cold unit is switched off, and begins anew.
    fn rests(&mut self, ctx: &mut Context<'_, Redundancy>, term: u64) {
        self.rested = self.rested.max(term);
        if self.term <= self.rested {
            self.term = 0;
            if self.standby == Standby::Cold {
                ctx.crash();
            }
        }
    }

    /// Records when its part in the service begins and ends.
    fn serves_or_not(&mut self, ctx: &mut Context<'_, Redundancy>) {
        let leads = matches!(self.standby, Standby::Active { .. }) || self.term > 0;
        let serves = self.state.is_some() && leads && self.sick == 0;
        if serves != self.serving {
            self.serving = serves;
            ctx.record(if serves { "serves" } else { "halts" }, (), self.term);
        }
    }

    pub(super) fn on_fault(&mut self, ctx: &mut Context<'_, Redundancy>, name: &str, begins: bool) {
        let windows = match name {
            "sick" => &mut self.sick,
            "wrong" => &mut self.wrong,
            _ => return,
        };
        // One that began before this life is not known to it.
        *windows = if begins { *windows + 1 } else { windows.saturating_sub(1) };
        self.serves_or_not(ctx);
    }
}

/// Damage that no checksum finds: an answer is another number.
pub(super) fn corrupt(message: &Message, bits: u64) -> Option<Message> {
    match *message {
        // Never what it was, and hardly ever what another damaged answer is.
        Message::Done { number, total } => Some(Message::Done { number, total: total ^ (bits | 1).cast_signed() }),
        _ => None,
    }
}
