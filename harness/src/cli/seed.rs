//! Where a run's seed comes from when the command line says so.

use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::ValueEnum;

/// The two ways to choose a seed.
#[derive(clap::Args, Debug)]
pub(crate) struct SeedArgs {
    /// The seed of the run.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    seed: Option<u64>,
    /// Take the seed from elsewhere: `git` gives every commit a seed of its own, the same wherever it is checked out;
    /// `time` gives another one every second.
    #[arg(long, value_enum, value_name = "WHERE", conflicts_with = "seed")]
    seed_from: Option<SeedFrom>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum SeedFrom {
    /// The hash of the commit that is checked out.
    Git,
    /// The seconds of the clock: other seeds every time.
    Time,
}

impl SeedFrom {
    /// The seed.
    ///
    /// # Errors
    /// Why there is no commit to take it from.
    pub(crate) fn seed(self) -> Result<u64, String> {
        match self {
            SeedFrom::Git => seed_from_git(),
            // A clock before 1970 gives one seed.
            SeedFrom::Time => Ok(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())),
        }
    }
}

impl SeedArgs {
    /// The seed that was asked for, if one was.
    ///
    /// # Errors
    /// Why there is no commit to take it from.
    pub(crate) fn seed(&self) -> Result<Option<u64>, String> {
        match self.seed_from {
            Some(source) => source.seed().map(Some),
            None => Ok(self.seed),
        }
    }
}

fn seed_from_git() -> Result<u64, String> {
    let help = "`--seed-from git` needs a commit; `--seed N` names a seed itself";
    let output = Command::new("git")
        .args(["rev-parse", "--verify", "HEAD"])
        .output()
        .map_err(|error| format!("`git` cannot be run: {error}; {help}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    seed_of_hash(&said).ok_or_else(|| format!("there is no git commit here; {help}"))
}

/// The first 32 bits of a commit's hash: short enough to be typed.
fn seed_of_hash(hash: &str) -> Option<u64> {
    u64::from_str_radix(hash.get(..8)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_a_seed() {
        assert_eq!(seed_of_hash("09cca48f00ba\n"), Some(0x09cc_a48f));
        assert_eq!(seed_of_hash(""), None);
        assert_eq!(seed_of_hash("fatal: not a repository"), None);
    }
}
