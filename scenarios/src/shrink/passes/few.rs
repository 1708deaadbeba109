//! A few operations of the kinds that are asked, and nothing else: what is changed, what is asked of it meanwhile, and what
//! came of it.
//!
//! Of many operations few matter, but which they are is not found by leaving out one after the other where several do the
//! same in turn. What the one that showed the violation is about is taken for the matter, whatever is about something else
//! for what happens to it. What is asked most is taken for use, what is asked least for change.

use std::collections::BTreeSet;

use sim_core::Time;
use sim_core::plan::{Load, Operation, Plan, Start};

use super::super::elements::with_one_client;
use super::super::grain::MILLISECOND;
use super::super::numbers::{figures, kinds, listed, refilled, shape};
use super::super::rules::Rules;
use super::super::search::Search;
use super::super::settings::usual;
use super::super::size::Size;
use super::anew::NAMES;
use super::sketch::blank;

/// Fewer operations than these are left to others, and no story is shorter.
const MANY: usize = 3;

/// One run of a storm with so many elements is as dear as many stories.
const LONG: u64 = 5_000;

/// No more kinds of operation are tried for what is about the same, those asked most.
const USES: usize = 3;

/// No more are tried for what is about something else, those asked least.
const CHANGES: usize = 4;

/// No more of those that the storm knew are tried.
const ANY: usize = 4;

/// What asks is about one of so many things.
const MATTERS: usize = 2;

/// When something is asked while a change is on its way, in milliseconds.
const MEANWHILE: [u64; 2] = [0, 60];

/// As [`few`], in the place of a long storm, where a story is over with its last answer.
pub(super) async fn in_place_of_many(search: &mut Search<Plan>, rules: &Rules) {
    if rules.is_free() && Size::of(&search.best()).total() >= LONG {
        few(search, rules).await;
    }
}

/// Stories of three to five operations in the place of all.
pub(super) async fn few(search: &mut Search<Plan>, rules: &Rules) {
    let best = search.best();
    if listed(&best).map_or(0, <[_]>::len) < MANY || rules.keep_times() {
        return;
    }
    let study = search.study().await;
    let shown = study.as_ref().and_then(|study| study.shown_by(&best));
    let Some(last) = shown.or_else(|| listed(&best)?.last()) else { return };
    let (Some(bare), Some(cast)) = (bare(&best, rules), Cast::of(&best, rules, last)) else { return };
    let names = NAMES.min(bare.nodes.len() + 1);
    let named = (0..names * MATTERS).flat_map(|at| cast.stories(at / MATTERS, at % MATTERS));
    search.smallest(named.map(|story| with_operations(&bare, story))).await;
}

/// An operation of a story: its kind, what it is about, and when it starts, in milliseconds.
type Said<'c> = (&'c String, usize, u64);

/// The kinds of operation that take part.
struct Cast {
    /// What asks in the end: what showed the violation, and what is asked most.
    asks: BTreeSet<String>,
    /// What is about the same.
    same: Vec<String>,
    /// What is about something else.
    other: Vec<String>,
    /// The same, and the simplest that the storm knew.
    any: Vec<String>,
}

impl Cast {
    fn of(plan: &Plan, rules: &Rules, last: &Operation) -> Option<Cast> {
        let operations = listed(plan)?;
        let matter = |text: &str| figures(text).first().map(ToString::to_string);
        let about = matter(&last.op);
        let (of_same, of_other): (Vec<&Operation>, Vec<&Operation>) =
            operations.iter().partition(|operation| matter(&operation.op) == about);
        let (same, mut other) = (kinds(&of_same), kinds(&of_other));
        let same: Vec<String> = same.into_iter().rev().take(USES).collect();
        other.truncate(CHANGES);
        // What happens to it may be about something else of the same number.
        let other = if other.is_empty() { same.clone() } else { other };
        let known = rules.shapes.iter().take(ANY).filter(|kind| !other.contains(kind));
        let any = other.iter().chain(known).cloned().collect();
        let asks = [shape(&last.op)].into_iter().chain(same.first().cloned()).collect();
        Some(Cast { asks, same, other, any })
    }

    /// Every story in which this happens to that.
    fn stories(&self, this: usize, that: usize) -> Vec<Vec<Said<'_>>> {
        self.asks.iter().flat_map(|last| self.ending_with(last, this, that)).collect()
    }

    /// Those in which this is asked in the end.
    fn ending_with<'c>(&'c self, last: &'c String, this: usize, that: usize) -> Vec<Vec<Said<'c>>> {
        let ask = |start| (last, that, start);
        let mut stories = Vec::new();
        for (change, touch) in pairs(&self.any, &self.same) {
            let (change, touch) = (|start| (change, this, start), |start| (touch, that, start));
            stories.push(vec![touch(0), change(0), ask(0)]);
            stories.push(vec![change(0), touch(0), ask(1_000)]);
            let and_back = |back| vec![change(0), touch(0), ask(1_000), (back, this, 1_000), ask(2_000)];
            stories.extend(self.any.iter().map(and_back));
        }
        for (first, touch) in pairs(&self.same, &self.same) {
            let meanwhile = |change, start| vec![(first, that, 0), (change, this, 0), (touch, that, start), ask(1_000)];
            stories.extend(self.other.iter().flat_map(|change| MEANWHILE.map(|start| meanwhile(change, start))));
        }
        stories
    }
}

/// Each of these with each of those.
fn pairs<'k>(these: &'k [String], those: &'k [String]) -> impl Iterator<Item = (&'k String, &'k String)> {
    these.iter().flat_map(move |this| those.iter().map(move |that| (this, that)))
}

/// The plan with one client, and without operations, troubles and settings.
fn bare(plan: &Plan, rules: &Rules) -> Option<Plan> {
    let mut bare = blank(plan, rules);
    bare.clients.load = Load::Listed(Vec::new());
    with_one_client(&bare).map(|plan| usual(&plan))
}

/// The plan with these operations. Each has a second number of its own, so that what is written can be told apart.
fn with_operations(plan: &Plan, story: Vec<Said<'_>>) -> Plan {
    let operation = |(id, (kind, about, start)): (u32, Said<'_>)| {
        let numbers = [about.to_string(), id.to_string()];
        let op = refilled(kind, numbers.iter().map(String::as_str));
        Operation { id, client: 0, start: Start::At(Time(start * MILLISECOND)), op }
    };
    let mut plan = plan.clone();
    plan.clients.load = Load::Listed((0..).zip(story).map(operation).collect());
    plan
}
