//! What a scenario file may set: how the units stand together, and how quickly the switch acts.

use serde::{Deserialize, Serialize};
use sim_core::Span;

use super::bug::Bug;

/// `config: (..)` in a scenario file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Who does what.
    pub standby: Standby,
    /// The time between two probes of a unit. More than 0.
    pub probe: Span,
    /// The longest silence that is no suspicion. More than `probe`.
    pub timeout: Span,
    /// How long it takes from the suspicion of the leader until another leads: a cold unit has to be started. 0 by default.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub failover: Span,
    /// After how long an operation that has not been decided is ordered again. More than 0; 100 ms by default.
    #[serde(default = "usual_again", skip_serializing_if = "is_usual_again")]
    pub again: Span,
    /// Planted bugs; none by default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bugs: Vec<Bug>,
}

/// Who gets each operation, and whose answer counts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Standby {
    /// Every unit does every operation, and a voter takes the answer that so many of them agree on: 1 masks units that
    /// are silent; 2 of 3 masks one that answers wrongly.
    Active {
        /// How many equal answers are needed. At least 1 and at most as many as there are units.
        agree: u16,
    },
    /// Every unit does every operation, so that each is up to date; the answer of the one that leads counts.
    Hot,
    /// One unit does the operations. The others are off, and get the state when they are started.
    Cold,
}

const USUAL_AGAIN: Span = Span::from_millis(100);

fn usual_again() -> Span {
    USUAL_AGAIN
}
fn is_usual_again(span: &Span) -> bool {
    *span == USUAL_AGAIN
}
fn is_zero(span: &Span) -> bool {
    *span == Span::ZERO
}

impl Config {
    /// Why this config makes no sense for so many nodes, if so.
    pub(super) fn validate(&self, nodes: u16) -> Result<(), String> {
        let units = nodes.saturating_sub(1);
        if units == 0 {
            return Err("there is no unit: node 0 is the switch, and each further node a unit".to_owned());
        }
        if let Standby::Active { agree } = self.standby
            && !(1..=units).contains(&agree)
        {
            return Err(format!("`agree` is {agree}; it must lie between 1 and the number of units, {units}"));
        }
        if self.probe == Span::ZERO || self.again == Span::ZERO {
            return Err(
                "`probe` and `again` must be above 0s: there would be no end of messages at one instant".to_owned()
            );
        }
        if self.timeout <= self.probe {
            return Err(format!("`timeout` ({}) must exceed `probe` ({})", self.timeout, self.probe));
        }
        Ok(())
    }

    pub(super) fn has(&self, bug: Bug) -> bool {
        self.bugs.contains(&bug)
    }
}
