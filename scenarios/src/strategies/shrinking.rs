//! Plans that shrink as a simulator's should: proptest drives the same search as the command line does.
//!
//! Proptest knows one candidate at a time, and calls when it has run it; so the search is asked for one, and told by the
//! next call what came of it. Proptest tells failures apart no further than that, and cannot look into runs.

use std::fmt;
use std::sync::Arc;

use proptest::strategy::{NewTree, Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use sim_core::Plan;

use crate::shrink::{Answer, Question, Shrinker, Verdict};

/// The plans of `strategy`, shrunk by a [`Shrinker`] instead of part by part.
///
/// ```
/// # use proptest::prelude::*;
/// # use scenarios::strategies::{Material, plan, shrinking};
/// # fn material() -> Material {
/// #     let none = Vec::new;
/// #     Material { protocol: "echo".into(), configs: vec!["()".into()], workloads: none(), operations: none(), facts: none(), kinds: vec!["Ping".into()] }
/// # }
/// # fn survives(_: &sim_core::Plan) -> bool { true }
/// proptest!(|(plan in shrinking(plan(&material())))| {
///     prop_assert!(survives(&plan));
/// });
/// ```
pub fn shrinking<S: Strategy<Value = Plan>>(strategy: S) -> Shrinking<S> {
    Shrinking(strategy)
}

/// See [`shrinking`].
#[derive(Clone, Debug)]
pub struct Shrinking<S>(S);

impl<S: Strategy<Value = Plan>> Strategy for Shrinking<S> {
    type Tree = PlanTree;
    type Value = Plan;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let plan = self.0.new_tree(runner)?.current();
        Ok(PlanTree { shrinker: Shrinker::without_explanation(plan), proposed: None, begun: false })
    }
}

/// A plan on its way to a smaller one.
pub struct PlanTree {
    shrinker: Shrinker,
    /// The candidate that is being run; without one it is the best so far.
    proposed: Option<Arc<Plan>>,
    /// Whether the first plan is known to fail.
    begun: bool,
}

impl PlanTree {
    /// Tells what came of the candidate that was run, and proposes the next. False at the end.
    fn go_on(&mut self, verdict: Verdict) -> bool {
        if self.proposed.take().is_some() || !self.begun {
            self.begun = true;
            // The search first asks about the plan that it begins with: it has just been run.
            if self.shrinker.ask(1).is_some() {
                self.shrinker.tell(Answer::Verdicts(vec![verdict]));
            }
        }
        loop {
            match self.shrinker.ask(1) {
                None => return false,
                Some(Question::Study(_)) => self.shrinker.tell(Answer::Study(None)),
                Some(Question::Try(plans)) => match plans.into_iter().next() {
                    None => self.shrinker.tell(Answer::Verdicts(Vec::new())),
                    proposed => {
                        self.proposed = proposed;
                        return true;
                    }
                },
            }
        }
    }
}

impl ValueTree for PlanTree {
    type Value = Plan;

    fn current(&self) -> Plan {
        match &self.proposed {
            Some(proposed) => Plan::clone(proposed),
            None => Plan::clone(&self.shrinker.best()),
        }
    }

    /// Proptest calls this when the current plan fails.
    fn simplify(&mut self) -> bool {
        self.go_on(Verdict::Same(0))
    }

    /// Proptest calls this when the current plan does not fail.
    fn complicate(&mut self) -> bool {
        // A tree that was never simplified has not failed, and there is nothing to go back to.
        self.begun && self.go_on(Verdict::Not(None))
    }
}

impl fmt::Debug for PlanTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlanTree").field("current", &self.current()).finish_non_exhaustive()
    }
}
