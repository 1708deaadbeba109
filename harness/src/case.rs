//! One scenario under one seed, from the plan to the report: run, perhaps compared, judged, looked into when it fails.

use sim_core::{Plan, RunOptions};

use crate::child::Child;
use crate::investigate::{Failure, Trouble};
use crate::judge::Judgement;
use crate::load::Loaded;
use crate::no_verdict::NoVerdict;
use crate::registry::Registry;
use crate::report::{Report, replay_command};
use crate::runner::Runner;
use crate::screen::Screen;
use crate::shrinking::Effort;
use crate::twice::Twice;

/// One scenario under one seed.
pub(crate) struct Case<'a> {
    pub(crate) registry: &'a Registry,
    pub(crate) screen: &'a Screen,
    pub(crate) loaded: &'a Loaded,
    pub(crate) seed: u64,
}

/// What is done beside the one run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct How {
    /// Run again under other circumstances and compare.
    pub(crate) twice: bool,
    /// Shrink a failure and write it down.
    pub(crate) shrink: bool,
    /// Shrink a reproduction, too, which is as small as it gets unless the protocol has changed.
    pub(crate) again: bool,
    /// What shrinking may cost.
    pub(crate) effort: Effort,
    /// Tell on stderr how each way of shrinking did.
    pub(crate) verbose: bool,
}

impl Case<'_> {
    /// Runs the case and reports.
    ///
    /// # Errors
    /// Why there is no verdict.
    pub(crate) fn run(&self, runner: &mut dyn Runner, how: How) -> Result<Report, NoVerdict> {
        let plan = self.loaded.scenario.expand(self.seed);
        let outcome = runner.run(&plan, RunOptions::default()).outcome;
        let digest = outcome.digest.to_string();
        let runs_alike = how.twice.then(|| self.compare(runner, &plan, &digest)).transpose()?;
        let expect = self.loaded.scenario.expect();
        let judgement = Judgement::of(&plan, &outcome, expect);
        let mut report = Report::of(self.loaded, self.seed, &plan, &outcome, &judgement);
        report.runs_alike = runs_alike;
        let Some((check, violation)) = judgement.violation(expect) else { return Ok(report) };
        let Case { registry, screen, loaded, seed } = *self;
        let failure = Failure { registry, screen, loaded, seed, plan: &plan, outcome: &outcome, check, violation };
        let finding = if how.shrink && (how.again || loaded.scenario.reproduces().is_none()) {
            failure.shrink(runner, how.effort, how.verbose)
        } else {
            failure.tell(runner)
        };
        let finding = match finding {
            Ok(finding) => finding,
            Err(Trouble::Internal(detail)) => return Err(NoVerdict::Internal(detail)),
            Err(Trouble::NotDeterministic) => {
                self.compare(runner, &plan, &digest)?;
                let words = "the same plan gave another run, though not every time".to_owned();
                return Err(NoVerdict::NotDeterministic(words));
            }
        };
        report.story = finding.story;
        if let Some(reproduction) = &finding.reproduction {
            report.replay = replay_command(&reproduction.file);
        }
        report.reproduction = finding.reproduction;
        report.exit = finding.interrupted.unwrap_or(report.exit);
        Ok(report)
    }

    /// How many runs of the plan are alike.
    fn compare(&self, runner: &mut dyn Runner, plan: &Plan, digest: &str) -> Result<u32, NoVerdict> {
        let child = Child { scenario: &self.loaded.source.bytes, seed: self.seed };
        let twice = Twice { registry: self.registry, plan, child: &child };
        match twice.compare(runner, digest) {
            Ok(Ok(runs)) => Ok(runs),
            Ok(Err(difference)) => Err(NoVerdict::NotDeterministic(difference.to_string())),
            Err(why) => Err(NoVerdict::Internal(why)),
        }
    }
}
