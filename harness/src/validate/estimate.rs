//! Means and their standard errors from independent runs.
//!
//! A long-run average is a ratio of two sums: time between mistakes is time over mistakes, availability is up time over
//! all time. The estimate over independent runs, each a batch of many cycles, is the ratio of the totals; its error is
//! that of the ratio estimator of regenerative simulation (Crane and Iglehart 1975; Law, "Simulation modeling and
//! analysis", chapter 9). Nothing is assumed of how cycles within a run depend on each other.

/// What one run says about one figure: a sum, and what it is divided by.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Sample {
    pub(super) sum: f64,
    pub(super) weight: f64,
}

impl Sample {
    /// A value that every run weighs alike.
    pub(super) const fn value(value: f64) -> Sample {
        Sample { sum: value, weight: 1.0 }
    }

    /// A sum over `weight` cycles, units of time, or whatever the average is taken over.
    pub(super) const fn ratio(sum: f64, weight: f64) -> Sample {
        Sample { sum, weight }
    }
}

/// A mean with its standard error.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Estimate {
    /// The ratio of the totals.
    pub(crate) mean: f64,
    /// Its standard error; 0 for a single run, which is taken to be exact.
    pub(crate) error: f64,
    /// The largest of the runs' own values, for bounds.
    pub(crate) largest: f64,
}

/// The ratio of the totals over independent runs. Not a number if nothing was observed in any of them.
pub(super) fn ratio(samples: &[Sample]) -> Estimate {
    let sum: f64 = samples.iter().map(|sample| sample.sum).sum();
    let weight: f64 = samples.iter().map(|sample| sample.weight).sum();
    let mean = sum / weight;
    let count = samples.len() as f64;
    let squares: f64 = samples.iter().map(|sample| (sample.sum - mean * sample.weight).powi(2)).sum();
    let error = if samples.len() > 1 { (squares * count / (count - 1.0)).sqrt() / weight } else { 0.0 };
    let own = samples.iter().filter(|sample| sample.weight > 0.0).map(|sample| sample.sum / sample.weight);
    Estimate { mean, error, largest: own.fold(f64::NEG_INFINITY, f64::max) }
}

#[cfg(test)]
mod tests {
    use sim_core::law::Law;
    use sim_core::{Identity, Key, Span};

    use super::*;

    #[test]
    fn equal_weights_give_the_mean_and_its_textbook_error() {
        let samples = [1.0, 2.0, 3.0, 6.0].map(Sample::value);
        let estimate = ratio(&samples);
        assert_eq!(estimate.mean, 3.0);
        // The sample variance is 14 / 3, over 4 values.
        assert!((estimate.error - (14.0f64 / 12.0).sqrt()).abs() < 1e-12);
        assert_eq!(estimate.largest, 6.0);
    }

    #[test]
    fn totals_count_and_not_the_means_of_runs() {
        let estimate = ratio(&[Sample::ratio(10.0, 1.0), Sample::ratio(10.0, 9.0)]);
        assert_eq!(estimate.mean, 2.0);
        assert_eq!(estimate.largest, 10.0);
    }

    #[test]
    fn one_run_is_exact_and_none_is_no_number() {
        assert_eq!(ratio(&[Sample::value(4.0)]).error, 0.0);
        assert!(ratio(&[Sample::ratio(0.0, 0.0)]).mean.is_nan());
    }

    /// The error that is claimed is the error that is made: over many repetitions with a known truth, about 95 % of the
    /// estimates lie within 1.96 errors of it.
    #[test]
    fn the_claimed_error_covers_the_truth() {
        let key = Key::from_seed(1);
        let law = Law::Exponential(Span::from_secs(1));
        let mut draws = key.draws(sim_core::chance::Purpose::Workload, Identity(1));
        let covered = (0..1000).filter(|_| {
            let runs: Vec<Sample> = (0..40)
                .map(|_| {
                    // Cycles of random length, each with a cost of twice its length and noise: the truth is 2.
                    let cycles: Vec<f64> = (0..10).map(|_| law.sample(draws.bits()).0 as f64 / 1e9).collect();
                    let noise: f64 = (0..10).map(|_| law.sample(draws.bits()).0 as f64 / 1e9 - 1.0).sum();
                    let length: f64 = cycles.iter().sum();
                    Sample::ratio(2.0 * length + noise, length)
                })
                .collect();
            let estimate = ratio(&runs);
            (estimate.mean - 2.0).abs() < 1.96 * estimate.error
        });
        let covered = covered.count();
        assert!((920..=975).contains(&covered), "{covered} of 1000");
    }
}
