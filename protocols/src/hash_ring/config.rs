//! What a scenario file may set, and which settings make sense.

use serde::{Deserialize, Serialize};
use sim_core::{NodeId, Span};

use super::bug::Bug;
use crate::heartbeat::Method;

/// What clients are promised.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Promise {
    /// Reads and writes of each key are linearizable, whoever comes and goes.
    QuorumLinearizable,
    /// A write is taken by whoever is there, and every replica has it in the end.
    SloppyEventual,
}

/// How the groups of ranges are chosen.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Scheme {
    /// The ring; its ranges lie between the points of all nodes of the name space.
    Ring {
        /// Points of each node.
        virtual_nodes: u32,
    },
    /// The ring with bounded loads, over equal slices.
    Bounded {
        /// Points of each node.
        virtual_nodes: u32,
        /// How much above the mean a node may be, in percent of it.
        slack: u32,
    },
    /// Rendezvous hashing over equal slices.
    Rendezvous,
    /// Jump consistent hash over equal slices.
    Jump,
    /// The remainder of the hash, over equal slices.
    Modulo,
}

/// Heartbeats, and how long silence may last.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detection {
    /// The time between two beats.
    pub period: Span,
    /// How silence is judged.
    pub method: Method,
}

/// `config: (..)` in a scenario file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What clients are promised.
    pub promise: Promise,
    /// How groups are chosen.
    pub placement: Scheme,
    /// How many ranges there are, for placements other than the ring. 64 by default.
    #[serde(default = "slices")]
    pub slices: u32,
    /// How many nodes keep each range. 3 by default.
    #[serde(default = "three")]
    pub replicas: u16,
    /// How many replicas a read asks. 2 by default.
    #[serde(default = "two")]
    pub read: u16,
    /// How many replicas have a write before it is acknowledged. 2 by default.
    #[serde(default = "two")]
    pub write: u16,
    /// Who is a member at first, by number. Everybody by default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<u16>,
    /// The failure domain of each node. Each its own by default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<u16>,
    /// The circle has `2^hash_bits` positions; with few of them points coincide. 64 by default.
    #[serde(default = "all_bits", skip_serializing_if = "are_all_bits")]
    pub hash_bits: u8,
    /// How many entries are streamed at a time. 16 by default.
    #[serde(default = "chunk")]
    pub chunk: u32,
    /// How many ranges move at a time. 4 by default.
    #[serde(default = "lanes")]
    pub lanes: u32,
    /// After how long an unanswered message is sent again. 50 ms by default.
    #[serde(default = "retry")]
    pub retry: Span,
    /// How long a transfer may stand still before it is given up and begun again, and how long a node works on an
    /// operation. 1 s by default.
    #[serde(default = "patience")]
    pub patience: Span,
    /// How often a node asks for news of the ring, and offers its hints. 200 ms by default.
    #[serde(default = "gossip")]
    pub gossip: Span,
    /// Who is believed to be there. Without it, everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detection: Option<Detection>,
    /// How often replicas compare what they have. Without it, never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repair: Option<Span>,
    /// Keys that are there at the start, above all that clients name, to give ranges some weight. None by default.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub ballast: u32,
    /// Planted bugs; none by default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bugs: Vec<Bug>,
}

fn slices() -> u32 {
    64
}
fn three() -> u16 {
    3
}
fn two() -> u16 {
    2
}
fn all_bits() -> u8 {
    64
}
fn are_all_bits(bits: &u8) -> bool {
    *bits == 64
}
fn chunk() -> u32 {
    16
}
fn lanes() -> u32 {
    4
}
fn retry() -> Span {
    Span::from_millis(50)
}
fn patience() -> Span {
    Span::from_secs(1)
}
fn gossip() -> Span {
    Span::from_millis(200)
}
fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Config {
    /// Whether a bug is planted.
    pub fn has(&self, bug: Bug) -> bool {
        self.bugs.contains(&bug)
    }

    /// Whether the promise is the weaker one.
    pub fn is_sloppy(&self) -> bool {
        self.promise == Promise::SloppyEventual
    }

    /// Who is a member at first, of so many nodes.
    pub fn first_members(&self, nodes: u16) -> Vec<NodeId> {
        match self.members.is_empty() {
            true => (0..nodes).map(NodeId).collect(),
            false => self.members.iter().copied().map(NodeId).collect(),
        }
    }

    /// Of a group of this size, how many must stand still before no read and no write can end: any so many of them share
    /// a node with every quorum.
    pub fn freeze_quorum(&self, group: usize) -> usize {
        group + 1 - usize::from(self.read.min(self.write)).min(group)
    }

    /// Why this config makes no sense for so many nodes, if so.
    ///
    /// # Errors
    /// What is wrong, and how to mend it.
    pub fn validate(&self, nodes: u16) -> Result<(), String> {
        let Config { replicas, read, write, .. } = *self;
        if !(1..=16).contains(&replicas) {
            return Err(format!("`replicas` is {replicas}; it must be between 1 and 16"));
        }
        if !(1..=replicas).contains(&read) || !(1..=replicas).contains(&write) {
            return Err(format!("`read` ({read}) and `write` ({write}) must be between 1 and `replicas` ({replicas})"));
        }
        if self.promise == Promise::QuorumLinearizable && read + write <= replicas {
            return Err(format!(
                "`read` ({read}) and `write` ({write}) must add up to more than `replicas` ({replicas}): else a read could miss a write"
            ));
        }
        let members = self.first_members(nodes);
        if let Some(node) = members.iter().find(|node| node.0 >= nodes) {
            return Err(format!("`members` names node {}, but there are {nodes} nodes, from 0", node.0));
        }
        let mut distinct = members.clone();
        distinct.sort_unstable();
        distinct.dedup();
        if distinct.len() != members.len() {
            return Err("`members` names a node twice".to_owned());
        }
        if members.len() < usize::from(replicas) {
            return Err(format!("{} members cannot keep {replicas} replicas on distinct nodes", members.len()));
        }
        if let Scheme::Ring { virtual_nodes } | Scheme::Bounded { virtual_nodes, .. } = self.placement
            && (virtual_nodes == 0 || u64::from(virtual_nodes) * u64::from(nodes) > 1_000_000)
        {
            return Err(format!("`virtual_nodes` is {virtual_nodes}; it must be from 1 to 1,000,000 / nodes"));
        }
        for (name, value, most) in
            [("slices", self.slices, 1_000_000), ("chunk", self.chunk, 1_000_000), ("lanes", self.lanes, 10_000)]
        {
            if !(1..=most).contains(&value) {
                return Err(format!("`{name}` is {value}; it must be between 1 and {most}"));
            }
        }
        if !(1..=64).contains(&self.hash_bits) {
            return Err(format!("`hash_bits` is {}; it must be between 1 and 64", self.hash_bits));
        }
        if self.ballast > 1 << 30 {
            return Err("`ballast` must not exceed 2^30".to_owned());
        }
        for (name, span) in
            [("retry", self.retry), ("gossip", self.gossip), ("repair", self.repair.unwrap_or(self.retry))]
        {
            if span == Span::ZERO {
                return Err(format!("`{name}` is 0s: messages would be sent without end at one instant"));
            }
        }
        if self.patience <= self.retry {
            return Err(format!("`patience` ({}) must exceed `retry` ({})", self.patience, self.retry));
        }
        match self.detection {
            Some(Detection { period: Span::ZERO, .. }) => {
                Err("`detection.period` is 0s: nodes would beat without end at one instant".to_owned())
            }
            Some(Detection { method: Method::NfdS { .. } | Method::NfdE { .. }, .. }) => {
                Err("the beats of this protocol carry no date: name a detector that needs none".to_owned())
            }
            Some(Detection { period, method }) => method.validate(period, false),
            _ => Ok(()),
        }
    }
}
