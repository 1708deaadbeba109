//! Deleting elements of a sequence: from the back, in runs whose length adapts to what was found.
//!
//! A run that can go is followed by one twice as long; of a run that cannot, halves are tried, down to the one element
//! that is needed. After that the next run is as long as the gap that has just been found, so needed elements that stand
//! close together cost a try each, and those far apart a few more than the logarithm of their distance. Deletion in
//! halves follows Zeller and Hildebrandt, *Simplifying and Isolating Failure-Inducing Input* (2002), splitting a group
//! down to its defective element follows Hwang, *A method for detecting all defective members in a population by group
//! testing* (1972).

use std::ops::Range;

use super::engine::Subject;
use super::search::Search;

/// Deletes what can be deleted of the `count` elements of some kind. `without` takes a range of them out of a candidate;
/// `None` if there is no such candidate.
///
/// What is left is 1-minimal if the failure is monotone, that is, if what fails with some elements also fails with more.
pub async fn delete<S: Subject>(
    search: &mut Search<S>,
    count: impl Fn(&S) -> usize,
    without: impl Fn(&S, Range<usize>) -> Option<S>,
) {
    delete_runs(search, 1, count, without).await;
}

/// The same by runs of no fewer than so many elements, at least one.
pub async fn delete_runs<S: Subject>(
    search: &mut Search<S>,
    least: usize,
    count: impl Fn(&S) -> usize,
    without: impl Fn(&S, Range<usize>) -> Option<S>,
) {
    // Elements before `undecided` have not been looked at; those behind are needed.
    let mut undecided = count(&search.best());
    let mut run = undecided;
    let mut gap = 0;
    while undecided > 0 {
        let shortest = least.min(undecided);
        run = run.clamp(shortest, undecided);
        let best = search.best();
        let sizes: Vec<usize> = halves(run).take_while(|size| *size >= shortest).collect();
        let candidates = sizes.iter().map(|size| without(&best, undecided - size..undecided));
        match search.first(candidates).await {
            Some(place) => {
                let size = sizes[place];
                undecided -= size;
                gap += size;
                // The rest of the run that was refused holds a needed element: to try it whole would be in vain.
                run = if place == 0 { 2 * size } else { sizes[place - 1] - size };
            }
            None => {
                undecided -= shortest;
                run = gap;
                gap = 0;
            }
        }
    }
}

/// `run`, its half, and so on, down to 1.
fn halves(run: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(run), |run| Some(run / 2).filter(|half| *half > 0))
}
