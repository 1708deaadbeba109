//! Drives a shrinker: runs what it proposes, in as many threads as it may have, and tells what came of it.
//!
//! How many threads there are changes how long it takes, and nothing else.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, Scope};
use std::time::{Duration, Instant};

use scenarios::shrink::{Answer, Question, Shrinker, Study, Verdict};
use sim_core::check::{self, Check, CheckOutcome, Violation};
use sim_core::outcome::End;
use sim_core::{Outcome, Plan, RunOptions};

use crate::judge::Judgement;
use crate::registry::Registry;
use crate::runner::Runner;

const CANDIDATE: RunOptions = RunOptions { trace: false, freeze: false, stop_when_decided: true };
const STUDIED: RunOptions = RunOptions { trace: true, freeze: true, stop_when_decided: true };

/// What may be spent on shrinking.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Effort {
    /// How many plans are run at once, at least one. The result does not depend on it.
    pub jobs: usize,
    /// After how long to stop with what has been reached. The result depends on it, and has no certificate then.
    pub deadline: Option<Duration>,
}

impl Default for Effort {
    fn default() -> Effort {
        Effort::ALONE
    }
}

impl Effort {
    /// One plan at a time, to the end.
    pub const ALONE: Effort = Effort { jobs: 1, deadline: None };

    /// As many plans at once as this machine has processors, to the end.
    pub fn all_processors() -> Effort {
        let jobs = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Effort { jobs, deadline: None }
    }
}

/// Why shrinking ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ended {
    /// There is nothing more to find.
    Over,
    /// The deadline has come.
    Deadline,
    /// It was told to stop.
    Stopped,
}

/// Answers a shrinker's questions until it has no more, the deadline comes, or `stop` says so, which is asked before
/// every question.
///
/// `runner` runs what it can; with more than one job, others made by `registry` help. A plan fails alike if one of its
/// checks fails with this fingerprint.
pub fn drive(
    shrinker: &mut Shrinker,
    registry: &Registry,
    runner: &mut dyn Runner,
    fingerprint: &str,
    effort: Effort,
    stop: &mut dyn FnMut(&Shrinker) -> bool,
) -> Ended {
    let began = Instant::now();
    let protocol = shrinker.best().protocol.clone();
    thread::scope(|scope| {
        let helpers: Vec<Helper> =
            (1..effort.jobs).map(|_| Helper::start(scope, registry, &protocol, fingerprint)).collect();
        loop {
            if stop(shrinker) {
                return Ended::Stopped;
            }
            if effort.deadline.is_some_and(|deadline| began.elapsed() >= deadline) {
                return Ended::Deadline;
            }
            match shrinker.ask(effort.jobs) {
                None => return Ended::Over,
                Some(Question::Try(plans)) => {
                    let verdicts = try_all(&plans, runner, &helpers, fingerprint);
                    shrinker.tell(Answer::Verdicts(verdicts));
                }
                Some(Question::Study(plan)) => shrinker.tell(Answer::Study(study(runner, &plan, fingerprint))),
            }
        }
    })
}

/// A thread with a runner of its own. It ends when its orders do.
struct Helper {
    orders: Sender<Arc<Plan>>,
    verdicts: Receiver<Verdict>,
}

impl Helper {
    fn start<'scope>(
        scope: &'scope Scope<'scope, '_>,
        registry: &'scope Registry,
        protocol: &str,
        fingerprint: &'scope str,
    ) -> Helper {
        let (orders, ordered) = channel::<Arc<Plan>>();
        let (tell, verdicts) = channel();
        let protocol = protocol.to_owned();
        scope.spawn(move || {
            let Some(mut runner) = registry.runner(&protocol) else { return };
            while let Ok(plan) = ordered.recv() {
                if tell.send(verdict(&mut *runner, &plan, fingerprint)).is_err() {
                    return;
                }
            }
        });
        Helper { orders, verdicts }
    }
}

/// The verdicts of candidates: the first by our own runner, the others by a helper each.
fn try_all(plans: &[Arc<Plan>], runner: &mut dyn Runner, helpers: &[Helper], fingerprint: &str) -> Vec<Verdict> {
    let Some((first, others)) = plans.split_first() else { return Vec::new() };
    for (plan, helper) in others.iter().zip(helpers) {
        // A helper that is gone gives no verdict below either.
        let _ = helper.orders.send(Arc::clone(plan));
    }
    let mut verdicts = vec![verdict(runner, first, fingerprint)];
    verdicts.extend(others.iter().zip(helpers).map_while(|(_, helper)| helper.verdicts.recv().ok()));
    verdicts
}

/// What becomes of a candidate.
fn verdict(runner: &mut dyn Runner, plan: &Plan, fingerprint: &str) -> Verdict {
    if runner.accept(plan).is_err() {
        return Verdict::Not(None);
    }
    let outcome = runner.run(plan, CANDIDATE).outcome;
    if violation_of(&outcome.checks, fingerprint).is_some() {
        return Verdict::Same(outcome.digest.value());
    }
    match violations(&Judgement::of(plan, &outcome, &scenarios::Expect::Pass).checks).next() {
        Some(other) => Verdict::Other(other.fingerprint.clone()),
        None => Verdict::Not(is_sound(&outcome).then_some(outcome.unused)),
    }
}

/// Whether a run shows for certain that nothing fails.
fn is_sound(outcome: &Outcome) -> bool {
    outcome.checks.iter().all(|check| check.verdict == check::Verdict::Pass)
}

/// A look into the run of a plan that fails.
fn study(runner: &mut dyn Runner, plan: &Plan, fingerprint: &str) -> Option<Study> {
    let ran = runner.run(plan, STUDIED);
    let Outcome { checks, end, trace, .. } = ran.outcome;
    let violation = violation_of(&checks, fingerprint)?.clone();
    let concluded = !matches!(end, End::Violation | End::Panic { .. });
    Some(Study { frozen: ran.frozen?, violation, concluded, trace: trace? })
}

/// The violation with this fingerprint.
pub(crate) fn violation_of<'o>(checks: &'o [CheckOutcome], fingerprint: &str) -> Option<&'o Violation> {
    violations(checks).find(|violation| violation.fingerprint == fingerprint)
}

fn violations(checks: &[CheckOutcome]) -> impl Iterator<Item = &Violation> {
    checks.iter().filter_map(|check| match &check.verdict {
        check::Verdict::Fail(violation) => Some(violation),
        check::Verdict::Pass | check::Verdict::Undecided(_) => None,
    })
}

/// The plan with every decision listed and nothing judged but the check that failed, proved to be the same run: what
/// shrinking begins with.
///
/// # Errors
/// If it is not the same run: the protocol is not deterministic, or squall is at fault.
pub fn concretise(runner: &mut dyn Runner, plan: &Plan, check: &str) -> Result<Plan, Unfrozen> {
    let mut focused = plan.clone();
    focused.checks.retain(|known| known.name() == check);
    if focused.checks.is_empty() {
        focused.checks.push(Check::NoPanic);
    }
    let before = runner.run(plan, RunOptions::default()).outcome.digest;
    let ran = runner.run(&focused, RunOptions { freeze: true, ..RunOptions::default() });
    if ran.outcome.digest != before {
        return Err(Unfrozen::NotDeterministic);
    }
    let Some(frozen) = ran.frozen else {
        return Err(Unfrozen::Internal("the runner did not freeze the plan".to_owned()));
    };
    let after = runner.run(&frozen, RunOptions::default()).outcome.digest;
    if after != before {
        let digests = format!("{before} became {after}");
        return Err(Unfrozen::Internal(format!("the frozen plan is not the run it was made from: {digests}")));
    }
    Ok(frozen)
}

/// Why a plan could not be frozen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unfrozen {
    /// The same plan gave another digest.
    NotDeterministic,
    /// A law of squall itself is broken; how.
    Internal(String),
}
