//! What one member believes of another, and which of two beliefs wins.

use sim_core::NodeId;

/// What is believed of a member.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum State {
    /// It is there.
    #[default]
    Alive,
    /// Somebody has not reached it; it may refute.
    Suspect,
    /// Nobody has refuted in time.
    Dead,
}

/// A belief as members tell each other.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Rumour {
    /// Of whom.
    pub subject: NodeId,
    /// The subject's incarnation: only the subject itself raises it, to refute.
    pub incarnation: u32,
    /// What is believed.
    pub state: State,
    /// Who came to believe it by a probe of its own; the subject itself when it refutes.
    pub by: NodeId,
}

impl Rumour {
    /// Whether this belief takes the place of the one that is held: a later incarnation does, and at the same one what is
    /// worse, so that nothing but the word of the subject itself makes it better.
    pub fn beats(&self, incarnation: u32, state: State) -> bool {
        (self.incarnation, self.state) > (incarnation, state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beats(incarnation: u32, state: State, held: u32, held_state: State) -> bool {
        Rumour { subject: NodeId(1), incarnation, state, by: NodeId(0) }.beats(held, held_state)
    }

    #[test]
    fn at_one_incarnation_the_worst_wins() {
        assert!(beats(3, State::Suspect, 3, State::Alive));
        assert!(beats(3, State::Dead, 3, State::Suspect));
        assert!(!beats(3, State::Alive, 3, State::Suspect));
        assert!(!beats(3, State::Suspect, 3, State::Suspect), "no news");
    }

    #[test]
    fn a_later_incarnation_wins_over_everything() {
        assert!(beats(4, State::Alive, 3, State::Dead));
        assert!(!beats(2, State::Dead, 3, State::Alive));
    }
}
