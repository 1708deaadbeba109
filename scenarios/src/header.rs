//! What a file says beside its plan: what it is about, what it expects, what it reproduces.

use serde::{Deserialize, Serialize};

/// What a scenario expects of its runs.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum Expect {
    /// Every check passes.
    #[default]
    Pass,
    /// The check of this name fails: `unique(primary)`, or only its first word, `unique`.
    Fail(String),
}

impl Expect {
    /// Whether the failure that is expected is one of the check called `name`, as [`sim_core::check::Check::name`]
    /// says it.
    ///
    /// ```
    /// # use scenarios::Expect;
    /// assert!(Expect::Fail("unique".into()).names("unique(primary)"));
    /// assert!(!Expect::Fail("uni".into()).names("unique(primary)"));
    /// assert!(!Expect::Pass.names("unique(primary)"));
    /// ```
    pub fn names(&self, name: &str) -> bool {
        match self {
            Expect::Pass => false,
            Expect::Fail(wanted) => name == wanted || name.split('(').next() == Some(wanted),
        }
    }
}

/// Which recorded failure a file reproduces.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reproduces {
    /// The engine's version at the time: another engine may not reproduce it.
    pub engine: u32,
    /// The fingerprint of the violation.
    pub fingerprint: String,
    /// The digest of the run, 16 hexadecimal digits.
    pub digest: String,
    /// The shrinker's word that nothing more can go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate>,
}

/// The shrinker's statement that a plan is 1-minimal: each of its elements was removed alone, each of its settings put back
/// to its default, and every time the failure went away.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// How many plans were run on the way.
    pub tries: u64,
    /// How many elements are left, each of which is needed.
    pub elements: u64,
    /// How many single deletions and resets were tried again at the end, and all refused.
    pub refused: u64,
}

/// The part of a printed file that is not the plan.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Header {
    /// Lines of comment at the top, without the slashes.
    pub comments: Vec<String>,
    /// What the file is about.
    pub about: String,
    /// What its run is expected to do.
    pub expect: Expect,
    /// What it reproduces.
    pub reproduces: Option<Reproduces>,
}
