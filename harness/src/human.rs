//! The report as a page for a person: one screen, the verdict first, the command to see it again last.

use std::fmt::Write as _;

use scenarios::Expect;
use scenarios::shrink::Size;
use sim_core::check::{CheckOutcome, Verdict};

use crate::exit::Exit;
use crate::judge::Overall;
use crate::report::{Report, Reproduction};
use crate::screen::{BAD, FAINT, GOOD, STRONG, UNSURE, styled};
use crate::story::{Step, Story};

/// How many checks that did not pass are told in full.
const MOST_CHECKS: usize = 4;

/// How many measures are shown; JSON has them all.
const MOST_MEASURES: usize = 8;

/// The whole page, with colours.
pub(crate) fn page(report: &Report) -> String {
    let mut page = String::new();
    let mut say = |line: &str| {
        page.push_str(line);
        page.push('\n');
    };
    say(&headline(report));
    if !report.about.is_empty() {
        say(&format!("  {}", styled(FAINT, &report.about)));
    }
    for line in trouble(&report.checks) {
        say(&line);
    }
    say(&row("checks", &check_words(&report.checks)));
    let fired: Vec<String> =
        report.fired.iter().map(|(family, count)| format!("{} {}", family.name(), grouped(*count))).collect();
    say(&row("fired", &if fired.is_empty() { "nothing".to_owned() } else { fired.join(", ") }));
    if !report.measures.is_empty() {
        say(&row("measures", &measure_words(report)));
    }
    if let Some(story) = &report.story {
        say(&story_lines(story));
    }
    if let Some(reproduction) = &report.reproduction {
        say(&row("shrunk", &shrunk_words(reproduction)));
    }
    let alike =
        report.runs_alike.map_or(String::new(), |runs| format!(" (alike in {runs} runs, one in a fresh process)"));
    say(&row("digest", &format!("{}{alike}", report.digest)));
    page.push_str(&row("replay", &styled(STRONG, &report.replay)));
    page
}

fn headline(report: &Report) -> String {
    let (style, word) = match report.overall {
        Overall::Pass => (if report.exit == Exit::Met { GOOD } else { BAD }, "PASS"),
        Overall::Undecided => (UNSURE, "UNDECIDED"),
        Overall::Fail => (if report.exit == Exit::Met { GOOD } else { BAD }, "FAIL"),
    };
    let expectation = match (&report.expect, report.exit) {
        (Expect::Pass, _) => String::new(),
        (Expect::Fail(_), Exit::Met) => " as expected".to_owned(),
        (Expect::Fail(name), _) => format!(" but expected `{name}` to fail"),
    };
    let clients =
        if report.clients == 0 { String::new() } else { format!(" and {}", counted(report.clients as u64, "client")) };
    format!(
        "{}{expectation}  {}, seed {}: {} on {}{clients}, {} in {} simulated",
        styled(style, word),
        styled(STRONG, &report.scenario),
        report.seed,
        report.protocol,
        counted(report.nodes as u64, "node"),
        counted(report.events, "event"),
        report.simulated,
    )
}

/// The checks that did not pass, each with what it saw.
fn trouble(checks: &[CheckOutcome]) -> Vec<String> {
    let line = |check: &CheckOutcome| match &check.verdict {
        Verdict::Pass => None,
        Verdict::Undecided(why) => Some(format!("  {}: {why}", styled(UNSURE, &check.name))),
        Verdict::Fail(violation) => Some(format!("  {}: {}", styled(BAD, &check.name), violation.detail)),
    };
    let mut lines: Vec<String> = checks.iter().filter_map(line).collect();
    if lines.len() > MOST_CHECKS {
        let more = lines.len() - MOST_CHECKS;
        lines.truncate(MOST_CHECKS);
        lines.push(format!("  and {} that did not pass", counted(more as u64, "more check")));
    }
    lines
}

fn check_words(checks: &[CheckOutcome]) -> String {
    if checks.is_empty() {
        return "none: nothing was judged but that no handler panics".to_owned();
    }
    let style = |verdict: &Verdict| match verdict {
        Verdict::Pass => GOOD,
        Verdict::Undecided(_) => UNSURE,
        Verdict::Fail(_) => BAD,
    };
    let words =
        checks.iter().map(|check| format!("{} {}", check.name, styled(style(&check.verdict), check.verdict.word())));
    words.collect::<Vec<_>>().join(", ")
}

fn measure_words(report: &Report) -> String {
    let shown = report.measures.iter().take(MOST_MEASURES);
    let mut words: Vec<String> = shown.map(|measure| format!("{} {}", measure.name, measure.amount)).collect();
    if report.measures.len() > MOST_MEASURES {
        words.push(format!("{} more with `--format json`", report.measures.len() - MOST_MEASURES));
    }
    words.join(", ")
}

fn story_lines(story: &Story) -> String {
    let mut text = row("story", "");
    text.truncate(text.trim_end().len());
    let events = story.steps.iter().filter_map(|step| match step {
        Step::Event { at, place, .. } => Some((at.to_string().len(), place.chars().count())),
        Step::Elided(_) => None,
    });
    let (time_width, place_width) = events.fold((0, 0), |(a, b), (c, d)| (a.max(c), b.max(d)));
    for step in &story.steps {
        // Writing to a string cannot fail.
        let _ = match step {
            Step::Event { at, place, text: what, shows } => {
                let mark = if *shows { styled(BAD, ">") } else { " ".to_owned() };
                write!(text, "\n  {mark} {at:>time_width$}  {place:<place_width$}  {what}")
            }
            Step::Elided(count) => {
                write!(text, "\n    {}", styled(FAINT, &format!("... {} ...", counted(*count as u64, "step"))))
            }
        };
    }
    text
}

fn shrunk_words(reproduction: &Reproduction) -> String {
    let Reproduction { before, after, tries, .. } = reproduction;
    format!("to {} from {} in {}", size_words(after), size_words(before), counted(*tries, "run"))
}

/// `3 nodes, 1 window, 240 exceptions`; what there is none of is left out.
pub(crate) fn size_words(size: &Size) -> String {
    let parts = [
        (size.nodes, "node"),
        (size.clients, "client"),
        (size.operations, "operation"),
        (size.windows, "window"),
        (size.exceptions, "exception"),
    ];
    let words = parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| counted(*count, what));
    words.collect::<Vec<_>>().join(", ")
}

fn row(name: &str, text: &str) -> String {
    format!("  {} {text}", styled(FAINT, &format!("{name:<8}")))
}

/// `1 node`, `3 nodes`, `1,234 events`.
pub(crate) fn counted(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {what}{plural}", grouped(count))
}

/// A number with commas between thousands.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
