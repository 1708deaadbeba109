//! Who suspects whom, as the facts `suspects` and `trusts` tell it.

use std::collections::BTreeMap;

use super::{Mark, Observation};
use crate::node::NodeId;
use crate::value::Value;

/// What a fact says about suspicion.
pub(super) enum Said {
    /// The first node suspects the second from now on.
    Suspects(NodeId, NodeId),
    /// The first node suspects the second no longer.
    Trusts(NodeId, NodeId),
}

impl Said {
    /// What this observation says, if it is one of the two facts and its key is a node.
    pub(super) fn of(seen: &Observation<'_>) -> Option<Said> {
        let Observation::Fact { node, fact, key: Value::Node(subject), .. } = *seen else { return None };
        match fact.name {
            "suspects" => Some(Said::Suspects(node, *subject)),
            "trusts" => Some(Said::Trusts(node, *subject)),
            _ => None,
        }
    }
}

/// Suspicions that stand, each with the mark of its beginning, made by the node that suspects.
pub(super) struct Suspicions {
    by_subject: Vec<BTreeMap<NodeId, Mark>>,
}

impl Suspicions {
    pub(super) fn new(nodes: usize) -> Suspicions {
        Suspicions { by_subject: vec![BTreeMap::new(); nodes] }
    }

    /// The maker of `mark` suspects `subject`; one that stands already keeps its beginning.
    pub(super) fn begin(&mut self, subject: NodeId, mark: Mark) {
        if let Some(observers) = self.by_subject.get_mut(subject.index()) {
            observers.entry(mark.node).or_insert(mark);
        }
    }

    pub(super) fn end(&mut self, observer: NodeId, subject: NodeId) -> Option<Mark> {
        self.by_subject.get_mut(subject.index())?.remove(&observer)
    }

    /// Ends the suspicions of a node whose process is gone, and gives their beginnings.
    pub(super) fn end_all_of(&mut self, observer: NodeId) -> Vec<Mark> {
        self.by_subject.iter_mut().filter_map(|observers| observers.remove(&observer)).collect()
    }

    /// Ends the suspicions about a node, and gives their beginnings.
    pub(super) fn end_all_about(&mut self, subject: NodeId) -> Vec<Mark> {
        let about = self.by_subject.get_mut(subject.index()).map(std::mem::take);
        about.into_iter().flatten().map(|(_, mark)| mark).collect()
    }

    pub(super) fn stands(&self, observer: NodeId, subject: NodeId) -> bool {
        self.by_subject.get(subject.index()).is_some_and(|observers| observers.contains_key(&observer))
    }

    /// Whether anybody suspects the node.
    pub(super) fn any_about(&self, subject: NodeId) -> bool {
        self.by_subject.get(subject.index()).is_some_and(|observers| !observers.is_empty())
    }

    /// Every suspicion with its subject, by subject and observer.
    pub(super) fn iter(&self) -> impl Iterator<Item = (NodeId, Mark)> + '_ {
        let subjects = (0..self.by_subject.len()).map(|n| NodeId(n as u16));
        subjects.zip(&self.by_subject).flat_map(|(subject, observers)| observers.values().map(move |m| (subject, *m)))
    }
}
