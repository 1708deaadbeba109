//! Shows what is wrong with a file as compilers do: place, source line, caret, legal names, the fix. Or as data.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use scenarios::Diagnostic;
use serde_json::{Value, json};

use crate::load::Refused;

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
        .map(|diagnostic| render_one(diagnostic, &refused.source.name, &text))
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

fn render_one(diagnostic: &Diagnostic, file: &str, text: &str) -> String {
    let title = Level::ERROR.primary_title(&*diagnostic.message).id(diagnostic.code.0);
    let label = (!diagnostic.path.is_empty()).then(|| format!("at `{}`", diagnostic.path));
    let excerpt = diagnostic.span.as_ref().map(|span| Excerpt::of(text, span));
    let mut group = match &excerpt {
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
