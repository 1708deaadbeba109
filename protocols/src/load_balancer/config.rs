//! What a scenario file may set: the policy, and everything that guards it.

use serde::{Deserialize, Serialize};
use sim_core::{Probability, Span};

use super::breaker;
use super::bug::Bug;
use super::outlier;
use super::policy::Policy;
use crate::heartbeat::Method;

/// `config: (..)` in a scenario file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How many nodes, from the first, are balancers; the rest are backends. 1 by default.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub balancers: u16,
    /// Which backend is chosen.
    pub policy: Policy,
    /// The weight of each backend, for `Weighted` and `LeastConnections`. All 1 by default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weights: Vec<u32>,
    /// How fast each backend works, in percent of what operations say. All 100 by default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub speeds: Vec<u32>,
    /// How many jobs a backend holds, the one at work included; it rejects more.
    #[serde(default = "long_queue", skip_serializing_if = "is_long_queue")]
    pub queue: u32,
    /// How long one attempt is waited for. `None`: for ever, or until its backend is suspected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt_timeout: Option<Span>,
    /// Active health checks. `None`: every backend is trusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<Health>,
    /// Passive health checks: a row of failures takes a backend out for a while.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ejection: Option<outlier::Rule>,
    /// Passive health checks: a share of failures takes a backend out until one trial succeeds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breaker: Option<breaker::Rule>,
    /// How long a backend that comes back takes to its full share, from a tenth of it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub slow_start: Span,
    /// Further attempts at requests that have failed. None by default.
    #[serde(default, skip_serializing_if = "Retries::are_none")]
    pub retries: Retries,
    /// After how long a second backend is asked as well, the first answer counting. Spends the budget of retries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hedge: Option<Span>,
    /// Planted bugs; none by default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bugs: Vec<Bug>,
}

/// Active health checks.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Health {
    /// The time between two probes of a backend.
    pub period: Span,
    /// The longest wait for the answer to a probe, and the longest silence that is no suspicion unless `detector` says
    /// otherwise.
    pub timeout: Span,
    /// How the answers to probes are judged; by default by a silence longer than `timeout`. Probes are dated by the
    /// balancer's own clock, so the age of an answer is that of its question, and NFD-S bounds the way there and back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detector: Option<Method>,
    /// What a probe looks into.
    #[serde(default, skip_serializing_if = "Probe::is_shallow")]
    pub probe: Probe,
    /// If a smaller share of the backends than this passes, the checks themselves are doubted and all are used.
    #[serde(default = "half", skip_serializing_if = "is_half")]
    pub panic_below: Probability,
}

/// What a probe looks into.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum Probe {
    /// The process: it answers at once, however much it has to do.
    #[default]
    Shallow,
    /// The service: the probe waits its turn in the queue, as a request does.
    Deep,
}

/// Further attempts at requests that have failed, and their budget.
///
/// Each request that comes in earns a `share` of a retry, at most `burst` are saved up, and every attempt but the first
/// spends one. So whatever happens, the backends get no more than that share on top of what clients ask.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retries {
    /// Attempts at one request, the first not counted.
    pub most: u32,
    /// Retries that each request earns.
    pub share: Probability,
    /// Retries saved up at most; that many are there at the start.
    pub burst: u32,
}

impl Health {
    pub(super) fn detector(&self) -> Method {
        self.detector.unwrap_or(Method::FixedTimeout(self.timeout))
    }
}

impl Probe {
    fn is_shallow(&self) -> bool {
        *self == Probe::Shallow
    }
}

impl Retries {
    fn are_none(&self) -> bool {
        *self == Retries::default()
    }
}

const HALF: Probability = match Probability::from_ppb(500_000_000) {
    Some(half) => half,
    None => Probability::ZERO,
};
const LONG_QUEUE: u32 = 1_000_000;

fn one() -> u16 {
    1
}
fn is_one(n: &u16) -> bool {
    *n == 1
}
fn half() -> Probability {
    HALF
}
fn is_half(share: &Probability) -> bool {
    *share == HALF
}
fn long_queue() -> u32 {
    LONG_QUEUE
}
fn is_long_queue(queue: &u32) -> bool {
    *queue == LONG_QUEUE
}
fn is_zero(span: &Span) -> bool {
    *span == Span::ZERO
}

impl Config {
    /// Why this config makes no sense for so many nodes, if so.
    pub(super) fn validate(&self, nodes: u16) -> Result<(), String> {
        let backends = usize::from(nodes.saturating_sub(self.balancers));
        if self.balancers == 0 || backends == 0 {
            return Err(format!(
                "of {nodes} nodes {} are balancers; there must be at least one balancer and one backend",
                self.balancers
            ));
        }
        for (name, list) in [("weights", &self.weights), ("speeds", &self.speeds)] {
            if !list.is_empty() && list.len() != backends {
                return Err(format!("`{name}` lists {} numbers, but there are {backends} backends", list.len()));
            }
            if list.iter().any(|n| !(1..=1_000_000).contains(n)) {
                return Err(format!("`{name}` must be between 1 and 1,000,000"));
            }
        }
        if self.policy == Policy::BestOf(0) {
            return Err("`BestOf(0)` has nothing to choose from; it needs 1 or more".to_owned());
        }
        if self.queue == 0 {
            return Err("`queue` is 0: a backend could not even hold the job at work".to_owned());
        }
        for (name, span) in [("attempt_timeout", self.attempt_timeout), ("hedge", self.hedge)] {
            if span == Some(Span::ZERO) {
                return Err(format!("`{name}` is 0s: it would be over before a job could arrive"));
            }
        }
        if let Some(health @ Health { period, timeout, .. }) = &self.health {
            if *period == Span::ZERO {
                return Err("`health.period` is 0s: probes would be sent without end at one instant".to_owned());
            }
            if timeout <= period {
                return Err(format!("`health.timeout` ({timeout}) must exceed `health.period` ({period})"));
            }
            health.detector().validate(*period, true)?;
        }
        if self.ejection.as_ref().is_some_and(|rule| rule.consecutive == 0 || rule.base == Span::ZERO) {
            return Err("`ejection` needs `consecutive` of 1 or more and a `base` above 0s".to_owned());
        }
        if self.breaker.as_ref().is_some_and(|rule| rule.window == 0 || rule.open == Span::ZERO) {
            return Err("`breaker` needs a `window` of 1 or more and an `open` above 0s".to_owned());
        }
        if self.retries.most > 100 {
            return Err("`retries.most` is above 100: no request is worth so many".to_owned());
        }
        Ok(())
    }

    pub(super) fn has(&self, bug: Bug) -> bool {
        self.bugs.contains(&bug)
    }
}
