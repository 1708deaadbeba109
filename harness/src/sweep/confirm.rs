//! Runs the example of each group of failures again in a fresh process, before anybody is told of it.

use super::report::{Again, Confirmed, SweepReport};
use super::tally::Kind;
use crate::child::Child;
use crate::load::Loaded;

/// Confirms every group of failed runs that is not confirmed yet, until `stop` says so.
///
/// # Errors
/// If there are no processes to be had.
pub(crate) fn confirm(
    report: &mut SweepReport,
    files: &[Loaded],
    stop: &mut dyn FnMut() -> bool,
) -> Result<(), String> {
    let totals = report.totals();
    for (index, (loaded, total)) in files.iter().zip(&totals).enumerate() {
        for (fingerprint, group) in total.groups.iter().filter(|(_, group)| group.kind == Kind::Failed) {
            if report.confirmation(index, fingerprint, group.seed).is_some() {
                continue;
            }
            if stop() {
                return Ok(());
            }
            let child = Child { scenario: &loaded.source.bytes, seed: group.seed };
            let again = if child.run(false)?.digest == group.digest { Again::Alike } else { Again::Different };
            report.confirm(index, fingerprint, Confirmed { seed: group.seed, again });
        }
    }
    Ok(())
}
