//! Signs of life during long work: a line that rewrites itself on a terminal, a plain line now and then elsewhere.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use scenarios::shrink::Size;

use crate::human::size_words;
use crate::screen::{Screen, watched};
use crate::validate::Advance;
use crate::words::counted;

/// How often a plain line is written.
const PLAIN_EVERY: Duration = Duration::from_secs(3);

/// How often a terminal's line is redrawn, a second.
const REDRAWS: u8 = 10;

/// The progress of one piece of work. It draws on stderr and leaves nothing behind on a terminal.
pub(crate) struct Progress<'a> {
    screen: &'a Screen,
    doing: &'static str,
    bar: Option<ProgressBar>,
    last_line: Instant,
}

impl<'a> Progress<'a> {
    /// Begins; nothing is shown for work that ends soon.
    pub(crate) fn begin(screen: &'a Screen, doing: &'static str) -> Progress<'a> {
        let bar = watched().then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(REDRAWS));
            bar.set_style(ProgressStyle::default_spinner());
            bar
        });
        Progress { screen, doing, bar, last_line: Instant::now() }
    }

    /// Tells how far the shrinker is.
    pub(crate) fn shrinking(&mut self, tries: u64, size: &Size) {
        self.tell(&|| format!("{}, down to {}", counted(tries, "run"), size_words(size)));
    }

    /// Tells how many seeds have been tried.
    pub(crate) fn seeds(&mut self, seed: u64) {
        self.tell(&|| format!("seed {seed}"));
    }

    /// Tells how many crash images have been tried.
    pub(crate) fn images(&mut self, tried: u64) {
        self.tell(&|| counted(tried, "image"));
    }

    /// Tells how many runs are done, and how long the others will take.
    pub(crate) fn runs(&mut self, advance: Advance) {
        let Advance { done, of, left } = advance;
        if let Some(bar) = self.bar.as_ref().filter(|bar| bar.length().is_none()) {
            bar.set_style(runs_style());
            bar.set_length(of as u64);
        }
        if let Some(bar) = &self.bar {
            bar.set_position(done as u64);
        }
        let left = left.map_or(String::new(), |left| format!(", about {} left", rounded(left)));
        self.tell(&|| format!("{done} of {of} runs{left}"));
    }

    fn tell(&mut self, words: &dyn Fn() -> String) {
        if let Some(bar) = &self.bar {
            // The bar limits its own drawing, but making the text costs too.
            if self.last_line.elapsed() >= Duration::from_millis(1000 / u64::from(REDRAWS)) {
                self.last_line = Instant::now();
                bar.set_message(format!("{}: {}", self.doing, words()));
                bar.tick();
            }
        } else if self.last_line.elapsed() >= PLAIN_EVERY {
            self.last_line = Instant::now();
            self.screen.talk(&format!("{}: {}", self.doing, words()));
        }
    }
}

/// A bar with what is said about it.
fn runs_style() -> ProgressStyle {
    ProgressStyle::with_template("{msg} [{wide_bar}]")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}

/// A length of time as one would say it: seconds below two minutes, minutes above.
fn rounded(left: Duration) -> String {
    match left.as_secs() {
        seconds @ ..120 => format!("{seconds} s"),
        seconds => format!("{} min", seconds.div_ceil(60)),
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
