//! What passes work with: the best candidate so far, and candidates to be tried in order.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use super::engine::{Answer, Question, Shared, Subject, Verdict, answer};
use super::memory::Memory;

/// The hand of a pass in a search. It holds the smallest candidate that still fails, and never lets it grow: what is not
/// smaller is not tried, nor is what has been refused, nor what is no valid candidate.
pub struct Search<S: Subject> {
    shared: Shared<S>,
    memory: Memory,
    restriction: Option<Restriction<S>>,
    digest: Option<u64>,
    study: Option<Rc<S::Study>>,
    /// Whether nobody has looked for a study of the best yet.
    unstudied: bool,
}

impl<S: Subject> Search<S> {
    pub(super) fn new(shared: Shared<S>) -> Search<S> {
        Search { shared, memory: Memory::default(), restriction: None, digest: None, study: None, unstudied: true }
    }

    /// The smallest candidate so far that fails as the first did.
    pub fn best(&self) -> Arc<S> {
        Arc::clone(&self.shared.borrow().best)
    }

    /// How many candidates have been taken: it changes when the best does.
    pub fn steps(&self) -> u64 {
        self.shared.borrow().progress.steps
    }

    /// How many candidates have been tried.
    pub fn tries(&self) -> u64 {
        self.shared.borrow().progress.tries
    }

    /// Tries from now on no candidate of which `keeps` is false.
    pub fn restrict(&mut self, keeps: impl Fn(&S) -> bool + 'static) {
        self.restriction = Some(Box::new(keeps));
    }

    /// Whether a candidate is one at all, and not restricted.
    pub fn is_allowed(&self, candidate: &S) -> bool {
        candidate.is_valid() && self.restriction.as_ref().is_none_or(|keeps| keeps(candidate))
    }

    /// Names the pass that is at work from now on.
    pub fn enter(&mut self, pass: &'static str) {
        self.shared.borrow_mut().progress.pass = pass;
    }

    /// Whether the best really fails: for the first, before anything is built on it.
    pub async fn confirm(&mut self) -> bool {
        match self.verdict(self.best()).await {
            Some(Verdict::Same(digest)) => self.digest = Some(digest),
            _ => return false,
        }
        true
    }

    /// Tries candidates in order and takes the first that fails as the best does. Its position among them. An iterator of
    /// candidates is read no further than needed; where it has `None`, there is no such candidate.
    pub async fn first<C: Into<Option<S>>>(&mut self, candidates: impl IntoIterator<Item = C>) -> Option<usize> {
        self.first_of(candidates, Accept::Failure).await
    }

    /// Tries those candidates that are smaller than the best, the smallest first. Whether one was taken.
    pub async fn smallest(&mut self, candidates: impl IntoIterator<Item = S>) -> bool {
        let measure = self.best().measure();
        let sized = candidates.into_iter().map(|candidate| (candidate.measure(), candidate));
        let mut smaller: Vec<(S::Measure, S)> = sized.filter(|(size, _)| *size < measure).collect();
        smaller.sort_by(|one, other| one.0.cmp(&other.0));
        self.first(smaller.into_iter().map(|(_, candidate)| candidate)).await.is_some()
    }

    /// As [`first`](Search::first), with what has been refused, too.
    pub async fn first_again<C: Into<Option<S>>>(&mut self, candidates: impl IntoIterator<Item = C>) -> Option<usize> {
        self.first_of(candidates, Accept::Again).await
    }

    /// Tries one candidate. Whether it was taken.
    pub async fn take(&mut self, candidate: S) -> bool {
        self.first([candidate]).await.is_some()
    }

    /// Takes a candidate if its run is the very run of the best: another way to say the same.
    pub async fn take_same_run(&mut self, candidate: S) -> bool {
        self.first_of([candidate], Accept::SameRun).await.is_some()
    }

    /// Whether a candidate fails as the best does, whatever its measure. It is not taken.
    pub async fn fails(&mut self, candidate: S) -> bool {
        matches!(self.verdict(Arc::new(candidate)).await, Some(Verdict::Same(_)))
    }

    /// What there is to see in the run of the best. `None` if the driver cannot look.
    pub async fn study(&mut self) -> Option<Rc<S::Study>> {
        if self.unstudied {
            self.unstudied = false;
            let best = self.best();
            if let Answer::Study(study) = answer(&self.shared, Question::Study(best)).await {
                self.study = study.map(Rc::new);
            }
        }
        self.study.clone()
    }

    async fn first_of<C: Into<Option<S>>>(
        &mut self,
        candidates: impl IntoIterator<Item = C>,
        accept: Accept,
    ) -> Option<usize> {
        let measure = self.best().measure();
        let mut candidates =
            candidates.into_iter().enumerate().filter_map(|(place, candidate)| Some((place, candidate.into()?)));
        // One that is proposed twice is tried once, also when both would be tried together.
        let mut seen: BTreeSet<u64> = BTreeSet::new();
        loop {
            let most = self.shared.borrow().most;
            let worth = candidates.by_ref().filter(|(_, candidate)| {
                self.is_allowed(candidate)
                    && candidate.is_below(&measure)
                    && (accept == Accept::Again || !self.memory.refuses(candidate))
                    && seen.insert(candidate.key())
            });
            let (places, batch): (Vec<usize>, Vec<Arc<S>>) =
                worth.take(most).map(|(place, candidate)| (place, Arc::new(candidate))).unzip();
            if batch.is_empty() {
                return None;
            }
            let verdicts = self.verdicts(batch.clone()).await;
            for ((place, candidate), verdict) in places.into_iter().zip(batch).zip(verdicts) {
                if accept != Accept::Again && self.memory.refuses(&*candidate) {
                    // One before it has told: a driver that runs one at a time would not have run it.
                    continue;
                }
                self.count(&candidate, &verdict);
                match verdict {
                    Verdict::Same(digest) if accept.allows(digest, self.digest) => {
                        self.step(candidate, digest);
                        return Some(place);
                    }
                    verdict => self.memory.refuse(&*candidate, &verdict),
                }
            }
        }
    }

    /// What becomes of one candidate.
    async fn verdict(&mut self, candidate: Arc<S>) -> Option<Verdict> {
        let verdict = self.verdicts(vec![Arc::clone(&candidate)]).await.into_iter().next()?;
        self.count(&candidate, &verdict);
        Some(verdict)
    }

    /// Asks for verdicts, of which those behind the first `Same` are dropped.
    async fn verdicts(&mut self, batch: Vec<Arc<S>>) -> Vec<Verdict> {
        let Answer::Verdicts(mut verdicts) = answer(&self.shared, Question::Try(batch)).await else {
            return Vec::new();
        };
        if let Some(same) = verdicts.iter().position(|verdict| matches!(verdict, Verdict::Same(_))) {
            verdicts.truncate(same + 1);
        }
        verdicts
    }

    /// Counts a try, and keeps what fails otherwise.
    fn count(&mut self, candidate: &Arc<S>, verdict: &Verdict) {
        let mut state = self.shared.borrow_mut();
        if let Verdict::Other(fingerprint) = verdict {
            state.findings.entry(fingerprint.clone()).or_insert_with(|| Arc::clone(candidate));
        }
        let pass = state.progress.pass;
        state.progress.tries += 1;
        state.progress.passes.entry(pass).or_default().0 += 1;
    }

    fn step(&mut self, candidate: Arc<S>, digest: u64) {
        let mut state = self.shared.borrow_mut();
        let pass = state.progress.pass;
        state.best = candidate;
        state.progress.steps += 1;
        state.progress.passes.entry(pass).or_default().1 += 1;
        self.digest = Some(digest);
        self.study = None;
        self.unstudied = true;
    }
}

/// What candidates must keep, beside failing.
type Restriction<S> = Box<dyn Fn(&S) -> bool>;

/// Which candidates that fail are taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Accept {
    /// Every one.
    Failure,
    /// Every one, also if it has been refused.
    Again,
    /// Those whose run is the run of the best.
    SameRun,
}

impl Accept {
    fn allows(self, digest: u64, best: Option<u64>) -> bool {
        self != Accept::SameRun || best == Some(digest)
    }
}
