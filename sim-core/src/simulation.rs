//! The simulation: a pure function from a plan to an outcome.

use crate::outcome::{Outcome, RunOptions};
use crate::plan::Plan;
use crate::protocol::Protocol;

/// A plan with its protocol's types parsed.
#[derive(Clone, Copy)]
pub struct Input<'a, P: Protocol> {
    /// The plan.
    pub plan: &'a Plan,
    /// Its config, parsed.
    pub config: &'a P::Config,
    /// Its workload, parsed; needed when the load is generated.
    pub workload: Option<&'a P::Workload>,
    /// Its operations, parsed, in the order of a listed load.
    pub operations: &'a [P::Op],
}

/// An outcome, and the operations that were generated.
pub struct Run<P: Protocol> {
    /// The outcome.
    pub outcome: Outcome,
    /// With [`RunOptions::freeze`]: what was asked, in the order of [`Outcome::operations`].
    pub operations: Vec<P::Op>,
}

/// A simulator of one protocol. It keeps its buffers from run to run; nothing else passes from one to the next.
pub struct Simulation<P: Protocol> {
    marker: std::marker::PhantomData<P>,
}

impl<P: Protocol> Simulation<P> {
    /// A simulator with empty buffers.
    pub fn new() -> Simulation<P> {
        Simulation { marker: std::marker::PhantomData }
    }
    /// Runs a plan.
    pub fn run(&mut self, input: Input<'_, P>, options: RunOptions) -> Run<P> {
        let _ = (input, options);
        unimplemented!("the kernel's loop")
    }
}
impl<P: Protocol> Default for Simulation<P> {
    fn default() -> Self {
        Simulation::new()
    }
}
