//! Every file of the catalogue says why it exists, and does what it expects: its own seed, and more seeds where nothing
//! may go wrong.

use scenarios::Expect;
use sim_core::fault::Family;

use crate::common::{Case, catalog, files, root};

/// Seeds of each file that expects a pass.
const SEEDS: u64 = 25;

#[test]
fn every_file_does_what_it_expects() {
    let mut missed = Vec::new();
    let paths = files(&root().join("scenarios/catalog"), "ron");
    assert!(paths.len() >= 14, "the catalogue is here");
    for path in paths {
        let mut case = Case::of_file(&path);
        let own = case.scenario.seed();
        let more = if *case.scenario.expect() == Expect::Pass { 0..SEEDS } else { 0..0 };
        for seed in std::iter::once(own).chain(more) {
            let outcome = case.run_seed(seed);
            if !case.is_expected(&outcome) {
                missed.push(format!("{} --seed {seed}: {:?} {:?}", path.display(), outcome.end, outcome.checks));
            }
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn every_file_opens_with_why_it_exists() {
    for path in files(&root().join("scenarios/catalog"), "ron") {
        let text = std::fs::read_to_string(&path).expect("readable");
        assert!(text.starts_with("//"), "{} does not open with a comment", path.display());
        assert!(!Case::of_text(&text).scenario.about().is_empty(), "{} has no `about`", path.display());
    }
}

#[test]
fn every_family_of_faults_has_a_file_in_which_it_really_fires() {
    for family in Family::ALL {
        let mut case = Case::of_file(&catalog(&format!("faults/{}", family.name())));
        let seed = case.scenario.seed();
        let outcome = case.run_seed(seed);
        assert!(outcome.fired.of(*family) > 0, "{} fired: {:?}", family.name(), outcome.fired);
    }
}
