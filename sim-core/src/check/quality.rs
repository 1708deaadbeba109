//! The quality of service of failure detectors, whatever detector it is: how fast it finds the dead, and how often and how
//! long it is wrong about the living.
//!
//! The measures are those of Chen, Toueg and Aguilera ("On the quality of service of failure detectors", IEEE ToC 51(5),
//! 2002): detection time, mistake recurrence time, mistake duration, query accuracy. A pair of nodes is *watched* while
//! both run; after a start or a pause, from the moment on at which the observer trusts the other. Mistakes begin cycles,
//! and the confidence intervals (95 %, written ±) are regenerative: cycles are taken to be independent of each other.

use super::roster::Roster;
use super::suspicions::Said;
use super::{Checker, Conclusion, Observation, Verdict, Violation};
use crate::node::NodeId;
use crate::outcome::{Amount, Measure};
use crate::plan::Plan;
use crate::time::{Span, Time};

/// What one node thinks of another, and what became of it.
#[derive(Clone, Copy, Default)]
struct Pair {
    /// Since when the pair has been watched.
    watched: Option<Time>,
    /// Since when the observer has suspected the other.
    suspected: Option<Time>,
    /// The last mistake of this watch: when it began, and how long it took if it is over.
    mistake: Option<(Time, Option<Span>)>,
}

/// The least quality that is asked for; what is not given is only measured.
#[derive(Clone, Copy, Default)]
pub(super) struct Bounds {
    pub(super) detection: Option<Span>,
    pub(super) recurrence: Option<Span>,
    pub(super) duration: Option<Span>,
}

pub(super) struct Quality {
    bounds: Bounds,
    roster: Roster,
    nodes: usize,
    /// By observer, then subject.
    pairs: Vec<Pair>,
    watched: u64,
    mistaken: u64,
    mistakes: u64,
    cycles: Cycles,
    durations: Moments,
    detections: Moments,
    slowest: Span,
}

impl Quality {
    pub(super) fn new(bounds: Bounds, plan: &Plan) -> Quality {
        let nodes = plan.nodes.len();
        Quality {
            bounds,
            roster: Roster::new(nodes),
            nodes,
            pairs: vec![Pair::default(); nodes * nodes],
            watched: 0,
            mistaken: 0,
            mistakes: 0,
            cycles: Cycles::default(),
            durations: Moments::default(),
            detections: Moments::default(),
            slowest: Span::ZERO,
        }
    }

    fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes as u16).map(NodeId)
    }

    fn place(&self, observer: NodeId, subject: NodeId) -> usize {
        observer.index() * self.nodes + subject.index()
    }

    /// The pair is watched from now on, if both run and the observer trusts.
    fn watch(&mut self, observer: NodeId, subject: NodeId, now: Time) {
        let both = observer != subject && self.roster.runs(observer).is_some() && self.roster.runs(subject).is_some();
        let place = self.place(observer, subject);
        let pair = &mut self.pairs[place];
        if both && pair.suspected.is_none() && pair.watched.is_none() {
            *pair = Pair { watched: Some(now), ..Pair::default() };
        }
    }

    /// The pair is watched no longer.
    fn leave(&mut self, observer: NodeId, subject: NodeId, now: Time) {
        let place = self.place(observer, subject);
        let pair = &mut self.pairs[place];
        if let Some(since) = pair.watched.take() {
            self.watched = self.watched.saturating_add(now.since(since).0);
            if let Some((began, None)) = pair.mistake {
                // A mistake that was cut short counts for the time it took, and not for how long mistakes take.
                self.mistaken = self.mistaken.saturating_add(now.since(began).0);
            }
        }
        pair.mistake = None;
    }

    fn begins(&mut self, node: NodeId, now: Time) {
        for other in self.ids() {
            self.watch(node, other, now);
            self.watch(other, node, now);
        }
    }

    fn ends(&mut self, node: NodeId, now: Time) {
        for other in self.ids() {
            self.leave(node, other, now);
            self.leave(other, node, now);
        }
    }

    fn suspects(&mut self, observer: NodeId, subject: NodeId, now: Time) {
        let place = self.place(observer, subject);
        let pair = &mut self.pairs[place];
        if pair.suspected.replace(now).is_none() && pair.watched.is_some() {
            self.mistakes += 1;
            if let Some((began, Some(took))) = pair.mistake.replace((now, None)) {
                self.cycles.add(now.since(began), took);
            }
        }
    }

    fn trusts(&mut self, observer: NodeId, subject: NodeId, now: Time) {
        let place = self.place(observer, subject);
        let pair = &mut self.pairs[place];
        pair.suspected = None;
        if let Some((began, took @ None)) = &mut pair.mistake {
            let span = now.since(*began);
            *took = Some(span);
            self.durations.add(span);
            self.mistaken = self.mistaken.saturating_add(span.0);
        }
        self.watch(observer, subject, now);
    }

    /// The node is about to start again, or the run to end: who has noticed that it was down, and how fast?
    fn detected(&mut self, subject: NodeId) {
        let Some(down) = self.roster.down(subject).filter(|down| down.event > 0) else { return };
        for observer in self.ids().filter(|observer| *observer != subject) {
            let ran = self.roster.runs(observer).is_some_and(|runs| runs.at <= down.at);
            if let Some(since) = self.pairs[self.place(observer, subject)].suspected.filter(|_| ran) {
                let took = since.since(down.at);
                self.detections.add(took);
                self.slowest = self.slowest.max(took);
            }
        }
    }

    /// What is worse than the bounds allow.
    fn shortfall(&self, at: Time) -> Option<Violation> {
        let recurrence = self.watched.checked_div(self.mistakes).map(Span);
        let worse = |what: &'static str, measured: Span, bound: Span| Violation {
            fingerprint: format!("quality/{what}"),
            detail: format!("The {what} is {measured}, where {bound} was asked for."),
            at,
            events: Vec::new(),
            nodes: Vec::new(),
        };
        let Bounds { detection, recurrence: rarest, duration } = self.bounds;
        let slow =
            detection.filter(|bound| self.slowest > *bound).map(|bound| worse("detection time", self.slowest, bound));
        let often = rarest.zip(recurrence).filter(|(bound, recurrence)| recurrence < bound);
        let long = duration.zip(self.durations.mean()).filter(|(bound, mean)| mean > bound);
        slow.or(often.map(|(bound, recurrence)| worse("mistake recurrence time", recurrence, bound)))
            .or(long.map(|(bound, mean)| worse("mistake duration", mean, bound)))
    }
}

impl Checker for Quality {
    fn observe(&mut self, at: Time, event: u32, seen: &Observation<'_>) -> Option<Violation> {
        if let Observation::Started(node) = *seen {
            self.detected(node);
        }
        self.roster.observe(at, event, seen);
        match *seen {
            Observation::Started(node) => {
                for other in self.ids() {
                    let place = self.place(node, other);
                    self.pairs[place] = Pair::default();
                }
                self.begins(node, at);
            }
            Observation::Resumed(node) => self.begins(node, at),
            Observation::Down(node) | Observation::Paused(node) => self.ends(node, at),
            _ => match Said::of(seen)? {
                Said::Suspects(observer, subject) if subject.index() < self.nodes => {
                    self.suspects(observer, subject, at);
                }
                Said::Trusts(observer, subject) if subject.index() < self.nodes => self.trusts(observer, subject, at),
                _ => {}
            },
        }
        None
    }

    fn conclude(&mut self, conclusion: &Conclusion<'_>) -> Verdict {
        for node in self.ids() {
            self.detected(node);
            self.ends(node, conclusion.at);
        }
        let shortfall = self.shortfall(conclusion.at);
        shortfall.map_or_else(|| conclusion.pass_unless_cut_short(), Verdict::Fail)
    }

    fn measures(&self, measures: &mut Vec<Measure>) {
        let mut add = |name: &str, amount| measures.push(Measure { name: name.to_owned(), amount });
        add("pairs watched", Amount::Span(Span(self.watched)));
        add("pairs mistaken", Amount::Span(Span(self.mistaken)));
        add("mistakes", Amount::Count(self.mistakes));
        add("detections", Amount::Count(self.detections.count));
        let mut interval = |name: &str, of: &Moments| {
            if let Some(mean) = of.mean() {
                add(name, Amount::Span(mean));
                if let Some(error) = of.error() {
                    add(&format!("{name} ±"), Amount::Span(error));
                }
            }
        };
        interval("time to detect", &self.detections);
        interval("mistake recurrence", &self.cycles.lengths);
        interval("mistake duration", &self.durations);
        if self.detections.count > 0 {
            add("time to detect max", Amount::Span(self.slowest));
        }
        if let Some(inaccuracy) = share(self.mistaken.into(), self.watched.into()) {
            add("query accuracy", Amount::Share(1_000_000_000 - inaccuracy));
            if let Some(error) = self.cycles.error() {
                add("query accuracy ±", Amount::Share(error));
            }
        }
    }
}

/// Parts per billion.
fn share(part: u128, whole: u128) -> Option<u32> {
    (part * 1_000_000_000).checked_div(whole).map(|share| share.min(1_000_000_000) as u32)
}

/// A hundred times the normal quantile of a 95 % interval.
const PERCENTILE: u128 = 196;

/// Sums over spans of which the mean and its error are made.
#[derive(Default)]
struct Moments {
    count: u64,
    sum: u128,
    squares: u128,
}

impl Moments {
    fn add(&mut self, span: Span) {
        self.count += 1;
        self.sum += u128::from(span.0);
        self.squares = self.squares.saturating_add(u128::from(span.0) * u128::from(span.0));
    }

    fn mean(&self) -> Option<Span> {
        let mean = self.sum.checked_div(self.count.into())?;
        Some(Span(u64::try_from(mean).unwrap_or(u64::MAX)))
    }

    /// Half the width of the interval that holds the true mean in 95 of 100 cases.
    fn error(&self) -> Option<Span> {
        let count = u128::from(self.count);
        let mean = self.sum.checked_div(count)?;
        let rest = count.checked_sub(1).filter(|rest| *rest > 0)?;
        let variance = self.squares.saturating_sub(mean.saturating_mul(self.sum)) / rest / count;
        Some(Span(u64::try_from(variance.isqrt() * PERCENTILE / 100).unwrap_or(u64::MAX)))
    }
}

/// Cycles from one mistake's beginning to the next, each with the time that it was mistaken. In microseconds, so that
/// products of three sums can be held.
#[derive(Default)]
struct Cycles {
    lengths: Moments,
    /// In microseconds: the sums of lengths and mistaken times, of their squares and of their products.
    length: u128,
    mistaken: u128,
    length_squares: u128,
    mistaken_squares: u128,
    products: u128,
}

impl Cycles {
    fn add(&mut self, length: Span, mistaken: Span) {
        self.lengths.add(length);
        let (x, y) = (u128::from(length.0 / 1000), u128::from(mistaken.0 / 1000));
        self.length += x;
        self.mistaken += y;
        self.length_squares += x * x;
        self.mistaken_squares += y * y;
        self.products += x * y;
    }

    /// Half the width of the 95 % interval of the share of time that is mistaken, in parts per billion.
    fn error(&self) -> Option<u32> {
        let rest = self.lengths.count.checked_sub(1).filter(|rest| *rest > 0)?;
        // The share in Q30; the sum of squared residuals is that of (y - r x).
        let r = (self.mistaken << 30).checked_div(self.length)?;
        let cross = (r * self.products) >> 29;
        let own = (r * ((r * self.length_squares) >> 30)) >> 30;
        let residuals = (self.mistaken_squares + own).saturating_sub(cross);
        let deviation = (residuals * u128::from(self.lengths.count) / u128::from(rest)).isqrt();
        share(deviation * PERCENTILE / 100, self.length)
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Check;
    use crate::check::testing::{END, Script};
    use crate::outcome::Amount;
    use crate::time::Span;

    fn ms(millis: u64) -> Option<Amount> {
        Some(Amount::Span(Span::from_millis(millis)))
    }

    /// What is measured under this name once the run is over.
    fn measured(script: Script, name: &str) -> Option<Amount> {
        script.concluded().into_iter().find(|measure| measure.name == name).map(|measure| measure.amount)
    }

    fn measuring() -> Script {
        Script::new(Check::Quality { detection: None, recurrence: None, duration: None }, 2).all_started()
    }

    #[test]
    fn a_flawless_detector_is_watched_all_the_time() {
        let script = || measuring();
        assert_eq!(measured(script(), "pairs watched"), ms(2 * END));
        assert_eq!(measured(script(), "mistakes"), Some(Amount::Count(0)));
        assert_eq!(measured(script(), "query accuracy"), Some(Amount::Share(1_000_000_000)));
    }

    #[test]
    fn mistakes_recur_and_take_time() {
        let script = || {
            measuring()
                .suspects(100, 0, 1)
                .trusts(120, 0, 1)
                .suspects(300, 0, 1)
                .trusts(340, 0, 1)
                .suspects(700, 0, 1)
                .trusts(760, 0, 1)
        };
        assert_eq!(measured(script(), "mistakes"), Some(Amount::Count(3)));
        assert_eq!(measured(script(), "mistake recurrence"), ms(300));
        assert_eq!(measured(script(), "mistake duration"), ms(40));
        assert_eq!(measured(script(), "pairs mistaken"), ms(120));
        assert_eq!(measured(script(), "query accuracy"), Some(Amount::Share(940_000_000)));
        // Two cycles of 200 and 400 ms: the mean has a standard error of 100 ms.
        assert_eq!(measured(script(), "mistake recurrence ±"), ms(196));
        assert_eq!(
            measured(script(), "query accuracy ±"),
            Some(Amount::Share(0)),
            "both are wrong a tenth of their time"
        );
    }

    #[test]
    fn detection_runs_from_the_crash_to_the_last_suspicion() {
        let script = || measuring().down(100, 1).suspects(150, 0, 1).started(400, 1).trusts(420, 0, 1);
        assert_eq!(measured(script(), "time to detect"), ms(50));
        assert_eq!(measured(script(), "detections"), Some(Amount::Count(1)));
        assert_eq!(measured(script(), "mistakes"), Some(Amount::Count(0)), "it was down");
        // Of the pair (0, 1), 300 ms of absence and 20 ms of doubt afterwards are not watched; of (1, 0), 300 ms.
        assert_eq!(measured(script(), "pairs watched"), ms(2 * END - 620));
    }

    #[test]
    fn who_was_suspected_already_is_detected_at_once() {
        let script = || measuring().suspects(90, 0, 1).down(100, 1);
        assert_eq!(measured(script(), "time to detect max"), ms(0));
        assert_eq!(measured(script(), "pairs mistaken"), ms(10));
    }

    #[test]
    fn who_stands_still_is_not_judged() {
        let script = || measuring().paused(100, 0).suspects(200, 0, 1).resumed(300, 0).trusts(310, 0, 1);
        assert_eq!(measured(script(), "mistakes"), Some(Amount::Count(0)));
        assert_eq!(measured(script(), "pairs watched"), ms(2 * END - 410));
    }

    #[test]
    fn less_than_was_asked_for_is_a_violation() {
        let asked = |detection, recurrence, duration| {
            let millis = |bound: Option<u64>| bound.map(Span::from_millis);
            let check = Check::Quality {
                detection: millis(detection),
                recurrence: millis(recurrence),
                duration: millis(duration),
            };
            let script = Script::new(check, 2).all_started();
            script.suspects(100, 0, 1).trusts(150, 0, 1).down(200, 1).suspects(260, 0, 1)
        };
        asked(Some(60), Some(400), Some(50)).passes();
        assert_eq!(asked(Some(59), None, None).violation().fingerprint, "quality/detection time");
        assert_eq!(asked(None, Some(401), None).violation().fingerprint, "quality/mistake recurrence time");
        assert_eq!(asked(None, None, Some(49)).violation().fingerprint, "quality/mistake duration");
    }
}
