//! `squall crash-images`: one power failure at every sync, with every state in which it can leave the disk.

use std::path::PathBuf;

use clap::ValueHint;
use scenarios::{Expect, Header};
use serde_json::json;
use sim_core::plan::Place;
use sim_core::{NodeId, Plan};

use super::seed::SeedArgs;
use super::{Format, Session};
use crate::exit::Exit;
use crate::images::{Fate, Group, Images, Refused, Tried};
use crate::interrupt::Polite;
use crate::load::Loaded;
use crate::out;
use crate::progress::Progress;
use crate::screen::{BAD, GOOD, styled};
use crate::words::{counted, seconds};

/// Try every state in which a power failure can leave a disk, at every sync of a run.
///
/// Just before each sync of each node is done, and just after, the power of that node fails once: with every subset of
/// the unsynced writes kept, and each that crosses a sector torn in every place. The run itself must pass. Ends with 1 if
/// an image fails, or with 0 if the file expects that failure; with 3 if `--most` left some out.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// A scenario file; a small one, for the images are many.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: PathBuf,
    #[command(flatten)]
    seed: SeedArgs,
    /// Only this node's power fails.
    #[arg(long, value_name = "NAME")]
    node: Option<String>,
    /// At most so many images of one crash.
    #[arg(long, value_name = "N", default_value_t = 4096, value_parser = clap::value_parser!(u64).range(1..))]
    most: u64,
    /// The form of the results.
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Format::Human)]
    format: Format,
}

impl Args {
    pub(super) const fn format(&self) -> Format {
        self.format
    }

    pub(super) fn run(&self, session: &Session<'_>) -> Exit {
        let (loaded, seed) = match session.load_seeded(&self.file, &self.seed, self.format) {
            Ok(both) => both,
            Err(exit) => return exit,
        };
        let plan = loaded.scenario.expand(seed);
        let node = match self.node.as_ref().map(|name| find(&plan, name)).transpose() {
            Ok(node) => node,
            Err(why) => return session.refuse(&why),
        };
        let mut runner = session.runner(&loaded, seed);
        let polite = Polite::begin();
        let mut progress = Progress::begin(&session.screen, "crash images");
        let mut stop = |images| {
            progress.images(images);
            polite.asked().is_some()
        };
        let images = Images { plan: &plan, node, most: self.most };
        let tried = match images.try_all(&mut *runner, &mut stop) {
            Ok(tried) => tried,
            Err(Refused::Internal) => return Exit::Internal,
            Err(Refused::FailsAnyway(judgement)) => {
                let check = judgement.violation(&Expect::Pass).map_or("a check", |(check, _)| check).to_owned();
                return session.refuse(&format!("`{check}` fails without any crash; `squall run` tells more"));
            }
        };
        drop(progress);
        if tried.points == 0 {
            session.screen.talk("nothing was tried: no node syncs its disk in this run");
            return Exit::NothingRun;
        }
        let exit = exit_of(&tried, loaded.scenario.expect());
        let files = write(session, &loaded, seed, &tried);
        session.screen.data(&match self.format {
            Format::Human => page(&loaded, seed, &plan, &tried, &files),
            Format::Json => object(&loaded, seed, &plan, &tried, &files),
        });
        polite.asked().unwrap_or(exit)
    }
}

fn find(plan: &Plan, name: &str) -> Result<NodeId, String> {
    let names: Vec<&str> = plan.nodes.iter().map(|node| &*node.name).collect();
    let position = names.iter().position(|known| *known == name);
    let id = position.and_then(|position| u16::try_from(position).ok()).map(NodeId);
    id.ok_or_else(|| format!("there is no node `{name}`; there are {}", names.join(", ")))
}

fn exit_of(tried: &Tried, expect: &Expect) -> Exit {
    let expected = |group: &Group| match expect {
        Expect::Pass => false,
        Expect::Fail(name) => group.check == *name || group.check.split('(').next() == Some(name),
    };
    if tried.failures.values().any(expected) {
        Exit::Met
    } else if !tried.failures.is_empty() {
        Exit::Missed
    } else if tried.left_out + tried.undecided > 0 || tried.stopped {
        Exit::Undecided
    } else if *expect == Expect::Pass {
        Exit::Met
    } else {
        Exit::Missed
    }
}

/// Writes the first image of each failure as a scenario, and gives their paths.
fn write(session: &Session<'_>, loaded: &Loaded, seed: u64, tried: &Tried) -> Vec<Option<String>> {
    let scenario = format!("{}-crash-image", loaded.source.scenario());
    let one = |(fingerprint, group): (&String, &Group)| {
        let header = Header {
            comments: vec![format!("Found by `squall crash-images {} --seed {seed}`.", loaded.source.name)],
            about: loaded.scenario.about().to_owned(),
            expect: Expect::Fail(group.check.clone()),
            reproduces: None,
        };
        let text = scenarios::print(&group.first.2, &header);
        let written = out::write_reproduction(&scenario, fingerprint, &text);
        written.map_err(|error| session.screen.talk(&format!("warning: the image could not be written: {error}"))).ok()
    };
    tried.failures.iter().map(|failure| one(failure).map(|path| path.display().to_string())).collect()
}

fn page(loaded: &Loaded, seed: u64, plan: &Plan, tried: &Tried, files: &[Option<String>]) -> String {
    let images = counted(tried.images, "crash image");
    let (style, verdict) = if tried.failures.is_empty() { (GOOD, "PASS") } else { (BAD, "FAIL") };
    let mut page = styled(style, verdict);
    page += &format!("  {}, seed {seed}: {images} at {}\n", loaded.source.scenario(), counted(tried.points, "moment"));
    for ((fingerprint, group), file) in tried.failures.iter().zip(files) {
        let (point, fates, _) = &group.first;
        page += &format!("  {} with {fingerprint}\n", counted(group.count, "image"));
        let node = plan.name_of(Place::Node(point.node));
        page += &format!("    first     {node} at {}: {}\n", seconds(point.at), words(fates));
        if let Some(file) = file {
            page += &format!("    shrink it squall shrink {file}\n");
        }
    }
    if tried.undecided > 0 {
        page += &format!("  of {} a check could not tell\n", counted(tried.undecided, "image"));
    }
    if tried.left_out > 0 {
        page += &format!("  {} were left out; `--most` raises the limit\n", counted(tried.left_out, "image"));
    }
    if tried.stopped {
        page += "  stopped before everything was tried\n";
    }
    page
}

/// The fates of the unsynced writes in one line.
fn words(fates: &[Fate]) -> String {
    if fates.is_empty() {
        return "everything was synced".to_owned();
    }
    let one = |fate: &Fate| match fate {
        Fate::Lost => "lost".to_owned(),
        Fate::Kept => "kept".to_owned(),
        Fate::Torn(sectors) => format!("torn after {}", counted(*sectors, "sector")),
    };
    let list: Vec<String> = fates.iter().map(one).collect();
    format!("{}: {}", if fates.len() == 1 { "the unsynced write" } else { "the unsynced writes" }, list.join(", "))
}

fn object(loaded: &Loaded, seed: u64, plan: &Plan, tried: &Tried, files: &[Option<String>]) -> String {
    let failures: Vec<_> = tried
        .failures
        .iter()
        .zip(files)
        .map(|((fingerprint, group), file)| {
            let (point, fates, _) = &group.first;
            json!({
                "fingerprint": fingerprint,
                "check": group.check,
                "images": group.count,
                "node": plan.name_of(Place::Node(point.node)),
                "at_ns": point.at.0,
                "fates": words(fates),
                "file": file,
            })
        })
        .collect();
    json!({
        "scenario": loaded.source.scenario(),
        "seed": seed,
        "moments": tried.points,
        "images": tried.images,
        "left_out": tried.left_out,
        "undecided": tried.undecided,
        "complete": !tried.stopped,
        "failures": failures,
    })
    .to_string()
}
