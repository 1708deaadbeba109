//! Who holds what: from a position on the hash circle to the nodes that keep it, most preferred first.
//!
//! A placement is a pure function of who is a member, so that nodes that know the same members agree on every owner. Each
//! one names an endless order of preference; [`owners`] walks along it and takes nodes that are distinct, and as long as
//! there are any, of failure domains that are distinct.

pub mod bounded;
mod hash;
pub mod jump;
pub mod modulo;
pub mod rendezvous;
pub mod ring;

#[cfg(test)]
mod tests;

use sim_core::NodeId;

pub use bounded::BoundedRing;
pub use jump::Jump;
pub use modulo::Modulo;
pub use rendezvous::Rendezvous;
pub use ring::Ring;

/// A position on the hash circle.
pub type Position = u64;

/// The position of a key.
pub fn position_of(key: u64) -> Position {
    hash::hash(&[0x6b_6579, key])
}

/// Where keys go, as long as the members stay the same.
pub trait Placement {
    /// Nodes in the order in which this position prefers them, each as often as it comes. Every member comes at last.
    fn preference(&self, position: Position) -> Box<dyn Iterator<Item = NodeId> + '_>;

    /// The node that this position prefers; `None` without members.
    fn owner(&self, position: Position) -> Option<NodeId> {
        self.preference(position).next()
    }
}

/// The failure domain of each node, by its number; a node that is not listed is a domain of its own.
#[derive(Clone, Copy, Debug, Default)]
pub struct Domains<'a>(pub &'a [u16]);

impl Domains<'_> {
    fn apart(&self, one: NodeId, other: NodeId) -> bool {
        match (self.0.get(one.index()), self.0.get(other.index())) {
            (Some(one), Some(other)) => one != other,
            _ => one != other,
        }
    }
}

/// The first `count` nodes of a preference that are distinct, those of distinct failure domains first. Fewer, if there
/// are no more.
pub fn owners(preference: impl Iterator<Item = NodeId>, count: usize, domains: Domains<'_>) -> Vec<NodeId> {
    let mut chosen: Vec<NodeId> = Vec::with_capacity(count);
    let mut second_choice = Vec::new();
    for node in preference {
        if chosen.len() == count {
            break;
        }
        if chosen.contains(&node) || second_choice.contains(&node) {
            continue;
        }
        let apart = chosen.iter().all(|other| domains.apart(*other, node));
        if apart { &mut chosen } else { &mut second_choice }.push(node);
    }
    let missing = count - chosen.len();
    chosen.extend(second_choice.into_iter().take(missing));
    chosen
}
