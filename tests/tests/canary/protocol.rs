//! What all canaries have in common: a node tells the others a number, and where it takes the number from is the defect.

use std::marker::PhantomData;

use sim_core::{Context, Never, NodeId, Protocol};

/// Where a number comes from.
pub(crate) trait Source: 'static {
    /// The name of the protocol.
    const NAME: &'static str;

    /// The number that node `id` tells the others.
    fn number(id: NodeId) -> u64;
}

/// A protocol whose nodes tell each other a number when they start.
pub(crate) struct Canary<S>(PhantomData<S>);

/// The number.
#[derive(Clone, Hash, Debug)]
pub(crate) struct Told(u64);

impl<S: Source> Protocol for Canary<S> {
    const NAME: &'static str = S::NAME;
    type Config = ();
    type Workload = ();
    type Message = Told;
    type Timer = ();
    type Op = Never;
    type Ret = Never;

    fn boot((): &(), _id: NodeId, _nodes: u16) -> Self {
        Canary(PhantomData)
    }

    fn on_start(&mut self, ctx: &mut Context<'_, Self>) {
        ctx.broadcast(Told(S::number(ctx.id())));
    }

    fn on_message(&mut self, _ctx: &mut Context<'_, Self>, _from: NodeId, _message: Told) {}

    fn kind(_message: &Told) -> &'static str {
        "Told"
    }
}
