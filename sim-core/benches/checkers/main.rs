//! How many operations a second the judges of histories judge: the zone test from a thousand to a million operations, the
//! search on the histories that it is for, and session guarantees.
//!
//! `cargo bench -p squall-sim-core --bench checkers` prints every table; `-- zones` only those whose name contains
//! `zones`.

mod histories;

use std::hint::black_box;

use cpu_time::ThreadTime;
use sim_core::check::history::contract::Property;
use sim_core::check::history::session::Guarantee;
use sim_core::check::history::{Budget, Contract, Judgement, linearizable};
use sim_core::check::model::{KeyValue, Register};

/// How often each measurement is repeated; the least time counts, for it has the least of other programs in it.
const ROUNDS: usize = 5;

#[expect(clippy::disallowed_methods, reason = "a bench is a program; nothing of this reaches a run")]
fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|word| name.contains(word));
    println!("{:<44} {:>11} {:>12} {:>9} {:>14}", "judge", "operations", "ms", "ns / op", "ops / s");
    if wants("zones") {
        zones();
    }
    if wants("search") {
        search();
    }
    if wants("sessions") {
        sessions();
    }
}

fn zones() {
    for operations in [1_000, 10_000, 100_000, 1_000_000] {
        let history = histories::register(20, operations);
        let register = Register::new(0);
        line("zones, one register, 20 clients", operations, || linearizable(&register, &history, Budget::default()));
    }
}

fn search() {
    let store = KeyValue::<u64, String>::new();
    for (clients, keys, operations) in [(10, 1, 1_000), (20, 1, 1_000), (50, 10, 2_000), (30, 1, 1_000), (50, 1, 1_000)]
    {
        let history = histories::texts(clients, keys, operations);
        let budget = Budget(20_000_000);
        let name = |kind| format!("search, {clients} clients, {keys} keys, {kind}");
        line(&name("in order"), operations, || linearizable(&store, &history, budget));
        let history = histories::spoilt(history);
        line(&name("spoilt"), operations, || linearizable(&store, &history, budget));
    }
}

fn sessions() {
    let operations = 1_000_000;
    let history = histories::register(20, operations);
    let contract = Contract::of(Register::new(0));
    for guarantee in [Guarantee::ReadYourWrites, Guarantee::MonotonicReads] {
        let property = Property::Session(guarantee);
        line(guarantee.name(), operations, || contract.judge(property, &history, Budget::default()));
    }
}

fn line(name: &str, operations: usize, judge: impl Fn() -> Judgement) {
    let nanos = (0..ROUNDS).map(|_| {
        let start = ThreadTime::now();
        black_box(judge());
        start.elapsed().as_nanos()
    });
    let nanos = nanos.min().unwrap_or(0).max(1);
    let verdict = match judge() {
        Judgement::Holds => "holds".to_owned(),
        Judgement::Undecided(_) => "undecided".to_owned(),
        Judgement::Broken(anomaly) => anomaly.class,
    };
    let operations = operations as u128;
    println!(
        "{name:<44} {operations:>11} {:>8}.{:03} {:>9} {:>14}   {verdict}",
        nanos / 1_000_000,
        nanos / 1_000 % 1_000,
        nanos / operations,
        operations * 1_000_000_000 / nanos
    );
}
