//! The words of a text: numbers, names and ranges that stand as values, in the order of the text.
//!
//! A formatter keeps them and their order. So it may work on a text in which the ranges, which RON does not know, are
//! written as something else, and they can be found again in what it makes of it.

use std::ops::Range;

use crate::diagnostic::Diagnostic;
use crate::outline::{Shape, Value};
use crate::source;

/// The text of a file without a byte-order mark, and the bytes of its words in it. The text is well-formed but may be
/// no scenario.
///
/// # Errors
/// What the loader would say of a file that is too large, not UTF-8, or not RON.
pub fn words(bytes: &[u8]) -> Result<(&str, Vec<Range<usize>>), Box<Diagnostic>> {
    let source = source::read(bytes)?;
    let mut words = Vec::new();
    collect(&source.root, &mut words);
    Ok((source.text, words))
}

/// The depth of values is limited by the scanner.
fn collect(value: &Value, words: &mut Vec<Range<usize>>) {
    if value.shape == Shape::Word {
        words.push(value.span.clone());
    }
    for entry in &value.entries {
        collect(&entry.value, words);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_values_and_neither_keys_nor_texts_nor_comments() {
        let text = "(a: 0..6, /* 1..2 */ b: [Never, \"3..4\", Uniform(7, x)], c: ())";
        let (found, words) = words(text.as_bytes()).unwrap();
        assert_eq!(found, text);
        let words: Vec<&str> = words.into_iter().map(|span| &text[span]).collect();
        assert_eq!(words, ["0..6", "Never", "7", "x"]);
    }

    #[test]
    fn what_is_no_ron_is_refused_with_its_place() {
        assert_eq!(words(b"(a: [1, 2)").unwrap_err().span, Some(9..10));
        assert_eq!(words(b"\xef\xbb\xbf(a: \xff)").unwrap_err().span, Some(7..8));
    }
}
