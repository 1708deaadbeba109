//! What a handler can do: the only door between a protocol and the world.

use std::fmt::Debug;

use crate::chance::{Identity, NodeRng, Purpose};
use crate::choice::{Asked, ChoiceKind};
use crate::clock::Clock;
use crate::decide::Decide;
use crate::disk::{Disk, DiskHandle};
use crate::node::NodeId;
use crate::plan::Place;
use crate::protocol::Protocol;
use crate::time::{LocalTime, Span, Time, WallTime};
use crate::value::Value;

/// A client's request as a node sees it: which client, which operation, which attempt.
///
/// Retries of one operation share client and operation, so that a protocol can recognise them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RequestId {
    /// The client's position.
    pub client: u16,
    /// The operation's number within its client.
    pub operation: u32,
    /// The attempt, from 0.
    pub attempt: u32,
}

/// One thing that a handler asked for.
#[derive(Clone, Debug)]
pub enum Effect<P: Protocol> {
    /// A message to one node.
    Send(NodeId, P::Message),
    /// A message to every other node.
    Broadcast(P::Message),
    /// A timer, due after this much local time.
    SetTimer(P::Timer, Span),
    /// A timer no longer wanted.
    CancelTimer(P::Timer),
    /// An answer to a client.
    Reply(RequestId, P::Ret),
    /// The request was certainly not applied.
    Refuse(RequestId),
    /// Another node should be asked.
    Redirect(RequestId, NodeId),
    /// A fact: its position in [`Protocol::FACTS`], key and value. Boxed, for facts are rare and messages are not.
    Record(usize, Box<(Value, Value)>),
    /// All writes before number `upto` shall be durable; everything later waits for it.
    Sync {
        /// The number of the first write that is not covered.
        upto: u64,
        /// Whether a failed sync is noticed.
        checked: bool,
    },
    /// The process ends itself.
    Crash,
}

/// What a handler can see and do. Effects take place, in order, when the handler returns.
pub struct Context<'a, P: Protocol> {
    pub(crate) id: NodeId,
    pub(crate) nodes: u16,
    pub(crate) now: Time,
    pub(crate) clock: &'a Clock,
    pub(crate) event: Identity,
    pub(crate) choices: u32,
    pub(crate) rng_key: u64,
    pub(crate) rng: Option<NodeRng>,
    pub(crate) disk: &'a mut Option<Box<Disk>>,
    pub(crate) decide: &'a mut Decide,
    pub(crate) effects: &'a mut Vec<Effect<P>>,
}

impl<P: Protocol> Context<'_, P> {
    /// This node.
    #[inline]
    pub fn id(&self) -> NodeId {
        self.id
    }

    /// How many nodes the name space holds; ids are `0..nodes`.
    #[inline]
    pub fn nodes(&self) -> u16 {
        self.nodes
    }

    /// Every other node.
    pub fn peers(&self) -> impl Iterator<Item = NodeId> + use<P> {
        let me = self.id;
        (0..self.nodes).map(NodeId).filter(move |id| *id != me)
    }

    /// The monotonic clock of this node's machine. It drifts; it survives a restart of the process.
    #[inline]
    pub fn now(&self) -> LocalTime {
        self.clock.monotonic(self.now)
    }

    /// The wall clock: it drifts, and it may step in either direction.
    pub fn wall_clock(&self) -> WallTime {
        self.clock.wall(self.now)
    }

    /// Sends `message` to `to`. A node may send to itself: the message then crosses no link and arrives at once.
    ///
    /// # Panics
    /// If `to` is not below [`nodes`](Context::nodes).
    #[inline]
    pub fn send(&mut self, to: NodeId, message: P::Message) {
        assert!(to.0 < self.nodes, "sends to {to}, but there are {} nodes", self.nodes);
        self.effects.push(Effect::Send(to, message));
    }

    /// Sends `message` to every other node, in the order of their ids.
    #[inline]
    pub fn broadcast(&mut self, message: P::Message) {
        self.effects.push(Effect::Broadcast(message));
    }

    /// Calls [`Protocol::on_timer`] after `after` on this node's monotonic clock. A timer of the same value is replaced.
    #[inline]
    pub fn set_timer(&mut self, timer: P::Timer, after: Span) {
        self.effects.push(Effect::SetTimer(timer, after));
    }

    /// Forgets the timer of this value, if one is set.
    #[inline]
    pub fn cancel_timer(&mut self, timer: P::Timer) {
        self.effects.push(Effect::CancelTimer(timer));
    }

    /// Answers a client's request.
    pub fn reply(&mut self, request: RequestId, ret: P::Ret) {
        self.effects.push(Effect::Reply(request, ret));
    }

    /// Tells the client that this attempt was certainly not applied.
    pub fn refuse(&mut self, request: RequestId) {
        self.effects.push(Effect::Refuse(request));
    }

    /// Sends the client to another node; this attempt was certainly not applied.
    pub fn redirect(&mut self, request: RequestId, to: NodeId) {
        self.effects.push(Effect::Redirect(request, to));
    }

    /// Records a fact for the checkers.
    ///
    /// # Panics
    /// If [`Protocol::FACTS`] does not list `fact`: the loader could not have known it.
    pub fn record(&mut self, fact: &str, key: impl Into<Value>, value: impl Into<Value>) {
        let Some(index) = P::FACTS.iter().position(|f| f.name == fact) else {
            panic!("`{fact}` is not among the facts of protocol `{}`", P::NAME);
        };
        self.effects.push(Effect::Record(index, Box::new((key.into(), value.into()))));
    }

    /// This node's disk.
    pub fn disk(&mut self) -> DiskHandle<'_, P> {
        DiskHandle {
            node: self.id,
            disk: self.disk.get_or_insert_default(),
            decide: self.decide,
            effects: self.effects,
        }
    }

    /// Ends this process; the supervisor may start it again.
    pub fn crash(&mut self) {
        self.effects.push(Effect::Crash);
    }

    /// An addressed choice in `0..n`; 0 by default and in a frozen run without an exception, and if `n` is 0.
    pub fn choose(&mut self, n: u64) -> u64 {
        let identity = self.event.child(Purpose::Choose, u64::from(self.choices));
        self.choices += 1;
        self.decide.choose(Asked { identity, place: Place::Node(self.id), kind: ChoiceKind::Choose }, n)
    }

    /// An addressed span in `0..=longest`; zero by default.
    pub fn jitter(&mut self, longest: Span) -> Span {
        Span(self.choose(longest.0.saturating_add(1)))
    }

    /// A stream of random bits of this event, for code that needs one; [`choose`](Context::choose) shrinks better.
    pub fn rng(&mut self) -> &mut NodeRng {
        let (key, event) = (self.rng_key, self.event);
        self.decide.note_rng(self.id);
        self.rng.get_or_insert_with(|| NodeRng::new(key, event))
    }
}
