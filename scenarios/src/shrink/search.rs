//! What passes work with: the best candidate so far, and candidates to be tried in order.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use super::engine::{Answer, Question, Shared, Subject, Verdict, answer};

/// The hand of a pass in a search. It holds the smallest candidate that still fails, and never lets it grow: what is not
/// smaller is not tried, nor is what has been refused, nor what is no valid candidate.
pub struct Search<S: Subject> {
    shared: Shared<S>,
    refused: BTreeSet<u64>,
    restriction: Option<Restriction<S>>,
    digest: Option<u64>,
    study: Option<Rc<S::Study>>,
    /// Whether nobody has looked for a study of the best yet.
    unstudied: bool,
}

impl<S: Subject> Search<S> {
    pub(super) fn new(shared: Shared<S>) -> Search<S> {
        Search { shared, refused: BTreeSet::new(), restriction: None, digest: None, study: None, unstudied: true }
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

    /// Forgets what has been refused: all of it is tried again when it is proposed again.
    pub fn forget(&mut self) {
        self.refused.clear();
    }

    /// Names the pass that is at work from now on.
    pub fn enter(&mut self, pass: &'static str) {
        self.shared.borrow_mut().progress.pass = pass;
    }

    /// Whether the best really fails: for the first, before anything is built on it.
    pub async fn confirm(&mut self) -> bool {
        let verdicts = self.verdicts(vec![self.best()]).await;
        let Some(Verdict::Same(digest)) = verdicts.first() else { return false };
        self.digest = Some(*digest);
        true
    }

    /// Tries candidates in order and takes the first that fails as the best does. Its position among them. An iterator of
    /// candidates is read no further than needed; where it has `None`, there is no such candidate.
    pub async fn first<C: Into<Option<S>>>(&mut self, candidates: impl IntoIterator<Item = C>) -> Option<usize> {
        self.first_of(candidates, Accept::Failure).await
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
        self.verdicts(vec![Arc::new(candidate)])
            .await
            .first()
            .is_some_and(|verdict| matches!(verdict, Verdict::Same(_)))
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
                    && candidate.measure() < measure
                    && !self.refused.contains(&candidate.key())
                    && seen.insert(candidate.key())
            });
            let (places, batch): (Vec<usize>, Vec<Arc<S>>) =
                worth.take(most).map(|(place, candidate)| (place, Arc::new(candidate))).unzip();
            if batch.is_empty() {
                return None;
            }
            let verdicts = self.verdicts(batch.clone()).await;
            for ((place, candidate), verdict) in places.into_iter().zip(batch).zip(verdicts) {
                match verdict {
                    Verdict::Same(digest) if accept.allows(digest, self.digest) => {
                        self.step(candidate, digest);
                        return Some(place);
                    }
                    _ => self.refused.insert(candidate.key()),
                };
            }
        }
    }

    /// Asks for verdicts and counts them, up to the first that is `Same`.
    async fn verdicts(&mut self, batch: Vec<Arc<S>>) -> Vec<Verdict> {
        let Answer::Verdicts(mut verdicts) = answer(&self.shared, Question::Try(batch.clone())).await else {
            return Vec::new();
        };
        let counted = verdicts.iter().position(|verdict| matches!(verdict, Verdict::Same(_)));
        verdicts.truncate(counted.map_or(batch.len(), |at| at + 1));
        let mut state = self.shared.borrow_mut();
        for (candidate, verdict) in batch.into_iter().zip(&verdicts) {
            if let Verdict::Other(fingerprint) = verdict {
                state.findings.entry(fingerprint.clone()).or_insert(candidate);
            }
        }
        let tries = verdicts.len() as u64;
        let pass = state.progress.pass;
        state.progress.tries += tries;
        state.progress.passes.entry(pass).or_default().0 += tries;
        verdicts
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
    /// Those whose run is the run of the best.
    SameRun,
}

impl Accept {
    fn allows(self, digest: u64, best: Option<u64>) -> bool {
        self == Accept::Failure || best == Some(digest)
    }
}
