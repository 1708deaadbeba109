//! Brackets, lists and lines: short things on one line, long ones on several.

/// What is longer stands on several lines.
const LINE_MAX: usize = 100;

/// Fields in brackets.
#[derive(Default)]
pub(super) struct Group {
    pub(super) fields: Vec<String>,
}

impl Group {
    /// Adds a field.
    pub(super) fn add(&mut self, name: &str, value: impl std::fmt::Display) {
        self.fields.push(format!("{name}: {value}"));
    }

    /// Adds a field unless it has its default.
    pub(super) fn add_unless(&mut self, name: &str, value: impl std::fmt::Display, is_default: bool) {
        if !is_default {
            self.add(name, value);
        }
    }

    /// Adds a group that has fields: on one line, or with a line for each field if that would be long.
    pub(super) fn add_group(&mut self, name: &str, group: &Group) {
        let line = group.to_string();
        if line.chars().count() > LINE_MAX {
            let fields: String = group.fields.iter().map(|field| format!("        {field},\n")).collect();
            self.add(name, format_args!("(\n{fields}    )"));
        } else {
            self.add_unless(name, line, group.fields.is_empty());
        }
    }
}

impl std::fmt::Display for Group {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "({})", self.fields.join(", "))
    }
}

/// A list on one line, or on several if that would be long.
pub(super) fn list(items: &[String]) -> String {
    let line = format!("[{}]", items.join(", "));
    if line.chars().count() <= LINE_MAX { line } else { lines(items) }
}

/// A list with a line for each element.
pub(super) fn lines(items: &[String]) -> String {
    if items.is_empty() {
        return "[]".to_owned();
    }
    let items: String = items.iter().map(|item| format!("        {item},\n")).collect();
    format!("[\n{items}    ]")
}

/// A number with a mark at every thousand: `5_000_000`.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let marked = digits.char_indices().map(|(i, digit)| match (digits.len() - i) % 3 {
        0 if i > 0 => format!("_{digit}"),
        _ => digit.to_string(),
    });
    marked.collect()
}
