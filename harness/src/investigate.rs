//! What happens after a failure: freeze the run, prove the frozen plan, shrink it, write it down, tell its story.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use scenarios::shrink::{Shrinker, Shrunk, Size};
use scenarios::{Expect, Header, Reproduces};
use sim_core::check::Violation;
use sim_core::{ENGINE, Outcome, Plan, RunOptions};

use crate::exit::Exit;
use crate::human::size_words;
use crate::interrupt::Polite;
use crate::load::{Loaded, load_source};
use crate::out;
use crate::progress::Progress;
use crate::recital;
use crate::registry::Registry;
use crate::report::{Reproduction, replay_command, run_command};
use crate::runner::Runner;
use crate::screen::Screen;
use crate::shrinking::{Effort, Unfrozen, concretise, drive, violation_of};
use crate::source::Source;
use crate::story::Story;
use crate::words::{counted, grouped};

/// One failed run.
pub(crate) struct Failure<'a> {
    pub(crate) registry: &'a Registry,
    pub(crate) screen: &'a Screen,
    pub(crate) loaded: &'a Loaded,
    pub(crate) seed: u64,
    pub(crate) plan: &'a Plan,
    pub(crate) outcome: &'a Outcome,
    /// The name of the check that failed.
    pub(crate) check: &'a str,
    pub(crate) violation: &'a Violation,
}

/// What was found out about a failure.
#[derive(Default)]
pub(crate) struct Finding {
    pub(crate) story: Option<Story>,
    pub(crate) reproduction: Option<Reproduction>,
    /// A signal came during the work: this is what was reached until then.
    pub(crate) interrupted: Option<Exit>,
}

/// Why nothing could be found out.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The same plan gave another digest.
    NotDeterministic,
    /// A law of squall itself is broken.
    Internal(String),
}

impl From<Unfrozen> for Trouble {
    fn from(unfrozen: Unfrozen) -> Trouble {
        match unfrozen {
            Unfrozen::NotDeterministic => Trouble::NotDeterministic,
            Unfrozen::Internal(why) => Trouble::Internal(why),
        }
    }
}

const TRACED: RunOptions = RunOptions { trace: true, freeze: false, stop_when_decided: false };

impl Failure<'_> {
    /// Tells the story of the run as it was, without shrinking it.
    pub(crate) fn tell(&self, runner: &mut dyn Runner) -> Result<Finding, Trouble> {
        let traced = runner.run(self.plan, TRACED).outcome;
        if traced.digest != self.outcome.digest {
            return Err(Trouble::NotDeterministic);
        }
        let story = traced.trace.map(|trace| Story::tell(self.plan, &trace, self.violation));
        Ok(Finding { story, ..Finding::default() })
    }

    /// Shrinks the run to the smallest that fails in the same way, writes it and tells its story.
    pub(crate) fn shrink(&self, runner: &mut dyn Runner, effort: Effort, verbose: bool) -> Result<Finding, Trouble> {
        let began = Instant::now();
        let frozen = concretise(runner, self.plan, self.check)?;
        let polite = Polite::begin();
        let shrinker = self.shrink_until_asked(runner, frozen, effort, &polite, verbose);
        let (shrunk, took) = (shrinker.shrunk(), began.elapsed());
        let interrupted = polite.asked();
        let plan = shrunk.plan.clone();
        let traced = runner.run(&plan, TRACED).outcome;
        let Some(violation) = violation_of(&traced.checks, &self.violation.fingerprint) else {
            return Err(Trouble::Internal("the shrunk plan does not fail when it runs to its end".to_owned()));
        };
        let digest = traced.digest.to_string();
        let reproduces = Reproduces {
            engine: ENGINE,
            fingerprint: violation.fingerprint.clone(),
            digest: digest.clone(),
            certificate: shrunk.certificate,
        };
        let story = traced.trace.as_ref().map(|trace| Story::tell(&plan, trace, violation));
        let comments = self.comments(&shrunk, took, story.as_ref());
        let text = self.print(&plan, comments, reproduces);
        self.prove(runner, &text, &digest)?;
        let written = self.write(&violation.fingerprint, &text);
        let reproduction = written.map(|path| Reproduction {
            file: path.display().to_string(),
            fingerprint: violation.fingerprint.clone(),
            digest,
            tries: shrunk.tries,
            refused: shrunk.certificate.map(|certificate| certificate.refused),
            before: shrunk.before,
            after: shrunk.after,
            free: shrunk.free,
            others: self.keep_others(runner, &shrinker),
        });
        Ok(Finding { story, reproduction, interrupted })
    }

    /// Shrinks until nothing more can go, the deadline comes or a signal, whichever is first.
    fn shrink_until_asked(
        &self,
        runner: &mut dyn Runner,
        frozen: Plan,
        effort: Effort,
        polite: &Polite,
        verbose: bool,
    ) -> Shrinker {
        let mut progress = Progress::begin(self.screen, "shrinking");
        let mut shrinker = Shrinker::new(frozen);
        let mut stop = |shrinker: &Shrinker| {
            progress.shrinking(shrinker.progress().tries, &Size::of(&shrinker.best()));
            polite.asked().is_some()
        };
        let fingerprint = &self.violation.fingerprint;
        drive(&mut shrinker, self.registry, runner, fingerprint, effort, &mut stop);
        drop(progress);
        if verbose {
            for (pass, (tries, steps)) in shrinker.progress().passes {
                self.screen.talk(&format!("  {pass:<20} {} tried, {} taken", grouped(tries), grouped(steps)));
            }
        }
        shrinker
    }

    /// What a reproduction says of itself: where it comes from, what is left of how much, and what happens in it.
    fn comments(&self, shrunk: &Shrunk, took: Duration, story: Option<&Story>) -> Vec<String> {
        let path = self.path(&self.violation.fingerprint);
        let Shrunk { before, after, tries, certificate, free, .. } = shrunk;
        let proof = match certificate {
            Some(certificate) => {
                format!("Nothing more can go: {} refused.", counted(certificate.refused, "single removal"))
            }
            None => "Stopped early: more may be able to go.".to_owned(),
        };
        let sizes = format!("{} of {}", size_words(after), size_words(before));
        let mut comments = vec![
            format!("Found by `{}`, made small in {tries} runs and {:.1} s:", self.found_by(), took.as_secs_f64()),
            format!("{sizes}. {proof}"),
        ];
        if !free.is_empty() {
            comments.push(format!("It matters little: {}.", free.join(", ")));
        }
        comments.push(format!("See it again with `{}`.", replay_command(&path.display().to_string())));
        comments.extend(story.into_iter().flat_map(recital::lines));
        comments
    }

    fn found_by(&self) -> String {
        run_command(&self.loaded.source.name, self.seed)
    }

    fn path(&self, fingerprint: &str) -> PathBuf {
        out::reproduction_path(&self.loaded.source.scenario(), fingerprint)
    }

    fn print(&self, plan: &Plan, comments: Vec<String>, reproduces: Reproduces) -> String {
        let header = Header {
            comments,
            about: self.loaded.scenario.about().to_owned(),
            expect: Expect::Fail(self.check.to_owned()),
            reproduces: Some(reproduces),
        };
        scenarios::print(plan, &header)
    }

    /// Writes down plans that were met on the way and fail otherwise, as they are: each is a finding of its own.
    fn keep_others(&self, runner: &mut dyn Runner, shrinker: &Shrinker) -> Vec<(String, String)> {
        let mut kept = Vec::new();
        for (fingerprint, plan) in shrinker.findings() {
            let digest = runner.run(&plan, RunOptions::default()).outcome.digest.to_string();
            let comments = vec![
                format!("Met while what `{}` found was made small; not made small itself.", self.found_by()),
                format!("`squall shrink {}` does that.", self.path(&fingerprint).display()),
            ];
            let reproduces = Reproduces { engine: ENGINE, fingerprint: fingerprint.clone(), digest, certificate: None };
            let text = self.print(&plan, comments, reproduces);
            kept.extend(self.write(&fingerprint, &text).map(|path| (fingerprint, path.display().to_string())));
        }
        kept
    }

    /// What was printed, read back, must be the same run.
    fn prove(&self, runner: &mut dyn Runner, text: &str, digest: &str) -> Result<(), Trouble> {
        let source = Source { name: "the reproduction".to_owned(), bytes: text.as_bytes().to_vec() };
        let again = load_source(self.registry, source).map_err(|refused| {
            let why = refused.diagnostics.first().map_or("?", |diagnostic| &diagnostic.message).to_owned();
            Trouble::Internal(format!("the reproduction cannot be read back: {why}\n{text}"))
        })?;
        let plan = again.scenario.expand(again.scenario.seed());
        let got = runner.run(&plan, RunOptions::default()).outcome.digest.to_string();
        if got == digest {
            return Ok(());
        }
        Err(Trouble::Internal(format!("the reproduction is another run when read back: {digest} became {got}")))
    }

    /// A folder that cannot be written takes nothing away from the verdict.
    fn write(&self, fingerprint: &str, text: &str) -> Option<PathBuf> {
        match out::write_reproduction(&self.loaded.source.scenario(), fingerprint, text) {
            Ok(path) => Some(path),
            Err(error) => {
                self.screen
                    .talk(&format!("warning: the reproduction could not be written to `{}`: {error}", out::FOLDER));
                None
            }
        }
    }
}
