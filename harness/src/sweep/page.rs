//! A sweep as a page for a person: each file's verdict, what was found in groups, what really happened.

use std::collections::BTreeMap;

use super::report::{Again, Ended};
use super::tally::{Fired, Kind, Spread, Unit};
use super::verdict::{FileSummary, Finding, Summary};
use crate::exit::Exit;
use crate::screen::{BAD, FAINT, GOOD, STRONG, UNSURE, styled};
use crate::words::{counted, grouped, rounded, wrapped};
use sim_core::Span;
use sim_core::outcome::Amount;

/// How many groups of a file are shown; JSON has them all.
const MOST_FINDINGS: usize = 5;

/// How many measures of a file are shown.
const MOST_MEASURES: usize = 12;

/// How wide a row may be, in characters, and where its further lines begin.
const WIDTH: usize = 110;
const INDENT: usize = 13;

/// The whole page, with colours.
pub(crate) fn page(summary: &Summary) -> String {
    let mut lines = vec![headline(summary)];
    for file in &summary.files {
        lines.extend(of_file(file));
    }
    for gap in &summary.gaps {
        lines.push(format!("  {}  {gap}", styled(UNSURE, "missing")));
    }
    lines.join("\n")
}

fn headline(summary: &Summary) -> String {
    let (style, word) = match summary.exit {
        Exit::Met => (GOOD, "PASS"),
        Exit::Undecided => (UNSURE, "UNDECIDED"),
        Exit::NothingRun => (UNSURE, "NOTHING RUN"),
        Exit::NotDeterministic => (BAD, "NOT DETERMINISTIC"),
        _ => (BAD, "FAIL"),
    };
    let shard = summary.shard.map_or(String::new(), |shard| format!(", shard {shard}"));
    let short = summary.short.map_or(String::new(), |ended| format!(" ({})", short_words(ended)));
    format!(
        "{}  {} of {}, seeds {}{shard}{short}",
        styled(style, word),
        counted(summary.runs(), "run"),
        counted(summary.files.len() as u64, "file"),
        summary.seeds,
    )
}

/// Why not everything was run.
pub(crate) const fn short_words(ended: Ended) -> &'static str {
    match ended {
        Ended::Interrupted => "interrupted: not all were run",
        Ended::Budget => "the budget is used up: not all were run",
        Ended::Failed => "stopped at the first failure",
        Ended::Done => "all were run",
    }
}

fn of_file(file: &FileSummary) -> Vec<String> {
    let (style, word) = match file.exit {
        Exit::Met => (GOOD, "pass"),
        Exit::Undecided => (UNSURE, "undecided"),
        Exit::NotDeterministic => (BAD, "not deterministic"),
        _ => (BAD, "fail"),
    };
    let mut lines = vec![format!("  {}  {}: {}", styled(style, word), styled(STRONG, &file.name), verdict_words(file))];
    for finding in file.findings.iter().take(MOST_FINDINGS) {
        lines.extend(of_finding(finding));
    }
    if file.findings.len() > MOST_FINDINGS {
        let more = counted((file.findings.len() - MOST_FINDINGS) as u64, "more group");
        lines.push(format!("    and {more} with `--format json`"));
    }
    if !file.unreached.is_empty() {
        lines.push(format!("    {} in no run: {}", styled(BAD, "never reached"), file.unreached.join(", ")));
    }
    let fired = count_words(&file.total.fired);
    lines.push(row("fired", if fired.is_empty() { "nothing" } else { &fired }));
    if !file.total.recorded.is_empty() {
        lines.push(row("recorded", &count_words(&file.total.recorded)));
    }
    if !file.total.measures.is_empty() {
        lines.push(row("measures", &measure_words(file)));
    }
    lines
}

fn verdict_words(file: &FileSummary) -> String {
    let total = &file.total;
    let mut words = format!("{} of {} passed", grouped(total.passed), counted(total.runs(), "run"));
    for (count, what) in [(total.failed, "failed"), (total.undecided, "undecided")] {
        if count > 0 {
            words.push_str(&format!(", {} {what}", grouped(count)));
        }
    }
    match &file.expect_fail {
        Some(check) if file.shows_what_it_expects() => words.push_str(&format!("; `{check}` fails as expected")),
        Some(check) => words.push_str(&format!("; `{check}` was expected to fail and never did")),
        None => {}
    }
    words
}

fn of_finding(finding: &Finding) -> Vec<String> {
    let group = &finding.group;
    let style = match group.kind {
        _ if group.expected => GOOD,
        Kind::Undecided => UNSURE,
        Kind::Failed | Kind::Hung | Kind::Died => BAD,
    };
    let again = finding.again_words();
    let again = if finding.again == Some(Again::Different) { styled(BAD, again) } else { again.to_owned() };
    vec![
        format!(
            "    {}: {}, lowest seed {}, {again}",
            styled(style, &finding.fingerprint),
            counted(group.runs, "run"),
            group.seed
        ),
        format!("      {}", wrapped(&group.detail, WIDTH, 6)),
        row("replay", &styled(STRONG, &finding.replay)),
    ]
}

/// `crash 31 in 20 runs, pause 12 in 9 runs, stop never`.
fn count_words(counts: &BTreeMap<String, Fired>) -> String {
    let words = counts.iter().map(|(name, fired)| match fired.runs {
        0 => format!("{name} {}", styled(UNSURE, "never")),
        runs => format!("{name} {} in {}", grouped(fired.effects), counted(runs, "run")),
    });
    words.collect::<Vec<_>>().join(", ")
}

fn measure_words(file: &FileSummary) -> String {
    let mut words: Vec<String> =
        file.total.measures.iter().map(|(name, spread)| format!("{name} {}", spread_words(spread))).collect();
    if words.len() > MOST_MEASURES {
        let more = words.len() - MOST_MEASURES;
        words.truncate(MOST_MEASURES);
        words.push(format!("{more} more with `--format json`"));
    }
    words.join(", ")
}

/// A count as its sum, lengths of time and shares as their mean and their extremes.
fn spread_words(spread: &Spread) -> String {
    let share = |ppb: u64| Amount::Share(u32::try_from(ppb).unwrap_or(u32::MAX)).to_string();
    match spread.unit {
        Unit::Count => u64::try_from(spread.sum).map_or_else(|_| spread.sum.to_string(), grouped),
        Unit::Nanoseconds => format!("{} (to {})", rounded(Span(spread.mean())), rounded(Span(spread.max))),
        Unit::PartsPerBillion => format!("{} (from {})", share(spread.mean()), share(spread.min)),
    }
}

fn row(name: &str, text: &str) -> String {
    format!("    {} {}", styled(FAINT, &format!("{name:<8}")), wrapped(text, WIDTH, INDENT))
}
