//! What happens after a failure: freeze the run, prove the frozen plan, shrink it, write it down, tell its story.

use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;

use scenarios::shrink::{self, Shrunk, Size};
use scenarios::{Expect, Header, Reproduces};
use sim_core::check::{Check, Verdict, Violation};
use sim_core::{ENGINE, Outcome, Plan, RunOptions};

use crate::exit::Exit;
use crate::interrupt::Polite;
use crate::load::{Loaded, load_source};
use crate::out;
use crate::progress::Progress;
use crate::registry::Registry;
use crate::report::{Reproduction, replay_command, run_command};
use crate::runner::Runner;
use crate::screen::Screen;
use crate::source::Source;
use crate::story::Story;

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

const TRACED: RunOptions = RunOptions { trace: true, freeze: false, stop_at_violation: false };
const FROZEN: RunOptions = RunOptions { trace: false, freeze: true, stop_at_violation: false };
const CANDIDATE: RunOptions = RunOptions { trace: false, freeze: false, stop_at_violation: true };

/// A signal has come.
struct Asked;

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
    pub(crate) fn shrink(&self, runner: &mut dyn Runner) -> Result<Finding, Trouble> {
        let frozen = self.freeze(runner)?;
        let polite = Polite::begin();
        let shrunk = self.shrink_until_asked(runner, &frozen, &polite);
        let interrupted = polite.asked();
        // Whoever waits for the end now would rather have it soon.
        let plan = if interrupted.is_some() { shrunk.plan.clone() } else { readable(runner, &shrunk.plan)? };
        let traced = runner.run(&plan, TRACED).outcome;
        let Some(violation) = self.same_violation(&traced) else {
            return Err(Trouble::Internal("the shrunk plan does not fail when it runs to its end".to_owned()));
        };
        let digest = traced.digest.to_string();
        let reproduces = Reproduces {
            engine: ENGINE,
            fingerprint: violation.fingerprint.clone(),
            digest: digest.clone(),
            // What was left when a signal came is not known to be needed.
            certificate: interrupted.is_none().then(|| shrunk.certificate()),
        };
        let text = self.print(&plan, &shrunk, reproduces);
        self.prove(runner, &text, &digest)?;
        let story = traced.trace.as_ref().map(|trace| Story::tell(&plan, trace, violation));
        let reproduction = self.write(&text).map(|path| Reproduction {
            file: path.display().to_string(),
            fingerprint: violation.fingerprint.clone(),
            digest,
            tries: shrunk.tries,
            before: shrunk.before,
            after: shrunk.after,
        });
        Ok(Finding { story, reproduction, interrupted })
    }

    /// Shrinks until nothing more can go or a signal comes, whichever is first.
    fn shrink_until_asked(&self, runner: &mut dyn Runner, frozen: &Plan, polite: &Polite) -> Shrunk {
        let mut progress = Progress::begin(self.screen, "shrinking");
        let mut reached = (0, frozen.clone());
        let mut still_fails = |candidate: &Plan| {
            if polite.asked().is_some() {
                // The shrinker knows of no signals and would go on to ask about everything that is left.
                panic::resume_unwind(Box::new(Asked));
            }
            reached.0 += 1;
            let fails = runner.accept(candidate).is_ok() && self.fails_alike(runner, candidate);
            if fails {
                reached.1.clone_from(candidate);
            }
            fails
        };
        let mut tell = |tries, size: &Size| progress.shrinking(tries, size);
        let shrunk = panic::catch_unwind(AssertUnwindSafe(|| shrink::greedy(frozen, &mut still_fails, &mut tell)));
        shrunk.unwrap_or_else(|payload| {
            if !payload.is::<Asked>() {
                panic::resume_unwind(payload);
            }
            let (tries, plan) = reached;
            let (before, after) = (Size::of(frozen), Size::of(&plan));
            Shrunk { plan, tries, before, after }
        })
    }

    /// The plan with every decision listed and nothing judged but the check that failed, proved to be the same run.
    fn freeze(&self, runner: &mut dyn Runner) -> Result<Plan, Trouble> {
        let mut focused = self.plan.clone();
        focused.checks.retain(|check| check.name() == self.check);
        if focused.checks.is_empty() {
            focused.checks.push(Check::NoPanic);
        }
        let ran = runner.run(&focused, FROZEN);
        if ran.outcome.digest != self.outcome.digest {
            return Err(Trouble::NotDeterministic);
        }
        let Some(frozen) = ran.frozen else {
            return Err(Trouble::Internal("the runner did not freeze the plan".to_owned()));
        };
        let digest = runner.run(&frozen, RunOptions::default()).outcome.digest;
        if digest != self.outcome.digest {
            let digests = format!("{} became {digest}", self.outcome.digest);
            return Err(Trouble::Internal(format!("the frozen plan is not the run it was made from: {digests}")));
        }
        Ok(frozen)
    }

    fn fails_alike(&self, runner: &mut dyn Runner, candidate: &Plan) -> bool {
        self.same_violation(&runner.run(candidate, CANDIDATE).outcome).is_some()
    }

    fn same_violation<'o>(&self, outcome: &'o Outcome) -> Option<&'o Violation> {
        outcome.checks.iter().find_map(|check| match &check.verdict {
            Verdict::Fail(violation) if violation.fingerprint == self.violation.fingerprint => Some(violation),
            _ => None,
        })
    }

    fn print(&self, plan: &Plan, shrunk: &Shrunk, reproduces: Reproduces) -> String {
        let source = &self.loaded.source;
        let path = out::reproduction_path(&source.scenario(), &self.violation.fingerprint);
        let header = Header {
            comments: vec![
                format!("Found by `{}`, made small in {} runs.", run_command(&source.name, self.seed), shrunk.tries),
                format!("See it again with `{}`.", replay_command(&path.display().to_string())),
            ],
            about: self.loaded.scenario.about().to_owned(),
            expect: Expect::Fail(self.check.to_owned()),
            reproduces: Some(reproduces),
        };
        scenarios::print(plan, &header)
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
    fn write(&self, text: &str) -> Option<PathBuf> {
        match out::write_reproduction(&self.loaded.source.scenario(), &self.violation.fingerprint, text) {
            Ok(path) => Some(path),
            Err(error) => {
                self.screen
                    .talk(&format!("warning: the reproduction could not be written to `{}`: {error}", out::FOLDER));
                None
            }
        }
    }
}

/// The plan with addresses that a person can read, wherever the run stays the same.
fn readable(runner: &mut dyn Runner, plan: &Plan) -> Result<Plan, Trouble> {
    let traced = runner.run(plan, TRACED).outcome;
    let Some(trace) = traced.trace else {
        return Err(Trouble::Internal("a traced run gave no trace".to_owned()));
    };
    let mut same_digest =
        |candidate: &Plan| runner.run(candidate, RunOptions::default()).outcome.digest == traced.digest;
    Ok(shrink::readable(plan, &trace.packets, &mut same_digest))
}
