//! A small protocol that uses every door of the context, for tests of the kernel.

use sim_core::check::Check;
use sim_core::plan::{Arrivals, Chance, Clients, DiskSettings, Limits, Load, Network, NodePlan, Operation, Supervisor};
use sim_core::time::Until;
use sim_core::{
    Context, Draws, Fact, Input, NodeId, Outcome, Plan, Protocol, RequestId, Run, RunOptions, Simulation, Span, Time,
};

/// Nodes spread a counter that clients raise.
pub(crate) struct Gossip {
    total: u64,
    rounds: u64,
}

#[derive(Clone, Debug, Hash)]
pub(crate) enum Message {
    Total(u64),
    Thanks,
}

impl Protocol for Gossip {
    const NAME: &'static str = "gossip";
    const FACTS: &'static [Fact] = &[Fact::new("total", "node", "counter"), Fact::new("round", "node", "round")];
    type Config = ();
    type Workload = u64;
    type Message = Message;
    type Timer = u8;
    type Op = u64;
    type Ret = u64;

    fn boot((): &(), _: NodeId, _: u16) -> Gossip {
        Gossip { total: 0, rounds: 0 }
    }
    fn on_start(&mut self, ctx: &mut Context<'_, Self>) {
        let last = ctx.disk().read("log").and_then(|log| log.last_chunk::<8>()).map(|last| u64::from_le_bytes(*last));
        self.total = last.unwrap_or(0);
        let jitter = ctx.jitter(Span::from_millis(20));
        ctx.set_timer(0, Span::from_millis(100) + jitter);
    }
    fn on_timer(&mut self, ctx: &mut Context<'_, Self>, timer: u8) {
        self.rounds += 1;
        ctx.record("round", ctx.id(), self.rounds);
        if timer == 0 {
            ctx.broadcast(Message::Total(self.total));
            let salt = ctx.rng().below(1000);
            ctx.set_timer(0, Span::from_millis(100 + salt % 7));
            ctx.set_timer(1, Span::from_millis(350));
        }
    }
    fn on_message(&mut self, ctx: &mut Context<'_, Self>, from: NodeId, message: Message) {
        match message {
            Message::Total(total) if total > self.total => {
                self.total = total;
                ctx.record("total", ctx.id(), total);
                ctx.send(from, Message::Thanks);
            }
            Message::Total(_) => {}
            Message::Thanks => ctx.cancel_timer(1),
        }
    }
    fn on_stop(&mut self, ctx: &mut Context<'_, Self>) {
        ctx.broadcast(Message::Total(self.total));
    }
    fn on_fault(&mut self, ctx: &mut Context<'_, Self>, name: &str, begins: bool) {
        if begins {
            ctx.record("round", ctx.id(), name.len());
        }
        ctx.broadcast(Message::Total(self.total + 1));
    }
    fn corrupt(message: &Message, bits: u64) -> Option<Message> {
        match message {
            Message::Total(total) => Some(Message::Total(total ^ (bits & 3))),
            Message::Thanks => None,
        }
    }
    fn kind(message: &Message) -> &'static str {
        match message {
            Message::Total(_) => "Total",
            Message::Thanks => "Thanks",
        }
    }
    fn on_request(&mut self, ctx: &mut Context<'_, Self>, request: RequestId, op: u64) {
        match ctx.choose(4) {
            3 => ctx.refuse(request),
            2 => ctx.redirect(request, NodeId((ctx.id().0 + 1) % ctx.nodes())),
            _ => {
                self.total += op;
                let total = self.total.to_le_bytes();
                if ctx.disk().append("log", &total).is_ok() {
                    ctx.disk().sync();
                }
                ctx.reply(request, self.total);
            }
        }
    }
    fn generate(workload: &u64, draws: &mut Draws, _: u16, _: u32) -> Option<u64> {
        Some(1 + draws.below(*workload))
    }
}

/// Three nodes, two clients, ten seconds, no faults.
pub(crate) fn plan(seed: u64) -> Plan {
    Plan {
        protocol: "gossip".into(),
        config: "()".into(),
        nodes: ["a", "b", "c"].map(NodePlan::named).to_vec(),
        clients: Clients {
            names: vec!["c0".into(), "c1".into()],
            load: Load::Generated {
                workload: "9".into(),
                requests: 20,
                arrivals: Arrivals::Closed { think: Span::from_millis(100) },
            },
            ..Clients::none()
        },
        network: Network::default(),
        disk: DiskSettings::default(),
        supervisor: Supervisor::default(),
        windows: vec![],
        chance: Chance::Seeded(seed),
        calm: Time::ZERO + Span::from_secs(8),
        until: Time::ZERO + Span::from_secs(10),
        limits: Limits::default(),
        checks: vec![Check::Sometimes("total".into()), Check::NoPanic],
    }
}

/// Runs a plan of this protocol; listed operations are plain numbers.
pub(crate) fn run(plan: &Plan, options: RunOptions) -> Run<Gossip> {
    run_in(&mut Simulation::new(), plan, options)
}

/// The same in a simulator that may have run before.
pub(crate) fn run_in(simulation: &mut Simulation<Gossip>, plan: &Plan, options: RunOptions) -> Run<Gossip> {
    let operations: Vec<u64> = match &plan.clients.load {
        Load::Listed(list) => {
            list.iter().map(|operation: &Operation| operation.op.parse().expect("a number")).collect()
        }
        Load::Generated { .. } => vec![],
    };
    simulation.run(Input { plan, config: &(), workload: Some(&9), operations: &operations }, options)
}

/// The frozen plan of a seeded one, and the outcome of the seeded run.
pub(crate) fn freeze(plan: &Plan) -> (Plan, Outcome) {
    let run = run(plan, RunOptions { freeze: true, ..RunOptions::default() });
    let texts = run.operations.iter().map(u64::to_string).collect();
    (plan.freeze(&run.outcome, texts), run.outcome)
}

/// A closing time.
pub(crate) fn at(millis: u64) -> Until {
    Until::At(Time::ZERO + Span::from_millis(millis))
}
