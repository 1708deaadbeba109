//! From a scenario and a seed to a plan: what the seed decides, each thing from its own address.

use sim_core::chance::Purpose;
use sim_core::plan::Chance;
use sim_core::time::{Drift, SignedSpan};
use sim_core::{Draws, Identity, Key, Plan, Span};

use crate::chaos::Chaos;
use crate::failures::Failures;

/// Everything that a seed decides about the plans of a scenario.
#[derive(Clone, Debug)]
pub(crate) struct Drawn {
    /// Nothing at all: the file lists its exceptions.
    pub(crate) frozen: bool,
    pub(crate) nodes: Vec<DrawnNode>,
    pub(crate) clocks: Clocks,
    pub(crate) chaos: Option<Chaos>,
    pub(crate) failures: Option<Failures>,
}

/// Which parts of a node are drawn; the others are written in the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DrawnNode {
    pub(crate) identity: Identity,
    pub(crate) offset: bool,
    pub(crate) drift: bool,
    pub(crate) rng: bool,
}

/// The greatest errors of clocks, in either direction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clocks {
    pub(crate) offset: Span,
    pub(crate) drift: Drift,
}

impl Drawn {
    pub(crate) fn expand(&self, base: &Plan, seed: u64) -> Plan {
        let mut plan = base.clone();
        if self.frozen {
            return plan;
        }
        plan.chance = Chance::Seeded(seed);
        let key = Key::from_seed(seed);
        for (node, drawn) in plan.nodes.iter_mut().zip(&self.nodes) {
            let mut draws = key.draws(Purpose::Clock, drawn.identity);
            // Both are drawn whether wanted or not, so that neither moves the other.
            let offset = SignedSpan(within(&mut draws, self.clocks.offset.0));
            let drift = Drift(within(&mut draws, self.clocks.drift.0.unsigned_abs()));
            if drawn.offset {
                node.offset = offset;
            }
            if drawn.drift {
                node.drift = drift;
            }
            if drawn.rng {
                node.rng = key.draw(Purpose::Rng, drawn.identity);
            }
        }
        if let Some(chaos) = &self.chaos {
            chaos.expand(&key, &mut plan);
        }
        if let Some(failures) = &self.failures {
            let names: Vec<Identity> = self.nodes.iter().map(|node| node.identity).collect();
            failures.expand(&key, &names, &mut plan);
        }
        plan
    }
}

/// About uniform in `-most..=most`, in few digits.
pub(crate) fn within(draws: &mut Draws, most: u64) -> i64 {
    let most = most.min(i64::MAX as u64 / 2);
    let drawn = draws.between(0, 2 * most);
    if drawn < most { -tidy(most - drawn).cast_signed() } else { tidy(drawn - most).cast_signed() }
}

/// A drawn number in four digits, rounded down: plans are read by people, and `1.932s` says as much as `1.932116844s`.
pub(crate) const fn tidy(number: u64) -> u64 {
    match number.checked_ilog10() {
        Some(digits @ 4..) => number - number % 10u64.pow(digits - 3),
        _ => number,
    }
}

#[cfg(test)]
mod tests {
    use super::tidy;

    #[test]
    fn numbers_are_cut_to_four_digits() {
        assert_eq!([0, 9, 9999, 12_345, 1_932_116_844].map(tidy), [0, 9, 9999, 12_340, 1_932_000_000]);
    }
}
