//! The runs of all experiments, on all cores.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::estimate::Sample;
use super::figure::{Experiment, Judged};

/// How often the progress is told.
const TOLD_EVERY: Duration = Duration::from_millis(100);

/// Runs the experiments on so many threads and judges their figures, in order. `tell` hears now and then how many runs are
/// done, and of how many.
///
/// # Panics
/// If a run does: then squall is at fault.
pub(crate) fn measure(experiments: &[Experiment], jobs: usize, mut tell: impl FnMut(usize, usize)) -> Vec<Judged> {
    let runs: Vec<(usize, u64)> =
        experiments.iter().enumerate().flat_map(|(index, of)| (0..of.runs).map(move |run| (index, run))).collect();
    let (next, done, failed) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    let samples: Mutex<Vec<Vec<Sample>>> = Mutex::new(vec![Vec::new(); runs.len()]);
    thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                let alarm = Alarm(&failed);
                while let Some((place, (index, run))) = Some(next.fetch_add(1, Ordering::Relaxed))
                    .and_then(|place| runs.get(place).map(|run| (place, *run)))
                {
                    let of_run = experiments[index].run(run);
                    if let Ok(mut samples) = samples.lock() {
                        samples[place] = of_run;
                    }
                    done.fetch_add(1, Ordering::Relaxed);
                }
                std::mem::forget(alarm);
            });
        }
        while done.load(Ordering::Relaxed) < runs.len() && !failed.load(Ordering::Relaxed) {
            tell(done.load(Ordering::Relaxed), runs.len());
            thread::sleep(TOLD_EVERY);
        }
    });
    let mut samples = samples.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).into_iter();
    experiments
        .iter()
        .flat_map(|experiment| {
            let count = usize::try_from(experiment.runs).unwrap_or(usize::MAX);
            experiment.judge(&samples.by_ref().take(count).collect::<Vec<_>>())
        })
        .collect()
}

/// Tells the one who waits that a run has panicked.
struct Alarm<'a>(&'a AtomicBool);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::super::figure::{Unit, Verdict};
    use super::*;

    fn numbers(offset: u64) -> Experiment {
        Experiment::new(format!("numbers/{offset}"), "", 101, move |run| vec![Sample::value((run + offset) as f64)])
            .figure("mean", Unit::Share, (50 + offset) as f64)
    }

    #[test]
    fn threads_change_nothing() {
        let experiments = [numbers(0), numbers(1000)];
        let one = measure(&experiments, 1, |_, _| {});
        assert_eq!(one, measure(&experiments, 7, |_, _| {}));
        assert_eq!(one[1].measured, 1050.0);
        assert_eq!(one[1].verdict, Verdict::Met);
    }

    #[test]
    #[should_panic(expected = "scoped thread panicked")]
    fn a_run_that_panics_is_not_waited_for() {
        let broken = Experiment::new("broken", "", 8, |_| panic!("as planned")).figure("x", Unit::Share, 1.0);
        measure(&[broken], 2, |_, _| {});
    }
}
