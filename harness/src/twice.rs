//! Evidence that a run depends on its plan alone: the same plan again, under other circumstances, must be the same run.
//!
//! It runs again with the buffers of the first run; in a fresh simulator on another thread with heap and stack
//! displaced; and in a fresh process with another environment and working directory, displaced as well. Where digests
//! differ, traces are taken and compared, and the first entry that differs is named.

use sim_core::{Plan, RunOptions};

use crate::child::Child;
use crate::displace::displaced;
use crate::parting::Parting;
use crate::registry::Registry;
use crate::runner::Runner;
use crate::trace_file;

/// How often traces are taken anew before a difference counts as one that no trace shows.
const ATTEMPTS: u32 = 3;

/// The runs that are compared with the first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Circumstance {
    SameBuffers,
    OtherThread,
    FreshProcess,
}

impl Circumstance {
    const ALL: [Circumstance; 3] = [Circumstance::SameBuffers, Circumstance::OtherThread, Circumstance::FreshProcess];

    const fn words(self) -> &'static str {
        match self {
            Circumstance::SameBuffers => "again in the same simulator",
            Circumstance::OtherThread => "in a fresh simulator on another thread, heap and stack displaced",
            Circumstance::FreshProcess => "in a fresh process with another environment and working directory",
        }
    }
}

/// One run, as far as runs are compared.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Trail {
    pub(crate) digest: String,
    /// The trace as text, if one was taken.
    pub(crate) lines: Vec<String>,
}

/// Two runs of one plan that are not the same.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Difference {
    /// Under which circumstances the second run took place.
    circumstance: &'static str,
    /// The digests of both.
    digests: (String, String),
    /// Where their traces part.
    parting: Option<Parting>,
}

/// Runs a plan again under other circumstances.
pub(crate) struct Twice<'a> {
    pub(crate) registry: &'a Registry,
    pub(crate) plan: &'a Plan,
    pub(crate) child: &'a Child<'a>,
}

impl Twice<'_> {
    /// How many runs agree with the first, whose digest is given; or how one differs.
    ///
    /// # Errors
    /// If a thread or process could not be started.
    pub(crate) fn compare(&self, runner: &mut dyn Runner, first: &str) -> Result<Result<u32, Difference>, String> {
        for circumstance in Circumstance::ALL {
            let second = self.run(circumstance, runner, false)?;
            if second.digest != first {
                let parting = self.part(circumstance, runner)?;
                let digests = (first.to_owned(), second.digest);
                return Ok(Err(Difference { circumstance: circumstance.words(), digests, parting }));
            }
        }
        Ok(Ok(1 + Circumstance::ALL.len() as u32))
    }

    fn run(&self, circumstance: Circumstance, runner: &mut dyn Runner, trace: bool) -> Result<Trail, String> {
        match circumstance {
            Circumstance::SameBuffers => Ok(trail(runner, self.plan, trace)),
            Circumstance::OtherThread => displaced(|| {
                let runner = self.registry.runner(&self.plan.protocol);
                runner.map(|mut runner| trail(&mut *runner, self.plan, trace))
            })
            .map_err(|error| format!("a thread could not be started: {error}"))?
            .ok_or_else(|| format!("there is no protocol `{}`", self.plan.protocol)),
            Circumstance::FreshProcess => self.child.run(trace),
        }
    }

    /// Takes traces under both circumstances until they part.
    fn part(&self, circumstance: Circumstance, runner: &mut dyn Runner) -> Result<Option<Parting>, String> {
        for _ in 0..ATTEMPTS {
            let first = trail(runner, self.plan, true);
            let second = self.run(circumstance, runner, true)?;
            if let Some(parting) = Parting::of(&first.lines, &second.lines) {
                return Ok(Some(parting));
            }
        }
        Ok(None)
    }
}

/// Runs a plan for its digest and, if asked, its trace.
pub(crate) fn trail(runner: &mut dyn Runner, plan: &Plan, trace: bool) -> Trail {
    let outcome = runner.run(plan, RunOptions { trace, ..RunOptions::default() }).outcome;
    let lines = outcome.trace.map_or(Vec::new(), |trace| trace_file::lines(&trace, plan));
    Trail { digest: outcome.digest.to_string(), lines }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "the same plan gave another run {}:", self.circumstance)?;
        writeln!(f, "  digest {}, then {}", self.digests.0, self.digests.1)?;
        match &self.parting {
            Some(parting) => {
                for line in parting.lines("first", "then") {
                    writeln!(f, "{line}")?;
                }
            }
            None => f.write_str(
                "  their traces read the same: a `Hash` covers what `Debug` does not show, or it is rare\n",
            )?,
        }
        f.write_str(
            "  help: look there for a hash map that is iterated, the host's clock, an address, a static, a thread or the \
             environment",
        )
    }
}
