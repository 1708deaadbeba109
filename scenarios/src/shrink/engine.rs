//! The search turned inside out: an [`Engine`] is asked what to try next, and told what came of it.
//!
//! Passes read as if they ran plans themselves; each is an `async` function over a [`Search`]. Nothing here runs
//! anything: where a pass awaits an answer, the engine hands the question to its driver. So one search serves drivers
//! that call it (a command line with threads) and drivers that it must wait for (a property test). There is no executor:
//! the only thing ever awaited is the driver's answer, and polling with a waker that does nothing is enough.
//!
//! What is found does not depend on how many candidates a driver runs at once. Candidates are ordered, the first of them
//! that fails is taken, and those behind it count for nothing, as if they had not been run.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use sim_core::outcome::Unused;

use super::memory::Sight;
use super::search::Search;

/// Something that can be made smaller.
pub trait Subject: Clone + 'static {
    /// How large a candidate is. Every step of a search makes it smaller, so it must be well-founded.
    type Measure: Ord + Clone;
    /// What a driver can tell of the run of a candidate, beside whether it fails.
    type Study;

    /// How large this one is.
    fn measure(&self) -> Self::Measure;
    /// Whether its measure is less than this one: where that shows soon, no need to take it in full.
    fn is_below(&self, measure: &Self::Measure) -> bool {
        self.measure() < *measure
    }
    /// The same for equal candidates, and not likely the same for others: what has been refused is not tried again.
    fn key(&self) -> u64;
    /// How it looks to a run that makes no use of some things. By default every candidate looks different.
    fn sight(&self, unused: Unused) -> Sight {
        let _ = unused;
        Sight { key: self.key(), reach: 0 }
    }
    /// Whether this is a candidate at all. What is not is never tried.
    fn is_valid(&self) -> bool {
        true
    }
}

/// What came of trying a candidate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It fails as the first did; a digest of its run, or 0 if there is none.
    Same(u64),
    /// It fails, but in another way, which has this fingerprint: a finding of its own.
    Other(String),
    /// It does not fail, or it is no valid candidate; with what its run made no use of, if it ran to its end and showed
    /// nothing.
    Not(Option<Unused>),
}

/// What a search wants to know.
#[derive(Debug)]
pub enum Question<S> {
    /// What becomes of these? They are ordered; once one of them fails as the first did, the rest need no answer.
    Try(Vec<Arc<S>>),
    /// What is there to see in the run of this one, the best so far?
    Study(Arc<S>),
}

impl<S> Clone for Question<S> {
    fn clone(&self) -> Self {
        match self {
            Question::Try(candidates) => Question::Try(candidates.clone()),
            Question::Study(best) => Question::Study(Arc::clone(best)),
        }
    }
}

/// The answer to a [`Question`].
#[derive(Clone, Debug)]
pub enum Answer<T> {
    /// To [`Question::Try`]: a verdict for each candidate, in order; nothing behind the first [`Verdict::Same`].
    Verdicts(Vec<Verdict>),
    /// To [`Question::Study`]: `None` if the driver cannot look into runs.
    Study(Option<T>),
}

/// How far a search is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Progress {
    /// Candidates tried. Those that a driver ran in vain, behind one that was taken, are not counted.
    pub tries: u64,
    /// Candidates taken.
    pub steps: u64,
    /// The pass at work.
    pub pass: &'static str,
    /// For each pass that was at work: tries and steps.
    pub passes: BTreeMap<&'static str, (u64, u64)>,
}

/// What a search and its engine share.
pub(super) struct State<S: Subject> {
    pub(super) best: Arc<S>,
    pub(super) progress: Progress,
    pub(super) findings: BTreeMap<String, Arc<S>>,
    /// How many candidates the driver can use at once.
    pub(super) most: usize,
    question: Option<Question<S>>,
    answer: Option<Answer<S::Study>>,
}

pub(super) type Shared<S> = Rc<RefCell<State<S>>>;

/// A search in progress.
pub struct Engine<S: Subject> {
    shared: Shared<S>,
    work: Option<Pin<Box<dyn Future<Output = ()>>>>,
}

impl<S: Subject> Engine<S> {
    /// A search that begins with `first`, which fails, and does `work`.
    pub fn new<W>(first: S, work: impl FnOnce(Search<S>) -> W) -> Engine<S>
    where
        W: Future<Output = ()> + 'static,
    {
        let shared = Rc::new(RefCell::new(State {
            best: Arc::new(first),
            progress: Progress::default(),
            findings: BTreeMap::new(),
            most: 1,
            question: None,
            answer: None,
        }));
        let work = work(Search::new(Rc::clone(&shared)));
        Engine { shared, work: Some(Box::pin(work)) }
    }

    /// What the search wants to know next, with at most `most` candidates (at least one); `None` once it is over. Asked
    /// again before it is told, it says the same.
    pub fn ask(&mut self, most: usize) -> Option<Question<S>> {
        self.shared.borrow_mut().most = most.max(1);
        if self.shared.borrow().question.is_none()
            && let Some(work) = &mut self.work
            && work.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready()
        {
            self.work = None;
        }
        self.shared.borrow().question.clone()
    }

    /// Tells the answer to the question asked last. Without a question it is dropped.
    pub fn tell(&mut self, answer: Answer<S::Study>) {
        let mut state = self.shared.borrow_mut();
        if state.question.take().is_some() {
            state.answer = Some(answer);
        }
    }

    /// The smallest candidate so far that fails as the first did.
    pub fn best(&self) -> Arc<S> {
        Arc::clone(&self.shared.borrow().best)
    }

    /// How far the search is.
    pub fn progress(&self) -> Progress {
        self.shared.borrow().progress.clone()
    }

    /// Candidates that failed in other ways, by fingerprint: the first that was met of each.
    pub fn findings(&self) -> BTreeMap<String, Arc<S>> {
        self.shared.borrow().findings.clone()
    }

    /// Whether the search has come to its end. What was stopped before is smaller, not smallest.
    pub fn is_over(&self) -> bool {
        self.work.is_none()
    }

    /// Answers every question by `verdict`, without studies, until the search is over.
    pub fn run(&mut self, mut verdict: impl FnMut(&S) -> Verdict) {
        while let Some(question) = self.ask(1) {
            self.tell(match question {
                Question::Try(candidates) => {
                    Answer::Verdicts(candidates.iter().map(|candidate| verdict(candidate)).collect())
                }
                Question::Study(_) => Answer::Study(None),
            });
        }
    }
}

/// Puts a question and waits until it is answered.
pub(super) async fn answer<S: Subject>(shared: &Shared<S>, question: Question<S>) -> Answer<S::Study> {
    shared.borrow_mut().question = Some(question);
    poll_fn(|_| match shared.borrow_mut().answer.take() {
        Some(answer) => Poll::Ready(answer),
        None => Poll::Pending,
    })
    .await
}
