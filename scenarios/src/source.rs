//! From bytes to a text with an outline: what is wrong here is wrong before any field has a meaning.

use crate::diagnostic::{Code, Diagnostic};
use crate::outline::{Doubled, Value, outline};
use crate::typed;

/// The largest file that is read, in bytes.
pub(crate) const BYTES_MAX: usize = 16 << 20;

const MARK: &[u8] = b"\xef\xbb\xbf";

/// The byte-order marks of UTF-16.
const MARKS_OF_16: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];

/// A text that is RON, and where everything lies in it.
pub(crate) struct Source<'a> {
    pub(crate) text: &'a str,
    pub(crate) root: Value,
    pub(crate) doubled: Vec<Doubled>,
    /// How many bytes before the text were skipped: spans of the file are later by this much.
    pub(crate) skipped: usize,
}

/// Checks size, encoding, brackets and syntax, in this order.
pub(crate) fn read(bytes: &[u8]) -> Result<Source<'_>, Box<Diagnostic>> {
    if bytes.len() > BYTES_MAX {
        let message = format!("the file holds {} bytes; at most {BYTES_MAX} are read", bytes.len());
        return Err(Box::new(Diagnostic { span: None, ..Diagnostic::new(Code::SIZE, 0..0, "", message) }));
    }
    let skipped = if bytes.starts_with(MARK) { MARK.len() } else { 0 };
    let text = std::str::from_utf8(&bytes[skipped..]).map_err(|error| {
        let at = skipped + error.valid_up_to();
        let mut diagnostic = Diagnostic::new(Code::ENCODING, at..at + 1, "", format!("byte {at} is not UTF-8 text"));
        if MARKS_OF_16.iter().any(|mark| bytes.starts_with(mark)) {
            diagnostic.help("it looks like UTF-16; save the file as UTF-8");
        }
        Box::new(diagnostic)
    })?;
    let malformed = |code, span: std::ops::Range<usize>, message| {
        Box::new(Diagnostic::new(code, span.start + skipped..span.end + skipped, "", message))
    };
    if text.trim_start().starts_with("#!") {
        let at = text.len() - text.trim_start().len();
        let mut diagnostic = malformed(
            Code::SYNTAX,
            at..at + 2,
            "a scenario file has no attributes such as `#![enable(..)]`".to_owned(),
        );
        diagnostic.help("remove it; `Some` may always be left out");
        return Err(diagnostic);
    }
    let (root, doubled) = outline(text).map_err(|error| malformed(error.code, error.span, error.message))?;
    typed::syntax(text).map_err(|(span, message)| malformed(Code::SYNTAX, span, message))?;
    Ok(Source { text, root, doubled, skipped })
}
