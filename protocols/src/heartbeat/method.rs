//! Which detector a config names, and the one rule that can be any of them.

use serde::{Deserialize, Serialize};
use sim_core::law::Decimal;
use sim_core::{LocalTime, Span, tail};

use super::nfd::{Lags, NfdE, NfdS};
use super::phi::{Gaps, PhiExponential, PhiNormal};
use super::request::Requests;
use super::rule::{Evidence, FixedTimeout, Rule};
use super::window;

/// `detector: ..` in the config of every protocol that watches peers.
///
/// ```
/// use protocols::heartbeat::{Detector, Method};
/// use sim_core::{NodeId, Span};
///
/// let method = Method::FixedTimeout(Span::from_millis(500));
/// let period = Span::from_millis(100);
/// assert_eq!(method.validate(period, false), Ok(()));
/// let _detector = Detector::new(method.rule(period), [NodeId(1)]);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Method {
    /// A silence longer than this is suspect: [`FixedTimeout`].
    FixedTimeout(Span),
    /// Freshness points, for synchronised clocks: [`NfdS`].
    NfdS {
        /// δ: how long after its sending a heartbeat is due.
        slack: Span,
    },
    /// Freshness points, estimated: [`NfdE`].
    NfdE {
        /// How many arrivals are averaged, up to 10,000.
        #[serde(default = "window_of_nfd_e")]
        window: u32,
        /// α: how long after its expected arrival a heartbeat is overdue.
        margin: Span,
    },
    /// Phi accrual over normal gaps: [`PhiNormal`].
    PhiNormal {
        /// The threshold of φ, from 1 to 12.
        threshold: Decimal,
        /// How many gaps are remembered, up to 10,000.
        #[serde(default = "window_of_phi")]
        window: u32,
        /// The deviation is never taken to be smaller.
        #[serde(default)]
        deviation_min: Span,
        /// Further silence that is no suspicion.
        #[serde(default)]
        pause: Span,
    },
    /// Phi accrual over exponential gaps: [`PhiExponential`].
    PhiExponential {
        /// The threshold of φ, from 1 to 12.
        threshold: Decimal,
        /// How many gaps are remembered, up to 10,000.
        #[serde(default = "window_of_phi")]
        window: u32,
    },
    /// A request unanswered for longer than this is suspect: [`Requests`] with one error.
    RequestTimeout(Span),
    /// So many requests in a row, each unanswered for longer than `within`, are suspect: [`Requests`].
    ErrorThreshold {
        /// How many, at least 1.
        errors: u32,
        /// The longest wait for an answer that is no error.
        within: Span,
    },
}

const fn window_of_nfd_e() -> u32 {
    32
}
const fn window_of_phi() -> u32 {
    1000
}

impl Method {
    /// The rule at work, for peers that give a sign of life every `period`.
    pub fn rule(self, period: Span) -> AnyRule {
        match self {
            Method::FixedTimeout(timeout) => AnyRule::FixedTimeout(FixedTimeout(timeout)),
            Method::NfdS { slack } => AnyRule::NfdS(NfdS { period, slack }),
            Method::NfdE { window, margin } => AnyRule::NfdE(NfdE { period, window, margin }),
            Method::PhiNormal { threshold, window, deviation_min, pause } => {
                AnyRule::PhiNormal(PhiNormal::new(period, threshold, window, deviation_min, pause))
            }
            Method::PhiExponential { threshold, window } => {
                AnyRule::PhiExponential(PhiExponential::new(period, threshold, window))
            }
            Method::RequestTimeout(timeout) => AnyRule::Requests(Requests { timeout, errors: 1 }),
            Method::ErrorThreshold { errors, within } => AnyRule::Requests(Requests { timeout: within, errors }),
        }
    }

    /// Whether it is about requests and their answers, so that its owner must tell the detector whom it
    /// [`asked`](super::Detector::asked).
    pub const fn needs_requests(self) -> bool {
        matches!(self, Method::RequestTimeout(_) | Method::ErrorThreshold { .. })
    }

    /// Whether it makes sense for peers that give a sign of life every `period`. `tells_requests`: the owner tells the
    /// detector whom it asked; without that a method about requests would never suspect anybody.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn validate(self, period: Span, tells_requests: bool) -> Result<(), String> {
        let window = match self {
            Method::NfdE { window, .. } | Method::PhiNormal { window, .. } | Method::PhiExponential { window, .. } => {
                window
            }
            _ => 1,
        };
        if window == 0 || window > window::SIZE_MAX {
            return Err(format!("`window` is {window}; it holds from 1 to {} values", window::SIZE_MAX));
        }
        match self {
            Method::FixedTimeout(timeout) if timeout <= period => Err(format!(
                "`timeout` ({timeout}) must exceed `period` ({period}): else every pause between two beats is a suspicion"
            )),
            Method::PhiNormal { threshold, .. } | Method::PhiExponential { threshold, .. }
                if threshold < tail::LEVEL_MIN || threshold > tail::LEVEL_MAX =>
            {
                let (low, high) = (tail::LEVEL_MIN, tail::LEVEL_MAX);
                Err(format!("`threshold` is {threshold}; thresholds of φ go from {low} to {high}"))
            }
            Method::PhiNormal { deviation_min: Span::ZERO, pause: Span::ZERO, .. } => {
                Err("with neither `deviation_min` nor `pause`, a row of equal gaps makes the next nanosecond suspect"
                    .to_owned())
            }
            Method::RequestTimeout(Span::ZERO) | Method::ErrorThreshold { within: Span::ZERO, .. } => {
                Err("no answer takes no time at all: give requests longer than 0s".to_owned())
            }
            Method::ErrorThreshold { errors: 0, .. } => Err("`errors` is 0: suspicion needs at least 1".to_owned()),
            _ if self.needs_requests() && !tells_requests => {
                Err("this protocol watches without asking: name a detector of silence, such as `FixedTimeout(\"1s\")`"
                    .to_owned())
            }
            _ => Ok(()),
        }
    }
}

/// The rule of any [`Method`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AnyRule {
    /// See [`FixedTimeout`].
    FixedTimeout(FixedTimeout),
    /// See [`NfdS`].
    NfdS(NfdS),
    /// See [`NfdE`].
    NfdE(NfdE),
    /// See [`PhiNormal`].
    PhiNormal(PhiNormal),
    /// See [`PhiExponential`].
    PhiExponential(PhiExponential),
    /// See [`Requests`].
    Requests(Requests),
}

/// What the rule of any method remembers of one peer: nothing large, before there is something to remember.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum AnyHistory {
    /// Nothing.
    #[default]
    Nothing,
    /// Of [`NfdE`].
    Lags(Box<Lags>),
    /// Of [`PhiNormal`] and [`PhiExponential`].
    Gaps(Box<Gaps>),
    /// Of [`Requests`].
    Unanswered(u32),
}

impl AnyHistory {
    fn lags(&mut self) -> &mut Lags {
        if !matches!(self, AnyHistory::Lags(_)) {
            *self = AnyHistory::Lags(Box::default());
        }
        match self {
            AnyHistory::Lags(lags) => lags,
            _ => unreachable!("it has just been made"),
        }
    }

    fn gaps(&mut self) -> &mut Gaps {
        if !matches!(self, AnyHistory::Gaps(_)) {
            *self = AnyHistory::Gaps(Box::default());
        }
        match self {
            AnyHistory::Gaps(gaps) => gaps,
            _ => unreachable!("it has just been made"),
        }
    }

    fn unanswered(&mut self) -> &mut u32 {
        if !matches!(self, AnyHistory::Unanswered(_)) {
            *self = AnyHistory::Unanswered(0);
        }
        match self {
            AnyHistory::Unanswered(count) => count,
            _ => unreachable!("it has just been made"),
        }
    }
}

impl Rule for AnyRule {
    type History = AnyHistory;

    fn first_deadline(&self, now: LocalTime) -> LocalTime {
        match self {
            AnyRule::FixedTimeout(rule) => rule.first_deadline(now),
            AnyRule::NfdS(rule) => rule.first_deadline(now),
            AnyRule::NfdE(rule) => rule.first_deadline(now),
            AnyRule::PhiNormal(rule) => rule.first_deadline(now),
            AnyRule::PhiExponential(rule) => rule.first_deadline(now),
            AnyRule::Requests(rule) => rule.first_deadline(now),
        }
    }

    fn deadline(&self, history: &mut AnyHistory, evidence: Evidence) -> LocalTime {
        match self {
            AnyRule::FixedTimeout(rule) => rule.deadline(&mut (), evidence),
            AnyRule::NfdS(rule) => rule.deadline(&mut (), evidence),
            AnyRule::NfdE(rule) => rule.deadline(history.lags(), evidence),
            AnyRule::PhiNormal(rule) => rule.deadline(history.gaps(), evidence),
            AnyRule::PhiExponential(rule) => rule.deadline(history.gaps(), evidence),
            AnyRule::Requests(rule) => rule.deadline(history.unanswered(), evidence),
        }
    }

    fn asked(&self, history: &mut AnyHistory, now: LocalTime) -> Option<LocalTime> {
        match self {
            AnyRule::Requests(rule) => rule.asked(history.unanswered(), now),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heartbeat::Stamp;

    const PERIOD: Span = Span::from_millis(100);
    const EIGHT: Decimal = Decimal { thousandths: 8_000 };

    fn phi_normal(threshold: Decimal, deviation_min: Span) -> Method {
        Method::PhiNormal { threshold, window: 100, deviation_min, pause: Span::ZERO }
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_a_reason() {
        let refused = [
            (Method::FixedTimeout(PERIOD), "must exceed `period`"),
            (Method::NfdE { window: 0, margin: PERIOD }, "`window` is 0"),
            (Method::PhiExponential { threshold: EIGHT, window: 10_001 }, "`window` is 10001"),
            (phi_normal(Decimal { thousandths: 500 }, PERIOD), "`threshold` is 0.5"),
            (phi_normal(EIGHT, Span::ZERO), "`deviation_min`"),
            (Method::ErrorThreshold { errors: 0, within: PERIOD }, "`errors` is 0"),
            (Method::RequestTimeout(Span::ZERO), "longer than 0s"),
        ];
        for (method, reason) in refused {
            let error = method.validate(PERIOD, true).expect_err("it makes no sense");
            assert!(error.contains(reason), "{method:?}: {error}");
        }
        let requests = Method::RequestTimeout(PERIOD);
        assert_eq!(requests.validate(PERIOD, true), Ok(()));
        assert!(requests.validate(PERIOD, false).is_err_and(|error| error.contains("without asking")));
    }

    /// Every method answers as its own rule does, over the same evidence.
    #[test]
    fn any_rule_is_the_rule_that_it_names() {
        let evidence = |n: u64| Evidence {
            stamp: Stamp { incarnation: 0, sequence: n },
            at: LocalTime(n * 100_000_000 + n % 3),
            dated: None,
            suspected: false,
        };
        fn deadlines<R: Rule>(rule: &R, evidence: impl Fn(u64) -> Evidence) -> Vec<LocalTime> {
            let mut history = R::History::default();
            let mut deadlines = vec![rule.first_deadline(LocalTime(0))];
            for n in 1..20 {
                deadlines.push(rule.deadline(&mut history, evidence(n)));
                deadlines.extend(rule.asked(&mut history, evidence(n).at));
            }
            deadlines
        }
        let expect = |method: Method, expected: Vec<LocalTime>| {
            assert_eq!(deadlines(&method.rule(PERIOD), evidence), expected, "{method:?}");
        };
        let margin = Span::from_millis(20);
        expect(Method::FixedTimeout(margin), deadlines(&FixedTimeout(margin), evidence));
        expect(Method::NfdS { slack: margin }, deadlines(&NfdS { period: PERIOD, slack: margin }, evidence));
        let rule = NfdE { period: PERIOD, window: 4, margin };
        expect(Method::NfdE { window: 4, margin }, deadlines(&rule, evidence));
        let rule = PhiNormal::new(PERIOD, EIGHT, 100, margin, Span::ZERO);
        expect(phi_normal(EIGHT, margin), deadlines(&rule, evidence));
        let rule = PhiExponential::new(PERIOD, EIGHT, 4);
        expect(Method::PhiExponential { threshold: EIGHT, window: 4 }, deadlines(&rule, evidence));
        let rule = Requests { timeout: margin, errors: 1 };
        expect(Method::RequestTimeout(margin), deadlines(&rule, evidence));
        let rule = Requests { timeout: margin, errors: 2 };
        expect(Method::ErrorThreshold { errors: 2, within: margin }, deadlines(&rule, evidence));
    }
}
