//! Which backend is chosen: the part in which balancing policies differ.
//!
//! Every policy is a pure function of what the balancer knows, and of choices whose default is *the next in turn*: a run
//! with no choice listed is a fair one. Weights and slow start enter as one number, a server's [share](Server::share).

use serde::{Deserialize, Serialize};
use sim_core::digest::Digest;
use sim_core::{LocalTime, NodeId, Span};

use super::server::Server;

/// Which backend is chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Policy {
    /// One after the other.
    RoundRobin,
    /// One after the other, each as often as its weight says, spread evenly: nginx's smooth weighted round robin.
    Weighted,
    /// Any, with equal chances.
    Random,
    /// Always the same for a source, while it is there: rendezvous hashing.
    SourceHash,
    /// The one with the fewest requests under way from this balancer, for its weight.
    LeastConnections,
    /// Of so many drawn at random, the one with the fewest requests under way: the power of two choices (Mitzenmacher
    /// 1996; Vvedenskaya, Dobrushin, Karpelevich 1996).
    BestOf(u32),
}

/// A policy at work.
#[derive(Debug)]
pub(super) struct Picker {
    policy: Policy,
    slow_start: Span,
    /// The index from which on it is somebody's turn, where nothing else decides.
    turn: usize,
}

/// Who asks, and when.
#[derive(Clone, Copy)]
pub(super) struct Occasion {
    pub(super) now: LocalTime,
    pub(super) source: u32,
}

impl Picker {
    pub(super) fn new(policy: Policy, slow_start: Span) -> Picker {
        Picker { policy, slow_start, turn: 0 }
    }

    /// One of `candidates`, which are indexes into `servers` in ascending order; `None` if there are none. `choose` is an
    /// addressed choice below a number, 0 by default.
    pub(super) fn pick(
        &mut self,
        servers: &mut [Server],
        candidates: &[usize],
        occasion: Occasion,
        choose: &mut dyn FnMut(u64) -> u64,
    ) -> Option<usize> {
        let count = candidates.len();
        let next = candidates.partition_point(|index| *index < self.turn);
        let rotated = move |step: usize| candidates.get((next + step) % count.max(1)).copied();
        let picked = match self.policy {
            Policy::RoundRobin => self.smoothly(servers, candidates, occasion, |_| 1),
            Policy::Weighted => self.smoothly(servers, candidates, occasion, |server| server.weight),
            Policy::SourceHash => self.by_hash(servers, candidates, occasion),
            Policy::Random => {
                let share = |index: usize| servers[index].share(1, occasion.now, self.slow_start);
                let total = (0..count).filter_map(rotated).map(share).sum();
                let mut drawn = choose(total);
                (0..count).filter_map(rotated).find(|index| {
                    let share = share(*index);
                    let found = drawn < share;
                    drawn = drawn.saturating_sub(share);
                    found
                })
            }
            Policy::LeastConnections => {
                let all = (0..count).filter_map(rotated);
                all.reduce(|best, other| self.less_busy(servers, best, other, occasion.now))
            }
            Policy::BestOf(draws) => {
                let draw = |step: usize| rotated(step + choose(count as u64) as usize);
                let drawn: Vec<usize> = (0..draws as usize).filter_map(draw).collect();
                drawn.into_iter().reduce(|best, other| self.less_busy(servers, best, other, occasion.now))
            }
        }?;
        self.turn = picked + 1;
        Some(picked)
    }

    /// Smooth weighted round robin: everybody earns its share, the richest is chosen and pays for all.
    fn smoothly(
        &self,
        servers: &mut [Server],
        candidates: &[usize],
        occasion: Occasion,
        weight: impl Fn(&Server) -> u64,
    ) -> Option<usize> {
        let mut total = 0;
        for &index in candidates {
            let server = &mut servers[index];
            let share = server.share(weight(server), occasion.now, self.slow_start).cast_signed();
            server.credit += share;
            total += share;
        }
        let richest = candidates.iter().copied().reduce(|best, other| {
            let richer = servers[other].credit > servers[best].credit;
            if richer { other } else { best }
        })?;
        servers[richest].credit -= total;
        Some(richest)
    }

    /// The candidate with the highest hash for the source; one in slow start takes only its share of the sources.
    fn by_hash(&self, servers: &[Server], candidates: &[usize], occasion: Occasion) -> Option<usize> {
        let score = |index: usize| Digest::of(&(occasion.source, servers[index].id));
        let takes = |index: usize| {
            let part = Digest::of(&(servers[index].id, occasion.source)) % Server::FULL;
            part < servers[index].share(1, occasion.now, self.slow_start)
        };
        let highest = |takers: bool| {
            candidates.iter().copied().filter(|index| !takers || takes(*index)).max_by_key(|index| score(*index))
        };
        highest(true).or_else(|| highest(false))
    }

    /// The one of two with fewer requests for its share, counting the one that is to come; the first if they are even.
    fn less_busy(&self, servers: &[Server], first: usize, second: usize, now: LocalTime) -> usize {
        let load = |index: usize, other: usize| {
            let other = &servers[other];
            u128::from(servers[index].open + 1) * u128::from(other.share(other.weight, now, self.slow_start))
        };
        if load(second, first) < load(first, second) { second } else { first }
    }
}

/// The position of a backend among all.
pub(super) fn index_of(backend: NodeId, balancers: u16) -> Option<usize> {
    backend.0.checked_sub(balancers).map(usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn servers(weights: &[u64]) -> Vec<Server> {
        (1u16..).zip(weights).map(|(id, weight)| Server::new(NodeId(id), *weight)).collect()
    }

    /// The servers picked in turn, by a policy whose every choice has its default.
    fn picks(policy: Policy, servers: &mut [Server], count: usize) -> Vec<usize> {
        let mut picker = Picker::new(policy, Span::ZERO);
        let all: Vec<usize> = (0..servers.len()).collect();
        let mut pick = |_| {
            let occasion = Occasion { now: LocalTime(0), source: 7 };
            picker.pick(servers, &all, occasion, &mut |_| 0).unwrap()
        };
        (0..count).map(&mut pick).collect()
    }

    #[test]
    fn by_default_every_policy_but_the_hash_takes_turns() {
        for policy in [Policy::RoundRobin, Policy::Random, Policy::LeastConnections, Policy::BestOf(2)] {
            assert_eq!(picks(policy, &mut servers(&[1, 1, 1]), 6), [0, 1, 2, 0, 1, 2], "{policy:?}");
        }
        let hashed = picks(Policy::SourceHash, &mut servers(&[1, 1, 1]), 6);
        assert!(hashed.iter().all(|pick| *pick == hashed[0]));
    }

    #[test]
    fn weights_are_met_and_spread_evenly() {
        assert_eq!(picks(Policy::Weighted, &mut servers(&[5, 1, 1]), 7), [0, 0, 1, 0, 2, 0, 0]);
    }

    #[test]
    fn nobody_to_choose_from() {
        for policy in [
            Policy::RoundRobin,
            Policy::Weighted,
            Policy::Random,
            Policy::SourceHash,
            Policy::LeastConnections,
            Policy::BestOf(2),
        ] {
            let occasion = Occasion { now: LocalTime(0), source: 7 };
            assert_eq!(
                Picker::new(policy, Span::ZERO).pick(&mut servers(&[1]), &[], occasion, &mut |_| 0),
                None,
                "{policy:?}"
            );
        }
    }

    #[test]
    fn the_least_busy_for_its_weight() {
        let mut servers = servers(&[1, 4, 1]);
        (servers[0].open, servers[1].open, servers[2].open) = (1, 4, 2);
        assert_eq!(picks(Policy::LeastConnections, &mut servers, 3), [1, 1, 1]);
    }

    #[test]
    fn a_server_that_comes_back_begins_with_a_tenth() {
        let mut servers = servers(&[1, 1]);
        servers[1].since = Some(LocalTime(0));
        let mut picker = Picker::new(Policy::RoundRobin, Span(1000));
        let mut share_at = |now: u64| {
            let mut pick = || {
                let occasion = Occasion { now: LocalTime(now), source: 7 };
                picker.pick(&mut servers, &[0, 1], occasion, &mut |_| 0)
            };
            (0..1100).filter(|_| pick() == Some(1)).count()
        };
        assert!(share_at(0).abs_diff(100) <= 1);
        assert!(share_at(500).abs_diff(1100 * 550 / 1550) <= 1);
        assert!(share_at(1000).abs_diff(550) <= 1);
    }

    #[test]
    fn sources_move_only_off_a_server_that_is_gone() {
        let mut servers = servers(&[1, 1, 1, 1]);
        let mut picker = Picker::new(Policy::SourceHash, Span::ZERO);
        let mut of = |candidates: &[usize], source| {
            picker.pick(&mut servers, candidates, Occasion { now: LocalTime(0), source }, &mut |_| 0).unwrap()
        };
        for source in 0..200 {
            let (before, after) = (of(&[0, 1, 2, 3], source), of(&[0, 1, 3], source));
            assert!(before == after || before == 2, "source {source} moved from {before} to {after}");
        }
    }
}
