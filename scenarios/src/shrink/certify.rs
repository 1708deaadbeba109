//! The certificate: every single deletion and every single reset is tried once more, and refused.
//!
//! Of a long row of operations that are alike the first and the last are tried: without one in its middle it would be two
//! rows, and by the measure more.

use sim_core::plan::Plan;

use super::elements::singles;
use super::search::Search;
use super::settings::{off_default, reset};

/// Tries everything that would make the plan smaller by one thing. How many refusals there were; `None` if something was
/// not refused, and taken instead.
pub(super) async fn certify(search: &mut Search<Plan>) -> Option<u64> {
    let (best, before) = (search.best(), search.tries());
    let deletions = singles(&best).into_iter().map(|(kind, index)| kind.without(&best, index..index + 1));
    let resets = off_default(&best).into_iter().map(|setting| Some(reset(&best, setting)));
    // What was refused before was refused by the same run, but a certificate should not lean on memory.
    let taken = search.first_again(deletions.chain(resets)).await;
    taken.is_none().then(|| search.tries() - before)
}
