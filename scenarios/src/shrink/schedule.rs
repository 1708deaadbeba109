//! Which pass comes next.
//!
//! Every pass obeys one law: one that made no progress makes none when it is run again on the same candidate. So a pass
//! is settled until the best changes, and the search is at its end when all passes are settled.

use std::future::Future;
use std::pin::Pin;

use super::engine::Subject;
use super::search::Search;

/// The work of a pass on its way.
pub type Work<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// How a pass does its work.
pub type Run<S> = dyn for<'a> Fn(&'a mut Search<S>) -> Work<'a>;

/// A named way to make candidates smaller.
pub struct Pass<S: Subject> {
    /// What reports call it.
    pub name: &'static str,
    /// Does the work.
    pub run: Box<Run<S>>,
}

/// Runs passes until none of them makes progress: the first group until nothing changes, then the next, and all of them
/// again after any progress. The last group is that of dear passes: they come only when the others find nothing.
///
/// Within a group, passes that worked in the last round come first in the next; among equals the order is the one given.
pub async fn settle<S: Subject>(search: &mut Search<S>, groups: &[Vec<Pass<S>>]) {
    let mut records: Vec<Vec<Record>> = groups.iter().map(|group| vec![Record::default(); group.len()]).collect();
    loop {
        let before = search.steps();
        for (place, (group, records)) in groups.iter().zip(&mut records).enumerate() {
            let is_last = place + 1 == groups.len();
            if !is_last || search.steps() == before {
                settle_group(search, group, records).await;
            }
        }
        if search.steps() == before {
            return;
        }
    }
}

async fn settle_group<S: Subject>(search: &mut Search<S>, passes: &[Pass<S>], records: &mut [Record]) {
    loop {
        let before = search.steps();
        let mut order: Vec<usize> = (0..passes.len()).collect();
        order.sort_by_key(|place| !records[*place].worked);
        for place in order {
            let (pass, steps) = (&passes[place], search.steps());
            if records[place].settled == Some(steps) {
                continue;
            }
            search.enter(pass.name);
            (pass.run)(search).await;
            let worked = search.steps() > steps;
            records[place] = Record { settled: (!worked).then_some(steps), worked };
        }
        if search.steps() == before {
            return;
        }
    }
}

/// What is remembered of a pass.
#[derive(Clone, Copy, Default)]
struct Record {
    /// The number of steps at which it found nothing to do.
    settled: Option<u64>,
    /// Whether it made progress when it was run last.
    worked: bool,
}
