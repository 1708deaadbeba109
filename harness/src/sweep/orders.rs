//! What a sweep and its worker process say to each other, a line at a time.

use std::io::{self, BufRead, Write};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::engine::{Piece, Stopped};
use super::seeds::{Cursor, Seeds};
use super::shard::Shard;

/// What the worker shall do: the first line of its input. It stops when its input ends.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Orders {
    /// Each scenario's name and text.
    pub(crate) files: Vec<(String, String)>,
    pub(crate) seeds: Seeds,
    pub(crate) shard: Shard,
    /// The first seed that has not been run yet.
    pub(crate) from: u64,
    /// The first seed that shall not be run.
    pub(crate) until: u64,
    pub(crate) jobs: usize,
    pub(crate) fail_fast: bool,
    /// Run one seed at a time and announce each.
    pub(crate) careful: bool,
}

impl Orders {
    /// At the first seed that shall be run.
    pub(crate) fn cursor(&self) -> Cursor {
        let mut cursor = Cursor::new(self.seeds, self.shard);
        cursor.skip_to(self.from);
        cursor.stop_before(self.until);
        cursor
    }
}

/// What the worker says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Word {
    /// Seeds below this may be under way.
    Taken(u64),
    /// The run of this seed begins.
    Begins(u64),
    /// Results, in the order of the seeds.
    Piece(Piece),
    /// All has been said.
    Stopped(Stopped),
    /// The watchdog ends the process because of this seed.
    Lost(u64),
}

/// What a line of ours begins with: a protocol may write to stdout too. It is that of JSON text sequences (RFC 7464).
const MARK: char = '\u{1e}';

impl Word {
    /// Writes the word as a line of its own.
    ///
    /// # Errors
    /// If nobody listens.
    pub(crate) fn say(&self, out: &mut impl Write) -> io::Result<()> {
        let json = serde_json::to_string(self)?;
        // The line break before it ends what a protocol may have begun to write.
        out.write_all(format!("\n{MARK}{json}\n").as_bytes())?;
        out.flush()
    }

    /// The next word; `None` when there are no more. What is not ours is skipped.
    pub(crate) fn hear(input: &mut impl BufRead) -> Option<Word> {
        let mut line = Vec::new();
        loop {
            line.clear();
            // A pipe that breaks has no more words either.
            if input.read_until(b'\n', &mut line).ok()? == 0 {
                return None;
            }
            let text = String::from_utf8_lossy(&line);
            let word = match text.strip_prefix(MARK) {
                Some(ours) => serde_json::from_str(ours).ok(),
                None => obituary(&text),
            };
            if word.is_some() {
                return word;
            }
        }
    }
}

/// The object that the watchdog shows before it ends the process.
fn obituary(line: &str) -> Option<Word> {
    if !line.starts_with('{') {
        return None;
    }
    let object: Value = serde_json::from_str(line).ok()?;
    object.get("error")?;
    object.get("seed")?.as_u64().map(Word::Lost)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::tally::Tally;

    #[test]
    fn words_are_heard_among_what_protocols_write() {
        let piece = Word::Piece(Piece { first: 3, end: 9, files: vec![Tally::default()] });
        let mut pipe = b"a line\nhalf a line".to_vec();
        piece.say(&mut pipe).unwrap();
        pipe.extend(b"\xff\xfe\n{\"seed\": 1}\n{\n\x1e{\"nonsense\":1}\n");
        pipe.extend(b"{\"seed\": 77, \"error\": {\"kind\": \"no-progress\"}}\n");
        Word::Stopped(Stopped::Done).say(&mut pipe).unwrap();
        let mut input = pipe.as_slice();
        assert_eq!(Word::hear(&mut input), Some(piece));
        assert_eq!(Word::hear(&mut input), Some(Word::Lost(77)));
        assert_eq!(Word::hear(&mut input), Some(Word::Stopped(Stopped::Done)));
        assert_eq!(Word::hear(&mut input), None);
    }
}
