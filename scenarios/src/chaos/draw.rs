//! One fault of a given family and severity, each part of it drawn from the window's own sequence.

use sim_core::fault::{Family, Fault, Links, Target};
use sim_core::law::Law;
use sim_core::time::{Drift, SignedSpan};
use sim_core::unit::{Bandwidth, Bytes};
use sim_core::{Draws, NodeId, Probability, Span};

use crate::expand::{tidy, within};

/// Shares: of packets lost, copied, held back or damaged, and of writes that survive, are torn or go astray.
const RATE_MAX: [u64; 4] = [20_000_000, 100_000_000, 400_000_000, 1_000_000_000];
/// Delays, how long packets are held back, and how long a sync takes.
const DELAY_MAX: [Span; 4] = [Span::from_millis(10), Span::from_millis(100), Span::from_secs(1), Span::from_secs(10)];
/// The time of one handler on a slow node.
const SLOW_MAX: [Span; 4] = [Span::from_millis(1), Span::from_millis(10), Span::from_millis(100), Span::from_secs(1)];
/// Rate errors of clocks: 100 ppm to 10 %.
const DRIFT_MAX: [u64; 4] = [100_000, 1_000_000, 10_000_000, 100_000_000];
/// Steps and slews of wall clocks; a slew also stays below half of its window.
const STEP_MAX: [Span; 4] = [Span::from_millis(100), Span::from_secs(1), Span::from_secs(60), Span::from_secs(3600)];
/// Bytes per second of a narrow link; the queue before it holds as much as passes in a second.
const BANDWIDTH_MAX: [u64; 4] = [10_000_000, 1_000_000, 100_000, 10_000];

/// Whom faults can strike.
#[derive(Clone, Copy)]
pub(super) struct World<'a> {
    pub(super) nodes: usize,
    pub(super) clients: usize,
    pub(super) holders: &'a [String],
}

/// One window in the making.
pub(super) struct Drawing<'a> {
    pub(super) draws: Draws,
    pub(super) world: World<'a>,
    /// How severe the family is under this seed: 0 to 3.
    pub(super) level: usize,
    pub(super) length: Span,
}

impl Drawing<'_> {
    /// A fault of this family; `None` if chaos cannot draw it.
    pub(super) fn fault(mut self, family: Family) -> Option<Fault<Target>> {
        Some(match family {
            Family::Crash => Fault::Crash(self.target()),
            Family::Reboot => Fault::Reboot(self.target()),
            Family::Amnesia => Fault::Amnesia(self.target()),
            Family::Stop => Fault::Stop(self.target()),
            Family::Pause => Fault::Pause(self.target()),
            Family::Slow => Fault::Slow(self.target(), self.up_to(SLOW_MAX)),
            Family::Absent => Fault::Absent(self.node()),
            Family::Partition => Fault::Partition(self.sides()),
            Family::Sever => Fault::Sever(self.sides()),
            Family::OneWay => {
                let (from, to) = self.two_groups(0);
                Fault::OneWay { from, to }
            }
            Family::Bridge => {
                let (left, right) = self.two_groups(1);
                Fault::Bridge(left, right)
            }
            Family::Isolate => Fault::Isolate(self.target()),
            Family::Flap => {
                let (up, down) = (self.part_of_length(), self.part_of_length());
                Fault::Flap { up, down, on: self.links() }
            }
            Family::Clog => Fault::Clog { on: self.links() },
            Family::Bandwidth => {
                let rate = tidy(1 + self.draws.below(BANDWIDTH_MAX[self.level]));
                Fault::Bandwidth { rate: Bandwidth(rate), queue: Bytes(rate), on: self.links() }
            }
            Family::Burst => {
                let (good, bad) = (self.part_of_length(), self.part_of_length());
                Fault::Burst { good, bad, rate: self.rate(), on: self.links() }
            }
            Family::Corrupt => Fault::Corrupt { rate: self.rate(), on: self.links() },
            Family::Loss => Fault::Loss { rate: self.rate(), on: self.links() },
            Family::Duplicate => Fault::Duplicate { rate: self.rate(), on: self.links() },
            Family::Delay => Fault::Delay { by: self.delay(), on: self.links() },
            Family::Reorder => Fault::Reorder { rate: self.rate(), by: self.up_to(DELAY_MAX), on: self.links() },
            Family::Drift => {
                let target = self.target();
                Fault::Drift(target, Drift(within(&mut self.draws, DRIFT_MAX[self.level])))
            }
            Family::Step => {
                let target = self.target();
                Fault::Step(target, SignedSpan(within(&mut self.draws, STEP_MAX[self.level].0)))
            }
            Family::Slew => {
                let target = self.target();
                let most = STEP_MAX[self.level].0.min(self.length.0 / 2);
                Fault::Slew(target, SignedSpan(within(&mut self.draws, most)))
            }
            Family::FreezeClock => Fault::FreezeClock(self.target()),
            Family::Unsynced => Fault::Unsynced { node: self.target(), keep: self.rate(), tear: self.rate() },
            Family::SyncLies => Fault::SyncLies(self.target()),
            Family::SyncError => Fault::SyncError(self.target()),
            Family::SlowDisk => Fault::SlowDisk(self.target(), self.delay()),
            Family::FullDisk => Fault::FullDisk(self.target()),
            Family::BitRot => Fault::BitRot(self.target()),
            Family::Misdirect => Fault::Misdirect(self.target(), self.rate()),
            _ => return None,
        })
    }

    fn node(&mut self) -> Target {
        Target::Node(node_id(self.draws.below(self.world.nodes as u64)))
    }

    /// A node, or one time in four a holder.
    fn target(&mut self) -> Target {
        let node = self.node();
        let aim = self.draws.below(4) == 0;
        let fact = self.world.holders.get(self.draws.below(self.world.holders.len() as u64) as usize);
        fact.filter(|_| aim).map_or(node, |fact| Target::Holder(fact.clone()))
    }

    fn rate(&mut self) -> Probability {
        let parts = tidy(1 + self.draws.below(RATE_MAX[self.level]));
        u32::try_from(parts).ok().and_then(Probability::from_ppb).unwrap_or(Probability::ONE)
    }

    fn up_to(&mut self, most: [Span; 4]) -> Span {
        Span(tidy(1 + self.draws.below(most[self.level].0)))
    }

    fn part_of_length(&mut self) -> Span {
        Span(tidy(1 + self.draws.below(self.length.0.div_ceil(4))))
    }

    fn delay(&mut self) -> Law {
        let span = self.up_to(DELAY_MAX);
        match self.draws.below(3) {
            0 => Law::Constant(span),
            1 => Law::Uniform(Span::ZERO, span),
            _ => Law::Exponential(span),
        }
    }

    /// All links twice as often as those of one node, one way, or those between two groups.
    fn links(&mut self) -> Links<Target> {
        match self.draws.below(6) {
            0 => Links::From(vec![self.node()]),
            1 => Links::To(vec![self.node()]),
            2 if self.world.nodes > 1 => {
                let (mut from, mut to) = self.two_groups(self.world.nodes - 2);
                from.truncate(1);
                to.truncate(1);
                match (from.pop(), to.pop()) {
                    (Some(from), Some(to)) => Links::Link(from, to),
                    _ => Links::All,
                }
            }
            3 if self.world.nodes > 1 => {
                let (left, right) = self.two_groups(0);
                Links::Between(left, right)
            }
            _ => Links::All,
        }
    }

    fn sides(&mut self) -> Vec<Vec<Target>> {
        let (left, right) = self.two_groups(0);
        vec![left, right]
    }

    /// Two groups of nodes, all nodes but `left_out` of them; every other time clients take sides, too.
    fn two_groups(&mut self, left_out: usize) -> (Vec<Target>, Vec<Target>) {
        let mut nodes: Vec<u64> = (0..self.world.nodes as u64).collect();
        for last in (1..nodes.len()).rev() {
            nodes.swap(last, self.draws.below(last as u64 + 1) as usize);
        }
        nodes.truncate(nodes.len() - left_out);
        let first = 1 + self.draws.below(nodes.len() as u64 - 1) as usize;
        let mut right = nodes.split_off(first);
        nodes.sort_unstable();
        right.sort_unstable();
        let place = |node: u64| Target::Node(node_id(node));
        let mut groups: [Vec<Target>; 2] =
            [nodes.into_iter().map(place).collect(), right.into_iter().map(place).collect()];
        if self.draws.below(2) == 1 {
            for client in (0..).take(self.world.clients) {
                groups[self.draws.below(2) as usize].push(Target::Client(client));
            }
        }
        let [left, right] = groups;
        (left, right)
    }
}

fn node_id(index: u64) -> NodeId {
    NodeId(u16::try_from(index).unwrap_or(u16::MAX))
}

#[cfg(test)]
mod tests {
    use sim_core::chance::Purpose;
    use sim_core::{Identity, Key};

    use super::*;
    use crate::chaos::Chaos;

    #[test]
    fn every_family_but_custom_can_be_drawn() {
        for family in Family::ALL.iter().copied().filter(|family| *family != Family::Custom) {
            let needed = Chaos::nodes_needed(family).unwrap_or_else(|| panic!("{family:?} cannot be drawn"));
            for seed in 0..200 {
                let draws = Key::from_seed(seed).draws(Purpose::Window, Identity(seed));
                let world = World { nodes: needed, clients: 2, holders: &[] };
                let length = Span::from_millis(1 + seed);
                let fault = Drawing { draws, world, level: seed as usize % 4, length }.fault(family).unwrap();
                assert_eq!(fault.family(), family);
            }
        }
    }
}
