//! Failures that were found before: files that are run ahead of new seeds.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use sim_core::ENGINE;

use super::{Failed, runner};
use crate::case::{Case, How};
use crate::exit::Exit;
use crate::human;
use crate::label::Label;
use crate::load::{Loaded, load};
use crate::out::{slug, write_whole};
use crate::registry::Registry;
use crate::report::{Report, replay_command};
use crate::screen::Screen;

/// The folder with the failures of one scenario.
pub(crate) struct Regressions {
    folder: PathBuf,
}

impl Regressions {
    /// `folder/<scenario>`.
    pub(crate) fn of(folder: &Path, scenario: &str) -> Regressions {
        Regressions { folder: folder.join(slug(scenario)) }
    }

    /// Runs every file of the folder, in the order of names.
    ///
    /// # Errors
    /// The page of the first that still fails, or that is no scenario any more.
    pub(crate) fn replay(&self, registry: &Registry) -> Result<(), Failed> {
        let files = self.files().map_err(|error| {
            Failed::because(format!("the folder `{}` cannot be read: {error}", self.folder.display()))
        })?;
        for path in files {
            let loaded = load(registry, &path).map_err(|refused| Failed::refused(&refused))?;
            if let Some(note) = replay(registry, &loaded)? {
                // Straight to stderr: what a test that passes prints is not shown.
                Screen::default().talk(&note);
            }
        }
        Ok(())
    }

    /// Moves the reproduction of a failure here. A folder that cannot be written takes nothing away from the verdict.
    pub(crate) fn keep(&self, report: &mut Report) {
        let Some(reproduction) = &mut report.reproduction else { return };
        match self.take(Path::new(&reproduction.file), &reproduction.fingerprint) {
            Ok(path) => {
                reproduction.file = path.display().to_string();
                report.replay = replay_command(&reproduction.file);
            }
            Err(error) => Screen::default()
                .talk(&format!("warning: the failure could not be kept in `{}`: {error}", self.folder.display())),
        }
    }

    fn take(&self, from: &Path, fingerprint: &str) -> io::Result<PathBuf> {
        let to = self.folder.join(format!("{}.ron", slug(fingerprint)));
        // The comment at the top says how to see it again.
        let old = replay_command(&from.display().to_string());
        let text = fs::read_to_string(from)?.replacen(&old, &replay_command(&to.display().to_string()), 1);
        fs::create_dir_all(&self.folder)?;
        write_whole(&to, text.as_bytes())?;
        fs::remove_file(from)?;
        Ok(to)
    }

    fn files(&self) -> io::Result<Vec<PathBuf>> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut files = Vec::new();
        for entry in entries {
            let path = entry?.path();
            if path.extension() == Some(OsStr::new("ron")) {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }
}

/// Runs one file. What is to be said of one that no longer fails.
fn replay(registry: &Registry, loaded: &Loaded) -> Result<Option<String>, Failed> {
    let (name, seed, screen) = (&loaded.source.name, loaded.scenario.seed(), Screen::default());
    let case = Case { registry, screen: &screen, loaded, seed };
    let told = case.run(&mut *runner(registry, loaded), How::default());
    let report = told.map_err(|why| Failed::new(&why.page(&Label::of(loaded, seed))))?;
    let expects_failure = loaded.scenario.expect() != &scenarios::Expect::Pass;
    match (report.overall, expects_failure) {
        (crate::judge::Overall::Pass, true) => Ok(Some(gone(name, loaded))),
        _ if report.exit == Exit::Met && !expects_failure => Ok(None),
        _ => Err(Failed::new(&format!("a failure that was found before: {}\n", human::page(&report)))),
    }
}

/// A file that no longer fails.
fn gone(name: &str, loaded: &Loaded) -> String {
    let made_by = loaded.scenario.reproduces().map_or(ENGINE, |reproduces| reproduces.engine);
    let why = if made_by == ENGINE {
        "write `expect: Pass` in it to keep it as a test, or remove it".to_owned()
    } else {
        format!("but it was made by engine {made_by}, and this is {ENGINE}: it may not show any more what it did")
    };
    format!("note: `{name}` no longer fails: {why}")
}
