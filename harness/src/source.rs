//! Scenario files as bytes: from disk, or from the catalogue inside the binary.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use scenarios::{Code, Diagnostic};

use crate::catalog;

/// The largest file that is read, in bytes. A frozen storm of a million packets is a quarter of it.
const LARGEST: u64 = 256 << 20;

/// The code of files that cannot be read at all.
pub(crate) const UNREADABLE: Code = Code("F001");

/// What `squall explain F001` says.
pub(crate) const UNREADABLE_EXPLAINED: &str = "\
The file could not be read: it does not exist, is a directory, may not be read by this user, or is larger than 256 MiB.
Scenario files are named one by one; the shell expands patterns, as in `squall run scenarios/*.ron`. A name that is no
file may be one of the catalogue inside the binary, as `squall list` shows them.";

/// A file's bytes and the name under which reports show it.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// The path as the user gave it, or the name in the catalogue.
    pub(crate) name: String,
    /// What is in it.
    pub(crate) bytes: Vec<u8>,
}

impl Source {
    /// Reads a file, or takes the entry of this name from the catalogue if there is no such file.
    ///
    /// # Errors
    /// Why it could not be read, as the loader would say it.
    pub(crate) fn read(path: &Path) -> Result<Source, Box<Diagnostic>> {
        let name = path.display().to_string();
        match catalog::find(&name) {
            Some(entry) if !path.exists() => {
                Ok(Source { name: entry.name.to_owned(), bytes: entry.text.as_bytes().to_vec() })
            }
            _ => Source::of_file(path),
        }
    }

    /// Reads a file, never the catalogue.
    ///
    /// # Errors
    /// Why it could not be read, as the loader would say it.
    pub(crate) fn of_file(path: &Path) -> Result<Source, Box<Diagnostic>> {
        let name = path.display().to_string();
        match read_at_most(path) {
            Ok(bytes) => Ok(Source { name, bytes }),
            Err(error) => Err(refusal(&name, &error)),
        }
    }

    /// The text as far as it is text: for showing lines of it.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }

    /// Where a position in the file's bytes is in [`text`](Source::text), in which each byte that is no text takes three.
    pub(crate) fn position(&self, byte: usize) -> usize {
        String::from_utf8_lossy(&self.bytes[..byte.min(self.bytes.len())]).len()
    }

    /// The name without folders and ending: what reports call the scenario.
    pub(crate) fn scenario(&self) -> String {
        Path::new(&self.name).file_stem().map_or_else(|| self.name.clone(), |stem| stem.to_string_lossy().into_owned())
    }
}

fn read_at_most(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let mut bytes = Vec::new();
    // A device such as /dev/zero has no size to ask for and no end.
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::from(io::ErrorKind::FileTooLarge));
    }
    Ok(bytes)
}

/// What the loader says of a file that could not be read.
pub(crate) fn refusal(name: &str, error: &io::Error) -> Box<Diagnostic> {
    let (message, help) = match error.kind() {
        io::ErrorKind::NotFound => {
            let help = match catalog::nearest(name) {
                Some(entry) => format!("the catalogue has `{}`; `squall list` shows all of it", entry.name),
                None => "check the path; `squall list` shows the scenarios inside the binary".to_owned(),
            };
            (format!("there is no file `{name}`"), help)
        }
        io::ErrorKind::IsADirectory => (
            format!("`{name}` is a directory"),
            format!("name its files, as in `squall run {}/*.ron`", name.trim_end_matches('/')),
        ),
        io::ErrorKind::PermissionDenied => {
            (format!("`{name}` may not be read"), "change its permissions, or run as its owner".to_owned())
        }
        io::ErrorKind::FileTooLarge => {
            (format!("`{name}` is larger than 256 MiB"), "a scenario file is a page or two".to_owned())
        }
        _ => (format!("`{name}` cannot be read: {error}"), "check the path".to_owned()),
    };
    let (path, notes) = (String::new(), Vec::new());
    Box::new(Diagnostic { code: UNREADABLE, message, span: None, path, notes, help: Some(help) })
}
