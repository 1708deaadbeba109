//! What a run leaves behind if its process dies: which run it was, and, on a second run made for that, where it was.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sim_core::{Handler, NodeId, Plan, Progress, Time};

use crate::beat::words;
use crate::label::Label;

/// What is in the file of a process that ended by itself.
const DONE: &str = "done";

/// A file that outlives the process which writes it.
#[derive(Clone, Debug)]
pub(crate) struct BlackBox {
    path: PathBuf,
}

impl BlackBox {
    pub(crate) fn at(path: &Path) -> BlackBox {
        BlackBox { path: path.to_owned() }
    }

    /// Notes which run begins.
    pub(crate) fn note(&self, label: &Label) {
        // Without it a death is told less well, and nothing else is lost.
        let _ = fs::write(&self.path, label.to_json().to_string());
    }

    /// Notes that all is done, and that the exit code is the process's own last word.
    pub(crate) fn close(&self) {
        let _ = fs::write(&self.path, DONE);
    }

    /// Whether all was done.
    pub(crate) fn is_closed(&self) -> bool {
        fs::read(&self.path).is_ok_and(|text| text == DONE.as_bytes())
    }

    /// Which run was noted last.
    pub(crate) fn label(&self) -> Option<Label> {
        Label::from_json(&fs::read_to_string(&self.path).ok()?)
    }

    /// A listener that notes every handler before it is called, in words. Slow, since each note must outlive it.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(crate) fn recorder(&self, plan: &Plan) -> io::Result<Progress> {
        let names: Vec<String> = plan.nodes.iter().map(|node| node.name.clone()).collect();
        let mut file = File::create(&self.path)?;
        Ok(Box::new(move |time: Time, node: NodeId, handler: Handler| {
            let name = names.get(node.index()).map_or("?", String::as_str);
            let note = format!("{}\n", words(time, &handler.to_string(), name));
            // A shorter note leaves the tail of a longer one behind; only the first line counts.
            let _ = file.seek(SeekFrom::Start(0)).and_then(|_| file.write_all(note.as_bytes()));
        }))
    }

    /// Where the recorder was last.
    pub(crate) fn place(&self) -> Option<String> {
        let text = fs::read(&self.path).ok()?;
        let line = String::from_utf8_lossy(&text).lines().next().map(str::to_owned)?;
        line.starts_with("in `").then_some(line)
    }
}
