//! `squall explain`: more about a mistake that the loader has found.

use scenarios::Code;

use super::Session;
use crate::exit::Exit;
use crate::layout::{NO_LAYOUT, NO_LAYOUT_EXPLAINED};
use crate::source::{UNREADABLE, UNREADABLE_EXPLAINED};

/// Explain a diagnostic by its code, such as S001; without one, list them all.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The code.
    code: Option<String>,
}

impl Args {
    pub(super) fn run(&self, session: &Session<'_>) -> Exit {
        let mut known = codes();
        let Some(code) = &self.code else {
            let lines: Vec<String> =
                known.map(|(code, text)| format!("{}  {}", code.0, first_sentence(text))).collect();
            session.screen.data(&lines.join("\n"));
            return Exit::Met;
        };
        match known.find(|(known, _)| known.0.eq_ignore_ascii_case(code)) {
            Some((known, text)) => {
                session.screen.data(&format!("{}\n\n{text}", known.0));
                Exit::Met
            }
            None => session.refuse(&format!("there is no code `{code}`; `squall explain` lists them all")),
        }
    }
}

fn codes() -> impl Iterator<Item = (Code, &'static str)> {
    [(UNREADABLE, UNREADABLE_EXPLAINED), (NO_LAYOUT, NO_LAYOUT_EXPLAINED)].into_iter().chain(scenarios::codes())
}

fn first_sentence(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = text.find(". ").map_or(text.len(), |at| at + 1);
    text[..end].to_owned()
}
