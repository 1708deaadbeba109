//! A protocol that behaves until its second node hears of a third message, and then does as its config says.

use std::hint::black_box;
use std::process;

use serde::{Deserialize, Serialize};
use sim_core::{Context, Fact, Never, NodeId, Protocol, Span};

/// One node.
pub(crate) struct Wreck {
    deed: Deed,
    heard: u32,
}

/// What a node does.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) enum Deed {
    /// Nothing out of the ordinary.
    Behave,
    /// Never comes back.
    LoopForEver,
    /// Calls itself until there is no stack left.
    CallItself,
    /// Takes memory until there is none left.
    Grow,
    /// Ends the process as if all were well.
    Exit,
    /// Panics.
    Panic,
    /// Sends to itself at one instant.
    SendWithoutEnd,
    /// Sets a timer that is due at once, whenever it fires.
    TimerWithoutEnd,
}

/// A number.
#[derive(Clone, Hash, Debug)]
pub(crate) struct Ping(u32);

impl Protocol for Wreck {
    const NAME: &'static str = "wreck";
    const FACTS: &'static [Fact] = &[Fact::new("heard", "node", "count")];
    type Config = Deed;
    type Workload = ();
    type Message = Ping;
    type Timer = ();
    type Op = Never;
    type Ret = Never;

    fn boot(config: &Deed, _id: NodeId, _nodes: u16) -> Self {
        Wreck { deed: *config, heard: 0 }
    }

    fn kind(_message: &Ping) -> &'static str {
        "Ping"
    }

    fn on_start(&mut self, ctx: &mut Context<'_, Self>) {
        ctx.set_timer((), Span::from_millis(100));
    }

    fn on_timer(&mut self, ctx: &mut Context<'_, Self>, (): ()) {
        if self.deed == Deed::TimerWithoutEnd && self.is_due(ctx.id()) {
            ctx.set_timer((), Span::ZERO);
            return;
        }
        ctx.broadcast(Ping(self.heard));
        ctx.set_timer((), Span::from_millis(100));
    }

    fn on_message(&mut self, ctx: &mut Context<'_, Self>, _from: NodeId, message: Ping) {
        self.heard += 1;
        ctx.record("heard", ctx.id(), self.heard);
        if !self.is_due(ctx.id()) {
            return;
        }
        match self.deed {
            Deed::Behave | Deed::TimerWithoutEnd => {}
            Deed::LoopForEver => loop {
                black_box(self.heard);
            },
            Deed::CallItself => self.heard = depth(u64::from(self.heard)),
            Deed::Grow => grow(),
            Deed::Exit => process::exit(0),
            Deed::Panic => panic!("slot {} is taken", self.heard),
            Deed::SendWithoutEnd => ctx.send(ctx.id(), message),
        }
    }
}

impl Wreck {
    fn is_due(&self, me: NodeId) -> bool {
        me == NodeId(1) && self.heard >= 3
    }
}

fn depth(level: u64) -> u32 {
    let frame = black_box([level; 64]);
    if frame[0] == u64::MAX { 0 } else { depth(level + 1) + frame[1] as u32 % 2 }
}

fn grow() {
    let mut kept = Vec::new();
    loop {
        kept.push(vec![1u8; 1 << 20]);
        black_box(&kept);
    }
}
