//! A loaded scenario: everything resolved and checked, ready to be expanded with a seed.

use sim_core::Plan;

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

    /// The plan under this seed. Pure, and quick enough to be called for every run of a sweep.
    pub fn expand(&self, seed: u64) -> Plan {
        self.drawn.expand(&self.base, seed)
    }
}
