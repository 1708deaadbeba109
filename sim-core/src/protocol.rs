//! The trait that a protocol implements: plain state machines that reach the world only through [`Context`].

use std::fmt::Debug;
use std::hash::Hash;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::chance::Draws;
use crate::check::history::Contract;
use crate::context::{Context, RequestId};
use crate::node::NodeId;
use crate::value::Fact;

/// One node. The value is the node's *volatile* state: a crash drops it, a restart calls [`boot`](Protocol::boot) again.
///
/// Handlers are atomic: what they send, set and record takes effect when they return. A type that is never used is
/// [`Never`] (operations of a protocol without clients) or `()` (an empty config).
pub trait Protocol: Sized + 'static {
    /// What a scenario file writes in `protocol:`.
    const NAME: &'static str;
    /// One line for `squall list`.
    const ABOUT: &'static str = "";
    /// What nodes may record.
    const FACTS: &'static [Fact] = &[];

    /// `config: (..)` in a scenario file.
    type Config: Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync;
    /// `workload: (..)` in a scenario file: what the generator draws operations from.
    type Workload: Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync;
    /// What nodes send each other. Its hash enters the run's digest.
    type Message: Clone + Debug + Hash;
    /// A timer is named by its value: setting it again replaces it.
    type Timer: Clone + Eq + Hash + Debug;
    /// What clients ask.
    type Op: Clone + Debug + Hash + Serialize + DeserializeOwned + Send;
    /// What clients are told.
    type Ret: Clone + Debug + Hash + Serialize + DeserializeOwned + Send;

    /// A node that has just started, with nothing but its config and place.
    fn boot(config: &Self::Config, id: NodeId, nodes: u16) -> Self;

    /// A message has arrived.
    fn on_message(&mut self, ctx: &mut Context<'_, Self>, from: NodeId, message: Self::Message);

    /// The kind of a message, as reports and `Nth` addresses name it: usually the variant's name.
    fn kind(message: &Self::Message) -> &'static str;

    /// The node starts or restarts.
    fn on_start(&mut self, ctx: &mut Context<'_, Self>) {
        let _ = ctx;
    }

    /// A timer is due. It never fires early on the node's own monotonic clock.
    fn on_timer(&mut self, ctx: &mut Context<'_, Self>, timer: Self::Timer) {
        let _ = (ctx, timer);
    }

    /// A client asks. By default the request is refused.
    fn on_request(&mut self, ctx: &mut Context<'_, Self>, request: RequestId, op: Self::Op) {
        let _ = op;
        ctx.refuse(request);
    }

    /// A sync has failed: what waited for it has been dropped, and what it covered may or may not be durable. By default
    /// the process ends, as it should.
    fn on_sync_error(&mut self, ctx: &mut Context<'_, Self>) {
        ctx.crash();
    }

    /// The process is about to end by a graceful stop: its last words.
    fn on_stop(&mut self, ctx: &mut Context<'_, Self>) {
        let _ = ctx;
    }

    /// A [`Custom`](crate::fault::Fault::Custom) window of this name begins or ends.
    fn on_fault(&mut self, ctx: &mut Context<'_, Self>, name: &str, begins: bool) {
        let _ = (ctx, name, begins);
    }

    /// The bytes of a message on the wire, for links of limited bandwidth. By default 64.
    fn size(message: &Self::Message) -> u32 {
        let _ = message;
        64
    }

    /// A message as damage leaves it, from the uniform `bits`. `None` (the default): a checksum finds it and it is dropped.
    fn corrupt(message: &Self::Message, bits: u64) -> Option<Self::Message> {
        let _ = (message, bits);
        None
    }

    /// The `nth` operation of a client. `None`: this protocol has no workload.
    fn generate(workload: &Self::Workload, draws: &mut Draws, client: u16, nth: u32) -> Option<Self::Op> {
        let _ = (workload, draws, client, nth);
        None
    }

    /// What clients are promised, in the terms of a model: `Contract::of(KeyValue::new())`. Checks of client histories
    /// (`Linearizable`, the session guarantees) are judged by it, and refused without it.
    fn contract() -> Option<Contract<Self::Op, Self::Ret>> {
        None
    }

    /// Whether this config makes sense for this many nodes; the reason if not. Never a panic.
    ///
    /// # Errors
    /// What is wrong and how to mend it, in words.
    fn validate(config: &Self::Config, nodes: u16) -> Result<(), String> {
        let _ = (config, nodes);
        Ok(())
    }
}

/// A type with no values, for protocols that have no clients.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Never {}
