//! The judges. A checker sees facts, the history of clients and the run's own timeline, stamped in true time; never a
//! node's inside. It streams, it answers in three values, and it cannot alter a run.

mod accuracy;
mod agree;
mod answers;
mod availability;
mod avoids;
mod completeness;
mod converge;
mod convergence;
mod count;
mod disruption;
mod durable;
mod exclusive;
mod failover;
mod goodput;
pub mod history;
mod lives;
pub mod markov;
pub mod model;
mod monotone;
mod named;
mod never;
mod once;
mod panic;
mod progress;
mod quality;
mod reach;
mod recovery;
mod roster;
mod sometimes;
mod spans;
mod suspicions;
mod tally;
#[cfg(test)]
mod testing;
mod turns;
mod typed;
mod unique;
mod uptime;
mod within;

use std::fmt;

pub use self::availability::{Basis, Of};
pub use self::named::Check;
pub use self::progress::Core;

use crate::context::RequestId;
use crate::node::NodeId;
use crate::outcome::{End, Measure};
use crate::plan::Plan;
use crate::time::{Span, Time};
use crate::value::{Fact, Value};

/// Something that a checker sees. `event` numbers lead from a violation to the trace.
#[derive(Clone, Copy, Debug)]
pub enum Observation<'a> {
    /// A node recorded a fact.
    Fact {
        /// The node.
        node: NodeId,
        /// Which fact.
        fact: &'static Fact,
        /// Its key.
        key: &'a Value,
        /// Its value.
        value: &'a Value,
    },
    /// A node started or restarted.
    Started(NodeId),
    /// A node went down: its process is gone.
    Down(NodeId),
    /// A node stands still.
    Paused(NodeId),
    /// A node goes on.
    Resumed(NodeId),
    /// A window opened; its position in the plan.
    Opened(usize),
    /// A window closed.
    Closed(usize),
    /// A client started an operation, and with it the first attempt.
    Invoked(RequestId),
    /// A client made another attempt.
    Tried(RequestId),
    /// A client was told the result of an operation, by the attempt named; the length of time since its start.
    Answered(RequestId, Span),
    /// An operation failed: it was certainly not applied.
    Failed(RequestId, Span),
    /// A client gave up: whether the operation was applied is unknown.
    Unknown(RequestId, Span),
    /// Every window not marked `Never` is closed.
    Calm,
}

impl<'a> Observation<'a> {
    /// Node, key and value, if this is a fact of that name.
    fn fact(&self, name: &str) -> Option<(NodeId, &'a Value, &'a Value)> {
        match *self {
            Observation::Fact { node, fact, key, value } if fact.name == name => Some((node, key, value)),
            _ => None,
        }
    }
}

/// How the run ended, for the last judgement.
#[derive(Clone, Copy, Debug)]
pub struct Conclusion<'a> {
    /// The time of the end.
    pub at: Time,
    /// The number of the last event.
    pub event: u32,
    /// Why the run ended.
    pub end: &'a End,
    /// The plan that was run.
    pub plan: &'a Plan,
}

impl Conclusion<'_> {
    /// Undecided, if the run did not reach its horizon.
    fn cut_short(&self) -> Option<Verdict> {
        let why = match self.end {
            End::Horizon | End::Decided => return None,
            End::Limit { limit, .. } => format!("the limit `{limit}` ran out at {}", self.at),
            End::Panic { at, .. } => format!("`{}` of {} panicked at {}", at.handler, at.node, self.at),
            End::Violation => format!("the run ended with another violation at {}", self.at),
        };
        Some(Verdict::Undecided(why))
    }

    /// The verdict of a checker that has seen no violation: what was cut short might have shown one.
    pub(crate) fn pass_unless_cut_short(&self) -> Verdict {
        self.cut_short().unwrap_or(Verdict::Pass)
    }
}

/// A judge of one property.
pub trait Checker {
    /// Sees one thing. A violation may end the run; the checker is not asked again.
    fn observe(&mut self, at: Time, event: u32, seen: &Observation<'_>) -> Option<Violation>;

    /// Judges the whole run. Not called after a violation.
    fn conclude(&mut self, conclusion: &Conclusion<'_>) -> Verdict;

    /// What it has measured, violation or not.
    fn measures(&self, measures: &mut Vec<Measure>) {
        let _ = measures;
    }
}

/// Three values: the worst wins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The property held.
    Pass,
    /// It cannot be said whether the property held.
    Undecided(String),
    /// The property was violated.
    Fail(Violation),
}

impl Verdict {
    /// `pass`, `undecided`, `fail`.
    pub const fn word(&self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Undecided(_) => "undecided",
            Verdict::Fail(_) => "fail",
        }
    }
}

/// What went wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// Checker and anomaly class, never ids, times or line numbers: `unique(primary)/two-nodes`.
    pub fingerprint: String,
    /// One or two sentences with nodes as `n0` (reports put their names) and times.
    pub detail: String,
    /// When it was seen.
    pub at: Time,
    /// The events that show it, earliest first; their causes are the story.
    pub events: Vec<u32>,
    /// The nodes that take part.
    pub nodes: Vec<NodeId>,
}

/// Who did something, when, and in which event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Mark {
    node: NodeId,
    at: Time,
    event: u32,
}

/// A fact with its key, as details name it: `` `primary(7)` ``.
fn statement(fact: &str, key: &Value) -> String {
    match key {
        Value::Unit => format!("`{fact}`"),
        Value::Tuple(_) => format!("`{fact}{key}`"),
        _ => format!("`{fact}({key})`"),
    }
}

/// Events, earliest first, each once.
fn trail(events: &[u32]) -> Vec<u32> {
    let mut events = events.to_vec();
    events.sort_unstable();
    events.dedup();
    events
}

/// The judgement of one check.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CheckOutcome {
    /// The check's name.
    pub name: String,
    /// The verdict.
    pub verdict: Verdict,
}

impl fmt::Display for CheckOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.verdict {
            Verdict::Pass => write!(f, "{}: pass", self.name),
            Verdict::Undecided(why) => write!(f, "{}: undecided: {why}", self.name),
            Verdict::Fail(violation) => write!(f, "{}: fail: {}", self.name, violation.detail),
        }
    }
}
