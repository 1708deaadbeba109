//! Which of two messages of one node is the newer: incarnation, then sequence.

use std::fmt;

/// The place of a message among all that its sender has ever sent. Stamps are compared incarnation first.
///
/// The default is older than every stamp sent: nothing has been heard.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Stamp {
    /// Which life of the sender: 0, until it learns that it has lived before.
    pub incarnation: u32,
    /// Which message of that life, from 1.
    pub sequence: u64,
}

/// The stamps of one life of a node that keeps nothing on disk.
///
/// Every life begins at incarnation 0, so the messages of a second one look old to those who remember the first. They
/// answer with what they remember, and [`supersede`](Life::supersede) lifts this life above it. Until the first such
/// answer a restarted node is not believed: that costs one round trip, and saves the disk.
#[derive(Clone, Debug, Default)]
pub struct Life {
    last: Stamp,
}

impl Life {
    /// The stamp of the next message.
    pub fn next_stamp(&mut self) -> Stamp {
        self.last.sequence += 1;
        self.last
    }

    /// The last stamp given out.
    pub fn last_stamp(&self) -> Stamp {
        self.last
    }

    /// Begins a new incarnation if `remembered`, the newest stamp that a peer has seen of this node, was not given out
    /// in this life. Returns whether it did.
    pub fn supersede(&mut self, remembered: Stamp) -> bool {
        let lived_before = remembered > self.last;
        if lived_before {
            self.last = Stamp { incarnation: remembered.incarnation.saturating_add(1), sequence: 0 };
        }
        lived_before
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.incarnation, self.sequence)
    }
}
impl fmt::Debug for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(incarnation: u32, sequence: u64) -> Stamp {
        Stamp { incarnation, sequence }
    }

    #[test]
    fn a_later_life_is_newer_whatever_its_sequence() {
        assert!(stamp(1, 0) > stamp(0, u64::MAX));
        assert!(stamp(1, 2) > stamp(1, 1));
        assert!(Life::default().next_stamp() > Stamp::default());
    }

    #[test]
    fn a_second_life_rises_above_what_is_remembered_of_the_first() {
        let mut life = Life::default();
        assert_eq!(life.next_stamp(), stamp(0, 1));
        assert!(life.supersede(stamp(0, 100)));
        assert_eq!(life.next_stamp(), stamp(1, 1));
        assert!(!life.supersede(stamp(0, 103)), "another peer remembers a little more of the same former life");
        assert!(life.supersede(stamp(4, 7)), "and one remembers a life that the others have missed");
        assert_eq!(life.next_stamp(), stamp(5, 1));
    }

    #[test]
    fn what_was_sent_in_this_life_does_not_end_it() {
        let mut life = Life::default();
        let first = life.next_stamp();
        let second = life.next_stamp();
        assert!(!life.supersede(first) && !life.supersede(second));
        assert_eq!(life.last_stamp(), second);
    }

    #[test]
    fn the_last_incarnation_there_is_does_not_overflow() {
        let mut life = Life::default();
        assert!(life.supersede(stamp(u32::MAX, 1)));
        assert_eq!(life.next_stamp().incarnation, u32::MAX);
    }
}
