//! A small replicated store: one node takes the writes and hands them on; who may answer reads is a setting.

use serde::{Deserialize, Serialize};
use sim_core::check::Check;
use sim_core::check::history::Contract;
use sim_core::check::model::KeyValue;
use sim_core::check::model::key_value::{Ask, Told};
use sim_core::law::Law;
use sim_core::plan::{Arrivals, Chance, Clients, DiskSettings, Limits, Load, Network, NodePlan, Route, Supervisor};
use sim_core::{
    Context, Draws, Fact, Input, NodeId, Outcome, Plan, Protocol, RequestId, RunOptions, Simulation, Span, Time,
};

pub(crate) struct Store {
    reads: Reads,
    values: [Option<u64>; 4],
}

/// Who answers reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Reads {
    /// The node that takes the writes.
    Primary,
    /// Whoever is asked, with what it has been told so far.
    Anybody,
}

const PRIMARY: NodeId = NodeId(0);

impl Protocol for Store {
    const NAME: &'static str = "store";
    const FACTS: &'static [Fact] = &[Fact::new("state", "key", "value")];
    type Config = Reads;
    type Workload = ();
    type Message = (u8, u64);
    type Timer = ();
    type Op = Ask<u8, u64>;
    type Ret = Told<u64>;

    fn boot(reads: &Reads, _: NodeId, _: u16) -> Store {
        Store { reads: *reads, values: [None; 4] }
    }
    fn on_message(&mut self, ctx: &mut Context<'_, Self>, _: NodeId, (key, value): (u8, u64)) {
        self.values[usize::from(key)] = Some(value);
        ctx.record("state", u64::from(key), value);
    }
    fn kind(_: &(u8, u64)) -> &'static str {
        "Update"
    }
    fn on_request(&mut self, ctx: &mut Context<'_, Self>, request: RequestId, op: Ask<u8, u64>) {
        match op {
            Ask::Put(key, value) if ctx.id() == PRIMARY => {
                self.values[usize::from(key)] = Some(value);
                ctx.record("state", u64::from(key), value);
                ctx.broadcast((key, value));
                ctx.reply(request, Told::Done);
            }
            Ask::Get(key) if ctx.id() == PRIMARY || self.reads == Reads::Anybody => {
                ctx.reply(request, Told::Value(self.values[usize::from(key)]));
            }
            _ => ctx.redirect(request, PRIMARY),
        }
    }
    fn generate((): &(), draws: &mut Draws, client: u16, nth: u32) -> Option<Ask<u8, u64>> {
        let key = draws.below(4) as u8;
        let value = u64::from(client) * 1_000_000 + u64::from(nth);
        Some(if draws.below(2) == 0 { Ask::Get(key) } else { Ask::Put(key, value) })
    }
    fn contract() -> Option<Contract<Ask<u8, u64>, Told<u64>>> {
        Some(Contract::of(KeyValue::new()))
    }
}

/// Three nodes, three clients that ask each in turn, ten seconds, no faults.
pub(crate) fn plan(seed: u64, checks: &[Check]) -> Plan {
    Plan {
        protocol: Store::NAME.into(),
        config: "Primary".into(),
        nodes: ["a", "b", "c"].map(NodePlan::named).to_vec(),
        clients: Clients {
            names: ["ann", "bob", "cleo"].map(str::to_owned).to_vec(),
            route: Route::RoundRobin,
            load: Load::Generated {
                workload: "()".into(),
                requests: 100,
                arrivals: Arrivals::Closed { think: Span::from_millis(1) },
            },
            ..Clients::none()
        },
        network: Network { latency: Law::Uniform(Span::from_millis(1), Span::from_millis(60)), ..Network::default() },
        disk: DiskSettings::default(),
        supervisor: Supervisor::default(),
        windows: vec![],
        chance: Chance::Seeded(seed),
        calm: Time::ZERO + Span::from_secs(8),
        until: Time::ZERO + Span::from_secs(10),
        limits: Limits::default(),
        checks: checks.to_vec(),
    }
}

pub(crate) fn run(plan: &Plan, reads: Reads) -> Outcome {
    let input = Input { plan, config: &reads, workload: Some(&()), operations: &[] };
    Simulation::<Store>::new().run(input, RunOptions::default()).outcome
}
