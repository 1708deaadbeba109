//! A sweep as JUnit XML: a suite for each file, a case for each check, a failed case for each group of failures.
//!
//! It carries no times, so that the same sweep gives the same bytes.

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::page::short_words;
use super::tally::Kind;
use super::verdict::{FileSummary, Finding, Summary};
use crate::exit::Exit;

/// The XML document.
///
/// # Errors
/// What the writer says.
pub(crate) fn xml(summary: &Summary) -> Result<String, String> {
    let mut report = Report::new("squall");
    report.add_test_suites(summary.files.iter().map(|file| suite(summary, file)));
    if !summary.gaps.is_empty() {
        let mut suite = TestSuite::new("missing");
        let lost =
            |gap: &String| TestCase::new(&**gap, trouble(NonSuccessKind::Error, "missing", "it was not run", gap));
        suite.add_test_cases(summary.gaps.iter().map(lost));
        report.add_test_suite(suite);
    }
    report.to_string().map_err(|error| error.to_string())
}

fn suite(summary: &Summary, file: &FileSummary) -> TestSuite {
    let mut suite = TestSuite::new(&*file.name);
    let mut property = |name: &str, value: String| {
        suite.add_property(Property::new(name, value));
    };
    property("seeds", summary.seeds.to_string());
    property("runs", file.total.runs().to_string());
    if let Some(ended) = summary.short {
        property("ended", short_words(ended).to_owned());
    }
    for (family, fired) in &file.total.fired {
        property(&format!("fired.{family}"), fired.effects.to_string());
    }
    for (fact, recorded) in &file.total.recorded {
        property(&format!("recorded.{fact}"), recorded.effects.to_string());
    }
    let troubled: Vec<&str> = file.findings.iter().map(|finding| finding.group.check.as_str()).collect();
    for check in &file.checks {
        if file.unreached.contains(check) {
            let words = "no run of the sweep reached it";
            suite.add_test_case(case(file, check, trouble(NonSuccessKind::Failure, "unreached", words, words)));
        } else if !troubled.contains(&check.as_str()) {
            suite.add_test_case(case(file, check, TestCaseStatus::success()));
        }
    }
    suite.add_test_cases(file.findings.iter().map(|finding| of_finding(file, finding)));
    if file.expect_fail.is_some() && !file.shows_what_it_expects() && file.exit == Exit::Missed {
        let words = "the failure that the scenario expects was not found";
        suite.add_test_case(case(file, "expectation", trouble(NonSuccessKind::Failure, "missed", words, words)));
    }
    suite
}

fn of_finding(file: &FileSummary, finding: &Finding) -> TestCase {
    let group = &finding.group;
    let message = format!("{} runs, lowest seed {}: {}", group.runs, group.seed, group.detail);
    let text = format!("{}\n{}\nreplay: {}", group.detail, finding.again_words(), finding.replay);
    let status = match group.kind {
        _ if group.expected => TestCaseStatus::success(),
        Kind::Failed => trouble(NonSuccessKind::Failure, "failed", &message, &text),
        Kind::Hung => trouble(NonSuccessKind::Error, "hung", &message, &text),
        Kind::Died => trouble(NonSuccessKind::Error, "died", &message, &text),
        Kind::Undecided => trouble(NonSuccessKind::Error, "undecided", &message, &text),
    };
    case(file, &finding.fingerprint, status)
}

fn trouble(kind: NonSuccessKind, word: &str, message: &str, text: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(word).set_message(message).set_description(text);
    status
}

fn case(file: &FileSummary, name: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname(&*file.name);
    case
}
