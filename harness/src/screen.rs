//! Where words go: data to stdout, talk to stderr, colour as asked, and a closed pipe ends nothing.

use std::cell::RefCell;
use std::io::{self, ErrorKind, IsTerminal, Write};

use anstyle::{AnsiColor, Style};

/// Failures.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// What went as it should.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What cannot be said.
pub(crate) const UNSURE: Style = AnsiColor::Yellow.on_default().bold();
/// Headings and names.
pub(crate) const STRONG: Style = Style::new().bold();
/// What may be skipped.
pub(crate) const FAINT: Style = Style::new().dimmed();

/// `text` in a style.
pub(crate) fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// The two streams of a command.
#[derive(Default)]
pub(crate) struct Screen {
    broken: RefCell<Option<io::Error>>,
}

impl Screen {
    /// Writes lines that the user asked for to stdout.
    pub(crate) fn data(&self, text: &str) {
        let mut out = anstream::stdout().lock();
        if let Err(error) = write_lines(&mut out, text) {
            // Nobody reads on, as with `squall list | head`: that is no error.
            if error.kind() != ErrorKind::BrokenPipe {
                self.broken.borrow_mut().get_or_insert(error);
            }
        }
    }

    /// Writes lines about the work to stderr.
    pub(crate) fn talk(&self, text: &str) {
        // If even stderr is gone, there is nobody left to tell.
        let _ = write_lines(&mut anstream::stderr().lock(), text);
    }

    /// Why stdout could not be written, if so: a full disk, for example.
    pub(crate) fn broken(&self) -> Option<io::Error> {
        self.broken.borrow_mut().take()
    }
}

fn write_lines(out: &mut impl Write, text: &str) -> io::Result<()> {
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Whether somebody watches stderr.
pub(crate) fn watched() -> bool {
    io::stderr().is_terminal()
}
