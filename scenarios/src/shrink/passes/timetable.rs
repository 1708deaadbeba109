//! All faults and operations at new times at once: a second each, one after the other or together.
//!
//! What matters of the times is mostly their order, and in what steps it can be changed depends on where one begins. Where
//! a few things happen, all simple timetables are tried.

use sim_core::Time;
use sim_core::fault::Fault;
use sim_core::plan::{Plan, Start};
use sim_core::time::Until;

use super::super::elements::exceptions;
use super::super::grain::SECOND;
use super::super::numbers::{listed, listed_mut};
use super::super::rules::Rules;
use super::super::search::Search;
use super::super::settings::usual;

/// With more windows, operations or exceptions than these there are too many timetables.
const WINDOWS: usize = 2;
const OPERATIONS: usize = 3;
const EXCEPTIONS: usize = 2;

/// When a fault begins and ends, in tenths of a second.
const OPEN: [(u64, u64); 9] = [(0, 10), (10, 20), (10, 30), (10, 60), (20, 21), (20, 30), (30, 40), (50, 51), (50, 60)];

/// When an operation starts, in tenths of a second.
const STARTS: [u64; 4] = [0, 10, 20, 50];

const TENTH: u64 = SECOND / 10;

/// Every simple timetable that is simpler than the present one, the simplest first: for the plan as it is, without settings,
/// and with one-way cuts of a single link.
pub(super) async fn timetable(search: &mut Search<Plan>, rules: &Rules) {
    loop {
        let best = search.best();
        let operations = listed(&best).map_or(0, <[_]>::len);
        let fits = (1..=WINDOWS).contains(&best.windows.len()) && operations <= OPERATIONS;
        let lasts = best.windows.iter().any(|window| window.until.time().is_none());
        if !fits || lasts || exceptions(&best).len() > EXCEPTIONS || rules.keep_times() {
            return;
        }
        let bases = [vec![Plan::clone(&best), usual(&best)], narrowed(&best)].concat();
        let (windows, starts) = (choices(&OPEN, best.windows.len()), rising(operations));
        let tables: Vec<_> =
            windows.iter().flat_map(|windows| starts.iter().map(move |starts| (windows, starts))).collect();
        let plans = bases
            .iter()
            .flat_map(|plan| tables.iter().map(move |(windows, starts)| with_times(plan, windows, starts, rules)));
        if !search.smallest(plans).await {
            return;
        }
    }
}

/// The plan with each of its one-way cuts at each of its links alone.
fn narrowed(plan: &Plan) -> Vec<Plan> {
    let links = plan.windows.iter().enumerate().flat_map(|(index, window)| {
        let links = match &window.fault {
            Fault::OneWay { from, to } if from.len() + to.len() > 2 => {
                from.iter().flat_map(|from| to.iter().map(move |to| (from.clone(), to.clone()))).collect()
            }
            _ => Vec::new(),
        };
        links.into_iter().map(move |link| (index, link))
    });
    let narrow = |(index, (from, to)): (usize, _)| {
        let mut plan = plan.clone();
        plan.windows[index].fault = Fault::OneWay { from: vec![from], to: vec![to] };
        plan
    };
    links.map(narrow).collect()
}

/// Every choice of so many of these, each as often as one likes.
fn choices<T: Copy>(all: &[T], count: usize) -> Vec<Vec<T>> {
    let more = |choices: Vec<Vec<T>>, _| {
        let with = |choice: &Vec<T>| all.iter().map(|one| [&choice[..], &[*one]].concat()).collect::<Vec<_>>();
        choices.iter().flat_map(with).collect()
    };
    (0..count).fold(vec![Vec::new()], more)
}

/// Every choice of so many starts of which none comes before the one before it.
fn rising(count: usize) -> Vec<Vec<u64>> {
    let mut all = choices(&STARTS, count);
    all.retain(|starts| starts.is_sorted());
    all
}

/// The plan with its windows and operations at these times.
fn with_times(plan: &Plan, windows: &[(u64, u64)], starts: &[u64], rules: &Rules) -> Plan {
    let mut timed = plan.clone();
    for (window, (from, until)) in timed.windows.iter_mut().zip(windows) {
        (window.from, window.until) = (Time(from * TENTH), Until::At(Time(until * TENTH)));
    }
    for (operation, start) in listed_mut(&mut timed).into_iter().flatten().zip(starts) {
        operation.start = Start::At(Time(start * TENTH));
    }
    rules.with_time_for(plan, timed)
}
