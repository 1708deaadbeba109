//! Seeds that take their process down are findings like others, and the sweep goes on.

use serde_json::Value;

use super::{Folder, wreck};

/// The summary of a sweep of two files, one of which dies under every seed.
fn summary(deed: &str) -> Value {
    let folder = Folder::with(&format!("lost-{deed}"), &[("dies.ron", &wreck(deed)), ("lives.ron", &wreck("Behave"))]);
    let report = folder.run(1, &["sweep", "dies.ron", "lives.ron", "--seeds", "0..3", "--format", "json"]);
    let last = report.lines().last().expect("a summary");
    serde_json::from_str::<Value>(last).expect("an object")["summary"].take()
}

#[test]
fn a_seed_that_kills_the_worker_is_isolated_and_told() {
    for (deed, status) in [("CallItself", "SIGABRT"), ("Exit", "exit status: 0")] {
        let summary = summary(deed);
        let (dies, lives) = (&summary["files"][0], &summary["files"][1]);
        assert_eq!((&dies["failed"], &lives["passed"]), (&3.into(), &3.into()), "{summary:#}");
        let finding = &dies["findings"][0];
        assert_eq!(dies["findings"].as_array().map(Vec::len), Some(1), "one group: {summary:#}");
        assert_eq!((&finding["kind"], &finding["seed"]), (&"died".into(), &0.into()));
        assert_eq!(finding["fingerprint"], "crashed/on_message Ping");
        let detail = finding["detail"].as_str().expect("words");
        assert!(detail.contains(status), "`{status}` is not in: {detail}");
        assert_eq!(finding["replay"], "squall run dies.ron --seed 0");
    }
}
