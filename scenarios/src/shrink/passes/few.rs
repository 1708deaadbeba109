//! A few operations of the kinds that are asked, and nothing else: what is changed, what is asked of it meanwhile, and what
//! came of it.
//!
//! Of many operations few matter, but which they are is not found by leaving out one after the other where several do the
//! same in turn. What the last is about is taken for the matter, whatever is about something else for what happens to it.

use sim_core::Time;
use sim_core::plan::{Load, Operation, Plan, Start};

use super::super::elements::Kind;
use super::super::grain::SECOND;
use super::super::numbers::{figures, listed, refilled, shape};
use super::super::rules::Rules;
use super::super::search::Search;
use super::super::settings::usual;
use super::anew::NAMES;
use super::sketch::blank;

/// Fewer operations than these are left to others, and no story is shorter.
const MANY: usize = 3;

/// No more kinds of operation are tried in one place.
const KINDS: usize = 4;

/// No more of those that the storm knew are tried.
const ANY: usize = 4;

/// When something is asked while a change is on its way, in milliseconds.
const MEANWHILE: [u64; 3] = [0, 60, 100];

/// Stories of three to five operations in the place of all.
pub(super) async fn few(search: &mut Search<Plan>, rules: &Rules) {
    let best = search.best();
    let count = listed(&best).map_or(0, <[_]>::len);
    if count < MANY || rules.keep_times() {
        return;
    }
    let (Some(bare), Some(cast)) = (bare(&best, rules), Cast::of(&best, rules)) else { return };
    let names = NAMES.min(bare.nodes.len() + 1);
    let named = (0..names * names).flat_map(|at| cast.stories(at / names, at % names));
    // A longer one is worth it for what it leaves out.
    let shorter = named.filter(|story| story.len() < count || story.len() == MANY);
    search.smallest(shorter.map(|story| with_operations(&bare, story))).await;
}

/// An operation of a story: its kind, what it is about, and when it starts, in milliseconds.
type Said<'c> = (&'c String, usize, u64);

/// The kinds of operation that take part.
struct Cast {
    /// What asks in the end.
    last: String,
    /// What is about the same.
    same: Vec<String>,
    /// What is about something else.
    other: Vec<String>,
    /// The same, and the simplest that the storm knew.
    any: Vec<String>,
}

impl Cast {
    fn of(plan: &Plan, rules: &Rules) -> Option<Cast> {
        let operations = listed(plan)?;
        let matter = |text: &str| figures(text).first().map(ToString::to_string);
        let last = operations.last()?;
        let about = matter(&last.op);
        let kinds = |same: bool| {
            let meant = operations.iter().filter(|operation| (matter(&operation.op) == about) == same);
            let mut kinds: Vec<String> = meant.map(|operation| shape(&operation.op)).collect();
            kinds.sort_by(|one, other| (one.len(), one).cmp(&(other.len(), other)));
            kinds.dedup();
            kinds.truncate(KINDS);
            kinds
        };
        let (same, other) = (kinds(true), kinds(false));
        // What happens to it may be about something else of the same number.
        let other = if other.is_empty() { same.clone() } else { other };
        let known = rules.shapes.iter().take(ANY).filter(|kind| !other.contains(kind));
        let any = other.iter().chain(known).cloned().collect();
        Some(Cast { last: shape(&last.op), same, other, any })
    }

    /// Every story in which this happens to that.
    fn stories(&self, this: usize, that: usize) -> Vec<Vec<Said<'_>>> {
        let ask = |start| (&self.last, that, start);
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
    let clients = bare.clients.names.len();
    Kind::Clients.without(&bare, 1.min(clients)..clients).map(|plan| usual(&plan))
}

/// The plan with these operations. Each has a second number of its own, so that what is written can be told apart.
fn with_operations(plan: &Plan, story: Vec<Said<'_>>) -> Plan {
    let operation = |(id, (kind, about, start)): (u32, Said<'_>)| {
        let numbers = [about.to_string(), id.to_string()];
        let op = refilled(kind, numbers.iter().map(String::as_str));
        Operation { id, client: 0, start: Start::At(Time(start * (SECOND / 1_000))), op }
    };
    let mut plan = plan.clone();
    plan.clients.load = Load::Listed((0..).zip(story).map(operation).collect());
    plan
}
