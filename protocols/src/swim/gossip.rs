//! Dissemination: rumours ride on the messages of the failure detector, each so many times.

use super::member::Rumour;

/// How many rumours one message carries.
const RIDERS: usize = 6;

/// How often a rumour is told, times the number of binary digits of the number of members.
const REPEATS: u32 = 3;

/// Rumours that are being told. Who has been told least goes first; of equals, the newest.
#[derive(Clone, Debug, Default)]
pub struct Gossip {
    rumours: Vec<(u32, Rumour)>,
    limit: u32,
}

impl Gossip {
    /// Gossip among so many members.
    pub fn among(members: u16) -> Gossip {
        Gossip { rumours: Vec::new(), limit: REPEATS * (u16::BITS - members.leading_zeros()) }
    }

    /// A rumour to tell. It takes the place of the one about the same subject.
    pub fn tell(&mut self, rumour: Rumour) {
        self.rumours.retain(|(_, old)| old.subject != rumour.subject);
        self.rumours.insert(0, (0, rumour));
    }

    /// The rumours that ride on the next message.
    pub fn ride(&mut self) -> Vec<Rumour> {
        self.rumours.sort_by_key(|(told, _)| *told);
        let riders: Vec<Rumour> = self.rumours.iter().take(RIDERS).map(|(_, rumour)| *rumour).collect();
        self.rumours.iter_mut().take(RIDERS).for_each(|(told, _)| *told += 1);
        self.rumours.retain(|(told, _)| *told < self.limit);
        riders
    }
}

#[cfg(test)]
mod tests {
    use sim_core::NodeId;

    use super::*;
    use crate::swim::State;

    fn rumour(subject: u16, incarnation: u32) -> Rumour {
        Rumour { subject: NodeId(subject), incarnation, state: State::Alive, by: NodeId(subject) }
    }

    #[test]
    fn each_rumour_is_told_so_many_times() {
        let mut gossip = Gossip::among(8);
        gossip.tell(rumour(1, 0));
        let told = (0..100).take_while(|_| !gossip.ride().is_empty()).count();
        assert_eq!(told, 3 * 4);
    }

    #[test]
    fn news_takes_the_place_of_what_is_old() {
        let mut gossip = Gossip::among(8);
        gossip.tell(rumour(1, 0));
        gossip.tell(rumour(1, 1));
        assert_eq!(gossip.ride(), [rumour(1, 1)]);
    }

    #[test]
    fn who_has_been_told_least_goes_first() {
        let mut gossip = Gossip::among(8);
        (0..8).for_each(|subject| gossip.tell(rumour(subject, 0)));
        let first = gossip.ride();
        let second = gossip.ride();
        assert_eq!(first.len(), RIDERS);
        assert!([0, 1].iter().all(|subject| second.contains(&rumour(*subject, 0))), "{second:?}");
    }
}
