//! Plans within the bounds of a scenario: never worse than what it allows.

use proptest::prelude::*;
use proptest::sample::subsequence;
use sim_core::fault::Window;
use sim_core::law::Law;
use sim_core::plan::{Clients, Load, Network, Plan};
use sim_core::{Probability, Span};

use crate::scenario::Scenario;

/// Plans of a scenario and milder ones: what a seed draws, with some of its windows, a network that is no slower and loses
/// no more, and no more requests. What the file lists under `faults` always happens. A scenario that lists `exceptions` is
/// one plan.
///
/// Beside [`shrinking`](super::shrinking) it makes a property of a scenario:
///
/// ```
/// # use proptest::prelude::*;
/// # use scenarios::strategies::{plans, shrinking};
/// # fn survives(_: &sim_core::Plan) -> bool { true }
/// # fn law(scenario: &scenarios::Scenario) {
/// proptest!(|(plan in shrinking(plans(scenario)))| {
///     prop_assert!(survives(&plan));
/// });
/// # }
/// ```
pub fn plans(scenario: &Scenario) -> BoxedStrategy<Plan> {
    if scenario.is_frozen() {
        return Just(scenario.expand(0)).boxed();
    }
    let (network, load) = (network_within(scenario), load_within(scenario));
    let scenario = scenario.clone();
    let drawn = any::<u64>().prop_flat_map(move |seed| {
        let plan = scenario.expand(seed);
        some_of(&scenario, &plan.windows).prop_map(move |windows| Plan { windows, ..plan.clone() })
    });
    (drawn, network, load)
        .prop_map(|(plan, network, load)| Plan { network, clients: Clients { load, ..plan.clients }, ..plan })
        .boxed()
}

/// The windows that some seed draws, or some of them, and all that are listed.
pub fn windows_within(scenario: &Scenario) -> BoxedStrategy<Vec<Window>> {
    let scenario = scenario.clone();
    any::<u64>().prop_flat_map(move |seed| some_of(&scenario, &scenario.expand(seed).windows)).boxed()
}

fn some_of(scenario: &Scenario, windows: &[Window]) -> BoxedStrategy<Vec<Window>> {
    let listed = scenario.base().windows.clone();
    let drawn: Vec<Window> = windows.iter().filter(|window| !listed.contains(window)).cloned().collect();
    let most = drawn.len();
    subsequence(drawn, 0..=most)
        .prop_map(move |some| {
            let mut windows = listed.clone();
            windows.extend(some);
            windows.sort_by_key(|window| window.id);
            windows
        })
        .boxed()
}

/// The scenario's network, or one that is no slower and loses no more.
pub fn network_within(scenario: &Scenario) -> BoxedStrategy<Network> {
    let network = scenario.base().network.clone();
    let latency = prop_oneof![Just(network.latency), latency_within(network.latency)];
    let most = network.loss.ppb();
    let loss = prop_oneof![Just(most), 0..=most];
    (latency, loss)
        .prop_map(move |(latency, loss)| Network {
            latency,
            loss: Probability::from_ppb(loss).unwrap_or(Probability::ZERO),
            ..network.clone()
        })
        .boxed()
}

/// A narrower law, or for one without bounds the constant that it has in the middle.
fn latency_within(law: Law) -> BoxedStrategy<Law> {
    match law {
        Law::Uniform(least, most) => (least.0..=most.0, least.0..=most.0)
            .prop_map(|(one, other)| Law::Uniform(Span(one.min(other)), Span(one.max(other))))
            .boxed(),
        law => Just(Law::Constant(law.median())).boxed(),
    }
}

/// The scenario's requests, or fewer.
pub fn load_within(scenario: &Scenario) -> BoxedStrategy<Load> {
    match scenario.base().clients.load.clone() {
        Load::Generated { workload, requests, arrivals } => prop_oneof![Just(requests), 0..=requests]
            .prop_map(move |requests| Load::Generated { workload: workload.clone(), requests, arrivals })
            .boxed(),
        Load::Listed(operations) => {
            let most = operations.len();
            subsequence(operations, 0..=most).prop_map(Load::Listed).boxed()
        }
    }
}
