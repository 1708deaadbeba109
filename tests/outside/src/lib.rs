//! A crate of its own, outside of the workspace, with a protocol that squall does not ship.

use squall::sim_core::{Context, Fact, Never, NodeId, Protocol, Span};

/// One token goes round. Who has not seen it for too long takes it for lost, and makes a new one.
pub struct TokenRing {
    patience: Span,
}

#[derive(Clone, Hash, Debug)]
pub enum Message {
    Token,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Timer {
    PassOn,
    TokenIsLost,
}

impl Protocol for TokenRing {
    const NAME: &'static str = "token-ring";
    const FACTS: &'static [Fact] = &[Fact::new("takes", "token", "node"), Fact::new("gives", "token", "node")];
    type Config = Span; // `config: "2s"` in a scenario: how long a node waits for the token
    type Workload = (); // no clients, so no workload,
    type Message = Message;
    type Timer = Timer;
    type Op = Never; // no operations
    type Ret = Never; // and no answers

    fn boot(config: &Span, _id: NodeId, _nodes: u16) -> Self {
        TokenRing { patience: *config }
    }

    fn on_start(&mut self, ctx: &mut Context<'_, Self>) {
        if ctx.id() == NodeId(0) {
            self.take(ctx);
        } else {
            ctx.set_timer(Timer::TokenIsLost, self.patience);
        }
    }

    fn on_message(&mut self, ctx: &mut Context<'_, Self>, _from: NodeId, _token: Message) {
        self.take(ctx);
    }

    fn on_timer(&mut self, ctx: &mut Context<'_, Self>, timer: Timer) {
        match timer {
            Timer::TokenIsLost => self.take(ctx),
            Timer::PassOn => {
                ctx.record("gives", "token", ctx.id());
                ctx.send(NodeId((ctx.id().0 + 1) % ctx.nodes()), Message::Token);
                ctx.set_timer(Timer::TokenIsLost, self.patience);
            }
        }
    }

    fn kind(_: &Message) -> &'static str {
        "Token"
    }
}

impl TokenRing {
    fn take(&mut self, ctx: &mut Context<'_, Self>) {
        ctx.record("takes", "token", ctx.id());
        ctx.cancel_timer(Timer::TokenIsLost);
        ctx.set_timer(Timer::PassOn, Span::from_millis(100));
    }
}
