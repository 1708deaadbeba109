//! The report as data: one JSON object a run, on one line.

use scenarios::Expect;
use scenarios::shrink::Size;
use serde_json::{Map, Value, json};
use sim_core::ENGINE;
use sim_core::check::{CheckOutcome, Verdict};
use sim_core::outcome::{Amount, Measure};

use crate::exit::Exit;
use crate::report::{Report, Reproduction};
use crate::story::Story;

/// The object of one run.
pub(crate) fn object(report: &Report) -> Value {
    let fired: Map<String, Value> =
        report.fired.iter().map(|(family, count)| (family.name().to_owned(), json!(count))).collect();
    let expectation = match &report.expect {
        Expect::Pass => "pass".to_owned(),
        Expect::Fail(check) => format!("fail: {check}"),
    };
    json!({
        "scenario": report.scenario,
        "file": report.file,
        "protocol": report.protocol,
        "seed": report.seed,
        "engine": ENGINE,
        "verdict": report.overall.word(),
        "expected": report.exit == Exit::Met,
        "expectation": expectation,
        "digest": report.digest,
        "events": report.events,
        "sim_ns": report.simulated.0,
        "checks": report.checks.iter().map(check).collect::<Vec<_>>(),
        "fired": fired,
        "measures": report.measures.iter().map(measure).collect::<Vec<_>>(),
        "runs_alike": report.runs_alike,
        "story": report.story.as_ref().map(story),
        "reproduction": report.reproduction.as_ref().map(reproduction),
        "replay": report.replay,
    })
}

fn check(check: &CheckOutcome) -> Value {
    let (fingerprint, detail) = match &check.verdict {
        Verdict::Pass => (None, None),
        Verdict::Undecided(why) => (None, Some(why)),
        Verdict::Fail(violation) => (Some(&violation.fingerprint), Some(&violation.detail)),
    };
    json!({ "name": check.name, "verdict": check.verdict.word(), "fingerprint": fingerprint, "detail": detail })
}

fn measure(measure: &Measure) -> Value {
    let (amount, unit) = match measure.amount {
        Amount::Count(count) => (count, "count"),
        Amount::Span(span) => (span.0, "ns"),
        Amount::Share(ppb) => (u64::from(ppb), "ppb"),
    };
    json!({ "name": measure.name, "amount": amount, "unit": unit })
}

fn story(story: &Story) -> Value {
    let steps = story
        .steps
        .iter()
        .map(|step| json!({ "at_ns": step.at.0, "place": step.place, "text": step.text, "shows": step.shows }));
    json!({ "untold": story.untold, "steps": steps.collect::<Vec<_>>(), "end": story.end })
}

fn reproduction(reproduction: &Reproduction) -> Value {
    json!({
        "file": reproduction.file,
        "fingerprint": reproduction.fingerprint,
        "digest": reproduction.digest,
        "tries": reproduction.tries,
        "certified": reproduction.refused.is_some(),
        "before": size(&reproduction.before),
        "after": size(&reproduction.after),
        "free": reproduction.free,
        "others": reproduction.others.iter().map(|(fingerprint, file)| json!({ "fingerprint": fingerprint, "file": file })).collect::<Vec<_>>(),
    })
}

fn size(size: &Size) -> Value {
    json!({
        "nodes": size.nodes,
        "clients": size.clients,
        "operations": size.operations,
        "windows": size.windows,
        "exceptions": size.exceptions,
    })
}
