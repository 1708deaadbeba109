//! The layout of scenario files: what `squall fmt` makes of a text.
//!
//! Every comment and every value stays as it is written; only white space, line breaks and trailing commas change. The
//! layout is that of the library `fmtron`, which knows RON; it does not know our ranges such as `0..6`, so these go
//! through it as numbers of the same length.

use std::ops::Range;

use fmtron::{Config, format_ron, line_ending};
use scenarios::{Code, Diagnostic, words};

/// As wide as the lines of a scenario should be, in characters.
const WIDTH: usize = 120;

/// The code of texts that are RON and that the library will not lay out all the same.
pub(crate) const NO_LAYOUT: Code = Code("F002");

/// What `squall explain F002` says.
pub(crate) const NO_LAYOUT_EXPLAINED: &str = "\
The file is RON, but `squall fmt` has no layout for it. It is left as it is, and all other commands read it. The message
says what stood in the way, such as a number in a form of its own; write that otherwise to have the file formatted.";

/// The same values and comments, laid out; with the line ends that the text has.
///
/// # Errors
/// Why the bytes are no RON, or what the library cannot lay out.
pub(crate) fn laid_out(bytes: &[u8]) -> Result<String, Box<Diagnostic>> {
    let (text, found) = words(bytes)?;
    let ranges: Vec<usize> = (0..found.len()).filter(|nth| text[found[*nth].clone()].contains("..")).collect();
    let spans = ranges.iter().map(|nth| &found[*nth]);
    let formatted = format_ron(&exchanged(text, spans, "..", "__"), &Config::default().with_max_width(WIDTH))
        .map_err(|error| no_layout(error.to_string()))?;
    let (_, moved) = words(formatted.as_bytes())?;
    if moved.len() != found.len() {
        return Err(no_layout(format!("its {} values became {}", found.len(), moved.len())));
    }
    let restored = exchanged(&formatted, ranges.iter().map(|nth| &moved[*nth]), "__", "..");
    Ok(restored + line_ending(text))
}

/// `text` with `old` replaced by `new` in the spans, which are in its order.
fn exchanged<'s>(text: &str, spans: impl Iterator<Item = &'s Range<usize>>, old: &str, new: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for span in spans {
        result.push_str(&text[done..span.start]);
        result.push_str(&text[span.clone()].replace(old, new));
        done = span.end;
    }
    result + &text[done..]
}

fn no_layout(message: String) -> Box<Diagnostic> {
    let help = Some("the file is left as it is".to_owned());
    Box::new(Diagnostic { code: NO_LAYOUT, message, span: None, path: String::new(), notes: Vec::new(), help })
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use super::*;
    use crate::registry::Registry;

    fn of(text: &str) -> String {
        laid_out(text.as_bytes()).unwrap_or_else(|refused| panic!("{}: {text}", refused.message))
    }

    #[test]
    fn comments_and_values_stay_and_ranges_too() {
        let text = "// why\n(version:1, /* so many */ chaos :( windows:0..6,kinds :[Crash,Pause]),\n\
                    faults: [ // these\n(from:\"1s\",until:Never,fault:Crash(\"a\"))],about:\"0..6 // no comment\")";
        assert_data_eq!(
            of(text),
            str![[r#"
// why
(
    version: 1, /* so many */
    chaos: (windows: 0..6, kinds: [Crash, Pause]),
    faults: [ // these
        (from: "1s", until: Never, fault: Crash("a")),
    ],
    about: "0..6 // no comment",
)

"#]]
        );
    }

    #[test]
    fn line_ends_are_those_of_the_text() {
        assert_eq!(of("(a: 1,\r\n b: 2)\r\n"), "(a: 1, b: 2)\r\n");
        assert_eq!(of("(a: 1__0, b: 1..2)"), "(a: 1__0, b: 1..2)\n");
    }

    #[test]
    fn what_is_no_ron_is_refused_with_its_place() {
        assert_eq!(laid_out(b"(a: [1, 2)").unwrap_err().span, Some(9..10));
        assert_eq!(laid_out(b"").unwrap_err().code.0, "S004");
    }

    #[test]
    fn the_catalogue_is_laid_out() {
        for file in scenarios::CATALOG {
            assert!(of(file.text) == file.text, "{} is laid out by `squall fmt`", file.name);
        }
    }

    #[test]
    fn a_file_means_the_same_laid_out() {
        let registry = Registry::builtin();
        for file in scenarios::CATALOG {
            // As far from laid out as it can be.
            let once = of(&file.text.lines().filter(|line| !line.contains("//")).map(str::trim).collect::<String>());
            let plan = |text: &str| {
                let scenario = scenarios::load(text.as_bytes(), &registry).unwrap_or_else(|_| panic!("{text}"));
                (scenario.about().to_owned(), scenario.expand(3))
            };
            assert_eq!(plan(&once), plan(file.text), "{}", file.name);
        }
    }
}
