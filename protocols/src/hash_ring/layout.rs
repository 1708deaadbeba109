//! The layout: which ranges there are, and which group each should have for given members.

use sim_core::NodeId;
use sim_core::digest::Digest;

use super::bug::Bug;
use super::config::{Config, Scheme};
use super::placement::ring::{Ties, point};
use super::placement::{
    BoundedRing, Domains, Jump, Modulo, Placement, Position, Rendezvous, Ring, owners, position_of,
};
use super::range::{Cuts, Group};

/// The ranges, and how their groups are chosen.
#[derive(Clone, Debug)]
pub struct Layout {
    cuts: Cuts,
    scheme: Scheme,
    replicas: usize,
    domains: Vec<u16>,
    hash_bits: u8,
    ties: Ties,
    distinct: bool,
    me: NodeId,
}

impl Layout {
    /// The layout of a name space of so many nodes, as node `me` works it out.
    pub fn new(config: &Config, me: NodeId, nodes: u16) -> Layout {
        let cuts = match config.placement {
            Scheme::Ring { virtual_nodes } => {
                let points = |node| (0..virtual_nodes).map(move |index| point(NodeId(node), index, config.hash_bits));
                Cuts::new((0..nodes).flat_map(points).collect())
            }
            _ => Cuts::equal(config.slices),
        };
        Layout {
            cuts,
            scheme: config.placement,
            replicas: usize::from(config.replicas),
            domains: config.domains.clone(),
            hash_bits: config.hash_bits,
            ties: if config.has(Bug::TiesByInsertion) { Ties::ByInsertion } else { Ties::ByNode },
            distinct: !config.has(Bug::SameNodeTwice),
            me,
        }
    }

    /// Where the circle is cut.
    pub fn cuts(&self) -> &Cuts {
        &self.cuts
    }

    /// The group of every range, if these are the members.
    pub fn table(&self, members: &[NodeId]) -> Vec<Group> {
        // A node knows itself before it knows the others.
        let known = || members.iter().copied().filter(|node| *node == self.me);
        let known = || known().chain(members.iter().copied().filter(|node| *node != self.me));
        let ring = |virtual_nodes| Ring::with_ties(known(), virtual_nodes, self.hash_bits, self.ties);
        let sorted = || {
            let mut nodes = members.to_vec();
            nodes.sort_unstable();
            nodes
        };
        match self.scheme {
            Scheme::Ring { virtual_nodes } => self.groups(&ring(virtual_nodes), self.cuts.ends().iter().copied()),
            Scheme::Rendezvous => self.groups(&Rendezvous::new(sorted()), self.slices()),
            Scheme::Jump => self.groups(&Jump::new(sorted()), self.slices()),
            Scheme::Modulo => self.groups(&Modulo::new(sorted()), self.slices()),
            Scheme::Bounded { virtual_nodes, slack } => {
                let things = (self.cuts.ends().len() * self.replicas) as u64;
                let mut bounded = BoundedRing::new(ring(virtual_nodes), members.len() as u64, things, slack);
                let assign = |slice| bounded.assign(slice, self.replicas, Domains(&self.domains));
                self.slices().map(assign).map(group).collect()
            }
        }
    }

    /// A digest of a table, for nodes to compare.
    pub fn digest(table: &[Group]) -> u64 {
        Digest::of(table)
    }

    /// Placements without cuts of their own place each slice as one thing.
    fn slices(&self) -> impl Iterator<Item = Position> + use<> {
        (0..self.cuts.ends().len() as u64).map(position_of)
    }

    fn groups(&self, placement: &dyn Placement, positions: impl Iterator<Item = Position>) -> Vec<Group> {
        let choose = |position| match self.distinct {
            true => owners(placement.preference(position), self.replicas, Domains(&self.domains)),
            false => placement.preference(position).take(self.replicas).collect(),
        };
        positions.map(choose).map(group).collect()
    }
}

fn group(mut nodes: Vec<NodeId>) -> Group {
    nodes.sort_unstable();
    nodes.into()
}
