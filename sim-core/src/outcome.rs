//! What a run gives back, and the operations that made it: plain data, with no type of the protocol in it.

use crate::check::CheckOutcome;
use crate::digest::Digest;
use crate::fault::Fired;
use crate::plan::{Exception, Start};
use crate::time::{Span, Time};
use crate::trace::Trace;

/// The result of one run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The digest of everything that happened.
    pub digest: Digest,
    /// How many events were handled.
    pub events: u64,
    /// How much time was simulated.
    pub simulated: Time,
    /// Why the run ended.
    pub end: End,
    /// One entry for each check of the plan, in its order.
    pub checks: Vec<CheckOutcome>,
    /// How often each family of fault had an effect.
    pub fired: Fired,
    /// How often each fact of the protocol was recorded, by all nodes together, in the order of its `FACTS`.
    pub recorded: Vec<(&'static str, u64)>,
    /// What was measured.
    pub measures: Vec<Measure>,
    /// What of the plan made no difference.
    pub unused: Unused,
    /// With [`RunOptions::freeze`]: the decisions that differed from their default.
    pub exceptions: Vec<Exception>,
    /// With [`RunOptions::freeze`]: nodes that used `ctx.rng()`.
    pub rng_used: Vec<bool>,
    /// With [`RunOptions::freeze`]: the operations that were started, as (client, id, start).
    pub operations: Vec<(u16, u32, Start)>,
    /// With [`RunOptions::trace`].
    pub trace: Option<Trace>,
}

/// What a run made no use of: with anything else in its place it would have been the same run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Unused {
    /// The supervisor: nothing came back from a crash.
    pub supervisor: bool,
    /// How often clients try, and how long they pause: nothing was tried again.
    pub retries: bool,
    /// Whether clients stay with one node or go on: every operation was asked once, and of the first node.
    pub routes: bool,
}

impl Unused {
    /// Nothing has happened yet.
    pub(crate) const ALL: Unused = Unused { supervisor: true, retries: true, routes: true };
}

/// Why a run ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum End {
    /// The plan's horizon was reached, or nothing was left to happen.
    Horizon,
    /// A limit of the plan ran out.
    Limit {
        /// Which: `events`, `instant`, `in_flight`.
        limit: &'static str,
        /// Where the run was: time, node and handler.
        at: Where,
    },
    /// A handler panicked.
    Panic {
        /// Where.
        at: Where,
        /// What it said.
        message: String,
    },
    /// The run was told to stop when it is decided, and there was a violation.
    Violation,
    /// The run was told to stop when it is decided, and nothing more could happen of what is judged.
    Decided,
}

/// The handler that was at work.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Where {
    /// True time.
    pub time: Time,
    /// The node's name.
    pub node: String,
    /// `on_start`, `on_timer Beat`, `on_message Heartbeat`, `on_request`.
    pub handler: String,
}

/// One measured quantity.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Measure {
    /// What: `messages sent`, `detection p99`.
    pub name: String,
    /// How much.
    pub amount: Amount,
}

/// An amount with its unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Amount {
    /// A number of things.
    Count(u64),
    /// A length of time.
    Span(Span),
    /// A share, in parts per billion.
    Share(u32),
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Amount::Count(n) => n.fmt(f),
            Amount::Span(span) => span.fmt(f),
            // Of the very rare three decimals would show nothing.
            Amount::Share(ppb @ 1..1_000_000) => {
                let digits = format!("{ppb:07}");
                write!(f, "0.{}%", digits.trim_end_matches('0'))
            }
            Amount::Share(ppb) => {
                let parts = u64::from(*ppb) / 10_000;
                write!(f, "{}.{:03}%", parts / 1000, parts % 1000)
            }
        }
    }
}

/// What a run should keep besides its digest. A recorder never alters a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RunOptions {
    /// Keep the trace.
    pub trace: bool,
    /// Record the exceptions, so that the plan can be frozen.
    pub freeze: bool,
    /// End the run when its verdict cannot change any more (a shrinker's candidates): at the first violation, or, where
    /// only the clients' history is judged, when all operations have ended.
    pub stop_when_decided: bool,
}

#[cfg(test)]
mod tests {
    use super::Amount;

    #[test]
    fn shares_have_three_decimals_and_rare_ones_all_they_need() {
        let shown = [0, 9562, 999_999, 1_000_000, 999_999_999, 1_000_000_000].map(|ppb| Amount::Share(ppb).to_string());
        assert_eq!(shown, ["0.000%", "0.0009562%", "0.0999999%", "0.100%", "99.999%", "100.000%"]);
    }
}
