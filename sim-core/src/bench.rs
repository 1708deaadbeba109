//! A bench for handlers: call one, read its effects back. No network, no queue, no simulation.
//!
//! ```
//! # use sim_core::{bench::Bench, Context, Effect, Never, NodeId, Protocol};
//! # struct Ping;
//! # impl Protocol for Ping {
//! #     const NAME: &'static str = "ping";
//! #     type Config = (); type Workload = (); type Message = u8; type Timer = (); type Op = Never; type Ret = Never;
//! #     fn boot(_: &(), _: NodeId, _: u16) -> Ping { Ping }
//! #     fn on_message(&mut self, ctx: &mut Context<'_, Self>, from: NodeId, n: u8) { ctx.send(from, n + 1) }
//! #     fn kind(_: &u8) -> &'static str { "Ping" }
//! # }
//! let mut bench = Bench::<Ping>::new(&(), NodeId(0), 2);
//! let effects = bench.message(NodeId(1), 41);
//! assert!(matches!(effects[..], [Effect::Send(NodeId(1), 42)]));
//! ```

use crate::chance::{Identity, Purpose};
use crate::clock::Clock;
use crate::context::{Context, Effect, RequestId};
use crate::decide::Decide;
use crate::disk::Disk;
use crate::node::NodeId;
use crate::protocol::Protocol;
use crate::time::{Drift, SignedSpan, Span, Time};

/// One node on the bench. Choices have their default, 0; both clocks are true.
pub struct Bench<P: Protocol> {
    /// The node's state, to look into.
    pub state: P,
    id: NodeId,
    nodes: u16,
    now: Time,
    clock: Clock,
    disk: Option<Box<Disk>>,
    decide: Decide,
    calls: u64,
    operations: u32,
}

impl<P: Protocol> Bench<P> {
    /// Boots node `id` of `nodes`.
    pub fn new(config: &P::Config, id: NodeId, nodes: u16) -> Bench<P> {
        Bench {
            state: P::boot(config, id, nodes),
            id,
            nodes,
            now: Time::ZERO,
            clock: Clock::new(SignedSpan(0), Drift(0)),
            disk: None,
            decide: Decide::default(),
            calls: 0,
            operations: 0,
        }
    }

    /// The node's disk, to look into.
    pub fn disk(&mut self) -> &mut Disk {
        self.disk.get_or_insert_default()
    }

    /// Lets time pass.
    pub fn advance(&mut self, span: Span) {
        self.now = self.now + span;
    }

    /// Sets the wall clock by `by`, now and for good.
    pub fn step_wall_clock(&mut self, by: SignedSpan) {
        self.clock.step(self.now, by, true);
    }

    /// Calls `on_start`.
    pub fn start(&mut self) -> Vec<Effect<P>> {
        self.call(|state, ctx| state.on_start(ctx))
    }

    /// Calls `on_message`.
    pub fn message(&mut self, from: NodeId, message: P::Message) -> Vec<Effect<P>> {
        self.call(|state, ctx| state.on_message(ctx, from, message))
    }

    /// Calls `on_timer`.
    pub fn timer(&mut self, timer: P::Timer) -> Vec<Effect<P>> {
        self.call(|state, ctx| state.on_timer(ctx, timer))
    }

    /// Calls `on_fault`: a custom window of this name begins or ends.
    pub fn fault(&mut self, name: &str, begins: bool) -> Vec<Effect<P>> {
        self.call(|state, ctx| state.on_fault(ctx, name, begins))
    }

    /// Calls `on_request` for the next operation of client 0.
    pub fn request(&mut self, op: P::Op) -> Vec<Effect<P>> {
        let request = RequestId { client: 0, operation: self.operations, attempt: 0 };
        self.operations += 1;
        self.call(|state, ctx| state.on_request(ctx, request, op))
    }

    fn call(&mut self, work: impl FnOnce(&mut P, &mut Context<'_, P>)) -> Vec<Effect<P>> {
        let mut effects = Vec::new();
        self.calls += 1;
        let mut ctx = Context {
            id: self.id,
            nodes: self.nodes,
            now: self.now,
            clock: &self.clock,
            event: Identity(0).child(Purpose::Send, self.calls),
            choices: 0,
            rng_key: 0,
            rng: None,
            disk: &mut self.disk,
            decide: &mut self.decide,
            effects: &mut effects,
        };
        work(&mut self.state, &mut ctx);
        effects
    }
}
