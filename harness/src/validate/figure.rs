//! A figure of theory, and whether what was measured bears it out.

use super::estimate::{Estimate, Sample, ratio};

/// Measured and expected may differ by so many standard errors.
const ERRORS: f64 = 4.0;

/// A model that is wrong by this share must be rejected.
const WRONG: f64 = 0.1;

/// One run of an experiment: from its number to a sample for each figure.
type Run = Box<dyn Fn(u64) -> Vec<Sample> + Send + Sync>;

/// Independent runs from which figures come.
pub(crate) struct Experiment {
    /// Family and case: `nfd-s/slack-0.02`.
    pub(crate) name: String,
    /// The law or the paper that gives the figures.
    pub(crate) source: &'static str,
    /// How many runs there are.
    pub(crate) runs: u64,
    /// Whether it is left out unless asked for.
    pub(crate) long: bool,
    /// What is measured.
    pub(crate) figures: Vec<Figure>,
    run: Run,
}

/// From what was measured for the figures before it to what theory expects of a figure.
type Theory = Box<dyn Fn(&[f64]) -> f64 + Send + Sync>;

/// What theory says.
pub(crate) struct Figure {
    name: &'static str,
    unit: Unit,
    expected: Theory,
    test: Test,
}

/// What a figure is measured in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unit {
    /// Seconds.
    Seconds,
    /// A share of 1.
    Share,
    /// A number of things, or a multiple of what is due.
    Number,
}

/// How measured and expected are compared.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Test {
    /// Within four standard errors.
    Mean,
    /// The root of a mean of squares is, within four standard errors.
    Root,
    /// To this share of what is expected: for what is computed, or drawn by no chance.
    Exact(f64),
    /// The largest value of all runs is not above it, and comes this near, as a share of it.
    Bound(f64),
    /// Nothing is judged.
    Observed,
}

impl Experiment {
    pub(super) fn new(
        name: impl Into<String>,
        source: &'static str,
        runs: u64,
        run: impl Fn(u64) -> Vec<Sample> + Send + Sync + 'static,
    ) -> Experiment {
        Experiment { name: name.into(), source, runs, long: false, figures: Vec::new(), run: Box::new(run) }
    }

    /// What takes no runs but a computation.
    pub(super) fn computed(
        name: impl Into<String>,
        source: &'static str,
        compute: impl Fn() -> Vec<f64> + Send + Sync + 'static,
    ) -> Experiment {
        Experiment::new(name, source, 1, move |_| compute().into_iter().map(Sample::value).collect())
    }

    /// Expects a mean, within four standard errors.
    pub(super) fn figure(self, name: &'static str, unit: Unit, expected: f64) -> Experiment {
        self.predicted(name, unit, move |_| expected)
    }

    /// Expects a mean, within four standard errors, which theory computes from the figures before it as they were measured,
    /// or takes long to compute.
    pub(super) fn predicted(
        self,
        name: &'static str,
        unit: Unit,
        expected: impl Fn(&[f64]) -> f64 + Send + Sync + 'static,
    ) -> Experiment {
        self.with(name, unit, Test::Mean, expected)
    }

    /// Samples are squares, and the root of their mean is expected, within four standard errors.
    pub(super) fn root(self, name: &'static str, unit: Unit, expected: f64) -> Experiment {
        self.with(name, unit, Test::Root, move |_| expected)
    }

    /// Expects a value, to this share of it.
    pub(super) fn exactly(self, name: &'static str, unit: Unit, expected: f64, tolerance: f64) -> Experiment {
        self.with(name, unit, Test::Exact(tolerance), move |_| expected)
    }

    /// Expects that nothing exceeds the bound, and that something comes as near to it as this share of it.
    pub(super) fn bound(self, name: &'static str, unit: Unit, bound: f64, near: f64) -> Experiment {
        self.with(name, unit, Test::Bound(near), move |_| bound)
    }

    /// Expects nothing: theory says nothing here, and the number is wanted for a comparison.
    pub(super) fn observe(self, name: &'static str, unit: Unit) -> Experiment {
        self.with(name, unit, Test::Observed, |_| f64::NAN)
    }

    /// Shows what was published beside what is measured here, under conditions that cannot be quite the same.
    pub(super) fn published(self, name: &'static str, unit: Unit, value: f64) -> Experiment {
        self.with(name, unit, Test::Observed, move |_| value)
    }

    /// Left out unless asked for.
    pub(super) fn long(self) -> Experiment {
        Experiment { long: true, ..self }
    }

    fn with(
        mut self,
        name: &'static str,
        unit: Unit,
        test: Test,
        expected: impl Fn(&[f64]) -> f64 + Send + Sync + 'static,
    ) -> Experiment {
        self.figures.push(Figure { name, unit, expected: Box::new(expected), test });
        self
    }

    /// The samples of one run.
    ///
    /// # Panics
    /// If they are not one for each figure.
    pub(super) fn run(&self, number: u64) -> Vec<Sample> {
        let samples = (self.run)(number);
        assert_eq!(samples.len(), self.figures.len(), "{} gives a sample for each figure", self.name);
        samples
    }

    /// Judges what all runs together say of each figure.
    pub(super) fn judge(&self, runs: &[Vec<Sample>]) -> Vec<Judged> {
        let mut judged: Vec<Judged> = Vec::with_capacity(self.figures.len());
        for (index, figure) in self.figures.iter().enumerate() {
            let samples: Vec<Sample> = runs.iter().map(|samples| samples[index]).collect();
            let before: Vec<f64> = judged.iter().map(|judged| judged.measured).collect();
            let name = format!("{}/{}", self.name, figure.name);
            judged.push(figure.judge(name, self.source, (figure.expected)(&before), ratio(&samples)));
        }
        judged
    }

    /// Whether one of the texts occurs in the name of one of the figures; no texts, every figure.
    pub(crate) fn is_asked_for(&self, filters: &[String]) -> bool {
        let names = self.figures.iter().map(|figure| format!("{}/{}", self.name, figure.name));
        filters.is_empty() || names.into_iter().any(|name| filters.iter().any(|filter| name.contains(filter)))
    }
}

/// A figure with what was measured.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Judged {
    pub(crate) name: String,
    pub(crate) source: &'static str,
    pub(crate) unit: Unit,
    pub(crate) expected: f64,
    pub(crate) measured: f64,
    pub(crate) error: f64,
    pub(crate) verdict: Verdict,
}

/// What the comparison says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    /// Expected and measured agree, and a wrong model would not have.
    Met,
    /// They agree, but a model that is 10 % off would have agreed too.
    Powerless,
    /// They do not agree.
    Missed,
    /// It is shown, and not judged.
    Observed,
}

impl Figure {
    fn judge(&self, name: String, source: &'static str, expected: f64, estimate: Estimate) -> Judged {
        let (measured, error) = match self.test {
            Test::Mean | Test::Exact(_) | Test::Observed => (estimate.mean, estimate.error),
            Test::Root => (estimate.mean.sqrt(), estimate.error / (2.0 * estimate.mean.sqrt())),
            Test::Bound(_) => (estimate.largest, 0.0),
        };
        let fits = |expected: f64| match self.test {
            Test::Mean | Test::Root => (measured - expected).abs() <= ERRORS * error,
            Test::Exact(tolerance) => (measured - expected).abs() <= tolerance * expected,
            // A clock may round a bound up by a nanosecond.
            Test::Observed => true,
            Test::Bound(near) => measured <= expected + 2e-9 && measured >= expected * (1.0 - near),
        };
        let verdict = if self.test == Test::Observed {
            Verdict::Observed
        } else if !fits(expected) {
            Verdict::Missed
        } else if fits(expected * (1.0 - WRONG)) || fits(expected * (1.0 + WRONG)) {
            Verdict::Powerless
        } else {
            Verdict::Met
        };
        Judged { name, source, unit: self.unit, expected, measured, error, verdict }
    }
}

impl Judged {
    /// How many standard errors lie between measured and expected, where chance has a part in it.
    pub(crate) fn errors_off(&self) -> Option<f64> {
        let judged = self.error > 0.0 && self.verdict != Verdict::Observed;
        judged.then(|| (self.measured - self.expected) / self.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(test: Test, mean: f64, error: f64, largest: f64) -> Verdict {
        let figure = Figure { name: "x", unit: Unit::Share, expected: Box::new(|_| 100.0), test };
        figure.judge("x".to_owned(), "", 100.0, Estimate { mean, error, largest }).verdict
    }

    #[test]
    fn a_mean_is_met_within_four_errors_and_only_with_power() {
        assert_eq!(verdict(Test::Mean, 104.0, 1.1, 0.0), Verdict::Met);
        assert_eq!(verdict(Test::Mean, 95.0, 1.0, 0.0), Verdict::Missed);
        assert_eq!(verdict(Test::Mean, 103.0, 2.0, 0.0), Verdict::Powerless);
        assert_eq!(verdict(Test::Mean, f64::NAN, f64::NAN, 0.0), Verdict::Missed, "nothing seen is nothing shown");
    }

    #[test]
    fn a_root_has_half_the_relative_error_of_its_square() {
        assert_eq!(verdict(Test::Root, 104.0f64.powi(2), 208.0 * 1.1, 0.0), Verdict::Met);
        assert_eq!(verdict(Test::Root, 95.0f64.powi(2), 190.0, 0.0), Verdict::Missed);
        assert_eq!(verdict(Test::Root, 103.0f64.powi(2), 206.0 * 2.0, 0.0), Verdict::Powerless);
    }

    #[test]
    fn what_was_measured_first_enters_what_is_expected_next() {
        let experiment = Experiment::new("pair", "", 2, |_| vec![]).observe("rate", Unit::Number).predicted(
            "twice",
            Unit::Number,
            |before| 2.0 * before[0],
        );
        let run = |noise: f64| vec![Sample::value(5.0), Sample::value(10.0 + noise)];
        let judged = experiment.judge(&[run(0.1), run(-0.1)]);
        assert_eq!((judged[1].expected, judged[1].verdict), (10.0, Verdict::Met));
    }

    #[test]
    fn a_value_is_met_to_its_tolerance() {
        assert_eq!(verdict(Test::Exact(0.001), 100.05, 0.0, 0.0), Verdict::Met);
        assert_eq!(verdict(Test::Exact(0.001), 100.2, 0.0, 0.0), Verdict::Missed);
    }

    #[test]
    fn a_bound_holds_and_is_approached() {
        assert_eq!(verdict(Test::Bound(0.01), 0.0, 0.0, 99.5), Verdict::Met);
        assert_eq!(verdict(Test::Bound(0.01), 0.0, 0.0, 98.0), Verdict::Missed);
        assert_eq!(verdict(Test::Bound(0.01), 0.0, 0.0, 100.1), Verdict::Missed);
    }

    #[test]
    fn figures_are_found_by_a_part_of_their_name() {
        let experiment = Experiment::new("nfd-s/slack", "", 1, |_| vec![]).figure("mistakes", Unit::Share, 1.0);
        assert!(experiment.is_asked_for(&[]));
        assert!(experiment.is_asked_for(&["swim".to_owned(), "slack/mis".to_owned()]));
        assert!(!experiment.is_asked_for(&["swim".to_owned()]));
    }
}
