//! Heartbeats from everybody to everybody; each node notes when it last heard of each other and looks at that on its own
//! tick.

use sim_core::plan::{Chance, Plan};
use sim_core::{Context, LocalTime, Never, NodeId, Protocol, Simulation, Span, Time};

use crate::bare::Bare;
use crate::measure::{Report, Workload};
use crate::plan::{one_percent, plan, run};

const LOW: Span = Span::from_millis(1);
const HIGH: Span = Span::from_millis(50);
const PERIOD: Span = Span::from_millis(100);
const PATIENCE: Span = Span::from_millis(300);

pub(crate) struct Mesh {
    heard: Vec<LocalTime>,
    silent: usize,
}

impl Protocol for Mesh {
    const NAME: &'static str = "mesh";
    type Config = ();
    type Workload = ();
    type Message = ();
    type Timer = ();
    type Op = Never;
    type Ret = Never;

    fn boot(_: &(), _: NodeId, nodes: u16) -> Mesh {
        Mesh { heard: vec![LocalTime(0); usize::from(nodes)], silent: 0 }
    }
    fn kind((): &()) -> &'static str {
        "Beat"
    }
    fn on_start(&mut self, ctx: &mut Context<'_, Self>) {
        ctx.set_timer((), PERIOD);
    }
    fn on_timer(&mut self, ctx: &mut Context<'_, Self>, (): ()) {
        let now = ctx.now();
        self.silent += self.heard.iter().filter(|heard| now.since(**heard) > PATIENCE).count();
        ctx.broadcast(());
        ctx.set_timer((), PERIOD);
    }
    fn on_message(&mut self, ctx: &mut Context<'_, Self>, from: NodeId, (): ()) {
        self.heard[from.index()] = ctx.now();
    }
}

pub(crate) fn mesh_plan(nodes: u16, length: Span) -> Plan {
    let mut plan = plan(nodes, LOW, HIGH, length);
    plan.network.loss = one_percent();
    plan
}

/// What `what` says when an entry is a tick and no message.
const TICK: u32 = u32::MAX;

fn bare_mesh(bare: &mut Bare, heard: &mut Vec<Time>, nodes: u32) -> u64 {
    heard.clear();
    heard.resize((nodes * nodes) as usize, Time::ZERO);
    let (mut events, mut silent) = (0, 0);
    (0..nodes).for_each(|node| bare.at(Time::ZERO + PERIOD, TICK, node));
    while let Some(entry) = bare.next() {
        events += 1;
        let row = (entry.slot * nodes) as usize;
        if entry.what == TICK {
            let of_node = &heard[row..row + nodes as usize];
            silent += of_node.iter().filter(|heard| entry.time.since(**heard) > PATIENCE).count();
            (0..nodes).filter(|to| *to != entry.slot).for_each(|to| bare.send(entry.time, entry.slot, to));
            bare.at(entry.time + PERIOD, TICK, entry.slot);
        } else {
            heard[row + entry.what as usize] = entry.time;
        }
    }
    std::hint::black_box(silent);
    events
}

pub(crate) fn bench(report: &mut Report) {
    let length = Span::from_secs(100);
    for nodes in [10, 50, 100, 200] {
        let mut simulation = Simulation::<Mesh>::new();
        let plan = mesh_plan(nodes, length);
        let (mut bare, mut heard) = (Bare::new(LOW, HIGH, length), Vec::new());
        report.line(Workload {
            name: format!("W2 mesh of {nodes}"),
            unit: "event",
            nodes: u64::from(nodes),
            kernel: Box::new(move || run(&mut simulation, &plan)),
            bare: Box::new(move || {
                bare.restart(7);
                bare_mesh(&mut bare, &mut heard, u32::from(nodes))
            }),
        });
    }
}

/// Many short runs, each with its own seed, all that a run sets up included.
pub(crate) fn bench_short_runs(report: &mut Report) {
    const RUNS: u64 = 2000;
    let length = Span::from_secs(10);
    let mut simulation = Simulation::<Mesh>::new();
    let mut plan = mesh_plan(5, length);
    let (mut bare, mut heard) = (Bare::new(LOW, HIGH, length), Vec::new());
    report.line(Workload {
        name: "W4 mesh of 5, 10 s".to_owned(),
        unit: "run",
        nodes: 0,
        kernel: Box::new(move || {
            for seed in 0..RUNS {
                plan.chance = Chance::Seeded(seed);
                run(&mut simulation, &plan);
            }
            RUNS
        }),
        bare: Box::new(move || {
            for seed in 0..RUNS {
                bare.restart(seed);
                bare_mesh(&mut bare, &mut heard, 5);
            }
            RUNS
        }),
    });
}
