//! Every reproduction in `tests/regressions` is replayed: the bugs that were found once are still found, though the
//! protocols have changed since.
//!
//! They were written by `squall shrink`. One that no longer fails because its bug was mended says `expect: Pass`.

use scenarios::Expect;
use sim_core::check::Verdict;

use crate::common::{Case, files, root};

#[test]
fn every_regression_does_what_it_records() {
    let paths = files(&root().join("tests/regressions"), "ron");
    assert!(!paths.is_empty(), "the regressions are here");
    for path in paths {
        let mut case = Case::of_file(&path);
        let outcome = case.run_seed(case.scenario.seed());
        assert!(case.is_expected(&outcome), "{}: {:?}", path.display(), outcome.checks);
        let reproduces = case.scenario.reproduces().expect("a reproduction says what it reproduces");
        let fails = outcome.checks.iter().any(
            |check| matches!(&check.verdict, Verdict::Fail(violation) if violation.fingerprint == reproduces.fingerprint),
        );
        assert_eq!(fails, *case.scenario.expect() != Expect::Pass, "{}", path.display());
        if outcome.digest.to_string() != reproduces.digest {
            println!("note: {} is another run than it was", path.display());
        }
    }
}
