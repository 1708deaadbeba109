//! What makes two reports parts of one sweep: the same program, the same files, the same seeds.

use std::{env, fs, io};

use scenarios::Expect;
use serde::{Deserialize, Serialize};
use sim_core::ENGINE;
use sim_core::digest::Digest;

use super::seeds::Seeds;
use crate::load::Loaded;

/// The version of the report's format.
pub(crate) const VERSION: u32 = 1;

/// What a sweep is of.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Identity {
    /// The version of the report's format.
    pub(crate) version: u32,
    /// The engine's version.
    pub(crate) engine: u32,
    /// A digest of the program that ran it: it holds the protocols.
    pub(crate) program: String,
    /// The seeds that each file shall be run under, over all shards.
    pub(crate) seeds: Seeds,
    /// The scenario files, in the order of the command line.
    pub(crate) files: Vec<File>,
}

/// One scenario file of a sweep.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    /// The file as the user named it.
    pub(crate) name: String,
    /// A digest of its bytes.
    pub(crate) digest: String,
    /// The protocol that it is about.
    pub(crate) protocol: String,
    /// The check that it expects to fail, if it does.
    pub(crate) expect_fail: Option<String>,
    /// Its checks by name.
    pub(crate) checks: Vec<String>,
}

impl Identity {
    /// The identity of a sweep by this program.
    ///
    /// # Errors
    /// If the program cannot read itself.
    pub(crate) fn of(files: &[Loaded], seeds: Seeds) -> io::Result<Identity> {
        let files = files.iter().map(File::of);
        let program = digest_of(&fs::read(env::current_exe()?)?);
        Ok(Identity { version: VERSION, engine: ENGINE, program, seeds, files: files.collect() })
    }

    /// In what `other` is another sweep; `None` if it is the same.
    pub(crate) fn difference(&self, other: &Identity) -> Option<String> {
        let differs = |what: &str, ours: &dyn ToString, theirs: &dyn ToString| {
            let (ours, theirs) = (ours.to_string(), theirs.to_string());
            (ours != theirs).then(|| format!("the {what} is {theirs}, not {ours}"))
        };
        let names = |identity: &Identity| {
            identity.files.iter().map(|file| format!("`{}`", file.name)).collect::<Vec<_>>().join(", ")
        };
        let changed =
            |(ours, theirs): (&File, &File)| (ours != theirs).then(|| format!("the file `{}` has changed", ours.name));
        differs("format", &self.version, &other.version)
            .or_else(|| differs("engine", &self.engine, &other.engine))
            .or_else(|| differs("list of files", &names(self), &names(other)))
            .or_else(|| self.files.iter().zip(&other.files).find_map(changed))
            .or_else(|| differs("range of seeds", &self.seeds, &other.seeds))
            .or_else(|| differs("program's digest", &self.program, &other.program))
    }
}

impl File {
    /// A scenario file as it is now.
    pub(crate) fn of(loaded: &Loaded) -> File {
        File {
            name: loaded.source.name.clone(),
            digest: digest_of(&loaded.source.bytes),
            protocol: loaded.scenario.protocol().to_owned(),
            expect_fail: match loaded.scenario.expect() {
                Expect::Pass => None,
                Expect::Fail(check) => Some(check.clone()),
            },
            checks: loaded.scenario.expand(loaded.scenario.seed()).checks.iter().map(|check| check.name()).collect(),
        }
    }
}

fn digest_of(bytes: &[u8]) -> String {
    format!("{:016x}", Digest::of(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::testing::identity;

    #[test]
    fn every_difference_is_named() {
        let ours = identity(Seeds::bounded(0..100));
        assert_eq!(ours.difference(&ours.clone()), None);
        let alter = |change: &dyn Fn(&mut Identity)| {
            let mut theirs = ours.clone();
            change(&mut theirs);
            ours.difference(&theirs).unwrap()
        };
        assert_eq!(alter(&|it| it.engine = 77), format!("the engine is 77, not {ENGINE}"));
        assert_eq!(alter(&|it| it.seeds = Seeds::bounded(0..99)), "the range of seeds is 0..99, not 0..100");
        assert_eq!(alter(&|it| it.files[0].digest.push('0')), "the file `a.ron` has changed");
        assert_eq!(alter(&|it| it.files[0].name = "b.ron".to_owned()), "the list of files is `b.ron`, not `a.ron`");
        assert!(alter(&|it| it.program.clear()).contains("program"));
    }
}
