//! A reference model beside a simulated system, by proptest's state machines: the model is a map, the system a node that
//! crashes and writes ahead to its disk.
//!
//! The model grows a schedule step by step. A read asks the node for what the model holds; a node that has something else
//! says so, and the check `Never("forgotten")` fails.

use std::collections::BTreeMap;
use std::panic;

use proptest::prelude::*;
use proptest::test_runner::Config;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};
use serde::{Deserialize, Serialize};
use sim_core::check::Check;
use sim_core::check::Verdict;
use sim_core::fault::{Fault, Target, Window};
use sim_core::plan::{
    Chance, Clients, DiskSettings, Limits, Load, Network, NodePlan, Operation, Plan, Start, Supervisor,
};
use sim_core::time::Until;
use sim_core::{Context, Fact, Input, Never, NodeId, Protocol, RequestId, RunOptions, Simulation, Span, Time, log};

/// A node that keeps a map in a record log.
struct Keeper {
    careless: bool,
    map: BTreeMap<u8, u8>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
enum Ask {
    Put(u8, u8),
    /// The key, and what the model holds there.
    Expect(u8, Option<u8>),
}

impl Protocol for Keeper {
    const NAME: &'static str = "keeper";
    const FACTS: &'static [Fact] = &[Fact::new("forgotten", "key", "value"), Fact::new("answered", "key", "value")];
    /// Whether it answers before what it wrote is durable.
    type Config = bool;
    type Workload = ();
    type Message = Never;
    type Timer = Never;
    type Op = Ask;
    type Ret = ();

    fn boot(careless: &bool, _: NodeId, _: u16) -> Keeper {
        Keeper { careless: *careless, map: BTreeMap::new() }
    }

    fn on_start(&mut self, ctx: &mut Context<'_, Self>) {
        let replay = log::replay(ctx.disk().read("log").unwrap_or_default());
        let pairs = replay.records.iter().filter_map(|(_, payload)| Some((*payload.first()?, *payload.get(1)?)));
        self.map = pairs.collect();
    }

    fn on_message(&mut self, _: &mut Context<'_, Self>, _: NodeId, never: Never) {
        match never {}
    }

    fn on_request(&mut self, ctx: &mut Context<'_, Self>, request: RequestId, ask: Ask) {
        match ask {
            Ask::Put(key, value) => {
                self.map.insert(key, value);
                log::append(&mut ctx.disk(), "log", 0, &[key, value]).expect("there is room");
                if !self.careless {
                    ctx.disk().sync();
                }
            }
            Ask::Expect(key, value) if self.map.get(&key) != value.as_ref() => {
                ctx.record("forgotten", u64::from(key), u64::from(value.unwrap_or_default()));
            }
            Ask::Expect(key, _) => ctx.record("answered", u64::from(key), true),
        }
        ctx.reply(request, ());
    }

    fn kind(never: &Never) -> &'static str {
        match *never {}
    }
}

/// The model.
struct Map;

#[derive(Clone, Debug)]
enum Step {
    Put(u8, u8),
    Get(u8),
    Crash,
}

impl ReferenceStateMachine for Map {
    type State = BTreeMap<u8, u8>;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<BTreeMap<u8, u8>> {
        Just(BTreeMap::new()).boxed()
    }

    fn transitions(_: &BTreeMap<u8, u8>) -> BoxedStrategy<Step> {
        prop_oneof![
            3 => (0u8..4, any::<u8>()).prop_map(|(key, value)| Step::Put(key, value)),
            3 => (0u8..4).prop_map(Step::Get),
            1 => Just(Step::Crash),
        ]
        .boxed()
    }

    fn apply(mut map: BTreeMap<u8, u8>, step: &Step) -> BTreeMap<u8, u8> {
        if let Step::Put(key, value) = step {
            map.insert(*key, *value);
        }
        map
    }
}

/// The schedule so far: a step each second.
struct Schedule {
    careless: bool,
    asks: Vec<(u64, Ask)>,
    crashes: Vec<u64>,
    second: u64,
}

impl Schedule {
    fn new(careless: bool) -> Schedule {
        Schedule { careless, asks: Vec::new(), crashes: Vec::new(), second: 0 }
    }

    fn add(mut self, step: &Step, map: &BTreeMap<u8, u8>) -> Schedule {
        self.second += 1;
        match step {
            Step::Put(key, value) => self.asks.push((self.second, Ask::Put(*key, *value))),
            Step::Get(key) => self.asks.push((self.second, Ask::Expect(*key, map.get(key).copied()))),
            Step::Crash => self.crashes.push(self.second),
        }
        self.run();
        self
    }

    /// Runs it, from the beginning: a run is a pure function of its plan.
    fn run(&self) {
        let at = |second: u64| Time::ZERO + Span::from_secs(second);
        let crash = |(id, second): (u32, &u64)| Window {
            id,
            from: at(*second),
            until: Until::At(at(*second) + Span::from_millis(100)),
            fault: Fault::Crash(Target::Node(NodeId(0))),
        };
        let ask = |(id, (second, _)): (u32, &(u64, Ask))| Operation {
            id,
            client: 0,
            start: Start::At(at(*second)),
            op: String::new(),
        };
        let operations: Vec<Ask> = self.asks.iter().map(|(_, ask)| ask.clone()).collect();
        let plan = Plan {
            protocol: Keeper::NAME.to_owned(),
            config: self.careless.to_string(),
            nodes: vec![NodePlan::named("keeper")],
            clients: Clients {
                names: vec!["asker".to_owned()],
                load: Load::Listed((0..).zip(&self.asks).map(ask).collect()),
                ..Clients::none()
            },
            network: Network::default(),
            disk: DiskSettings::default(),
            supervisor: Supervisor::default(),
            windows: (0..).zip(&self.crashes).map(crash).collect(),
            chance: Chance::Seeded(self.second),
            calm: at(self.second + 1),
            until: at(self.second + 2),
            limits: Limits::default(),
            checks: vec![Check::NoPanic, Check::Never("forgotten".to_owned())],
        };
        let input = Input { plan: &plan, config: &self.careless, workload: None, operations: &operations };
        let outcome = Simulation::<Keeper>::new().run(input, RunOptions::default()).outcome;
        for check in &outcome.checks {
            assert_eq!(check.verdict, Verdict::Pass, "{}", check.name);
        }
        let reads = self.asks.iter().filter(|(_, ask)| matches!(ask, Ask::Expect(..))).count() as u64;
        assert_eq!(outcome.recorded, [("forgotten", 0), ("answered", reads)], "every read has been answered");
    }
}

/// A keeper that syncs before it answers.
struct Careful;

impl StateMachineTest for Careful {
    type SystemUnderTest = Schedule;
    type Reference = Map;

    fn init_test(_: &BTreeMap<u8, u8>) -> Schedule {
        Schedule::new(false)
    }
    fn apply(schedule: Schedule, map: &BTreeMap<u8, u8>, step: Step) -> Schedule {
        schedule.add(&step, map)
    }
}

/// One that does not.
struct Careless;

impl StateMachineTest for Careless {
    type SystemUnderTest = Schedule;
    type Reference = Map;

    fn init_test(_: &BTreeMap<u8, u8>) -> Schedule {
        Schedule::new(true)
    }
    fn apply(schedule: Schedule, map: &BTreeMap<u8, u8>, step: Step) -> Schedule {
        schedule.add(&step, map)
    }
}

fn config() -> Config {
    Config { cases: 32, failure_persistence: None, ..Config::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_was_answered_survives_every_crash((map, steps, seen) in Map::sequential_strategy(1..16)) {
        Careful::test_sequential(config(), map, steps, seen);
    }
}

#[test]
fn a_keeper_that_does_not_sync_is_found_out() {
    let mut runner = proptest::test_runner::TestRunner::new(config());
    let found = runner.run(&Map::sequential_strategy(1..16), |(map, steps, seen)| {
        let told = panic::catch_unwind(|| Careless::test_sequential(config(), map, steps, seen));
        told.map_err(|_| TestCaseError::fail("forgotten"))
    });
    let Err(proptest::test_runner::TestError::Fail(_, (_, steps, _))) = found else { panic!("{found:?}") };
    // A write, a crash, a read.
    assert_eq!(steps.len(), 3, "{steps:?}");
}
