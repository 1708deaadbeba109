//! A ring in which each node sends a token to its successor every second.

use sim_core::{Context, Never, NodeId, Protocol, Simulation, Span, Time};

use crate::bare::Bare;
use crate::measure::{Report, Workload};
use crate::plan::{plan, run};

const LOW: Span = Span::from_millis(1);
const HIGH: Span = Span::from_millis(50);
const PERIOD: Span = Span::from_secs(1);

struct Ring {
    received: u64,
}

impl Protocol for Ring {
    const NAME: &'static str = "ring";
    type Config = ();
    type Workload = ();
    type Message = u64;
    type Timer = ();
    type Op = Never;
    type Ret = Never;

    fn boot(_: &(), _: NodeId, _: u16) -> Ring {
        Ring { received: 0 }
    }
    fn kind(_: &u64) -> &'static str {
        "Token"
    }
    fn on_start(&mut self, ctx: &mut Context<'_, Self>) {
        ctx.set_timer((), PERIOD);
    }
    fn on_timer(&mut self, ctx: &mut Context<'_, Self>, (): ()) {
        let successor = NodeId((ctx.id().0 + 1) % ctx.nodes());
        ctx.send(successor, self.received);
        ctx.set_timer((), PERIOD);
    }
    fn on_message(&mut self, _: &mut Context<'_, Self>, _: NodeId, token: u64) {
        self.received = self.received.max(token) + 1;
    }
}

const TICK: u32 = 0;
const TOKEN: u32 = 1;

fn bare_ring(bare: &mut Bare, received: &mut [u64]) -> u64 {
    let nodes = received.len() as u32;
    let mut events = 0;
    (0..nodes).for_each(|node| bare.at(Time::ZERO + PERIOD, TICK, node));
    while let Some(entry) = bare.next() {
        events += 1;
        if entry.what == TICK {
            bare.send(entry.time, TOKEN, (entry.slot + 1) % nodes);
            bare.at(entry.time + PERIOD, TICK, entry.slot);
        } else {
            received[entry.slot as usize] += 1;
        }
    }
    events
}

pub(crate) fn bench(report: &mut Report) {
    for (nodes, secs) in [(1000, 1000), (10_000, 100)] {
        let length = Span::from_secs(secs);
        let mut simulation = Simulation::<Ring>::new();
        let plan = plan(nodes, LOW, HIGH, length);
        let (mut bare, mut received) = (Bare::new(LOW, HIGH, length), vec![0; usize::from(nodes)]);
        report.line(Workload {
            name: format!("W5 ring of {nodes}"),
            unit: "event",
            nodes: u64::from(nodes),
            kernel: Box::new(move || run(&mut simulation, &plan)),
            bare: Box::new(move || {
                bare.restart(7);
                bare_ring(&mut bare, &mut received)
            }),
        });
    }
}
