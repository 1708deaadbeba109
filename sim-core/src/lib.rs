//! The kernel of squall: a pure function from a [`Plan`] to an [`Outcome`].
//!
//! This crate must never do I/O, read a clock, spawn a thread, use floating point, iterate a hash map or hold statics,
//! and it must know no protocol and no file format. Read it in this order: what is measured (time, unit, law, tail,
//! chance, digest); what a plan is (fault, plan); what a protocol is (value, protocol, context, bench); what a run is made of
//! (queue, slab, timer, clock, link, network, disk, log, node, outbox, client, choice, decide, handler, simulation, dispatch, effect,
//! window); and what comes out (watch, ledger, trace, outcome, check).

#![deny(clippy::float_arithmetic)]

pub mod bench;
pub mod chance;
pub mod check;
mod choice;
mod client;
mod clock;
mod context;
mod decide;
pub mod digest;
pub mod disk;
mod dispatch;
mod effect;
pub mod fault;
mod handler;
pub mod law;
mod ledger;
mod link;
pub mod log;
mod network;
mod node;
mod normal_table;
mod outbox;
pub mod outcome;
pub mod plan;
mod protocol;
pub mod queue;
mod simulation;
mod slab;
pub mod tail;
pub mod time;
mod timer;
pub mod trace;
pub mod unit;
mod value;
mod watch;
mod window;

pub use chance::{Draws, Identity, Key, NodeRng, Probability};
pub use choice::ChoiceKind;
pub use context::{Context, Effect, RequestId};
pub use handler::{Handler, Progress};
pub use node::NodeId;
pub use outcome::{Outcome, RunOptions};
pub use plan::Plan;
pub use protocol::{Never, Protocol};
pub use simulation::{Input, Run, Simulation};
pub use time::{LocalTime, Span, Time, WallTime};
pub use value::{Fact, Value};

/// The engine's version: raised when draws or the order of events change, apart from the crates' versions.
pub const ENGINE: u32 = 1;
