//! Second chances: what was refused in a short run may be granted in a long one.
//!
//! A run is cut off just after its violation. Without some part the violation may come later, and was cut off with the
//! rest. So what is refused is tried once more with all the time that there was at the beginning, and then also with all
//! delays as long, and what is left out with all windows twice as long; the other passes make of that what they can.

use sim_core::Span;
use sim_core::fault::Window;
use sim_core::plan::{Address, Exception, Plan};
use sim_core::time::Until;

use super::super::elements::{Kind, exceptions, singles, without_each};
use super::super::numbers::{address_mut, exceptions_mut, listed};
use super::super::rules::{Horizon, Rules};
use super::super::search::Search;
use super::super::settings::{off_default, reset};
use super::super::study::Study;
use super::compress::shifted;
use super::weaken::weaker;
use super::words::in_other_words;

/// More elements than these are not tried again.
const MANY: usize = 40;

/// By so many at most a choice comes sooner when something goes.
const SOONER: u32 = 3;

/// Everything single, with room.
pub(super) async fn room(search: &mut Search<Plan>, rules: &Rules) {
    loop {
        let best = search.best();
        let singles = singles(&best);
        if singles.len() > MANY {
            return;
        }
        let mut candidates = without_each(&best, &singles);
        let wide: Vec<Plan> = candidates.iter().filter_map(|plan| widened(plan, rules)).collect();
        // What goes may have kept other packets from being sent: those that are meant are told by identity meanwhile.
        let study = search.study().await;
        let identified = study.and_then(|study| identified(&best, &study));
        let meant = identified.into_iter().flat_map(|plan| without_each(&plan, &singles));
        let meant = meant.flat_map(|plan| [rules.with_room(&plan), Some(plan)]).flatten();
        let sooner = (1..=SOONER).filter_map(|by| with_sooner_choices(&best, by));
        let meant: Vec<Plan> = meant.chain(sooner.flat_map(|plan| without_each(&plan, &singles))).collect();
        candidates.extend((0..best.windows.len()).flat_map(|index| weaker(&best, index, rules)));
        candidates.extend(off_default(&best).into_iter().map(|setting| reset(&best, setting)));
        let operations = 0..listed(&best).map_or(0, <[_]>::len);
        candidates.extend(operations.flat_map(|index| in_other_words(&best, index, rules)));
        let soon = without_their_time(&best);
        let roomy = candidates.iter().flat_map(|plan| {
            let long = rules.with_room(plan);
            [long.as_ref().map(delayed), long].into_iter().flatten()
        });
        if search.first(roomy.chain(wide).chain(meant).chain(soon).collect::<Vec<_>>()).await.is_none() {
            return;
        }
    }
}

/// The plan without each of its windows, and without the time for which it was open: what came after it comes as soon as
/// the window opened.
fn without_their_time(plan: &Plan) -> Vec<Plan> {
    let without = |(index, window): (usize, &Window)| {
        let left = Kind::Windows.without(plan, index..index + 1)?;
        let sooner = shifted(&left, None, window.until.time()?, window.from);
        // The end stays: there is no less time for what follows.
        Some(Plan { calm: left.calm, until: left.until, ..sooner })
    };
    plan.windows.iter().enumerate().filter_map(without).collect()
}

/// The plan in which all choices are about those so many before; `None` if there are none.
fn with_sooner_choices(plan: &Plan, by: u32) -> Option<Plan> {
    let mut plan = plan.clone();
    let mut any = false;
    for exception in exceptions_mut(&mut plan)? {
        if let Address::At { nth, .. } = address_mut(exception) {
            *nth = nth.saturating_sub(by);
            any = true;
        }
    }
    any.then_some(plan)
}

/// The plan in which packets are told by their identities; `None` if none of them is told by number.
fn identified(plan: &Plan, study: &Study) -> Option<Plan> {
    let packets = study.packets_of(plan);
    let mut plan = plan.clone();
    let mut any = false;
    for (exception, packet) in exceptions_mut(&mut plan)?.iter_mut().zip(packets) {
        if let (at @ Address::Nth { .. }, Some(packet)) = (address_mut(exception), packet) {
            *at = Address::Id(study.trace.packets[packet].identity);
            any = true;
        }
    }
    any.then_some(plan)
}

/// The plan with all the time that there was at first, each packet twice as late, and each window open for twice as long,
/// as far as there is time before calm.
fn widened(plan: &Plan, rules: &Rules) -> Option<Plan> {
    let mut wide = rules.with_room(plan)?;
    for exception in exceptions_mut(&mut wide).into_iter().flatten() {
        if let Exception::Delayed(_, by) = exception {
            *by = by.saturating_mul(2);
        }
    }
    let last = if rules.horizon == Horizon::Free { wide.until } else { wide.calm };
    for window in &mut wide.windows {
        if let Until::At(closes) = &mut window.until {
            *closes = closes.saturating_add(closes.since(window.from)).min(last.max(*closes));
            wide.calm = wide.calm.max(*closes);
        }
    }
    (!wide.windows.is_empty()).then_some(wide)
}

/// The plan with each late packet as late as can be.
fn delayed(plan: &Plan) -> Plan {
    let late = Span(plan.until.0);
    let mut plan = plan.clone();
    if exceptions(&plan).len() > MANY {
        return plan;
    }
    for exception in exceptions_mut(&mut plan).into_iter().flatten() {
        if let Exception::Delayed(_, by) = exception {
            *by = late;
        }
    }
    plan
}
