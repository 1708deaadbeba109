//! The runs of all experiments, on all cores.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::estimate::Sample;
use super::figure::{Experiment, Judged};

/// How often the progress is told.
const TOLD_EVERY: Duration = Duration::from_millis(100);

/// How far the runs are.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Advance {
    /// Runs that are done.
    pub(crate) done: usize,
    /// How many there are.
    pub(crate) of: usize,
    /// How long the rest will take, once a run of every experiment has been timed.
    pub(crate) left: Option<Duration>,
}

/// The samples of the runs of one experiment, with the number of the run.
type Numbered = Vec<(u64, Vec<Sample>)>;

/// How long the runs of one experiment take.
#[derive(Default)]
struct Cost {
    done: AtomicU64,
    nanos: AtomicU64,
}

impl Cost {
    fn add(&self, took: Duration) {
        self.nanos.fetch_add(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    /// What the rest of so many runs will take a thread; `None` as long as none is done.
    fn left(&self, runs: u64) -> Option<Duration> {
        let (done, nanos) = (self.done.load(Ordering::Relaxed), self.nanos.load(Ordering::Relaxed));
        let each = nanos.checked_div(done)?;
        Some(Duration::from_nanos(each.saturating_mul(runs.saturating_sub(done))))
    }
}

/// Runs the experiments on so many threads and judges their figures, in order. `tell` hears now and then how far it is.
///
/// # Panics
/// If a run does: then squall is at fault.
pub(crate) fn measure(experiments: &[Experiment], jobs: usize, mut tell: impl FnMut(Advance)) -> Vec<Judged> {
    let jobs = jobs.max(1);
    let runs = in_order(experiments);
    let costs: Vec<Cost> = experiments.iter().map(|_| Cost::default()).collect();
    let (next, done, failed) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    let samples: Vec<Mutex<Numbered>> = experiments.iter().map(|_| Mutex::default()).collect();
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                let alarm = Alarm(&failed);
                while let Some(&(index, run)) = runs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let began = Instant::now();
                    let of_run = experiments[index].run(run);
                    costs[index].add(began.elapsed());
                    if let Ok(mut samples) = samples[index].lock() {
                        samples.push((run, of_run));
                    }
                    done.fetch_add(1, Ordering::Relaxed);
                }
                std::mem::forget(alarm);
            });
        }
        while done.load(Ordering::Relaxed) < runs.len() && !failed.load(Ordering::Relaxed) {
            let left: Option<Duration> = experiments.iter().zip(&costs).map(|(of, cost)| cost.left(of.runs)).sum();
            let left = left.map(|left| left / u32::try_from(jobs).unwrap_or(u32::MAX));
            tell(Advance { done: done.load(Ordering::Relaxed), of: runs.len(), left });
            thread::sleep(TOLD_EVERY);
        }
    });
    let in_order_of_runs = |samples: Mutex<Numbered>| {
        let mut samples = samples.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        samples.sort_by_key(|(run, _)| *run);
        samples.into_iter().map(|(_, samples)| samples).collect::<Vec<_>>()
    };
    let judge = |(of, samples): (&Experiment, _)| of.judge(&in_order_of_runs(samples));
    experiments.iter().zip(samples).flat_map(judge).collect()
}

/// The first run of each experiment, so that it is soon known how long they take, and then the others, experiment by
/// experiment.
fn in_order(experiments: &[Experiment]) -> Vec<(usize, u64)> {
    let first = experiments.iter().enumerate().filter(|(_, of)| of.runs > 0).map(|(index, _)| (index, 0));
    let others = experiments.iter().enumerate().flat_map(|(index, of)| (1..of.runs).map(move |run| (index, run)));
    first.chain(others).collect()
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
        let one = measure(&experiments, 1, |_| {});
        assert_eq!(one, measure(&experiments, 7, |_| {}));
        assert_eq!(one[1].measured, 1050.0);
        assert_eq!(one[1].verdict, Verdict::Met);
    }

    #[test]
    #[should_panic(expected = "scoped thread panicked")]
    fn a_run_that_panics_is_not_waited_for() {
        let broken = Experiment::new("broken", "", 8, |_| panic!("as planned")).figure("x", Unit::Share, 1.0);
        measure(&[broken], 2, |_| {});
    }
}
