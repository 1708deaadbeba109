//! Which nodes run, and since when: the bookkeeping that detector checks share.

use std::collections::BTreeSet;

use super::{Mark, Observation};
use crate::node::NodeId;
use crate::time::Time;

/// What a checker knows of every node's life. All are down until they start.
pub(super) struct Roster {
    lives: Vec<Life>,
    down: BTreeSet<NodeId>,
}

struct Life {
    up: bool,
    paused: bool,
    /// The last time it went down.
    down: Mark,
    /// The last time it started or resumed.
    runs: Mark,
}

impl Roster {
    pub(super) fn new(nodes: usize) -> Roster {
        let ids = (0..nodes).map(|n| NodeId(n as u16));
        let life = |node| {
            let start = Mark { node, at: Time::ZERO, event: 0 };
            Life { up: false, paused: false, down: start, runs: start }
        };
        Roster { lives: ids.clone().map(life).collect(), down: ids.collect() }
    }

    /// Follows the run. To be called with everything seen, before the checker itself looks at it.
    pub(super) fn observe(&mut self, at: Time, event: u32, seen: &Observation<'_>) {
        let node = match *seen {
            Observation::Started(node)
            | Observation::Down(node)
            | Observation::Paused(node)
            | Observation::Resumed(node) => node,
            _ => return,
        };
        let Some(life) = self.lives.get_mut(node.index()) else { return };
        let mark = Mark { node, at, event };
        match seen {
            Observation::Started(_) => {
                life.up = true;
                life.runs = mark;
                self.down.remove(&node);
            }
            Observation::Down(_) => {
                // One that is down already (a crashed node that leaves) has been so since the first time.
                if std::mem::take(&mut life.up) {
                    life.down = mark;
                    self.down.insert(node);
                }
            }
            Observation::Paused(_) => life.paused = true,
            _ => {
                life.paused = false;
                life.runs = mark;
            }
        }
    }

    /// Since when the node runs: up, and not standing still.
    pub(super) fn runs(&self, node: NodeId) -> Option<Mark> {
        self.lives.get(node.index()).filter(|life| life.up && !life.paused).map(|life| life.runs)
    }

    /// Since when the node is down.
    pub(super) fn down(&self, node: NodeId) -> Option<Mark> {
        self.lives.get(node.index()).filter(|life| !life.up).map(|life| life.down)
    }

    /// Every node that runs, by id.
    pub(super) fn running(&self) -> impl Iterator<Item = Mark> + '_ {
        self.lives.iter().filter(|life| life.up && !life.paused).map(|life| life.runs)
    }

    /// Every node that is down, by id.
    pub(super) fn downed(&self) -> impl Iterator<Item = Mark> + '_ {
        self.down.iter().filter_map(|node| self.down(*node))
    }
}
