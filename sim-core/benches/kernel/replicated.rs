//! A primary with two backups; clients in a closed loop write, and are answered when both backups have acknowledged.

use std::collections::VecDeque;

use sim_core::plan::{Arrivals, Clients, Load, Plan, Route};
use sim_core::{Context, Draws, NodeId, Protocol, RequestId, Simulation, Span, Time};

use crate::bare::Bare;
use crate::measure::{Report, Workload};
use crate::plan::{plan, run};

const LOW: Span = Span::from_millis(1);
const HIGH: Span = Span::from_millis(10);
/// Longer than all writes take.
const LENGTH: Span = Span::from_secs(100_000);
const CLIENTS: u16 = 10;
const WRITES: u32 = 100_000;
const PRIMARY: NodeId = NodeId(0);
const BACKUPS: u8 = 2;

struct Replicated {
    value: u64,
    /// At the primary: who waits for the writes from `first` on, and for how many acknowledgements.
    waiting: VecDeque<(RequestId, u8)>,
    first: u64,
}

#[derive(Clone, Debug, Hash)]
enum Message {
    Append { number: u64, value: u64 },
    Appended { number: u64 },
}

impl Protocol for Replicated {
    const NAME: &'static str = "replicated";
    type Config = ();
    type Workload = ();
    type Message = Message;
    type Timer = ();
    type Op = u64;
    type Ret = u64;

    fn boot(_: &(), _: NodeId, _: u16) -> Replicated {
        Replicated { value: 0, waiting: VecDeque::new(), first: 0 }
    }
    fn kind(message: &Message) -> &'static str {
        match message {
            Message::Append { .. } => "Append",
            Message::Appended { .. } => "Appended",
        }
    }
    fn on_request(&mut self, ctx: &mut Context<'_, Self>, request: RequestId, value: u64) {
        self.value = value;
        let number = self.first + self.waiting.len() as u64;
        self.waiting.push_back((request, BACKUPS));
        ctx.broadcast(Message::Append { number, value });
    }
    fn on_message(&mut self, ctx: &mut Context<'_, Self>, from: NodeId, message: Message) {
        match message {
            Message::Append { number, value } => {
                self.value = value;
                ctx.send(from, Message::Appended { number });
            }
            Message::Appended { number } => {
                let waiting = &mut self.waiting[(number - self.first) as usize];
                waiting.1 -= 1;
                if waiting.1 == 0 {
                    ctx.reply(waiting.0, number);
                }
                while self.waiting.front().is_some_and(|(_, left)| *left == 0) {
                    self.waiting.pop_front();
                    self.first += 1;
                }
            }
        }
    }
    fn generate(_: &(), draws: &mut Draws, _: u16, _: u32) -> Option<u64> {
        Some(draws.bits())
    }
}

fn replicated_plan() -> Plan {
    let mut plan = plan(1 + u16::from(BACKUPS), LOW, HIGH, LENGTH);
    plan.clients = Clients {
        names: (0..CLIENTS).map(|n| format!("c{n}")).collect(),
        route: Route::Node(PRIMARY.0),
        load: Load::Generated {
            workload: "()".to_owned(),
            requests: WRITES / u32::from(CLIENTS),
            arrivals: Arrivals::Closed { think: Span::ZERO },
        },
        ..Clients::none()
    };
    plan
}

const REQUEST: u32 = 0;
const APPEND: u32 = 1;
const APPENDED: u32 = 2;
const REPLY: u32 = 3;

/// The slot of an entry is its client; each has one write under way.
fn bare() -> u64 {
    let mut bare = Bare::new(LOW, HIGH, LENGTH);
    let mut left = [0; CLIENTS as usize];
    let (mut started, mut events) = (u32::from(CLIENTS), 0);
    (0..u32::from(CLIENTS)).for_each(|client| bare.send(Time::ZERO, REQUEST, client));
    while let Some(entry) = bare.next() {
        events += 1;
        match entry.what {
            REQUEST => {
                left[entry.slot as usize] = BACKUPS;
                (0..BACKUPS).for_each(|_| bare.send(entry.time, APPEND, entry.slot));
            }
            APPEND => bare.send(entry.time, APPENDED, entry.slot),
            APPENDED => {
                left[entry.slot as usize] -= 1;
                if left[entry.slot as usize] == 0 {
                    bare.send(entry.time, REPLY, entry.slot);
                }
            }
            _ if started < WRITES => {
                started += 1;
                bare.send(entry.time, REQUEST, entry.slot);
            }
            _ => {}
        }
    }
    events
}

pub(crate) fn bench(report: &mut Report) {
    let mut simulation = Simulation::<Replicated>::new();
    let plan = replicated_plan();
    report.line(Workload {
        name: "W3 replicated writes".to_owned(),
        unit: "event",
        nodes: 3,
        kernel: Box::new(move || run(&mut simulation, &plan)),
        bare: Box::new(bare),
    });
}
