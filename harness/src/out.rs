//! The folder for what squall writes: complete files only, never half of one.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;

/// Where reproductions go, relative to the working directory.
pub(crate) const FOLDER: &str = "squall-out";

/// Writes `squall-out/<scenario>-<fingerprint>.ron` and gives its path.
///
/// # Errors
/// What the file system says.
pub(crate) fn write_reproduction(scenario: &str, fingerprint: &str, text: &str) -> io::Result<PathBuf> {
    fs::create_dir_all(FOLDER)?;
    let path = reproduction_path(scenario, fingerprint);
    write_whole(&path, text.as_bytes())?;
    Ok(path)
}

/// Where the reproduction of this failure goes.
pub(crate) fn reproduction_path(scenario: &str, fingerprint: &str) -> PathBuf {
    Path::new(FOLDER).join(format!("{}-{}.ron", slug(scenario), slug(fingerprint)))
}

/// Writes a file under a temporary name beside `path` and renames it, so that nobody ever sees half of it. A file that
/// is there keeps its permissions.
///
/// # Errors
/// What the file system says.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?.to_owned();
    name.push(format!(".{}.tmp", process::id()));
    let temporary = path.with_file_name(name);
    let permissions = fs::metadata(path).ok().map(|there| there.permissions());
    let written = File::create(&temporary)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| permissions.map_or(Ok(()), |permissions| fs::set_permissions(&temporary, permissions)))
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// The longest part of a file name.
const LONGEST_SLUG: usize = 60;

/// Letters and digits of `text` in lower case, everything else a single dash.
pub(crate) fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || c == '_' {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= LONGEST_SLUG {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "run".to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_plain() {
        assert_eq!(slug("unique(primary)/two-nodes"), "unique-primary-two-nodes");
        assert_eq!(slug("no-panic/on_timer Tick: index ## ../../etc"), "no-panic-on_timer-tick-index-etc");
        assert_eq!(slug("///"), "run");
        assert_eq!(slug(&"x".repeat(500)).len(), LONGEST_SLUG);
    }

    #[test]
    fn a_failed_write_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("taken");
        fs::create_dir(&target).unwrap();
        assert!(write_whole(&target, b"text").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        write_whole(&folder.path().join("file"), b"text").unwrap();
        assert_eq!(fs::read(folder.path().join("file")).unwrap(), b"text");
    }
}
