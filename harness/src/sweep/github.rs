//! A sweep for GitHub: one annotation for each group of failures, and a summary of the step in Markdown.
//!
//! GitHub shows ten annotations of a kind for a step and takes a summary of at most 1 MiB; the last place of each says
//! what was left out.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use super::page::short_words;
use super::tally::Kind;
use super::verdict::{FileSummary, Finding, Summary, word};

/// How many annotations of a kind GitHub shows for a step.
const MOST_ANNOTATIONS: usize = 10;

/// How large the summary of a step may be, in bytes.
const LARGEST_SUMMARY: u64 = 1 << 20;

/// How long one annotation may be, in characters; GitHub takes 4096 bytes.
const LONGEST_MESSAGE: usize = 900;

/// The variable with the file for the summary of the step.
pub(crate) const SUMMARY_VARIABLE: &str = "GITHUB_STEP_SUMMARY";

/// The annotations as workflow commands, a line each.
pub(crate) fn annotations(summary: &Summary) -> String {
    let (mut errors, mut warnings) = (Vec::new(), Vec::new());
    for file in &summary.files {
        for finding in file.findings.iter().filter(|finding| !finding.group.expected) {
            let undecided = finding.group.kind == Kind::Undecided;
            let (kind, list) = if undecided { ("warning", &mut warnings) } else { ("error", &mut errors) };
            let words = format!(
                "{} of {} runs, lowest seed {}: {}\n{}\n{}",
                finding.group.runs,
                file.total.runs(),
                finding.group.seed,
                finding.group.detail,
                finding.again_words(),
                finding.replay
            );
            list.push(annotation(kind, &file.name, &finding.fingerprint, &words));
        }
        if !file.unreached.is_empty() {
            let words = format!("no run reached {}", file.unreached.join(", "));
            errors.push(annotation("error", &file.name, "never reached", &words));
        }
        if file.expect_fail.is_some() && !file.shows_what_it_expects() {
            errors.push(annotation("error", &file.name, "expectation", "the failure that it expects was not found"));
        }
    }
    if let Some(ended) = summary.short {
        warnings.push(format!("::warning title=squall::{}", escaped(short_words(ended))));
    }
    for gap in &summary.gaps {
        errors.push(format!("::error title=squall::{}", escaped(&format!("missing: {gap}"))));
    }
    limited("error", errors) + &limited("warning", warnings)
}

fn annotation(kind: &str, file: &str, title: &str, words: &str) -> String {
    let words: String = words.chars().take(LONGEST_MESSAGE).collect();
    format!("::{kind} file={},title={}::{}", escaped_property(file), escaped_property(title), escaped(&words))
}

/// At most ten lines, the last of which says how many more there are.
fn limited(kind: &str, mut lines: Vec<String>) -> String {
    if lines.len() > MOST_ANNOTATIONS {
        let more = lines.len() - MOST_ANNOTATIONS + 1;
        lines.truncate(MOST_ANNOTATIONS - 1);
        lines.push(format!("::{kind} title=squall::{more} more groups are in the summary of this step"));
    }
    lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
}

/// The text of a workflow command.
fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a workflow command.
fn escaped_property(text: &str) -> String {
    escaped(text).replace(':', "%3A").replace(',', "%2C")
}

/// Adds the summary to the file that GitHub names, as far as there is room.
///
/// # Errors
/// What the file system says.
pub(crate) fn append_summary(summary: &Summary, path: &Path) -> io::Result<()> {
    let taken = fs::metadata(path).map_or(0, |metadata| metadata.len());
    let room = usize::try_from(LARGEST_SUMMARY.saturating_sub(taken)).unwrap_or(usize::MAX);
    let text = shortened(&markdown(summary), room);
    OpenOptions::new().create(true).append(true).open(path)?.write_all(text.as_bytes())
}

/// As many lines as fit into `room` bytes.
fn shortened(text: &str, room: usize) -> String {
    const REST: &str = "\nThe rest does not fit here; `--format json` has it.\n";
    if text.len() <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    for line in text.split_inclusive('\n') {
        if kept.len() + line.len() + REST.len() > room {
            break;
        }
        kept.push_str(line);
    }
    if kept.len() + REST.len() <= room {
        kept.push_str(REST);
    }
    kept
}

fn markdown(summary: &Summary) -> String {
    let mut text = format!("## squall: {}\n\n", word(summary.exit));
    let short = summary.short.map_or(String::new(), |ended| format!(" ({})", short_words(ended)));
    // Writing to a text cannot fail.
    let _ = writeln!(text, "{} runs, seeds {}{short}", summary.runs(), summary.seeds);
    for gap in &summary.gaps {
        let _ = writeln!(text, "- missing: {gap}");
    }
    text.push_str("\n| file | verdict | runs | passed | failed | undecided |\n|---|---|---:|---:|---:|---:|\n");
    for FileSummary { name, total, exit, .. } in &summary.files {
        let (passed, failed, undecided) = (total.passed, total.failed, total.undecided);
        let row = [cell(name), word(*exit).to_owned(), total.runs().to_string()];
        let _ = writeln!(text, "| {} | {passed} | {failed} | {undecided} |", row.join(" | "));
    }
    for file in summary.files.iter().filter(|file| !file.findings.is_empty() || !file.unreached.is_empty()) {
        let _ = writeln!(text, "\n### {}\n", cell(&file.name));
        for mark in &file.unreached {
            let _ = writeln!(text, "- never reached: {}", code(mark));
        }
        for Finding { fingerprint, group, replay, .. } in &file.findings {
            let _ = writeln!(
                text,
                "- {}: {} runs, lowest seed {}: {}  \n  {}",
                code(fingerprint),
                group.runs,
                group.seed,
                cell(&group.detail),
                code(replay)
            );
        }
    }
    text
}

/// Words in a table or a list, with nothing that Markdown or HTML would take for its own.
fn cell(text: &str) -> String {
    let mut cell = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => cell.push(' '),
            '<' => cell.push_str("&lt;"),
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' => cell.extend(['\\', c]),
            c => cell.push(c),
        }
    }
    cell
}

/// Words as code, whatever quotes are in them.
fn code(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    if longest > 0 { format!("{fence} {text} {fence}") } else { format!("{fence}{text}{fence}") }
}
