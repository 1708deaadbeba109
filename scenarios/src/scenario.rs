//! A loaded scenario: everything resolved and checked, ready to be expanded with a seed.

use sim_core::Plan;
use sim_core::check::Check;

use crate::expand::Drawn;
use crate::header::{Expect, Header, Reproduces};

/// A scenario file that has been read and found valid.
#[derive(Clone, Debug)]
pub struct Scenario {
    header: Header,
    seed: u64,
    /// What no seed can alter; what a seed decides is absent or zero.
    base: Plan,
    drawn: Drawn,
}

impl Scenario {
    pub(crate) fn new(header: Header, seed: u64, base: Plan, drawn: Drawn) -> Scenario {
        Scenario { header, seed, base, drawn }
    }

    /// What the file says it is about; empty if it does not say.
    pub fn about(&self) -> &str {
        &self.header.about
    }

    /// What the file expects of its runs.
    pub fn expect(&self) -> &Expect {
        &self.header.expect
    }

    /// The file's own seed, 0 if it has none.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The protocol's name.
    pub fn protocol(&self) -> &str {
        &self.base.protocol
    }

    /// Which failure the file reproduces, if it is a reproduction.
    pub fn reproduces(&self) -> Option<&Reproduces> {
        self.header.reproduces.as_ref()
    }

    /// Whether the file lists `exceptions`: nothing is left to chance then, and every seed gives the same plan.
    pub fn is_frozen(&self) -> bool {
        self.drawn.frozen
    }

    /// What theory expects of this file's `failures`: for each `Uptime` check its fact, and the share of the time for which
    /// fewer units than `least` hold it. Nothing for laws that are not exponential, nor where only some of the failures
    /// are covered and the check names no `failover`.
    pub fn expected_unavailability(&self) -> Vec<(&str, f64)> {
        let Some(failures) = &self.drawn.failures else { return Vec::new() };
        let expected = |check| match check {
            &Check::Uptime { ref begin, least, failover, .. } => {
                Some((begin.as_str(), failures.redundancy(least, failover)?.unavailability()))
            }
            _ => None,
        };
        self.base.checks.iter().filter_map(expected).collect()
    }

    /// What no seed can alter: the network, the clients, the windows that the file lists. What a seed decides is absent or
    /// zero here.
    pub fn base(&self) -> &Plan {
        &self.base
    }

    /// The plan under this seed. Pure, and quick enough to be called for every run of a sweep.
    pub fn expand(&self, seed: u64) -> Plan {
        self.drawn.expand(&self.base, seed)
    }
}
