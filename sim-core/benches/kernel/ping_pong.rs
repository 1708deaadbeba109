//! Two nodes and one message that goes back and forth: what an event costs when nothing else waits.

use sim_core::{Context, Never, NodeId, Protocol, Simulation, Span, Time};

use crate::bare::Bare;
use crate::measure::{Report, Workload};
use crate::plan::{plan, run};

const ROUND_TRIPS: u64 = 1_000_000;
const LOW: Span = Span::from_millis(1);
const HIGH: Span = Span::from_millis(10);
/// Longer than all round trips take.
const LENGTH: Span = Span::from_secs(100_000);

struct PingPong;

impl Protocol for PingPong {
    const NAME: &'static str = "ping-pong";
    type Config = ();
    type Workload = ();
    type Message = u64;
    type Timer = ();
    type Op = Never;
    type Ret = Never;

    fn boot(_: &(), _: NodeId, _: u16) -> PingPong {
        PingPong
    }
    fn kind(_: &u64) -> &'static str {
        "Ping"
    }
    fn on_start(&mut self, ctx: &mut Context<'_, Self>) {
        if ctx.id() == NodeId(0) {
            ctx.send(NodeId(1), 2 * ROUND_TRIPS - 1);
        }
    }
    fn on_message(&mut self, ctx: &mut Context<'_, Self>, from: NodeId, left: u64) {
        if let Some(left) = left.checked_sub(1) {
            ctx.send(from, left);
        }
    }
}

fn bare() -> u64 {
    let mut bare = Bare::new(LOW, HIGH, LENGTH);
    bare.send(Time::ZERO, 1, 0);
    let mut events = 0;
    while let Some(entry) = bare.next() {
        events += 1;
        if events < 2 * ROUND_TRIPS {
            bare.send(entry.time, 1 - entry.what, 0);
        }
    }
    events
}

pub(crate) fn bench(report: &mut Report) {
    let mut simulation = Simulation::<PingPong>::new();
    let plan = plan(2, LOW, HIGH, LENGTH);
    report.line(Workload {
        name: "W1 ping-pong".to_owned(),
        unit: "event",
        nodes: 2,
        kernel: Box::new(move || run(&mut simulation, &plan)),
        bare: Box::new(bare),
    });
}
