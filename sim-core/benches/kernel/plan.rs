//! Plans for the benches.

use sim_core::chance::Probability;
use sim_core::fault::Window;
use sim_core::law::Law;
use sim_core::outcome::End;
use sim_core::plan::{Chance, Clients, Limits, Network, NodePlan, Plan, Supervisor};
use sim_core::{Input, Protocol, RunOptions, Simulation, Span, Time};

/// A plan of so many nodes for so long, on a network with latencies from `low` to `high`, without faults or checks.
pub(crate) fn plan(nodes: u16, low: Span, high: Span, length: Span) -> Plan {
    Plan {
        protocol: "bench".to_owned(),
        config: "()".to_owned(),
        nodes: (0..nodes).map(|n| NodePlan::named(format!("n{n}"))).collect(),
        clients: Clients::none(),
        network: Network { latency: Law::Uniform(low, high), ..Network::default() },
        disk: Default::default(),
        supervisor: Supervisor::default(),
        windows: Vec::<Window>::new(),
        chance: Chance::Seeded(7),
        calm: Time::ZERO,
        until: Time::ZERO + length,
        limits: Limits { events: 4_000_000_000, ..Limits::default() },
        checks: Vec::new(),
    }
}

pub(crate) fn one_percent() -> Probability {
    Probability::from_ppb(10_000_000).expect("below one")
}

/// Runs a plan to its horizon and gives the number of events handled.
pub(crate) fn run<P>(simulation: &mut Simulation<P>, plan: &Plan) -> u64
where
    P: Protocol<Config = (), Workload = ()>,
{
    run_with(simulation, plan, RunOptions::default())
}

/// The same, with a recorder.
pub(crate) fn run_with<P>(simulation: &mut Simulation<P>, plan: &Plan, options: RunOptions) -> u64
where
    P: Protocol<Config = (), Workload = ()>,
{
    let input = Input { plan, config: &(), workload: Some(&()), operations: &[] };
    let outcome = simulation.run(input, options).outcome;
    assert_eq!(outcome.end, End::Horizon);
    outcome.events
}
