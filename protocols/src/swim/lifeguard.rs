//! Lifeguard: a member that is slow itself must not blame the others (Dadgar, Phillips and Currey, "Lifeguard: local
//! health awareness for more accurate failure detection", DSN-W 2018).

use sim_core::Span;

/// The worst health.
const WORST: u32 = 8;

/// How many independent suspicions make the wait for a refutation as short as it gets.
const ENOUGH: usize = 3;

/// By confirmations: the share of the way from the longest wait to the shortest, log(c + 1) / log(4), in thousandths.
const SHORTENED: [u64; ENOUGH + 1] = [0, 500, 792, 1000];

/// How many times the shortest wait for a refutation the longest is.
const LONGEST: u64 = 6;

/// How well this member itself is: 0 is well. What goes wrong around it makes it doubt itself, and then it is patient:
/// its periods and time-outs are so many times longer, and once more.
#[derive(Clone, Copy, Debug, Default)]
pub struct Health {
    score: u32,
}

impl Health {
    /// A probe has been answered.
    pub fn better(&mut self) {
        self.score = self.score.saturating_sub(1);
    }

    /// A probe has failed, a helper has not even said that it could not help, or this member has been suspected itself.
    pub fn worse(&mut self, by: u32) {
        self.score = self.score.saturating_add(by).min(WORST);
    }

    /// A span as long as this member's health asks for.
    pub fn stretch(self, span: Span) -> Span {
        span.saturating_mul(u64::from(self.score) + 1)
    }
}

/// How long a suspect may take to refute, when so many members have come to suspect it independently: long at first, when
/// it may be the suspecting member that is slow.
pub(super) fn wait(shortest: Span, accusers: usize) -> Span {
    let confirmations = accusers.saturating_sub(1).min(ENOUGH);
    let longest = shortest.saturating_mul(LONGEST);
    let way = longest.saturating_sub(shortest);
    longest.saturating_sub(Span(way.0 / 1000 * SHORTENED[confirmations]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Span = Span::from_secs(1);

    #[test]
    fn bad_health_makes_patient_and_good_health_comes_back() {
        let mut health = Health::default();
        assert_eq!(health.stretch(SECOND), SECOND);
        health.worse(3);
        assert_eq!(health.stretch(SECOND), Span::from_secs(4));
        health.worse(100);
        assert_eq!(health.stretch(SECOND), Span::from_secs(9));
        (0..9).for_each(|_| health.better());
        assert_eq!(health.stretch(SECOND), SECOND);
    }

    #[test]
    fn every_accuser_shortens_the_wait() {
        let waits: Vec<u64> = (1..=5).map(|accusers| wait(SECOND, accusers).0 / 1_000_000).collect();
        assert_eq!(waits, [6000, 3500, 2040, 1000, 1000]);
    }
}
