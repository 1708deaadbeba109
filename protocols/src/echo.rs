//! Echo: the smallest protocol worth simulating, and the tutorial.
//!
//! A client says a number to any node. That node asks its neighbour to say it back, and only then answers the client.
//! The network may lose either message, so the node asks again until it has an answer: its one timer.
//!
//! Read from top to bottom, this is everything a protocol needs: what a scenario file may set ([`Config`],
//! [`Workload`]), what travels ([`Message`]), what is remembered ([`Echo`]), and one handler for each thing that can
//! happen to a node. Handlers only state what they want; the simulator does it when they return.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sim_core::{Context, Draws, Fact, NodeId, Protocol, RequestId, Span};

/// `config: (..)` in a scenario file: how the nodes are set up.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How long a node waits for its neighbour before it asks again.
    pub retry: Span,
}

/// `workload: (..)` in a scenario file: what clients ask.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    /// Clients say numbers from 0 to this one.
    pub largest: u32,
}

/// What nodes send each other. `Hash` puts messages into the run's digest, `Debug` into its story.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Message {
    /// Say this back.
    Ask(RequestId, u32),
    /// Said back.
    Answer(RequestId, u32),
}

/// What a client asks: say this back to me.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Say(pub u32);

/// What a client is told.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Said(pub u32);

/// One node: its volatile state. A crash drops it, and a restart calls [`Protocol::boot`] again.
#[derive(Debug)]
pub struct Echo {
    retry: Span,
    neighbour: NodeId,
    /// What the neighbour has not yet said back.
    waiting: BTreeMap<RequestId, u32>,
}

impl Protocol for Echo {
    const NAME: &'static str = "echo";
    const ABOUT: &'static str = "a number said to one node is said back by its neighbour: the tutorial";
    /// What nodes may record for the checkers. A scenario can demand `Sometimes("echoed")` or `Agree("echoed")`.
    const FACTS: &'static [Fact] = &[Fact::new("echoed", "(client, operation)", "number")];

    type Config = Config;
    type Workload = Workload;
    type Message = Message;
    /// A timer is named by its value. Here: ask again for this request.
    type Timer = RequestId;
    type Op = Say;
    type Ret = Said;

    fn boot(config: &Config, id: NodeId, nodes: u16) -> Echo {
        let neighbour = NodeId((id.0 + 1) % nodes);
        Echo { retry: config.retry, neighbour, waiting: BTreeMap::new() }
    }

    /// A client asks.
    fn on_request(&mut self, ctx: &mut Context<'_, Self>, request: RequestId, Say(number): Say) {
        self.waiting.insert(request, number);
        self.ask(ctx, request, number);
    }

    /// A message has arrived: perhaps late, perhaps twice, perhaps never.
    fn on_message(&mut self, ctx: &mut Context<'_, Self>, from: NodeId, message: Message) {
        match message {
            Message::Ask(request, number) => ctx.send(from, Message::Answer(request, number)),
            Message::Answer(request, number) => {
                // The second answer to a question that was asked twice finds nobody waiting.
                if self.waiting.remove(&request).is_some() {
                    ctx.cancel_timer(request);
                    ctx.record("echoed", (request.client, request.operation), number);
                    ctx.reply(request, Said(number));
                }
            }
        }
    }

    /// A timer is due: the question or its answer was lost, or is slow.
    fn on_timer(&mut self, ctx: &mut Context<'_, Self>, request: RequestId) {
        if let Some(&number) = self.waiting.get(&request) {
            self.ask(ctx, request, number);
        }
    }

    /// What reports call a message, and what the address of a single lost message is written with.
    fn kind(message: &Message) -> &'static str {
        match message {
            Message::Ask(..) => "Ask",
            Message::Answer(..) => "Answer",
        }
    }

    /// What the next client's operation is: drawn, so that a seed makes it.
    fn generate(workload: &Workload, draws: &mut Draws, _client: u16, _nth: u32) -> Option<Say> {
        let number = draws.below(u64::from(workload.largest) + 1);
        u32::try_from(number).ok().map(Say)
    }

    /// Refuses what makes no sense before anything runs.
    fn validate(config: &Config, _nodes: u16) -> Result<(), String> {
        if config.retry == Span::ZERO {
            return Err("`retry` is 0s: the node would ask without end at one instant; give it some time".to_owned());
        }
        Ok(())
    }
}

impl Echo {
    fn ask(&self, ctx: &mut Context<'_, Self>, request: RequestId, number: u32) {
        ctx.send(self.neighbour, Message::Ask(request, number));
        ctx.set_timer(request, self.retry);
    }
}

/// Handlers are tested without a simulation: call one on a bench, read what it asked for.
#[cfg(test)]
mod tests {
    use sim_core::Effect;
    use sim_core::bench::Bench;

    use super::*;

    const NEIGHBOUR: NodeId = NodeId(1);

    fn bench() -> Bench<Echo> {
        Bench::new(&Config { retry: Span::from_millis(50) }, NodeId(0), 3)
    }

    /// The request that the node has just passed on.
    fn asked(effects: &[Effect<Echo>]) -> RequestId {
        match effects {
            [Effect::Send(NEIGHBOUR, Message::Ask(request, 7)), Effect::SetTimer(timer, after)] => {
                assert_eq!((timer, *after), (request, Span::from_millis(50)));
                *request
            }
            other => panic!("expected a question and its timer, got {other:?}"),
        }
    }

    #[test]
    fn a_question_goes_to_the_neighbour_and_its_answer_to_the_client() {
        let mut bench = bench();
        bench.start();
        let request = asked(&bench.request(Say(7)));
        let effects = bench.message(NEIGHBOUR, Message::Answer(request, 7));
        assert!(
            matches!(
                effects.as_slice(),
                [Effect::CancelTimer(_), Effect::Record(0, _), Effect::Reply(to, Said(7))] if *to == request
            ),
            "{effects:?}"
        );
    }

    #[test]
    fn a_lost_question_is_asked_again() {
        let mut bench = bench();
        bench.start();
        let request = asked(&bench.request(Say(7)));
        bench.advance(Span::from_millis(50));
        assert_eq!(asked(&bench.timer(request)), request);
    }

    #[test]
    fn the_second_answer_is_ignored() {
        let mut bench = bench();
        bench.start();
        let request = asked(&bench.request(Say(7)));
        assert_eq!(bench.message(NEIGHBOUR, Message::Answer(request, 7)).len(), 3);
        assert!(bench.message(NEIGHBOUR, Message::Answer(request, 7)).is_empty());
        assert!(bench.timer(request).is_empty(), "nothing is left to ask for");
    }

    #[test]
    fn a_neighbour_says_back_what_it_is_asked() {
        let mut bench = bench();
        bench.start();
        let request = RequestId { client: 3, operation: 4, attempt: 0 };
        let effects = bench.message(NodeId(2), Message::Ask(request, 9));
        assert!(
            matches!(effects.as_slice(), [Effect::Send(NodeId(2), Message::Answer(to, 9))] if *to == request),
            "{effects:?}"
        );
    }

    #[test]
    fn a_retry_without_a_pause_is_refused() {
        assert!(Echo::validate(&Config { retry: Span::ZERO }, 3).unwrap_err().contains("retry"));
        assert_eq!(Echo::validate(&Config { retry: Span::from_nanos(1) }, 1), Ok(()));
    }
}
