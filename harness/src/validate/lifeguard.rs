//! Lifeguard against plain SWIM: whom do slow members take for dead?
//!
//! As in the experiments of Dadgar, Phillips and Currey ("Lifeguard: local health awareness for more accurate failure
//! detection", DSN-W 2018), what some members send and what they are sent is held up for a while, again and again, for all of
//! them at once, while their timers go on. So they miss the answers to their probes and blame others, who are well. The
//! paper counts about 50 times fewer of them under Lifeguard. Here are 32 members, not 128, and a grid of lengths that is
//! coarser, so the number is shown beside the published one and not judged.

use std::ops::Range;

use super::estimate::Sample;
use super::figure::{Experiment, Unit};
use super::trial;

const LIFEGUARD: &str = "Dadgar, Phillips, Currey 2018: Lifeguard takes about 50 times fewer of the healthy for dead";

const MEMBERS: u64 = 32;

/// The length of a run.
const SECONDS: u64 = 360;

/// How many members are slow, and for how long they are held up and well by turns, in milliseconds.
const SLOW: [u64; 4] = [1, 2, 4, 8];
const HELD_UP: [u64; 4] = [2_048, 8_192, 16_384, 32_768];
const WELL: [u64; 4] = [64, 1_024, 4_096, 16_384];

/// Every experiment of this family.
pub(super) fn experiments() -> Vec<Experiment> {
    vec![blamed().long()]
}

/// How often in an hour of its life somebody healthy is taken for dead; a run for each point of the grid.
fn blamed() -> Experiment {
    let run = |run: u64| {
        let pick = |choices: [u64; 4], nth: u64| choices[(nth % 4) as usize];
        let (slow, held_up, well) = (pick(SLOW, run), pick(HELD_UP, run / 4), pick(WELL, run / 16));
        let [plain, guarded] = [false, true].map(|lifeguard| {
            let outcome = trial::traced(&scenario(slow, held_up, well, lifeguard), run);
            let trace = outcome.trace.map_or_else(Vec::new, |trace| trace.entries);
            let confirmed = trace.iter().filter_map(|entry| entry.text.strip_prefix("records confirms(m"));
            let numbers = confirmed.filter_map(|rest| rest.split_once(')')?.0.parse::<u64>().ok());
            numbers.filter(|number| *number >= slow).count() as f64
        });
        let hours = (MEMBERS - slow) as f64 * SECONDS as f64 / 3600.0;
        vec![Sample::ratio(plain, hours), Sample::ratio(guarded, hours), Sample::ratio(plain, guarded)]
    };
    Experiment::new("swim/slow-members", LIFEGUARD, 64, run)
        .observe("blamed-by-swim", Unit::Number)
        .observe("blamed-by-lifeguard", Unit::Number)
        .published("times-fewer", Unit::Number, 50.0)
}

/// Probes every second, and suspicions of five times the logarithm of the members, as memberlist has them.
fn scenario(slow: u64, held_up: u64, well: u64, lifeguard: bool) -> String {
    let names = |members: Range<u64>| members.map(|n| format!("\"m{n}\"")).collect::<Vec<_>>().join(", ");
    let held = format!("Clog(on: Between([{}], [{}]))", names(0..slow), names(slow..MEMBERS));
    let begins = (0..).map(|n| 10_000 + n * (held_up + well)).take_while(|from| from + held_up < SECONDS * 1000);
    let window = |from: u64| format!("(from: \"{from}ms\", until: \"{}ms\", fault: {held}),", from + held_up);
    let faults: String = begins.map(window).collect();
    format!(
        r#"(
            version: 1,
            about: "SWIM: whom do slow members take for dead?",
            protocol: "swim",
            config: (period: "1s", timeout: "500ms", suspicion: "7.5s", lifeguard: {lifeguard}),
            names: [{}],
            network: (latency: Exponential("2ms")),
            faults: [{faults}],
            until: "{SECONDS}s",
            limits: (events: 100_000_000),
            checks: [Count("confirms")],
        )"#,
        names(0..MEMBERS)
    )
}
