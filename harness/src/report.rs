//! Everything that is said about one run, as data: the human page and the JSON object show the same report.

use scenarios::Expect;
use scenarios::shrink::Size;
use sim_core::check::CheckOutcome;
use sim_core::fault::Family;
use sim_core::outcome::{Amount, Measure};
use sim_core::{Outcome, Plan, Time};

use crate::exit::Exit;
use crate::judge::{Judgement, Overall};
use crate::load::Loaded;
use crate::names::with_names;
use crate::story::Story;

/// The report of one run.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    /// The scenario's name: its file without folders and ending.
    pub(crate) scenario: String,
    /// The file as the user named it.
    pub(crate) file: String,
    /// What the file says it is about.
    pub(crate) about: String,
    pub(crate) protocol: String,
    pub(crate) seed: u64,
    pub(crate) nodes: usize,
    pub(crate) clients: usize,
    pub(crate) overall: Overall,
    pub(crate) exit: Exit,
    pub(crate) expect: Expect,
    /// 16 hexadecimal digits.
    pub(crate) digest: String,
    pub(crate) events: u64,
    pub(crate) simulated: Time,
    /// With names in place of `n0`.
    pub(crate) checks: Vec<CheckOutcome>,
    pub(crate) fired: Vec<(Family, u64)>,
    pub(crate) measures: Vec<Measure>,
    /// With `--twice`: how many runs agreed.
    pub(crate) runs_alike: Option<u32>,
    /// How the failure came about.
    pub(crate) story: Option<Story>,
    /// The smallest plan that still fails, written to a file.
    pub(crate) reproduction: Option<Reproduction>,
    /// The command that shows the same again.
    pub(crate) replay: String,
}

/// A reproduction that was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Reproduction {
    pub(crate) file: String,
    pub(crate) fingerprint: String,
    pub(crate) digest: String,
    pub(crate) tries: u64,
    /// How many single deletions and resets were refused at the end; `None` if it was not proved that nothing more can go.
    pub(crate) refused: Option<u64>,
    pub(crate) before: Size,
    pub(crate) after: Size,
    /// What in it may be anything, in words.
    pub(crate) free: Vec<String>,
    /// Failures of other kinds that were met on the way: fingerprint and file.
    pub(crate) others: Vec<(String, String)>,
}

impl Report {
    /// The report of a run, without story and reproduction.
    pub(crate) fn of(loaded: &Loaded, seed: u64, plan: &Plan, outcome: &Outcome, judgement: &Judgement) -> Report {
        Report {
            scenario: loaded.source.scenario(),
            file: loaded.source.name.clone(),
            about: loaded.scenario.about().to_owned(),
            protocol: plan.protocol.clone(),
            seed,
            nodes: plan.nodes.len(),
            clients: plan.clients.names.len(),
            overall: judgement.overall,
            exit: judgement.exit,
            expect: loaded.scenario.expect().clone(),
            digest: outcome.digest.to_string(),
            events: outcome.events,
            simulated: outcome.simulated,
            checks: judgement.checks.iter().map(|check| named(check, plan)).collect(),
            fired: outcome.fired.iter().collect(),
            measures: [outcome.measures.clone(), expectations(loaded)].concat(),
            runs_alike: None,
            story: None,
            reproduction: None,
            replay: run_command(&loaded.source.name, seed),
        }
    }
}

/// `squall run FILE --seed N`.
pub(crate) fn run_command(file: &str, seed: u64) -> String {
    format!("squall run {} --seed {seed}", quoted(file))
}

/// `squall replay FILE`.
pub(crate) fn replay_command(file: &str) -> String {
    format!("squall replay {}", quoted(file))
}

/// A path as a POSIX shell reads it back.
fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+=:@,%".contains(c);
    if !path.is_empty() && path.chars().all(plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}

/// What theory expects, as measures beside what was measured.
fn expectations(loaded: &Loaded) -> Vec<Measure> {
    let share = |unavailability: f64| Amount::Share((unavailability * 1e9).round() as u32);
    let expected = loaded.scenario.expected_unavailability().into_iter();
    let measure = |(fact, of)| Measure { name: format!("unavailability({fact}) expected"), amount: share(of) };
    expected.map(measure).collect()
}

fn named(check: &CheckOutcome, plan: &Plan) -> CheckOutcome {
    use sim_core::check::Verdict;
    let mut check = check.clone();
    match &mut check.verdict {
        Verdict::Pass => {}
        Verdict::Undecided(why) => *why = with_names(why, plan),
        Verdict::Fail(violation) => violation.detail = with_names(&violation.detail, plan),
    }
    check
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_can_be_pasted_into_a_shell() {
        assert_eq!(run_command("a/b.ron", 7), "squall run a/b.ron --seed 7");
        assert_eq!(replay_command("my files/it's.ron"), r"squall replay 'my files/it'\''s.ron'");
        assert_eq!(replay_command("$(x).ron"), "squall replay '$(x).ron'");
    }
}
