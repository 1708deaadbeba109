//! The report as a page for a person: one screen, the verdict first, the command to see it again last.

use scenarios::Expect;
use scenarios::shrink::Size;
use sim_core::check::{CheckOutcome, Verdict};
use sim_core::outcome::Amount;

use crate::exit::Exit;
use crate::judge::Overall;
use crate::report::{Report, Reproduction};
use crate::screen::{BAD, FAINT, GOOD, STRONG, UNSURE, styled};
use crate::story::{Step, Story};
use crate::words::{counted, grouped, rounded, seconds, wrapped};

/// How many checks that did not pass are told in full.
const MOST_CHECKS: usize = 4;

/// How many measures are shown; JSON has them all.
const MOST_MEASURES: usize = 12;

/// How wide a row may be, in characters, and where its further lines begin.
const WIDTH: usize = 110;
const INDENT: usize = 11;

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
    if let Some(reproduction) = &report.reproduction {
        say(&row("shrunk", &shrunk_words(reproduction)));
        if !reproduction.others.is_empty() {
            let words = reproduction.others.iter().map(|(fingerprint, file)| format!("{fingerprint} in {file}"));
            say(&row("also met", &words.collect::<Vec<_>>().join(", ")));
        }
    }
    if let Some(story) = &report.story {
        say(&story_lines(story, &report.checks));
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
    let mut words: Vec<String> = Vec::new();
    for measure in &report.measures {
        let amount = match measure.amount {
            Amount::Count(count) => grouped(count),
            Amount::Span(span) => rounded(span),
            share @ Amount::Share(_) => share.to_string(),
        };
        let word = format!("{} {amount}", measure.name);
        // Two checks may have measured the same.
        if !words.contains(&word) {
            words.push(word);
        }
    }
    if words.len() > MOST_MEASURES {
        let more = words.len() - MOST_MEASURES;
        words.truncate(MOST_MEASURES);
        words.push(format!("{more} more with `--format json`"));
    }
    words.join(", ")
}

fn story_lines(story: &Story, checks: &[CheckOutcome]) -> String {
    let mut text = format!("  {}", styled(FAINT, "story"));
    if story.untold > 0 {
        text.push_str(&format!(
            "    {}",
            styled(FAINT, &format!("({} not told)", counted(story.untold as u64, "step")))
        ));
    }
    for (line, Step { shows, .. }) in step_lines(story).iter().zip(&story.steps) {
        let mark = if *shows { styled(BAD, ">") } else { " ".to_owned() };
        text.push_str(&format!("\n  {mark} {line}"));
    }
    // A shrunk run may fail at another time than the one it was made from.
    let said =
        |check: &CheckOutcome| matches!(&check.verdict, Verdict::Fail(violation) if violation.detail == story.end);
    if !checks.iter().any(said) {
        text.push_str(&format!("\n  {} {}", styled(BAD, "="), story.end));
    }
    text
}

/// The steps of a story in columns: time, place, what happened.
pub(crate) fn step_lines(story: &Story) -> Vec<String> {
    let width = |words: &dyn Fn(&Step) -> usize| story.steps.iter().map(words).max().unwrap_or(0);
    let time_width = width(&|step| seconds(step.at).len());
    let place_width = width(&|step| step.place.chars().count());
    let line =
        |Step { at, place, text, .. }: &Step| format!("{:>time_width$}  {place:<place_width$}  {text}", seconds(*at));
    story.steps.iter().map(line).collect()
}

fn shrunk_words(reproduction: &Reproduction) -> String {
    let Reproduction { before, after, tries, refused, .. } = reproduction;
    let proof = match refused {
        Some(refused) => format!("nothing more can go ({} refused)", counted(*refused, "single removal")),
        None => "stopped early, so more may be able to go".to_owned(),
    };
    format!("to {} from {} in {}; {proof}", size_words(after), size_words(before), counted(*tries, "run"))
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

/// A row of the page, broken between words where it would be too wide.
fn row(name: &str, text: &str) -> String {
    format!("  {} {}", styled(FAINT, &format!("{name:<8}")), wrapped(text, WIDTH, INDENT))
}

#[cfg(test)]
mod tests {
    use sim_core::Time;
    use sim_core::check::Verdict;
    use sim_core::outcome::Measure;
    use snapbox::{assert_data_eq, str};

    use super::*;
    use crate::testing::violation_of;

    fn report() -> Report {
        Report {
            scenario: "split".to_owned(),
            file: "scenarios/split.ron".to_owned(),
            about: "Can both sides of a partition elect a primary?".to_owned(),
            protocol: "primary-backup".to_owned(),
            seed: 7,
            nodes: 3,
            clients: 1,
            overall: Overall::Pass,
            exit: Exit::Met,
            expect: Expect::Pass,
            digest: "0123456789abcdef".to_owned(),
            events: 12_345,
            simulated: Time(20_000_000_000),
            checks: vec![CheckOutcome { name: "no-panic".to_owned(), verdict: Verdict::Pass }],
            fired: vec![],
            measures: vec![Measure { name: "messages sent".to_owned(), amount: Amount::Count(4321) }],
            runs_alike: None,
            story: None,
            reproduction: None,
            replay: "squall run scenarios/split.ron --seed 7".to_owned(),
        }
    }

    fn plain(report: &Report) -> String {
        anstream::adapter::strip_str(&page(report)).to_string()
    }

    #[test]
    fn a_pass() {
        assert_data_eq!(
            plain(&report()),
            str![[r#"
PASS  split, seed 7: primary-backup on 3 nodes and 1 client, 12,345 events in 20s simulated
  Can both sides of a partition elect a primary?
  checks   no-panic pass
  fired    nothing
  measures messages sent 4,321
  digest   0123456789abcdef
  replay   squall run scenarios/split.ron --seed 7
"#]]
        );
    }

    #[test]
    fn a_failure_with_everything() {
        let size = |exceptions| Size { nodes: 3, clients: 0, operations: 0, windows: 1, exceptions };
        let step = |at, place: &str, text: &str, shows| Step {
            at: Time(at),
            place: place.to_owned(),
            text: text.to_owned(),
            shows,
        };
        let mut report = report();
        report.overall = Overall::Fail;
        report.exit = Exit::Missed;
        report.checks.push(CheckOutcome {
            name: "unique(primary)".to_owned(),
            verdict: Verdict::Fail(violation_of("unique(primary)/two-nodes", &[3])),
        });
        report.fired = vec![(sim_core::fault::Family::Partition, 1200)];
        report.story = Some(Story {
            untold: 12,
            end: "b and c are both primary at 13s".to_owned(),
            steps: vec![
                step(1_500_000_000, "", "partition a | b, c begins", false),
                step(13_000_000_000, "b", "records primary(2) = b", true),
            ],
        });
        report.reproduction = Some(Reproduction {
            file: "squall-out/split-unique-primary-two-nodes.ron".to_owned(),
            fingerprint: "unique(primary)/two-nodes".to_owned(),
            digest: "fedcba9876543210".to_owned(),
            tries: 214,
            refused: Some(4),
            before: size(2_000),
            after: size(0),
            free: Vec::new(),
            others: vec![("unique(primary)/one".to_owned(), "squall-out/split-unique-primary-one.ron".to_owned())],
        });
        report.runs_alike = Some(4);
        report.replay = "squall replay squall-out/split-unique-primary-two-nodes.ron".to_owned();
        assert_data_eq!(
            plain(&report),
            str![[r#"
FAIL  split, seed 7: primary-backup on 3 nodes and 1 client, 12,345 events in 20s simulated
  Can both sides of a partition elect a primary?
  unique(primary): n0 and n1 are both primary at 3s
  checks   no-panic pass, unique(primary) fail
  fired    partition 1,200
  measures messages sent 4,321
  shrunk   to 3 nodes, 1 window from 3 nodes, 1 window, 2,000 exceptions in 214 runs; nothing more can go (4
           single removals refused)
  also met unique(primary)/one in squall-out/split-unique-primary-one.ron
  story    (12 steps not told)
     1.500000s     partition a | b, c begins
  > 13.000000s  b  records primary(2) = b
  = b and c are both primary at 13s
  digest   0123456789abcdef (alike in 4 runs, one in a fresh process)
  replay   squall replay squall-out/split-unique-primary-two-nodes.ron
"#]]
        );
    }

    #[test]
    fn the_headline_says_whether_it_came_as_expected() {
        let headlines = [
            (Overall::Fail, Exit::Met, Expect::Fail("unique".to_owned())),
            (Overall::Pass, Exit::Missed, Expect::Fail("unique".to_owned())),
            (Overall::Undecided, Exit::Undecided, Expect::Pass),
        ]
        .map(|(overall, exit, expect)| Report { overall, exit, expect, ..report() })
        .map(|report| plain(&report).lines().next().unwrap_or_default().to_owned());
        assert_data_eq!(
            headlines.join("\n"),
            str![[r#"
FAIL as expected  split, seed 7: primary-backup on 3 nodes and 1 client, 12,345 events in 20s simulated
PASS but expected `unique` to fail  split, seed 7: primary-backup on 3 nodes and 1 client, 12,345 events in 20s simulated
UNDECIDED  split, seed 7: primary-backup on 3 nodes and 1 client, 12,345 events in 20s simulated
"#]]
        );
    }

    #[test]
    fn many_failures_still_fit_the_screen() {
        let failed = |n: u32| CheckOutcome {
            name: format!("never(fact{n})"),
            verdict: Verdict::Fail(violation_of("never/recorded", &[n])),
        };
        let report = Report { overall: Overall::Fail, checks: (0..40).map(failed).collect(), ..report() };
        let page = plain(&report);
        assert!(page.lines().count() < 24, "{page}");
        assert!(page.contains("and 36 more checks that did not pass"), "{page}");
    }
}
