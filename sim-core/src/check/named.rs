//! The checks by name: what a scenario file may ask for, the facts that each is about, and the checker that judges it.

use serde::{Deserialize, Serialize};

use super::availability::{self, Basis, Of};
use super::history::contract::Property;
use super::history::session::Guarantee;
use super::progress::{self, Core};
use super::{
    Checker, accuracy, agree, avoids, completeness, converge, convergence, count, durable, exclusive, failover,
    goodput, monotone, never, once, panic, quality, recovery, sometimes, tally, turns, typed, unique, uptime, within,
};
use crate::chance::Probability;
use crate::plan::Plan;
use crate::protocol::Protocol;
use crate::time::Span;

/// A check as a scenario file writes it. Facts are named by the strings that nodes record.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Check {
    /// No two nodes record this fact with the same key.
    Unique(String),
    /// All records of this fact with the same key have the same value.
    Agree(String),
    /// For each node and key the values never fall, restarts included.
    Monotone(String),
    /// At the end, for each key, the last values of all nodes that are up are the same. A node counts with what it has
    /// recorded since it last started; one that has recorded nothing since is not judged.
    Converge(String),
    /// The fact is recorded at least once. Not to have reached it is no violation of one run: it passes, and the measure
    /// `sometimes(x) reached` is 0 instead of 1, so that a sweep can add them up and fail at 0.
    Sometimes(String),
    /// Always passes. Measures how often the fact is recorded, as `count(x)`.
    Count(String),
    /// The fact is never recorded.
    Never(String),
    /// Between the first fact and the second of one node and key no other node records the first with that key. A crash
    /// ends a holding as the second fact does; a pause does not.
    Exclusive(String, String),
    /// Each record of the first fact is followed by one of the second with the same key, of any node, within this time.
    /// A record whose time is not over before the end of the run is not judged: the horizon cut it.
    Within(String, String, Span),
    /// At the end, for each key, some node that is up holds what was promised: the last value that it has recorded of the
    /// second fact since it started is at least the greatest that any node has recorded of the first.
    Durable(String, String),
    /// Judges nothing, and measures a fact whose values are numbers: their sum, the greatest, and how far the greatest of
    /// the last values of all keys is above their mean.
    Tally(String),
    /// No handler panics.
    NoPanic,
    /// For facts `suspects` and `trusts`, whose key is the node that they are about: a node that has been down (or
    /// absent, or not yet started) for this long is suspected by every other node that has run all the while, neither
    /// down nor standing still. Measures the detection time: from the moment that a node goes down to its first suspicion.
    Completeness {
        /// The longest detection time allowed.
        within: Span,
    },
    /// For facts `suspects` and `trusts`, whose key is the node that they are about: no running node suspects a running
    /// one; a node that stands still does not run. Counts false suspicions and measures how long they last.
    Accuracy {
        /// True: judge only the suspicions that are left at the end of the run, after calm. False: judge every one when
        /// it begins.
        after_calm: bool,
    },
    /// No node that has run all the while records the fact about a node (its key) that has been down for longer than this.
    Avoids {
        /// The fact, whose key is the node that it is about.
        fact: String,
        /// How long it may take to notice.
        dead_for: Span,
    },
    /// Of one node's records of the fact, at most so many in a row pass over a key that is in: one that this node has
    /// recorded `joins` about, and not `leaves` since. The bound of fairness; a large one only forbids starvation.
    Turns {
        /// The fact: its key has a turn.
        fact: String,
        /// From here on the key is in.
        joins: String,
        /// From here on it is not.
        leaves: String,
        /// How many turns of others in a row are allowed.
        within: u32,
    },
    /// Of the operations that begin this long after calm or later, and end before the run does, at least this share is
    /// answered. Measures their latency, too.
    Goodput {
        /// The time that the system gets to recover.
        settle: Span,
        /// The least share that is answered.
        min: Probability,
    },
    /// For at least this share of the whole run, so many nodes hold: they have recorded `begin`, and neither recorded
    /// `end` nor gone down since. Measures the share and the rest of it, the number of outages and the longest.
    Uptime {
        /// The fact that begins a holding.
        begin: String,
        /// The fact that ends it, as a crash does.
        end: String,
        /// How many nodes must hold at a time.
        least: u16,
        /// The least share of the time.
        min: Probability,
        /// If others take over from those that hold: how long that takes. It is not judged; where a scenario has
        /// `failures`, it enters what [`markov`](super::markov) expects.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failover: Option<Span>,
    },
    /// Every operation of the clients seems to happen at one moment between its call and its end, by the model of the
    /// protocol's [`contract`](Protocol::contract).
    Linearizable,
    /// No client reads less than it has written.
    ReadYourWrites,
    /// No client reads less than it has read.
    MonotonicReads,
    /// Each client's writes take effect in its order.
    MonotonicWrites,
    /// What a client writes comes after what it has read.
    WritesFollowReads,
    /// No node records the fact twice with the same key in one life: with requests as keys, no retry is applied again.
    ExactlyOnce(String),
    /// Clients are served at least so well. Measures availability by requests and by time, of the service, of the worst
    /// client and on the worst side of a partition, and the mean up and down times of the service (as its clients see it)
    /// and of the nodes.
    Availability {
        /// The least share.
        min: Probability,
        /// What it is a share of.
        #[serde(default)]
        by: Basis,
        /// Whose availability it is.
        #[serde(default)]
        of: Of,
    },
    /// After every fault that stops or pauses a node or cuts links, somebody is answered within this time; while nobody
    /// asks, nobody need be. Measures the times from fault to first suspicion, to `promoted`, and to the first answer.
    FailoverWithin(Span),
    /// After every fault that stops a node for a while, some node records `recovered` within this time: full redundancy.
    RecoverWithin(Span),
    /// Each key of the fact `state` on which nodes differ at calm has a moment within this time at which all nodes that
    /// are up, and have recorded it since they started, agree.
    ConvergeWithin(Span),
    /// For facts `suspects` and `trusts`, whose key is the node that they are about: the detector is at least so good. What
    /// is not given is only measured: detection time, mistake recurrence time, mistake duration and query accuracy, after
    /// Chen, Toueg and Aguilera (2002), with confidence intervals.
    Quality {
        /// The longest detection time allowed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detection: Option<Span>,
        /// The least mean time between the beginnings of two mistakes of one node about another.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recurrence: Option<Span>,
        /// The longest mean duration of a mistake.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        duration: Option<Span>,
    },
    /// After calm somebody is answered within this time, as soon as somebody asks. Where windows that never close leave
    /// no core of nodes that can work together, or no client that reaches it, the check is undecided, as it is when
    /// nobody asks or the run ends too early.
    Progress {
        /// The longest wait.
        within: Span,
        /// How many nodes the service needs by its contract.
        #[serde(default)]
        core: Core,
    },
}

impl Check {
    /// The facts that this check is about.
    pub fn facts(&self) -> Vec<&str> {
        match self {
            Check::Unique(fact)
            | Check::Agree(fact)
            | Check::Monotone(fact)
            | Check::Converge(fact)
            | Check::Sometimes(fact)
            | Check::Count(fact)
            | Check::Tally(fact)
            | Check::Never(fact) => vec![fact],
            Check::Durable(begin, end) | Check::Exclusive(begin, end) | Check::Within(begin, end, _) => {
                vec![begin, end]
            }
            Check::NoPanic => vec![],
            Check::Completeness { .. } | Check::Accuracy { .. } | Check::Quality { .. } => vec!["suspects", "trusts"],
            Check::Avoids { fact, .. } => vec![fact],
            Check::Turns { fact, joins, leaves, .. } => vec![fact, joins, leaves],
            Check::Goodput { .. } => vec![],
            Check::Uptime { begin, end, .. } => vec![begin, end],
            Check::Linearizable
            | Check::ReadYourWrites
            | Check::MonotonicReads
            | Check::MonotonicWrites
            | Check::WritesFollowReads
            | Check::Availability { .. }
            | Check::FailoverWithin(_)
            | Check::Progress { .. } => vec![],
            Check::ExactlyOnce(fact) => vec![fact],
            Check::RecoverWithin(_) => vec!["recovered"],
            Check::ConvergeWithin(_) => vec![convergence::FACT],
        }
    }

    /// The check's name in reports and in `expect: Fail("..")`: `unique(primary)`, `completeness`.
    pub fn name(&self) -> String {
        match self {
            Check::Unique(fact) => format!("unique({fact})"),
            Check::Agree(fact) => format!("agree({fact})"),
            Check::Monotone(fact) => format!("monotone({fact})"),
            Check::Converge(fact) => format!("converge({fact})"),
            Check::Sometimes(fact) => format!("sometimes({fact})"),
            Check::Count(fact) => format!("count({fact})"),
            Check::Never(fact) => format!("never({fact})"),
            Check::Durable(promise, proof) => format!("durable({promise}, {proof})"),
            Check::Tally(fact) => format!("tally({fact})"),
            Check::Exclusive(begin, end) => format!("exclusive({begin}, {end})"),
            Check::Within(from, to, _) => format!("within({from}, {to})"),
            Check::NoPanic => "no-panic".to_owned(),
            Check::Completeness { .. } => "completeness".to_owned(),
            Check::Accuracy { .. } => "accuracy".to_owned(),
            Check::Quality { .. } => "quality".to_owned(),
            Check::Avoids { fact, .. } => format!("avoids({fact})"),
            Check::Turns { fact, .. } => format!("turns({fact})"),
            Check::Goodput { .. } => "goodput".to_owned(),
            Check::Uptime { begin, .. } => format!("uptime({begin})"),
            Check::Linearizable => "linearizable".to_owned(),
            Check::ReadYourWrites => Guarantee::ReadYourWrites.name().to_owned(),
            Check::MonotonicReads => Guarantee::MonotonicReads.name().to_owned(),
            Check::MonotonicWrites => Guarantee::MonotonicWrites.name().to_owned(),
            Check::WritesFollowReads => Guarantee::WritesFollowReads.name().to_owned(),
            Check::ExactlyOnce(fact) => format!("exactly-once({fact})"),
            Check::Availability { .. } => "availability".to_owned(),
            Check::FailoverWithin(_) => "failover-within".to_owned(),
            Check::RecoverWithin(_) => "recover-within".to_owned(),
            Check::ConvergeWithin(_) => "converge-within".to_owned(),
            Check::Progress { .. } => "progress".to_owned(),
        }
    }

    /// The property of the typed history that this check is about, if it is about that.
    pub const fn property(&self) -> Option<Property> {
        match self {
            Check::Linearizable => Some(Property::Linearizable),
            Check::ReadYourWrites => Some(Property::Session(Guarantee::ReadYourWrites)),
            Check::MonotonicReads => Some(Property::Session(Guarantee::MonotonicReads)),
            Check::MonotonicWrites => Some(Property::Session(Guarantee::MonotonicWrites)),
            Check::WritesFollowReads => Some(Property::Session(Guarantee::WritesFollowReads)),
            _ => None,
        }
    }

    /// Whether protocol `P` can serve this check: one about the clients' history needs its contract.
    ///
    /// # Errors
    /// What the protocol lacks, in words.
    pub fn served_by<P: Protocol>(&self) -> Result<(), String> {
        match (self.property(), P::contract()) {
            (None, _) => Ok(()),
            (Some(_), None) => Err(format!("protocol `{}` names no contract with its clients", P::NAME)),
            (Some(property), Some(contract)) => contract.serves(property),
        }
    }

    /// The checker that judges this check for a plan.
    pub fn checker(&self, plan: &Plan) -> Box<dyn Checker> {
        match self {
            Check::Unique(fact) => Box::new(unique::Unique::new(fact)),
            Check::Agree(fact) => Box::new(agree::Agree::new(fact)),
            Check::Monotone(fact) => Box::new(monotone::Monotone::new(fact)),
            Check::Converge(fact) => Box::new(converge::Converge::new(fact, plan)),
            Check::Sometimes(fact) => Box::new(sometimes::Sometimes::new(fact)),
            Check::Count(fact) => Box::new(count::Count::new(fact)),
            Check::Never(fact) => Box::new(never::Never::new(fact)),
            Check::Durable(promise, proof) => Box::new(durable::Durable::new(promise, proof, plan)),
            Check::Tally(fact) => Box::new(tally::Tally::new(fact)),
            Check::Exclusive(begin, end) => Box::new(exclusive::Exclusive::new(begin, end)),
            Check::Within(from, to, bound) => Box::new(within::Within::new(from, to, *bound)),
            Check::NoPanic => Box::new(panic::NoPanic),
            Check::Completeness { within } => Box::new(completeness::Completeness::new(*within, plan)),
            Check::Accuracy { after_calm } => Box::new(accuracy::Accuracy::new(*after_calm, plan)),
            Check::Quality { detection, recurrence, duration } => {
                let bounds = quality::Bounds { detection: *detection, recurrence: *recurrence, duration: *duration };
                Box::new(quality::Quality::new(bounds, plan))
            }
            Check::Avoids { fact, dead_for } => Box::new(avoids::Avoids::new(fact, *dead_for, plan)),
            Check::Turns { fact, joins, leaves, within } => {
                Box::new(turns::Turns::new(fact, joins, leaves, *within, plan))
            }
            Check::Goodput { settle, min } => Box::new(goodput::Goodput::new(*settle, *min, plan)),
            Check::Uptime { begin, end, least, min, .. } => Box::new(uptime::Uptime::new(begin, end, *least, *min)),
            Check::Linearizable
            | Check::ReadYourWrites
            | Check::MonotonicReads
            | Check::MonotonicWrites
            | Check::WritesFollowReads => Box::new(typed::Typed),
            Check::ExactlyOnce(fact) => Box::new(once::Once::new(fact, plan)),
            Check::Availability { min, by, of } => Box::new(availability::Availability::new(*min, *by, *of, plan)),
            Check::FailoverWithin(within) => Box::new(failover::Failover::new(*within, plan)),
            Check::RecoverWithin(within) => Box::new(recovery::Recovery::new(*within, plan)),
            Check::ConvergeWithin(within) => Box::new(convergence::Convergence::new(*within, plan)),
            Check::Progress { within, core } => Box::new(progress::Progress::new(*within, *core, plan)),
        }
    }
}
