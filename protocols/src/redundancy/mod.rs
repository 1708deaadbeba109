//! Redundancy: more units than are needed, so that the service outlives some of them.
//!
//! Node 0 is the switch, each further node a unit. The service is a counter: clients ask the switch to add to it or to
//! read it, and are told what it then holds. The switch puts all operations into one order, units do them in that order,
//! and [`Standby`] says who gets each operation and whose answer counts: all units and as many as agree (**active**), all
//! units and the leader (**hot**), or the leader alone while the others are off (**cold**).
//!
//! A unit keeps its state in memory only. Who comes back from repair is *started*: it gets the counter as it was at the
//! latest decision, and all orders since. The same goes for a unit that lags behind. A start is idempotent, and so are
//! orders: each has its number, and a unit does each number once in its life.
//!
//! **What fails.** Units do: a scenario's `failures` take them down and repair them, with as many crews as there are, and
//! with cold standbys that do not fail while they are off. The switch is the part that must not fail, as every voter is;
//! leave it out of `failures: (nodes: [..])` and of chaos that stops processes.
//!
//! **Windows of its own.** `Custom(unit, "sick")`: it answers probes and does nothing else, so nobody notices. It is what
//! scenarios with a coverage factor do to units whose failure is not covered. `Custom(unit, "wrong")`: its answers are
//! wrong, and not as those of another wrong unit are. `Corrupt` does the same to single answers on their way.
//!
//! **What is recorded.** By units: `serves` and `halts` (its part in the service begins and ends; for `Uptime`, `least`
//! being the votes that are needed or 1), `performs` (an operation is done). By the switch: `decides` (an operation has its
//! answer), `promoted` (a unit leads), `suspects` and `trusts` (what the detector thinks), `recovered` (every unit is up
//! and up to date again).
//!
//! **The contract.** While the switch is up, clients see one counter: every operation seems to happen at one moment, or is
//! never answered. With active standby this holds as long as no `agree` units are wrong in the same way at once; with the
//! others while no unit is wrong. After a calm in which enough units are left, the service is back within `timeout`,
//! `failover` and a few times the longest way. Adding is limited to a billion at a time.
//!
//! **Which standby?** `squall sweep scenarios/catalog/redundancy/compare_*.ron --seeds 0..100 --format json` measures it;
//! here are the means. A unit fails after 40 s of work and is under repair for 8 s, in the mean, and there is one crew; to notice a failure
//! takes 0.9 s, to start a cold unit two seconds more. What theory expects is the steady state of the Markov chain that
//! [`markov`](sim_core::check::markov) builds from the scenario's `failures`, with a failover as long as that.
//!
//! | `compare_` | unavailable, expected | measured | outages in 1000 s | requests not answered | repairs in 1000 s | packets a request |
//! |---|---|---|---|---|---|---|
//! | `single` | 16.67 % | 17.40 ± 0.40 % | 20.8 | 17.3 % | 20.8 | 8.6 |
//! | `cold` | 8.57 % | 9.04 ± 0.26 % | 22.4 | 9.1 % | 23.9 | 13.7 |
//! | `hot` | 6.82 % | 6.84 ± 0.25 % | 22.9 | 5.4 % | 40.2 | 15.1 |
//! | `active` | 5.41 % | 5.42 ± 0.26 % | 6.7 | 5.4 % | 40.2 | 14.8 |
//!
//! Active standby has an outage only when all units are down. A hot standby adds the time to notice, which clients hardly
//! feel if they wait for longer than that; a cold one adds the start, and saves two repairs in five. Probes are most of
//! the packets at one request a second.
//!
//! **Planted bugs** ([`Bug`]) and what finds them is listed there.

mod bug;
pub mod config;
mod ledger;
mod message;
mod switch;
#[cfg(test)]
mod tests;
mod unit;
mod voter;
mod workload;

use sim_core::check::history::Contract;
use sim_core::check::model::Counter;
use sim_core::check::model::counter::{Ask, Told};
use sim_core::{Context, Draws, Fact, NodeId, Protocol, RequestId};

use message::SWITCH;
use switch::Switch;
use unit::Unit;

pub use bug::Bug;
pub use config::{Config, Standby};
pub use message::{Message, Order, State, Timer};
pub use workload::Workload;

/// One node: the switch or a unit.
#[derive(Debug)]
pub struct Redundancy(Role);

#[derive(Debug)]
enum Role {
    Switch(Box<Switch>),
    Unit(Box<Unit>),
}

impl Protocol for Redundancy {
    const NAME: &'static str = "redundancy";
    const ABOUT: &'static str = "hot, cold and active standby, a voter, and units that are repaired";
    const FACTS: &'static [Fact] = &[
        Fact::new("serves", "()", "term"),
        Fact::new("halts", "()", "term"),
        Fact::new("performs", "number", "total"),
        Fact::new("decides", "number", "total"),
        Fact::new("promoted", "unit", "term"),
        Fact::new("suspects", "unit", "incarnation"),
        Fact::new("trusts", "unit", "incarnation"),
        Fact::new("recovered", "()", "()"),
    ];

    type Config = Config;
    type Workload = Workload;
    type Message = Message;
    type Timer = Timer;
    type Op = Ask;
    type Ret = Told;

    fn boot(config: &Config, id: NodeId, nodes: u16) -> Redundancy {
        Redundancy(match id {
            SWITCH => Role::Switch(Box::new(Switch::new(config, nodes))),
            _ => Role::Unit(Box::new(Unit::new(config))),
        })
    }

    fn on_start(&mut self, ctx: &mut Context<'_, Self>) {
        match &mut self.0 {
            Role::Switch(switch) => switch.on_start(ctx),
            Role::Unit(unit) => unit.says(ctx),
        }
    }

    fn on_message(&mut self, ctx: &mut Context<'_, Self>, from: NodeId, message: Message) {
        match &mut self.0 {
            Role::Switch(switch) => switch.on_message(ctx, from, &message),
            Role::Unit(unit) => unit.on_message(ctx, message),
        }
    }

    fn on_timer(&mut self, ctx: &mut Context<'_, Self>, timer: Timer) {
        if let Role::Switch(switch) = &mut self.0 {
            switch.on_timer(ctx, timer);
        }
    }

    fn on_request(&mut self, ctx: &mut Context<'_, Self>, request: RequestId, ask: Ask) {
        match &mut self.0 {
            Role::Switch(switch) => switch.on_request(ctx, request, ask),
            Role::Unit(_) => ctx.redirect(request, SWITCH),
        }
    }

    fn on_fault(&mut self, ctx: &mut Context<'_, Self>, name: &str, begins: bool) {
        if let Role::Unit(unit) = &mut self.0 {
            unit.on_fault(ctx, name, begins);
        }
    }

    fn kind(message: &Message) -> &'static str {
        message.kind()
    }

    fn corrupt(message: &Message, bits: u64) -> Option<Message> {
        unit::corrupt(message, bits)
    }

    fn generate(workload: &Workload, draws: &mut Draws, _client: u16, _nth: u32) -> Option<Ask> {
        Some(workload.draw(draws))
    }

    fn contract() -> Option<Contract<Ask, Told>> {
        Some(Contract::of(Counter))
    }

    fn validate(config: &Config, nodes: u16) -> Result<(), String> {
        config.validate(nodes)
    }
}
