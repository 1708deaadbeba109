//! Where two runs part: the first entry in which their traces differ, with what both say just before.

/// How many entries are shown before the first that differs.
const BEFORE: usize = 3;

/// The first entry in which two traces differ.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Parting {
    /// What both say just before.
    before: Vec<String>,
    /// How both go on; `None`: this one has ended.
    first: Option<String>,
    second: Option<String>,
}

impl Parting {
    /// Where two traces part; `None` if they read the same.
    pub(crate) fn of(first: &[String], second: &[String]) -> Option<Parting> {
        let at = (0..first.len().max(second.len())).find(|index| first.get(*index) != second.get(*index))?;
        Some(Parting {
            before: first[at.saturating_sub(BEFORE)..at].to_vec(),
            first: first.get(at).cloned(),
            second: second.get(at).cloned(),
        })
    }

    /// Lines of text: what comes before, then how each goes on, under these names.
    pub(crate) fn lines(&self, first: &str, second: &str) -> Vec<String> {
        let ended = "(the run has ended)";
        let width = first.chars().count().max(second.chars().count());
        let line = |name: &str, text: &str| format!("  {name:<width$}  {text}");
        let mut lines: Vec<String> = self.before.iter().map(|text| line("", text)).collect();
        lines.push(line(first, self.first.as_deref().unwrap_or(ended)));
        lines.push(line(second, self.second.as_deref().unwrap_or(ended)));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_named_with_what_preceded_it() {
        let lines = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(Parting::of(&lines("a b c"), &lines("a b c")), None);
        let found = Parting::of(&lines("a b c d x"), &lines("a b c d y")).unwrap();
        assert_eq!(found.before, lines("b c d"));
        assert_eq!((found.first.as_deref(), found.second.as_deref()), (Some("x"), Some("y")));
        let shorter = Parting::of(&lines("a"), &lines("a b")).unwrap();
        assert_eq!((&shorter.first, shorter.second.as_deref()), (&None, Some("b")));
        assert_eq!(shorter.lines("old", "new"), ["       a", "  old  (the run has ended)", "  new  b"]);
    }
}
