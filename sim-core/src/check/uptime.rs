//! How much of the time enough nodes hold a fact: the availability that reliability theory speaks of.

use std::collections::BTreeSet;

use super::{Checker, Conclusion, Observation, Verdict, Violation};
use crate::chance::Probability;
use crate::node::NodeId;
use crate::outcome::{Amount, Measure};
use crate::time::{Span, Time};

pub(super) struct Uptime {
    begin: String,
    end: String,
    least: usize,
    min: Probability,
    holding: BTreeSet<NodeId>,
    /// Since when it is as it is: up or not.
    since: Time,
    up: u64,
    outages: u64,
    longest_outage: Span,
    /// The event that began the last outage.
    last_loss: u32,
    until: Time,
}

impl Uptime {
    pub(super) fn new(begin: &str, end: &str, least: u16, min: Probability) -> Uptime {
        Uptime {
            begin: begin.to_owned(),
            end: end.to_owned(),
            least: usize::from(least),
            min,
            holding: BTreeSet::new(),
            since: Time::ZERO,
            up: 0,
            outages: 0,
            longest_outage: Span::ZERO,
            last_loss: 0,
            until: Time::ZERO,
        }
    }

    fn is_up(&self) -> bool {
        self.holding.len() >= self.least
    }

    /// Closes the account of a period that was up or not.
    fn account(&mut self, was_up: bool, at: Time) {
        let lasted = at.since(self.since);
        if was_up {
            self.up += lasted.0;
        } else {
            self.longest_outage = self.longest_outage.max(lasted);
        }
        self.since = at;
    }

    /// The share of the time up to `until`, in parts per billion.
    fn share(&self) -> Option<u32> {
        let share = (u128::from(self.up) * 1_000_000_000).checked_div(u128::from(self.until.0))?;
        u32::try_from(share).ok()
    }
}

impl Checker for Uptime {
    fn observe(&mut self, at: Time, event: u32, seen: &Observation<'_>) -> Option<Violation> {
        let was_up = self.is_up();
        if let Observation::Down(node) = seen {
            self.holding.remove(node);
        } else if let Some((node, ..)) = seen.fact(&self.end) {
            self.holding.remove(&node);
        } else if let Some((node, ..)) = seen.fact(&self.begin) {
            self.holding.insert(node);
        }
        if self.is_up() != was_up {
            self.account(was_up, at);
            if was_up {
                self.outages += 1;
                self.last_loss = event;
            }
        }
        None
    }

    fn conclude(&mut self, conclusion: &Conclusion<'_>) -> Verdict {
        self.account(self.is_up(), conclusion.at);
        self.until = conclusion.at;
        if let Some(undecided) = conclusion.cut_short() {
            return undecided;
        }
        let share = self.share().unwrap_or(0);
        if share >= self.min.ppb() {
            return Verdict::Pass;
        }
        Verdict::Fail(Violation {
            fingerprint: format!("uptime({})/low", self.begin),
            detail: format!(
                "At least {} held `{}` for {} of the time, with {} outages, the longest {}: {} are demanded.",
                self.least,
                self.begin,
                Amount::Share(share),
                self.outages,
                self.longest_outage,
                self.min
            ),
            at: conclusion.at,
            events: vec![self.last_loss],
            nodes: Vec::new(),
        })
    }

    fn measures(&self, measures: &mut Vec<Measure>) {
        let Some(share) = self.share() else { return };
        let mut add = |name: String, amount| measures.push(Measure { name, amount });
        add(format!("uptime({})", self.begin), Amount::Share(share));
        add(format!("unavailability({})", self.begin), Amount::Share(1_000_000_000 - share));
        add(format!("uptime({}) outages", self.begin), Amount::Count(self.outages));
        add(format!("uptime({}) longest outage", self.begin), Amount::Span(self.longest_outage));
    }
}

#[cfg(test)]
mod tests {
    use crate::chance::Probability;
    use crate::check::Check;
    use crate::check::testing::Script;
    use crate::outcome::Amount;

    fn uptime(least: u16) -> Script {
        let min = Probability::from_ppb(900_000_000).unwrap();
        let check = Check::Uptime { begin: "holds".to_owned(), end: "releases".to_owned(), least, min, failover: None };
        Script::new(check, 3)
    }

    #[test]
    fn down_for_too_long() {
        let violation = uptime(1).fact(50, 0, "holds", (), ()).fact(900, 0, "releases", (), ()).violation();
        assert_eq!(violation.fingerprint, "uptime(holds)/low");
        assert_eq!(
            violation.detail,
            "At least 1 held `holds` for 85.000% of the time, with 1 outages, the longest 100ms: 90% are demanded."
        );
    }

    #[test]
    fn one_takes_over_from_the_other() {
        uptime(1)
            .fact(0, 0, "holds", (), ())
            .fact(400, 1, "holds", (), ())
            .down(500, 0)
            .fact(600, 1, "releases", (), ())
            .fact(700, 2, "holds", (), ())
            .passes();
    }

    #[test]
    fn two_of_three_are_more_than_one() {
        let script = || uptime(2).fact(0, 0, "holds", (), ()).fact(0, 1, "holds", (), ());
        script().fact(300, 2, "holds", (), ()).down(500, 0).passes();
        script().down(500, 0).fact(700, 2, "holds", (), ()).violation();
    }

    #[test]
    fn the_share_is_measured_at_the_end() {
        let measures = uptime(1).fact(0, 0, "holds", (), ()).down(100, 0).fact(150, 1, "holds", (), ()).concluded();
        let of = |name: &str| measures.iter().find(|measure| measure.name == name).map(|measure| measure.amount);
        assert_eq!(of("uptime(holds)"), Some(Amount::Share(950_000_000)));
        assert_eq!(of("unavailability(holds)"), Some(Amount::Share(50_000_000)));
        assert_eq!(of("uptime(holds) outages"), Some(Amount::Count(1)));
    }
}
