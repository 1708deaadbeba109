//! Golden digests pin the engine: a change here is a change of draws or of the order of events, and needs a new
//! `sim_core::ENGINE`. `SQUALL_BLESS=1 cargo test` rewrites the file; review the difference.

use std::fmt::Write;
use std::fs;

use crate::common::{Case, files, root};

/// The protocols whose runs are pinned: small, and together they use every part of the engine that draws.
const PINNED: [&str; 2] = ["echo", "heartbeat"];

#[test]
fn digests_are_what_they_were() {
    let path = root().join("tests/golden/digests.txt");
    let mut text = format!("# engine {}: scenario, seed, events, digest\n", sim_core::ENGINE);
    let catalog = root().join("scenarios/catalog");
    for file in PINNED.iter().flat_map(|protocol| files(&catalog.join(protocol), "ron")) {
        let name = file.strip_prefix(&catalog).expect("below the catalogue").with_extension("");
        let mut case = Case::of_file(&file);
        for seed in 0..3 {
            let outcome = case.run_seed(seed);
            let name = name.display();
            writeln!(text, "{name} {seed} {} {}", outcome.events, outcome.digest).expect("a string");
        }
    }
    if std::env::var_os("SQUALL_BLESS").is_some() {
        fs::write(&path, &text).expect("tests/golden can be written to");
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    let differing: Vec<_> = text.lines().filter(|line| !golden.lines().any(|old| old == *line)).collect();
    assert!(golden == text, "digests have changed; the new lines:\n{}", differing.join("\n"));
}
