//! Second chances: what was refused in a short run may be granted in a long one.
//!
//! A run is cut off just after its violation. Without some part the violation may come later, and was cut off with the
//! rest. So what is refused is tried once more with all the time that there was at the beginning, and then also with all
//! delays as long; the other passes make of that what they can.

use sim_core::Span;
use sim_core::plan::{Exception, Plan};

use super::super::elements::{exceptions, singles};
use super::super::numbers::{exceptions_mut, listed};
use super::super::rules::Rules;
use super::super::search::Search;
use super::super::settings::{off_default, reset};
use super::weaken::weaker;
use super::words::in_other_words;

/// More elements than these are not tried again.
const MANY: usize = 40;

/// Everything single, with room.
pub(super) async fn room(search: &mut Search<Plan>, rules: &Rules) {
    loop {
        let best = search.best();
        let singles = singles(&best);
        if singles.len() > MANY {
            return;
        }
        let deleted = singles.into_iter().filter_map(|(kind, index)| kind.without(&best, index..index + 1));
        let mut candidates: Vec<Plan> = deleted.collect();
        candidates.extend((0..best.windows.len()).flat_map(|index| weaker(&best, index)));
        candidates.extend(off_default(&best).into_iter().map(|setting| reset(&best, setting)));
        let operations = 0..listed(&best).map_or(0, <[_]>::len);
        candidates.extend(operations.flat_map(|index| in_other_words(&best, index, rules)));
        let roomy = candidates.iter().flat_map(|plan| {
            let long = rules.with_room(plan);
            [long.as_ref().map(delayed), long].into_iter().flatten()
        });
        if search.first(roomy.collect::<Vec<_>>()).await.is_none() {
            return;
        }
    }
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
