//! The search for the smallest plan that still fails: what it does from beginning to end.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use sim_core::Plan;
use sim_core::digest::Digest;
use sim_core::outcome::Unused;

use super::certify::certify;
use super::engine::{Answer, Engine, Progress, Question, Subject, Verdict};
use super::explain::explain;
use super::measure::Measure;
use super::memory::Sight;
use super::rules::Rules;
use super::schedule::settle;
use super::search::Search;
use super::sight::sight;
use super::size::Size;
use super::study::Study;
use super::validity::is_valid;
use super::{Shrunk, passes};
use crate::header::Certificate;

impl Subject for Plan {
    type Measure = Measure;
    type Study = Study;

    fn measure(&self) -> Measure {
        Measure::of(self)
    }
    fn is_below(&self, measure: &Measure) -> bool {
        measure.is_above(self)
    }
    fn key(&self) -> u64 {
        Digest::of(self)
    }
    fn sight(&self, unused: Unused) -> Sight {
        sight(self, unused)
    }
    fn is_valid(&self) -> bool {
        is_valid(self)
    }
}

/// A search for the smallest plan that fails as a given one does.
///
/// It runs nothing itself. Its driver asks what to try, runs it, and tells what came of it, until there is nothing more
/// to ask; it may stop at any time, and has the best plan so far. The result does not depend on how many candidates are
/// run at once.
///
/// ```
/// # use scenarios::shrink::{Answer, Question, Shrinker, Verdict};
/// # fn fails(plan: &sim_core::Plan) -> bool { plan.windows.len() > 1 }
/// # fn shrink(plan: sim_core::Plan) -> sim_core::Plan {
/// let mut shrinker = Shrinker::new(plan);
/// while let Some(question) = shrinker.ask(1) {
///     shrinker.tell(match question {
///         Question::Try(plans) => Answer::Verdicts(
///             plans.iter().map(|plan| if fails(plan) { Verdict::Same(0) } else { Verdict::Not(None) }).collect(),
///         ),
///         Question::Study(_) => Answer::Study(None),
///     });
/// }
/// # shrinker.best().as_ref().clone()
/// # }
/// ```
pub struct Shrinker {
    engine: Engine<Plan>,
    before: Size,
    last_words: Rc<RefCell<LastWords>>,
}

/// What is known when a search is over.
#[derive(Default)]
struct LastWords {
    refused: Option<u64>,
    free: Vec<String>,
}

impl Shrinker {
    /// A search that begins with a plan that fails. It should be frozen: what is left to chance changes with every step.
    pub fn new(plan: Plan) -> Shrinker {
        Shrinker::searching(plan, true)
    }

    /// The same search without the explanation at its end, for which plans are tried that fail and are no smaller.
    pub fn without_explanation(plan: Plan) -> Shrinker {
        Shrinker::searching(plan, false)
    }

    fn searching(plan: Plan, explains: bool) -> Shrinker {
        let rules = Rc::new(Rules::of(&plan));
        Shrinker::working(plan, move |mut search, words| async move {
            let groups = passes::all(&rules);
            search.restrict(move |plan| rules.keep(plan));
            if !search.confirm().await {
                return;
            }
            let refused = loop {
                settle(&mut search, &groups).await;
                search.enter("certificate");
                if let Some(refused) = certify(&mut search).await {
                    break refused;
                }
            };
            words.borrow_mut().refused = Some(refused);
            if explains {
                search.enter("explain");
                let free = explain(&mut search).await;
                words.borrow_mut().free = free;
            }
        })
    }

    /// No search, only the proof that nothing in a plan is superfluous. Without a certificate at its end there was
    /// something: the best is then smaller than the plan.
    pub fn certifying(plan: Plan) -> Shrinker {
        Shrinker::working(plan, |mut search, words| async move {
            search.enter("certificate");
            if search.confirm().await {
                let refused = certify(&mut search).await;
                words.borrow_mut().refused = refused;
            }
        })
    }

    fn working<W>(plan: Plan, work: impl FnOnce(Search<Plan>, Rc<RefCell<LastWords>>) -> W) -> Shrinker
    where
        W: Future<Output = ()> + 'static,
    {
        let before = Size::of(&plan);
        let last_words: Rc<RefCell<LastWords>> = Rc::default();
        let engine = Engine::new(plan, |search| work(search, Rc::clone(&last_words)));
        Shrinker { engine, before, last_words }
    }

    /// What to find out next, with at most `most` plans to try; `None` at the end.
    pub fn ask(&mut self, most: usize) -> Option<Question<Plan>> {
        self.engine.ask(most)
    }

    /// What was found out.
    pub fn tell(&mut self, answer: Answer<Study>) {
        self.engine.tell(answer);
    }

    /// The smallest plan so far that still fails in the same way.
    pub fn best(&self) -> Arc<Plan> {
        self.engine.best()
    }

    /// How far the search is.
    pub fn progress(&self) -> Progress {
        self.engine.progress()
    }

    /// Plans that failed in other ways, by fingerprint.
    pub fn findings(&self) -> BTreeMap<String, Arc<Plan>> {
        self.engine.findings()
    }

    /// What has come of the search; of one that was stopped early, without a certificate.
    pub fn shrunk(&self) -> Shrunk {
        let plan = Plan::clone(&self.best());
        let tries = self.engine.progress().tries;
        let after = Size::of(&plan);
        let words = self.last_words.borrow();
        let certificate = words.refused.map(|refused| Certificate { tries, elements: after.total(), refused });
        Shrunk { plan, tries, before: self.before, after, certificate, free: words.free.clone() }
    }

    /// Answers every question by `still_fails`, and tells `progress` of every plan tried.
    pub(super) fn run(
        &mut self,
        still_fails: &mut dyn FnMut(&Plan) -> bool,
        progress: &mut dyn FnMut(u64, &Size),
    ) -> Shrunk {
        let mut size = self.before;
        while let Some(question) = self.ask(1) {
            let Question::Try(candidates) = question else {
                self.tell(Answer::Study(None));
                continue;
            };
            let mut verdicts = Vec::new();
            for candidate in candidates {
                let fails = still_fails(&candidate);
                verdicts.push(if fails { Verdict::Same(0) } else { Verdict::Not(None) });
                if fails {
                    size = Size::of(&candidate);
                }
            }
            self.tell(Answer::Verdicts(verdicts));
            progress(self.engine.progress().tries, &size);
        }
        self.shrunk()
    }
}
