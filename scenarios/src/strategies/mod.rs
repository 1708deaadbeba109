//! Strategies for [proptest](https://docs.rs/proptest): plans of every shape that a scenario file can have, and small.
//!
//! A protocol's own texts (configs, workloads, operations) are given as [`Material`], in canonical RON. For properties of a
//! system there are [`plans`] within the bounds of a scenario, [`shrinking`] as the command line does.

mod bounded;
mod faults;
mod shrinking;
mod values;

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use sim_core::check::Check;
use sim_core::plan::{
    Address, Backoff, Chance, Clients, DiskSettings, Exception, GiveUp, Limits, Load, Network, NodePlan, Operation,
    Ordering, Place, Plan, Regions, Restart, Route, Start, Supervisor,
};
use sim_core::{ChoiceKind, Identity, NodeId, Probability, Span, Time};

pub use bounded::{load_within, network_within, plans, windows_within};
pub use faults::{Targets, fault, windows};
pub use shrinking::{PlanTree, Shrinking, shrinking};
pub use values::{arrivals, drift, law, probability, signed_span, span};

/// What a protocol contributes to a plan.
#[derive(Clone, Debug)]
pub struct Material {
    /// Its name.
    pub protocol: String,
    /// Configs that are valid for one node and more, in canonical RON; at least one.
    pub configs: Vec<String>,
    /// Workloads in canonical RON; none if its requests cannot be generated.
    pub workloads: Vec<String>,
    /// Operations in canonical RON; none if it has no clients.
    pub operations: Vec<String>,
    /// The facts that it records.
    pub facts: Vec<String>,
    /// The kinds of its messages.
    pub kinds: Vec<String>,
}

/// A plan of up to 5 nodes, 3 clients, 6 windows, 8 operations and 8 exceptions; frozen or seeded.
pub fn plan(material: &Material) -> BoxedStrategy<Plan> {
    prop_oneof![frozen_plan(material), seeded_plan(material)].boxed()
}

/// A plan with exceptions, in which nothing is left to chance.
pub fn frozen_plan(material: &Material) -> BoxedStrategy<Plan> {
    plan_of(material, true)
}

/// A plan that draws from a seed.
pub fn seeded_plan(material: &Material) -> BoxedStrategy<Plan> {
    plan_of(material, false)
}

fn plan_of(material: &Material, frozen: bool) -> BoxedStrategy<Plan> {
    let material = material.clone();
    let sizes = (1u16..=5, 0u16..=3, faults::time(Span::from_secs(100)));
    sizes
        .prop_flat_map(move |(nodes, clients, until)| {
            let targets = Targets { nodes, clients, facts: material.facts.clone() };
            let world = (
                vec(node(), usize::from(nodes)),
                self::clients(&material, clients, nodes, frozen),
                network(nodes, clients, frozen),
                law().prop_map(|sync| DiskSettings { sync }),
                supervisor(),
            );
            let trouble = (windows(&targets, !frozen, until, 6), chance(&material, &targets, frozen));
            let frame = (select(material.configs.clone()), 0..=until.0, limits(), checks(&material), any::<bool>());
            let protocol = material.protocol.clone();
            (world, trouble, frame).prop_map(move |(world, (windows, chance), (config, calm, limits, checks, odd))| {
                let (mut nodes, clients, network, disk, supervisor) = world;
                for (i, node) in (0u8..).zip(&mut nodes) {
                    node.name = if odd { format!("node-{i} \"ü\"") } else { char::from(b'a' + i).to_string() };
                }
                let closed = windows.iter().filter_map(|window| window.until.time()).max().unwrap_or(Time::ZERO);
                Plan {
                    protocol: protocol.clone(),
                    config,
                    nodes,
                    clients,
                    network,
                    disk,
                    supervisor,
                    windows,
                    chance,
                    calm: closed.max(Time(calm)),
                    until,
                    limits,
                    checks,
                }
            })
        })
        .boxed()
}

fn node() -> impl Strategy<Value = NodePlan> {
    let odd = (signed_span(), drift(), any::<u64>());
    option::of(odd).prop_map(|odd| {
        let (offset, drift, rng) = odd.unwrap_or_default();
        NodePlan { name: String::new(), offset, drift, rng }
    })
}

fn clients(material: &Material, count: u16, nodes: u16, frozen: bool) -> BoxedStrategy<Clients> {
    let route = prop_oneof![
        Just(Route::FollowRedirect),
        Just(Route::RoundRobin),
        Just(Route::Random),
        (0..nodes).prop_map(Route::Node)
    ];
    let settings = (any::<bool>(), span(), 1u32..10, span(), route);
    let generated = !frozen && count > 0 && !material.workloads.is_empty();
    let load = if generated {
        prop_oneof![listed(material, count), self::generated(material)].boxed()
    } else {
        listed(material, count)
    };
    (settings, load)
        .prop_map(move |((odd, timeout, attempts, backoff, route), load)| {
            let name = |i| if odd { format!("client {i}") } else { format!("c{i}") };
            Clients { names: (0..count).map(name).collect(), timeout, attempts, backoff, route, load }
        })
        .boxed()
}

fn generated(material: &Material) -> impl Strategy<Value = Load> + use<> {
    (select(material.workloads.clone()), 0u32..1_000, arrivals())
        .prop_map(|(workload, requests, arrivals)| Load::Generated { workload, requests, arrivals })
}

fn listed(material: &Material, clients: u16) -> BoxedStrategy<Load> {
    if clients == 0 || material.operations.is_empty() {
        return Just(Load::Listed(Vec::new())).boxed();
    }
    let start = prop_oneof![span().prop_map(|span| Start::At(Time(span.0))), span().prop_map(Start::After)];
    let operation = (0..clients, 0u32..20, start, select(material.operations.clone()))
        .prop_map(|(client, id, start, op)| Operation { id, client, start, op });
    vec(operation, 0..=8)
        .prop_map(|mut operations| {
            let mut seen = BTreeSet::new();
            operations.retain(|operation| seen.insert((operation.client, operation.id)));
            Load::Listed(operations)
        })
        .boxed()
}

fn network(nodes: u16, clients: u16, frozen: bool) -> impl Strategy<Value = Network> {
    let loss = if frozen { Just(Probability::ZERO).boxed() } else { probability().boxed() };
    let ordering = prop_oneof![Just(Ordering::Any), Just(Ordering::Fifo)];
    (law(), loss, ordering, option::of(regions(nodes, clients)))
        .prop_map(|(latency, loss, ordering, regions)| Network { latency, loss, ordering, regions })
}

/// One to three regions in a row.
fn regions(nodes: u16, clients: u16) -> impl Strategy<Value = Regions> {
    (1u16..=3).prop_flat_map(move |count| {
        let homes = |of: u16| vec(0..count, usize::from(of));
        (vec(span(), usize::from(count - 1)), homes(nodes), homes(clients)).prop_map(move |(spans, nodes, clients)| {
            let links = (0..).zip(spans).map(|(i, span)| (i, i + 1, span)).collect();
            Regions { names: (0..count).map(|i| format!("region{i}")).collect(), links, nodes, clients }
        })
    })
}

fn supervisor() -> impl Strategy<Value = Supervisor> {
    let restart = prop_oneof![Just(Restart::AtOnce), span().prop_map(Restart::After), Just(Restart::Never)];
    let backoff = (1u32..5, span()).prop_map(|(factor, max)| Backoff { factor, max });
    let give_up = prop_oneof![Just(GiveUp::Never), (0u32..5).prop_map(GiveUp::After)];
    (restart, option::of(backoff), give_up).prop_map(|(restart, backoff, give_up)| Supervisor {
        restart,
        backoff,
        give_up,
    })
}

fn limits() -> impl Strategy<Value = Limits> {
    let odd = (1u64..=4_000_000_000, 1u64..=1_000_000, 1u64..=1_000_000, 1u64..=100_000_000);
    option::of(odd.prop_map(|(events, instant, in_flight, search)| Limits { events, instant, in_flight, search }))
        .prop_map(Option::unwrap_or_default)
}

fn checks(material: &Material) -> BoxedStrategy<Vec<Check>> {
    if material.facts.is_empty() {
        return Just(vec![Check::NoPanic]).boxed();
    }
    let fact = || select(material.facts.clone());
    let check = prop_oneof![
        Just(Check::NoPanic),
        fact().prop_map(Check::Unique),
        fact().prop_map(Check::Agree),
        fact().prop_map(Check::Monotone),
        fact().prop_map(Check::Converge),
        fact().prop_map(Check::Sometimes),
        fact().prop_map(Check::Tally),
        (fact(), fact()).prop_map(|(promise, proof)| Check::Durable(promise, proof)),
        fact().prop_map(Check::Never),
        (fact(), fact()).prop_map(|(begin, end)| Check::Exclusive(begin, end)),
        (fact(), fact(), span()).prop_map(|(from, to, bound)| Check::Within(from, to, bound)),
    ];
    vec(check, 0..5).boxed()
}

fn chance(material: &Material, targets: &Targets, frozen: bool) -> BoxedStrategy<Chance> {
    if !frozen {
        return any::<u64>().prop_map(Chance::Seeded).boxed();
    }
    let nodes = (0..targets.nodes).map(|id| Place::Node(NodeId(id)));
    let places: Vec<Place> = nodes.chain((0..targets.clients).map(Place::Client)).collect();
    let mut kinds = material.kinds.clone();
    kinds.extend(["request".to_owned(), "reply".to_owned()]);
    let identity = any::<u64>().prop_map(Identity);
    let nth = (select(places.clone()), select(places.clone()), select(kinds), any::<u32>())
        .prop_map(|(from, to, kind, nth)| Address::Nth { from, to, kind, nth });
    let address = prop_oneof![identity.clone().prop_map(Address::Id), nth];
    let at = (select(places), select(ChoiceKind::ALL), any::<u32>()).prop_map(|(place, kind, nth)| Address::At {
        place,
        kind,
        nth,
    });
    let choice = prop_oneof![identity.prop_map(Address::Id), at];
    let exception = prop_oneof![
        address.clone().prop_map(Exception::Lost),
        (address.clone(), span()).prop_map(|(at, span)| Exception::Delayed(at, span)),
        (address.clone(), any::<u64>()).prop_map(|(at, bits)| Exception::Corrupted(at, bits)),
        (address, any::<u8>()).prop_map(|(at, copies)| Exception::Copies(at, copies)),
        (choice, any::<u64>()).prop_map(|(at, value)| Exception::Chosen(at, value)),
    ];
    // Addresses of 64 random bits do not meet; the few that could are told apart by what is decided.
    vec(exception, 0..=8)
        .prop_map(|mut exceptions| {
            exceptions.sort();
            exceptions.dedup_by(|a, b| same_decision(a, b));
            Chance::Frozen(exceptions)
        })
        .boxed()
}

fn same_decision(a: &Exception, b: &Exception) -> bool {
    match (a, b) {
        (Exception::Lost(a), Exception::Lost(b))
        | (Exception::Delayed(a, _), Exception::Delayed(b, _))
        | (Exception::Corrupted(a, _), Exception::Corrupted(b, _))
        | (Exception::Copies(a, _), Exception::Copies(b, _))
        | (Exception::Chosen(a, _), Exception::Chosen(b, _)) => a == b,
        _ => false,
    }
}
