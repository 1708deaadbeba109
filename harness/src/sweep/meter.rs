//! How far a sweep is: a bar on a terminal, a plain line every few seconds elsewhere.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::screen::{Screen, watched};
use crate::words::{counted, grouped};

/// How often a plain line is written.
const PLAIN_EVERY: Duration = Duration::from_secs(5);

/// How often a terminal's line is redrawn, a second.
const REDRAWS: u8 = 10;

/// The progress of a sweep, on stderr. It leaves nothing behind on a terminal.
pub(crate) struct Meter<'a> {
    screen: &'a Screen,
    bar: Option<ProgressBar>,
    /// How many seeds there are to run, if that is known.
    seeds: Option<u64>,
    /// When the time is over, if there is a budget.
    deadline: Option<Instant>,
    begun: Instant,
    shown: Instant,
}

/// What has been done since the sweep began or went on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Done {
    pub(crate) seeds: u64,
    pub(crate) runs: u64,
    pub(crate) failures: u64,
}

impl<'a> Meter<'a> {
    pub(crate) fn begin(screen: &'a Screen, seeds: Option<u64>, deadline: Option<Instant>) -> Meter<'a> {
        let now = Instant::now();
        let bar = watched().then(|| {
            let bar = ProgressBar::with_draw_target(seeds, ProgressDrawTarget::stderr_with_hz(REDRAWS));
            let template = if seeds.is_some() { "{bar:30} {msg}" } else { "{spinner} {msg}" };
            bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        Meter { screen, bar, seeds, deadline, begun: now, shown: now }
    }

    /// Shows how far it is, if it is time to.
    pub(crate) fn show(&mut self, done: Done) {
        let pause = if self.bar.is_some() { Duration::from_secs(1) / u32::from(REDRAWS) } else { PLAIN_EVERY };
        if self.shown.elapsed() < pause {
            return;
        }
        self.shown = Instant::now();
        let words = words(done, self.seeds, self.begun.elapsed(), self.deadline.map(|end| end - self.shown));
        match &self.bar {
            Some(bar) => {
                bar.set_position(done.seeds);
                bar.set_message(words);
            }
            None => self.screen.talk(&format!("sweeping: {words}")),
        }
    }

    /// How fast it was, in words.
    pub(crate) fn conclusion(&self, done: Done) -> String {
        let took = self.begun.elapsed();
        format!("{} in {}, {}/s", counted(done.runs, "run"), span(took), grouped(rate(done.runs, took)))
    }
}

impl Drop for Meter<'_> {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn words(done: Done, seeds: Option<u64>, took: Duration, budget_left: Option<Duration>) -> String {
    let of = seeds.map_or(String::new(), |seeds| format!(" of {}", grouped(seeds)));
    let by_seeds = seeds.filter(|_| done.seeds > 0).map(|seeds| {
        let left = u128::from(seeds.saturating_sub(done.seeds)) * took.as_millis() / u128::from(done.seeds);
        Duration::from_millis(u64::try_from(left).unwrap_or(u64::MAX))
    });
    let left = by_seeds.into_iter().chain(budget_left).min();
    let left = left.map_or(String::new(), |left| format!(", {} left", span(left)));
    format!(
        "{}{of} seeds, {} runs/s, {}{left}",
        grouped(done.seeds),
        grouped(rate(done.runs, took)),
        counted(done.failures, "failure")
    )
}

fn rate(runs: u64, took: Duration) -> u64 {
    u64::try_from(u128::from(runs) * 1_000_000 / took.as_micros().max(1)).unwrap_or(u64::MAX)
}

/// `45s`, `3m20s`, `2h05m`.
fn span(length: Duration) -> String {
    let seconds = length.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_failures_and_time_left_are_told() {
        let done = Done { seeds: 250, runs: 500, failures: 1 };
        let told = words(done, Some(1000), Duration::from_secs(10), None);
        assert_eq!(told, "250 of 1,000 seeds, 50 runs/s, 1 failure, 30s left");
        let told = words(done, Some(1000), Duration::from_secs(10), Some(Duration::from_secs(5)));
        assert!(told.ends_with(", 5s left"), "{told}");
        let told = words(Done::default(), None, Duration::ZERO, None);
        assert_eq!(told, "0 seeds, 0 runs/s, 0 failures");
        assert_eq!([59, 200, 7500].map(|seconds| span(Duration::from_secs(seconds))), ["59s", "3m20s", "2h05m"]);
    }
}
