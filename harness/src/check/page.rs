//! The text of a failed check: what failed under how many seeds, then the page of one run, within one screen.

use std::ops::Range;

use crate::load::Loaded;
use crate::report::run_command;
use crate::screen::{BAD, styled};
use crate::sweep::verdict::FileSummary;
use crate::words::{counted, grouped};

/// How many groups are named.
const MOST_GROUPS: usize = 3;

/// Which groups there are, a line each; nothing when there was one run.
pub(super) fn head(summary: &FileSummary, seeds: &Range<u64>) -> String {
    let runs = summary.total.runs();
    if runs < 2 {
        return String::new();
    }
    let mut lines = vec![format!(
        "{} of {} did not come out as expected, seeds {}..{}",
        grouped(summary.findings.iter().filter(|it| !it.group.expected).map(|it| it.group.runs).sum()),
        counted(runs, "run"),
        seeds.start,
        seeds.end
    )];
    let mut groups: Vec<String> = (summary.findings.iter().filter(|it| !it.group.expected))
        .map(|finding| {
            let (print, group) = (&finding.fingerprint, &finding.group);
            format!("  {}: {}, lowest seed {}", styled(BAD, print), counted(group.runs, "run"), group.seed)
        })
        .collect();
    if groups.len() > MOST_GROUPS {
        let more = counted((groups.len() - MOST_GROUPS) as u64, "more group");
        groups.truncate(MOST_GROUPS);
        groups.push(format!("  and {more}"));
    }
    lines.extend(groups);
    lines.push(String::new());
    lines.join("\n")
}

/// No run reached a mark.
pub(super) fn unreached(summary: &FileSummary, loaded: &Loaded, seeds: &Range<u64>) -> String {
    format!(
        "{}  {}: no run under seeds {}..{} reached {}\n  Is the scenario too short or too calm for it, or can it not \
         happen at all?\n  replay   {}",
        styled(BAD, "FAIL"),
        loaded.source.scenario(),
        seeds.start,
        seeds.end,
        summary.unreached.join(", "),
        run_command(&loaded.source.name, seeds.start)
    )
}
