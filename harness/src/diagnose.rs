//! Shows what is wrong with a file as compilers do: place, source line, caret, legal names, the fix. Or as data.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use scenarios::Diagnostic;
use serde_json::{Value, json};

use crate::load::Refused;
use crate::source::Source;

/// How many diagnostics of one file are shown; all are counted.
const MOST_SHOWN: usize = 20;

/// How many bytes of a long line are shown on either side of the caret.
const LINE_CONTEXT: usize = 100;

/// Everything that is wrong with a file, in words and with colours.
pub(crate) fn render(refused: &Refused) -> String {
    let text = refused.source.text();
    let mut shown: Vec<String> = refused
        .diagnostics
        .iter()
        .take(MOST_SHOWN)
        .map(|diagnostic| render_one(diagnostic, &refused.source, &text))
        .collect();
    let count = refused.diagnostics.len();
    if count > MOST_SHOWN {
        shown.push(format!("{} more problems in `{}` are not shown", count - MOST_SHOWN, refused.source.name));
    }
    shown.join("\n\n")
}

/// The same as data: one object for the file.
pub(crate) fn to_json(refused: &Refused) -> Value {
    let text = refused.source.text();
    let diagnostics: Vec<Value> = refused
        .diagnostics
        .iter()
        .map(|diagnostic| {
            let place = diagnostic.line_column(&text);
            json!({
                "code": diagnostic.code.0,
                "message": diagnostic.message,
                "path": diagnostic.path,
                "line": place.map(|(line, _)| line),
                "column": place.map(|(_, column)| column),
                "span": diagnostic.span.as_ref().map(|span| [span.start, span.end]),
                "notes": diagnostic.notes,
                "help": diagnostic.help,
            })
        })
        .collect();
    json!({ "file": refused.source.name, "valid": false, "diagnostics": diagnostics })
}

fn render_one(diagnostic: &Diagnostic, source: &Source, text: &str) -> String {
    let file = &*source.name;
    let title = Level::ERROR.primary_title(&*diagnostic.message).id(diagnostic.code.0);
    let label = (!diagnostic.path.is_empty()).then(|| format!("at `{}`", diagnostic.path));
    let excerpt = diagnostic.span.as_ref().map(|span| {
        let span = source.position(span.start)..source.position(span.end);
        Excerpt::of(text, &span)
    });
    let mut group = match &excerpt {
        // The renderer finds the column itself, if it is shown the line from its beginning.
        Some(excerpt) if excerpt.begins_line => title.element(excerpt.snippet(label).path(file)),
        Some(excerpt) => title
            .element(Origin::path(file).line(excerpt.line).char_column(excerpt.column))
            .element(excerpt.snippet(label)),
        None => Group::with_title(title).element(Origin::path(file)),
    };
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(&**note));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(&**help));
    }
    group = group.element(Level::HELP.message(format!("`squall explain {}` tells more", diagnostic.code.0)));
    Renderer::styled().render(&[group])
}

/// The lines of a text that a span touches, long ones cut down to what surrounds it.
struct Excerpt {
    text: String,
    span: Range<usize>,
    /// Whether `text` begins where the line does.
    begins_line: bool,
    /// From 1.
    line: usize,
    /// From 1, in characters.
    column: usize,
}

impl Excerpt {
    fn of(text: &str, span: &Range<usize>) -> Excerpt {
        let start = floor(text, span.start);
        let begin_of_line = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let end_of_line = text[start..].find('\n').map_or(text.len(), |at| start + at);
        // One line is enough: a span over many lines is a whole block, and its beginning says which.
        let end = floor(text, span.end.clamp(start, end_of_line));
        let from = begin_of_line.max(floor(text, start.saturating_sub(LINE_CONTEXT)));
        let to = end_of_line.min(floor(text, end.saturating_add(LINE_CONTEXT)).max(end));
        let shown_end = end.min(to).min(floor(text, start.saturating_add(LINE_CONTEXT)).max(start));
        Excerpt {
            text: text[from..to.max(shown_end)].trim_end_matches('\r').to_owned(),
            span: start - from..shown_end - from,
            begins_line: from == begin_of_line,
            line: text[..start].matches('\n').count() + 1,
            column: text[begin_of_line..start].chars().count() + 1,
        }
    }

    fn snippet(&self, label: Option<String>) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
        let end = self.span.end.min(self.text.len());
        let span = self.span.start.min(end)..end;
        Snippet::source(&*self.text).line_start(self.line).annotation(AnnotationKind::Primary.span(span).label(label))
    }
}

/// The nearest character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at.min(text.len()))
}

#[cfg(test)]
mod tests {
    use scenarios::Code;
    use snapbox::{assert_data_eq, str};

    use super::*;

    fn refused(text: &str, diagnostics: Vec<Diagnostic>) -> Refused {
        Refused { source: Source { name: "x.ron".to_owned(), bytes: text.as_bytes().to_vec() }, diagnostics }
    }

    fn at(span: Option<Range<usize>>) -> Diagnostic {
        Diagnostic {
            code: Code("S012"),
            message: "there is no fault `Crsh`".to_owned(),
            span,
            path: "faults[0].fault".to_owned(),
            notes: vec!["legal names: `Crash`, `Pause`".to_owned()],
            help: Some("did you mean `Crash`?".to_owned()),
        }
    }

    fn page(text: &str, span: Option<Range<usize>>) -> String {
        anstream::adapter::strip_str(&render(&refused(text, vec![at(span)]))).to_string()
    }

    #[test]
    fn place_line_caret_path_names_and_fix() {
        let text = "(\n    version: 1,\r\n    faults: [(from: \"1s\", fault: Crsh(\"ä\"))],\r\n)\n";
        let start = text.find("Crsh").unwrap();
        assert_data_eq!(
            page(text, Some(start..start + 4)),
            str![[r#"
error[S012]: there is no fault `Crsh`
 --> x.ron:3:34
  |
3 |     faults: [(from: "1s", fault: Crsh("ä"))],
  |                                  ^^^^ at `faults[0].fault`
  |
  = note: legal names: `Crash`, `Pause`
  = help: did you mean `Crash`?
  = help: `squall explain S012` tells more
"#]]
        );
    }

    #[test]
    fn a_whole_file_has_a_place_too() {
        assert_data_eq!(
            page("", None),
            str![[r#"
error[S012]: there is no fault `Crsh`
--> x.ron
 = note: legal names: `Crash`, `Pause`
 = help: did you mean `Crash`?
 = help: `squall explain S012` tells more
"#]]
        );
    }

    #[test]
    fn any_span_in_any_text_can_be_shown() {
        let texts = ["", "\n", "x", "ä\nö\r\n\r\nü", "\t\ta\u{0}b\u{7f}\u{202e}c", "日本語のテキスト", "a\rb\rc"];
        for text in texts {
            for start in 0..=text.len() + 2 {
                for end in start..=text.len() + 2 {
                    assert!(page(text, Some(start..end)).contains("x.ron"), "{text:?} {start}..{end}");
                }
            }
        }
    }

    #[test]
    fn a_line_of_a_megabyte_is_cut_down() {
        let text = format!("{}Crsh{}", "é".repeat(500_000), "ü".repeat(500_000));
        let page = page(&text, Some(1_000_000..1_000_004));
        assert!(page.len() < 2_000, "{}", page.len());
        assert!(page.contains("x.ron:1:500001"), "{page}");
        assert!(page.contains("Crsh"), "{page}");
    }

    #[test]
    fn of_many_problems_the_first_are_shown_and_all_are_data() {
        let refused = refused("(", vec![at(Some(0..1)); 50]);
        assert!(render(&refused).contains("30 more problems in `x.ron` are not shown"));
        let object = to_json(&refused);
        assert_eq!(object["diagnostics"].as_array().map(Vec::len), Some(50));
        assert_eq!(object["diagnostics"][0]["line"], 1);
        assert_eq!(object["diagnostics"][0]["code"], "S012");
    }
}
