//! A loaded scenario: everything resolved and checked, ready to be expanded with a seed.

use sim_core::Plan;

use crate::diagnostic::Diagnostic;
use crate::header::{Expect, Header, Reproduces};
use crate::types::Protocols;

/// A scenario file that has been read and found valid.
#[derive(Clone, Debug)]
pub struct Scenario {
    header: Header,
    seed: u64,
    plan: Plan,
}

impl Scenario {
    /// What the file says it is about.
    pub fn about(&self) -> &str {
        &self.header.about
    }
    /// What the file expects.
    pub fn expect(&self) -> &Expect {
        &self.header.expect
    }
    /// The file's own seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }
    /// The protocol's name.
    pub fn protocol(&self) -> &str {
        &self.plan.protocol
    }
    /// What the file reproduces, if it is a reproduction.
    pub fn reproduces(&self) -> Option<&Reproduces> {
        self.header.reproduces.as_ref()
    }
    /// The plan under this seed. Pure.
    pub fn expand(&self, seed: u64) -> Plan {
        let _ = seed;
        self.plan.clone()
    }
}

/// Reads a scenario file.
///
/// # Errors
/// Everything that is wrong with it, in the order of the file.
pub fn load(bytes: &[u8], protocols: &dyn Protocols) -> Result<Scenario, Vec<Diagnostic>> {
    let _ = (bytes, protocols);
    Err(Vec::new())
}
