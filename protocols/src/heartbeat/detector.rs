//! The failure detector: signs of life in, suspicions and the next deadline out.
//!
//! A component, not a protocol. It sends nothing and sets no timer: its owner tells it what was heard and lets it
//! [`tick`](Detector::tick) when asked to. Every protocol that watches peers owns one, and what differs between
//! detectors is only their [`Rule`].
//!
//! A sign of life costs at most a binary search among the peers, and no timer. The one timer is set for the earliest
//! deadline at the time of setting; signs of life move deadlines later without touching it, and when it fires it mostly
//! finds nothing to do but to look through the peers for the next one. That look costs O(peers), at most once in the
//! time-out less the longest gap between heartbeats, and once for each suspicion.
//!
//! ```
//! use protocols::heartbeat::{Detector, FixedTimeout, Opinion, Stamp};
//! use sim_core::{LocalTime, NodeId, Span};
//!
//! let mut detector = Detector::new(FixedTimeout(Span(100)), [NodeId(1)]);
//! detector.start(LocalTime(0));
//! assert_eq!(detector.wake(), Some(LocalTime(100)), "set a timer");
//!
//! detector.heard(NodeId(1), Stamp { incarnation: 0, sequence: 1 }, LocalTime(30));
//! assert_eq!(detector.wake(), None, "the timer that is set will do");
//!
//! assert!(detector.tick(LocalTime(100)).is_empty());
//! assert_eq!(detector.wake(), Some(LocalTime(130)));
//! assert_eq!(detector.tick(LocalTime(130))[0].opinion, Opinion::Suspects);
//! ```

#[cfg(test)]
mod tests;

use sim_core::{LocalTime, NodeId};

use super::bug::Bug;
use super::rule::{Dated, Evidence, FixedTimeout, NEVER, Rule};
use super::stamp::Stamp;

/// What one node thinks of its peers. It trusts each of them at first.
#[derive(Debug)]
pub struct Detector<R: Rule = FixedTimeout> {
    rule: R,
    /// The peers in ascending order, apart from what is known of them: the search stays within a few cache lines.
    ids: Vec<NodeId>,
    peers: Vec<Peer<R::History>>,
    /// At or before the earliest deadline of a trusted peer.
    next: Option<LocalTime>,
    /// What the owner's timer is set for.
    timer: Option<LocalTime>,
    bugs: Vec<Bug>,
}

#[derive(Debug, Default)]
struct Peer<H> {
    newest: Stamp,
    deadline: LocalTime,
    suspected: bool,
    history: H,
}

/// What one node thinks of another.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Opinion {
    /// It has been silent for too long.
    Suspects,
    /// It is there.
    Trusts,
}

/// An opinion that has changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Change {
    /// Of whom.
    pub peer: NodeId,
    /// The latest life of the peer that was heard of.
    pub incarnation: u32,
    /// The new opinion.
    pub opinion: Opinion,
}

impl<R: Rule> Detector<R> {
    /// A detector that watches `peers`, once [started](Detector::start).
    pub fn new(rule: R, peers: impl IntoIterator<Item = NodeId>) -> Detector<R> {
        let mut ids: Vec<NodeId> = peers.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        let peers = ids.iter().map(|_| Peer::default()).collect();
        Detector { rule, ids, peers, next: None, timer: None, bugs: Vec::new() }
    }

    /// The same detector with these of its planted bugs: [`Bug::NoSequenceCheck`], [`Bug::NeverWithdraws`] and
    /// [`Bug::LearnsFromOutages`].
    #[must_use]
    pub fn with_bugs(mut self, bugs: &[Bug]) -> Detector<R> {
        self.bugs = bugs.to_vec();
        self
    }

    /// Begins the watch: every peer is trusted, and its time runs.
    pub fn start(&mut self, now: LocalTime) {
        let deadline = self.rule.first_deadline(now);
        for peer in &mut self.peers {
            *peer = Peer { deadline, ..Peer::default() };
        }
        self.next = (!self.peers.is_empty()).then_some(deadline);
        self.timer = None;
    }

    /// A message with this stamp has arrived from `from`. What is not newer than everything heard before tells nothing
    /// about the present and is ignored, as is who is not watched.
    pub fn heard(&mut self, from: NodeId, stamp: Stamp, now: LocalTime) -> Option<Change> {
        self.weigh(from, stamp, None, now)
    }

    /// The same for a message that says when it was sent, which NFD-S and NFD-E live on.
    pub fn heard_dated(&mut self, from: NodeId, stamp: Stamp, dated: Dated, now: LocalTime) -> Option<Change> {
        self.weigh(from, stamp, Some(dated), now)
    }

    fn weigh(&mut self, from: NodeId, stamp: Stamp, dated: Option<Dated>, now: LocalTime) -> Option<Change> {
        let index = self.index_of(from)?;
        let peer = &mut self.peers[index];
        if stamp <= peer.newest && !self.bugs.contains(&Bug::NoSequenceCheck) {
            return None;
        }
        peer.newest = peer.newest.max(stamp);
        let suspected = peer.suspected && !self.bugs.contains(&Bug::LearnsFromOutages);
        let evidence = Evidence { stamp, at: now, dated, suspected };
        peer.deadline = self.rule.deadline(&mut peer.history, evidence);
        // A message so old that the next one is overdue already withdraws nothing.
        let withdraws = peer.suspected && peer.deadline > now && !self.bugs.contains(&Bug::NeverWithdraws);
        if withdraws {
            peer.suspected = false;
        }
        if !peer.suspected {
            self.next = Some(self.next.map_or(peer.deadline, |next| next.min(peer.deadline)));
        }
        withdraws.then_some(Change { peer: from, incarnation: peer.newest.incarnation, opinion: Opinion::Trusts })
    }

    /// The owner has just asked a peer for a sign of life: a request, a probe, or a heartbeat that is answered. Methods
    /// that are about requests need it; to the others it makes no difference.
    pub fn asked(&mut self, whom: NodeId, now: LocalTime) {
        let Some(index) = self.index_of(whom) else { return };
        let peer = &mut self.peers[index];
        let Some(deadline) = self.rule.asked(&mut peer.history, now) else { return };
        peer.deadline = deadline;
        if !peer.suspected {
            self.next = Some(self.next.map_or(deadline, |next| next.min(deadline)));
        }
    }

    /// The owner's timer has fired: who has been silent for too long? It does no harm to ask early, or late.
    pub fn tick(&mut self, now: LocalTime) -> Vec<Change> {
        let mut changes = Vec::new();
        self.timer = None;
        self.next = None;
        for (&id, peer) in self.ids.iter().zip(&mut self.peers).filter(|(_, peer)| !peer.suspected) {
            if peer.deadline <= now {
                peer.suspected = true;
                let incarnation = peer.newest.incarnation;
                changes.push(Change { peer: id, incarnation, opinion: Opinion::Suspects });
            } else {
                self.next = Some(self.next.map_or(peer.deadline, |next| next.min(peer.deadline)));
            }
        }
        changes
    }

    /// When to [`tick`](Detector::tick), if the owner's timer must be set anew for it; ask after every other call.
    pub fn wake(&mut self) -> Option<LocalTime> {
        let next = self.next.filter(|next| *next < NEVER)?;
        if self.timer.is_some_and(|timer| timer <= next) {
            return None;
        }
        self.timer = Some(next);
        self.timer
    }

    /// The newest stamp heard of a peer: what to tell it, in case that it has forgotten. Default if there is none.
    pub fn newest(&self, peer: NodeId) -> Stamp {
        self.index_of(peer).map(|index| self.peers[index].newest).unwrap_or_default()
    }

    /// Whether a peer is suspected now. Who is not watched is not.
    pub fn suspects(&self, peer: NodeId) -> bool {
        self.index_of(peer).is_some_and(|index| self.peers[index].suspected)
    }

    fn index_of(&self, peer: NodeId) -> Option<usize> {
        // Where everybody watches everybody else, a peer's place is its number, or one less after one's own.
        let likely = [peer.index(), peer.index().wrapping_sub(1)];
        let found = likely.into_iter().find(|index| self.ids.get(*index) == Some(&peer));
        found.or_else(|| self.ids.binary_search(&peer).ok())
    }
}
