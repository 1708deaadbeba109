//! What theory expects of redundancy: continuous-time Markov chains and their steady state.
//!
//! A [`Chain`] is solved by the elimination of Grassmann, Taksar and Heyman, *Regenerative Analysis and Steady State
//! Distributions for Markov Chains* (Operations Research 33(5), 1985). It subtracts nothing, so every probability is exact
//! to a few roundings, however small. [`Redundancy`] builds the chains of reliability theory: k of n units, hot, cold or
//! with a failover that takes time.
//!
//! Floating point serves judging alone. Nothing here reaches a run.
#![expect(clippy::float_arithmetic, reason = "expectations are shown beside what was measured, and enter no run")]

use std::collections::BTreeMap;

use crate::chance::Probability;
use crate::time::Span;

/// A continuous-time Markov chain over states `0..n`.
#[derive(Clone, PartialEq, Debug)]
pub struct Chain {
    /// `rates[from][to]`: transitions in a second. What stands on the diagonal does not matter.
    rates: Vec<Vec<f64>>,
}

impl Chain {
    /// A chain of so many states with no transitions yet.
    pub fn new(states: usize) -> Chain {
        Chain { rates: vec![vec![0.0; states]; states] }
    }

    /// Adds transitions `from` one state `to` another, so many a second.
    ///
    /// # Panics
    /// If there are not so many states, or the rate is negative or not finite.
    pub fn add(&mut self, from: usize, to: usize, rate: f64) {
        assert!(rate >= 0.0 && rate.is_finite(), "a rate of {rate}");
        self.rates[from][to] += rate;
    }

    /// The share of the time that is spent in each state in the long run; empty if there are no states.
    ///
    /// Some state must be reachable from every other, and state 0 from it; otherwise the shares are not numbers.
    ///
    /// ```
    /// use sim_core::check::markov::Chain;
    /// // One unit: up for 9 s, down for 1 s, in the mean.
    /// let mut unit = Chain::new(2);
    /// unit.add(0, 1, 1.0 / 9.0);
    /// unit.add(1, 0, 1.0);
    /// assert!((unit.steady_state()[1] - 0.1).abs() < 1e-15);
    /// ```
    pub fn steady_state(&self) -> Vec<f64> {
        let mut rates = self.rates.clone();
        // The last state is left out, its visits being led on to where they end; and so on down to the first.
        for gone in (1..rates.len()).rev() {
            let (kept, rest) = rates.split_at_mut(gone);
            let leaving = &rest[0][..gone];
            let leaves: f64 = leaving.iter().sum();
            for row in kept {
                row[gone] /= leaves;
                let visits = row[gone];
                row.iter_mut().zip(leaving).for_each(|(to, rate)| *to += visits * rate);
            }
        }
        let mut shares: Vec<f64> = Vec::with_capacity(rates.len());
        for state in 0..rates.len() {
            let visits = shares.iter().zip(&rates).map(|(share, row)| share * row[state]).sum();
            shares.push(if state == 0 { 1.0 } else { visits });
        }
        let total: f64 = shares.iter().sum();
        shares.iter().map(|share| share / total).collect()
    }
}

/// Units that fail and are repaired, each at times that are exponentially distributed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Redundancy {
    /// How many there are.
    pub units: u16,
    /// How many the service needs.
    pub needed: u16,
    /// How many work at a time, if there are so many; the others are cold, and do not fail. At least `needed`.
    pub active: u16,
    /// How many can be under repair at a time.
    pub crews: u16,
    /// The mean time to the failure of a unit that works: above 0.
    pub up: Span,
    /// The mean time that a crew takes: above 0.
    pub repair: Span,
    /// The mean time from the failure of a unit that serves until a spare one serves in its place. The textbook's chain:
    /// nothing else happens meanwhile.
    pub failover: Span,
    /// The failures that do not lead to a failover by themselves. `None`: there are none.
    pub coverage: Option<Coverage>,
}

/// How failures are noticed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Coverage {
    /// The share of failures from which automatic failover recovers.
    pub covered: Probability,
    /// The mean time until somebody intervenes in the others.
    pub manual: Span,
}

/// What the service is doing, beside how many units have failed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mode {
    /// Serving, if enough units are left.
    Steady,
    /// A spare unit is taking over.
    Failover,
    /// Nobody has noticed yet.
    Unnoticed,
}

impl Redundancy {
    /// `needed` of `units` that all work and can all be repaired at once: each counts by itself.
    pub fn independent(needed: u16, units: u16, up: Span, repair: Span) -> Redundancy {
        let failover = Span::ZERO;
        Redundancy { units, needed, active: units, crews: units, up, repair, failover, coverage: None }
    }

    /// The share of the time in which the service is down, in the long run.
    ///
    /// ```
    /// use sim_core::Span;
    /// use sim_core::check::markov::Redundancy;
    /// let (up, repair) = (Span::from_secs(1000), Span::from_secs(10));
    /// let pair = Redundancy { crews: 1, ..Redundancy::independent(1, 2, up, repair) };
    /// assert_eq!(format!("{:.4e}", pair.unavailability()), "1.9604e-4");
    /// ```
    pub fn unavailability(&self) -> f64 {
        let mut states = BTreeMap::new();
        let mut moves = Vec::new();
        let mut reached = vec![(0, Mode::Steady)];
        while let Some(state) = reached.pop() {
            if states.contains_key(&state) {
                continue;
            }
            states.insert(state, states.len());
            for (to, rate) in self.leaves(state) {
                moves.push((state, to, rate));
                reached.push(to);
            }
        }
        let mut chain = Chain::new(states.len());
        for (from, to, rate) in moves {
            chain.add(states[&from], states[&to], rate);
        }
        let shares = chain.steady_state();
        states.iter().filter(|(state, _)| self.is_down(**state)).map(|(_, index)| shares[*index]).sum()
    }

    fn is_down(&self, (failed, mode): (u16, Mode)) -> bool {
        mode != Mode::Steady || self.units - failed < self.needed
    }

    /// Where a state leads, and how often in a second.
    fn leaves(&self, (failed, mode): (u16, Mode)) -> Vec<((u16, Mode), f64)> {
        let mut all = Vec::new();
        let mut add = |to, rate: f64| {
            if rate > 0.0 {
                all.push((to, rate));
            }
        };
        let (covered, manual) = self
            .coverage
            .map_or((1.0, Span::ZERO), |coverage| (f64::from(coverage.covered.ppb()) / 1e9, coverage.manual));
        match mode {
            Mode::Failover => add((failed, Mode::Steady), rate(self.failover)),
            Mode::Unnoticed => add((failed, Mode::Steady), rate(manual)),
            Mode::Steady => {
                let left = self.units - failed;
                let works = left.min(self.active);
                let serves = if left >= self.needed { self.needed } else { 0 };
                let fails = rate(self.up);
                // Who takes over, if one of those that serve fails.
                let spare = left > self.needed;
                let takes_over = if spare && self.failover > Span::ZERO { Mode::Failover } else { Mode::Steady };
                let unnoticed = if spare && manual > Span::ZERO { Mode::Unnoticed } else { Mode::Steady };
                add((failed + 1, takes_over), f64::from(serves) * fails * covered);
                add((failed + 1, unnoticed), f64::from(serves) * fails * (1.0 - covered));
                add((failed + 1, Mode::Steady), f64::from(works - serves) * fails);
                if failed > 0 {
                    add((failed - 1, Mode::Steady), f64::from(failed.min(self.crews)) * rate(self.repair));
                }
            }
        }
        all
    }
}

/// How often in a second something happens that takes so long in the mean.
fn rate(mean: Span) -> f64 {
    1e9 / mean.0 as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const UP: Span = Span::from_secs(1000);
    const REPAIR: Span = Span::from_secs(10);
    const RHO: f64 = 0.01;

    fn close(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 1e-13, "{found:e} instead of {expected:e}");
    }
    fn of(needed: u16, units: u16, active: u16, crews: u16) -> f64 {
        Redundancy { active, crews, ..Redundancy::independent(needed, units, UP, REPAIR) }.unavailability()
    }
    fn figure(found: f64, digits: usize) -> String {
        format!("{found:.digits$e}")
    }

    #[test]
    fn one_unit_and_pairs_as_the_closed_forms_have_them() {
        close(of(1, 1, 1, 1), RHO / (1.0 + RHO));
        close(of(1, 2, 2, 1), 2.0 * RHO * RHO / (1.0 + 2.0 * RHO + 2.0 * RHO * RHO));
        close(of(1, 2, 2, 2), (RHO / (1.0 + RHO)).powi(2));
        close(of(1, 2, 1, 1), RHO * RHO / (1.0 + RHO + RHO * RHO));
        close(of(1, 2, 1, 2), (RHO * RHO / 2.0) / (1.0 + RHO + RHO * RHO / 2.0));
        let figures = [of(1, 1, 1, 1), of(1, 2, 2, 1), of(1, 2, 2, 2), of(1, 2, 1, 1), of(1, 2, 1, 2)];
        let shown = figures.map(|found| figure(found, 3));
        assert_eq!(shown, ["9.901e-3", "1.960e-4", "9.803e-5", "9.900e-5", "4.950e-5"]);
    }

    #[test]
    fn k_of_n_with_repairs_of_their_own() {
        let available = 1.0 / (1.0 + RHO);
        let exactly = |n: i32, up: i32, ways: f64| ways * available.powi(up) * (1.0 - available).powi(n - up);
        close(of(2, 3, 3, 3), exactly(3, 0, 1.0) + exactly(3, 1, 3.0));
        close(of(3, 5, 5, 5), exactly(5, 0, 1.0) + exactly(5, 1, 5.0) + exactly(5, 2, 10.0));
        assert_eq!([of(2, 3, 3, 3), of(3, 5, 5, 5)].map(|found| figure(found, 3)), ["2.921e-4", "9.562e-6"]);
    }

    #[test]
    fn k_of_n_with_one_crew() {
        let down = |n: i32, needed: i32| {
            // n!/(n-j)! ρ^j for j failed.
            let weights: Vec<f64> =
                (0..=n).scan(1.0, |w, j| Some(std::mem::replace(w, *w * f64::from(n - j) * RHO))).collect();
            let total: f64 = weights.iter().sum();
            weights.iter().zip(0..).filter(|(_, j)| n - j < needed).map(|(w, _)| w).sum::<f64>() / total
        };
        close(of(2, 3, 3, 1), down(3, 2));
        close(of(3, 5, 5, 1), down(5, 3));
        assert_eq!([of(2, 3, 3, 1), of(3, 5, 5, 1)].map(|found| figure(found, 3)), ["5.880e-4", "5.818e-5"]);
    }

    #[test]
    fn a_failover_that_takes_time_and_does_not_always_come() {
        // An hour is a second here.
        let coverage = Coverage { covered: "95%".parse().unwrap(), manual: Span::from_secs(1) };
        let (failover, coverage) = (Span(1_000_000_000 / 120), Some(coverage));
        let pair = Redundancy { crews: 1, failover, coverage, ..Redundancy::independent(1, 2, UP, REPAIR) };
        let (lambda, sigma, beta) = (1.0 / 1000.0, 1e9 / failover.0 as f64, 1.0);
        let x = lambda * 0.95 / sigma + lambda * (1.0 - 0.95) / beta;
        let expected = (x + 2.0 * RHO * RHO) / (1.0 + 2.0 * RHO + 2.0 * RHO * RHO + x);
        close(pair.unavailability(), expected);
        assert_eq!(figure(pair.unavailability(), 3), "2.528e-4");
    }

    #[test]
    fn the_smallest_share_has_all_its_digits() {
        // Ten units must all be down: (ρ/(1+ρ))^10, which a subtraction anywhere would drown.
        close(of(1, 10, 10, 10), (RHO / (1.0 + RHO)).powi(10));
    }

    #[test]
    fn a_chain_that_is_no_tree() {
        // Round and round: the share of each state is what it waits.
        let mut ring = Chain::new(3);
        ring.add(0, 1, 1.0);
        ring.add(1, 2, 0.5);
        ring.add(2, 0, 0.25);
        ring.steady_state().iter().zip([1.0, 2.0, 4.0]).for_each(|(found, waits)| close(*found, waits / 7.0));
    }
}
