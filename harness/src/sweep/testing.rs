//! What the tests of sweeps share.

use sim_core::ENGINE;

use super::identity::{File, Identity, VERSION};
use super::seeds::Seeds;

/// A sweep of one file, `a.ron`, that checks `unique(primary)` and `sometimes(primary)`.
pub(crate) fn identity(seeds: Seeds) -> Identity {
    let file = File {
        name: "a.ron".to_owned(),
        digest: "0123456789abcdef".to_owned(),
        protocol: "echo".to_owned(),
        expect_fail: None,
        checks: vec!["unique(primary)".to_owned(), "sometimes(primary)".to_owned()],
    };
    Identity { version: VERSION, engine: ENGINE, program: "fedcba9876543210".to_owned(), seeds, files: vec![file] }
}
