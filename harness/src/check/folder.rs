//! What the tests that `scenarios!` makes do: they run their files, and see that none has come or gone since.

use std::path::Path;
use std::{fs, io};

use super::{Check, check};

/// Runs a scenario file as `how` says. Called by [`scenarios!`](crate::scenarios).
///
/// # Panics
/// As [`Check::run`] does.
#[doc(hidden)]
#[track_caller]
pub fn run_scenario(path: &str, how: impl FnOnce(Check) -> Check) {
    how(check(path)).run();
}

/// Fails if the scenario files below `folder` are not exactly these, which are relative to it. Called by
/// [`scenarios!`](crate::scenarios).
///
/// # Panics
/// If a file came or went after the test was built.
#[doc(hidden)]
#[track_caller]
pub fn assert_scenarios(folder: &str, known: &[&str]) {
    let mut found = Vec::new();
    if let Err(error) = collect(Path::new(folder), "", &mut found) {
        panic!("the folder `{folder}` cannot be read: {error}");
    }
    let new: Vec<_> = found.iter().filter(|file| !known.contains(&file.as_str())).collect();
    let gone: Vec<_> = known.iter().filter(|file| !found.iter().any(|it| it == *file)).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "since this test was built, files below `{folder}` came {new:?} and went {gone:?}: build it again (touch the file \
         with `scenarios!`)"
    );
}

fn collect(folder: &Path, before: &str, found: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = if before.is_empty() { name.into_owned() } else { format!("{before}/{name}") };
        if path.is_dir() {
            collect(&path, &name, found)?;
        } else if path.extension().is_some_and(|ending| ending == "ron") {
            found.push(name);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_came_are_noticed() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("ring")).unwrap();
        for file in ["one.ron", "ring/two.ron", "notes.md"] {
            fs::write(folder.path().join(file), "").unwrap();
        }
        let path = folder.path().to_str().unwrap();
        assert_scenarios(path, &["one.ron", "ring/two.ron"]);
        for known in [&["one.ron"][..], &["one.ron", "ring/two.ron", "three.ron"]] {
            assert!(std::panic::catch_unwind(|| assert_scenarios(path, known)).is_err(), "{known:?}");
        }
    }
}
