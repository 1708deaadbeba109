//! Ranges: the circle is cut once, at every point where anybody who could be a member would stand.
//!
//! So a range never splits and never merges, whoever comes and goes; a change of members only gives some ranges to other
//! groups. Each range is owned by a group of nodes in an epoch of its own.

use std::rc::Rc;

use sim_core::NodeId;

use super::placement::{Position, position_of};

/// A range, by its place on the circle.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RangeId(pub u32);

impl RangeId {
    /// As an index.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// The nodes that keep a range, in ascending order.
pub type Group = Rc<[NodeId]>;

/// Who owns a range, and in which epoch of it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Ownership {
    /// Grows by one with each group.
    pub epoch: u32,
    /// The owners.
    pub group: Group,
}

impl Ownership {
    /// Whether a node is among the owners.
    pub fn includes(&self, node: NodeId) -> bool {
        self.group.contains(&node)
    }

    /// The places of a node in the group, as bits: acknowledgements are counted by place.
    pub fn places(&self, node: NodeId) -> u64 {
        let at = |(place, member): (usize, &NodeId)| if *member == node { 1 << place } else { 0 };
        self.group.iter().enumerate().map(at).sum()
    }
}

/// Where the circle is cut.
#[derive(Clone, Debug)]
pub struct Cuts {
    /// The last position of each range, ascending. What lies behind the last cut belongs to range 0.
    ends: Vec<Position>,
}

impl Cuts {
    /// Cuts at these positions.
    pub fn new(mut ends: Vec<Position>) -> Cuts {
        ends.sort_unstable();
        ends.dedup();
        Cuts { ends }
    }

    /// So many ranges of equal length.
    pub fn equal(count: u32) -> Cuts {
        let end = |index: u32| (u128::from(index + 1) << 64) / u128::from(count) - 1;
        Cuts::new((0..count).filter_map(|index| Position::try_from(end(index)).ok()).collect())
    }

    /// The last position of each range.
    pub fn ends(&self) -> &[Position] {
        &self.ends
    }

    /// The range of a position: a binary search.
    pub fn range_at(&self, position: Position) -> RangeId {
        let behind = self.ends.partition_point(|end| *end < position);
        RangeId(if behind == self.ends.len() { 0 } else { behind as u32 })
    }

    /// The range of a key.
    pub fn range_of(&self, key: u32) -> RangeId {
        self.range_at(position_of(u64::from(key)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_position_has_its_range() {
        let cuts = Cuts::new(vec![30, 10, 20, 10]);
        let at = |position| cuts.range_at(position).0;
        assert_eq!([0, 10, 11, 20, 30, 31, u64::MAX].map(at), [0, 0, 1, 1, 2, 0, 0]);
    }

    #[test]
    fn equal_ranges_are_equal() {
        let cuts = Cuts::equal(4);
        assert_eq!(cuts.ends(), [(1 << 62) - 1, (1 << 63) - 1, (3 << 62) - 1, u64::MAX]);
        assert_eq!(Cuts::equal(1).range_at(77), RangeId(0));
    }

    #[test]
    fn a_node_that_is_in_a_group_twice_has_two_places() {
        let ownership = Ownership { epoch: 1, group: [1, 1, 4].map(NodeId).into() };
        assert_eq!(ownership.places(NodeId(1)), 0b011);
        assert_eq!(ownership.places(NodeId(4)), 0b100);
        assert_eq!(ownership.places(NodeId(2)), 0);
    }
}
