//! Files with mistakes that nobody thought of: never a panic, never a hang, and what is accepted is a plan.

use scenarios::{Header, load, print};
use sim_core::chance::Purpose;
use sim_core::{Draws, Identity, Key};

use crate::files::loaded;
use crate::register::Fakes;

const WHOLE: &str = r#"(
    version: 1, about: "all of it", expect: Fail("unique"), seed: 7, protocol: "register",
    config: (replication: Semi(2), lease: Some((length: "2s", margin: "0ms"))),
    nodes: ["a", (name: "b", offset: "-5ms", drift: "20ppm", rng: 7), "c"],
    clients: (count: 4, requests: 200, arrivals: Closed(think: "20ms"), timeout: "1s", route: Node("b")),
    workload: (keys: 3),
    network: (latency: Uniform("1ms", "10ms"), loss: "0.1%", ordering: Any, regions: (
        names: ["eu", "us"], links: [("eu", "us", "40ms")], nodes: ["eu", "us", "eu"],
    )),
    clocks: (offset: "50ms", drift: "200ppm"), disk: (sync: Exponential("1ms")),
    supervisor: (restart: After("2s"), backoff: (factor: 2, max: "30s"), give_up: Never),
    failures: (up: Exponential("20s"), repair: LogNormal("2s", "0.5"), crews: 1),
    faults: [
        (from: "5s", until: "15s", fault: Partition([[0], [1, 2]])),
        (from: "6s", until: Never, fault: Crash(Holder("primary"))), // the leader
        (id: 9, from: "1s", until: "2s", fault: Reorder(rate: "5%", by: "1s", on: Between(["c0"], [0]))),
    ],
    chaos: (windows: 0..6, kinds: [Crash, Partition, Loss], length: "100ms..5s", holders: ["applied"]),
    calm: "30s", until: "60s", limits: (events: 5_000_000), checks: [Unique("primary"), Within("primary", "applied", "1s")],
)"#;

const FROZEN: &str = r#"(
    version: 1, protocol: "register", names: ["x", "y"], clients: (names: ["k"]),
    operations: [(at: "1.2s", client: 0, op: Write(2, 17)), (after: "5ms", client: "k", op: Read(1))],
    faults: [(from: "0s", until: Never, fault: Slow("x", "1ms")), (from: "1s", until: "2s", fault: Slew("y", "-1s"))],
    exceptions: [Lost(Nth("x", "y", "Write", 3)), Delayed(Id("00000000deadbeef"), "40ms"), Chosen(Id("00000000deadbeef"), 1),
        Chosen(At("k", "route", 2), 1)],
    reproduces: (engine: 1, fingerprint: "f", digest: "0123456789abcdef", certificate: Some((tries: 1, elements: 2, refused: 2))),
)"#;

const TOKENS: [&str; 32] = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "\"",
    "'",
    "\\",
    "//",
    "/*",
    "*/",
    "r#\"",
    "\"#",
    "..",
    "-1",
    "0",
    "1e9",
    "99999999999999999999",
    "NaN",
    "inf",
    "Some(",
    "None",
    "Never",
    "\"1s\"",
    "Holder(\"primary\")",
    "\u{feff}",
    "ü",
    "\r\n",
    "#![",
];

/// Cuts, doubles, swaps, inserts or alters at a few places.
fn mutated(bytes: &[u8], draws: &mut Draws) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=draws.below(3) {
        let at = draws.below(bytes.len() as u64 + 1) as usize;
        let end = (at + draws.below(24) as usize).min(bytes.len());
        match draws.below(6) {
            0 => drop(bytes.drain(at..end)),
            1 => {
                let part = bytes[at..end].to_vec();
                let to = draws.below(bytes.len() as u64 + 1) as usize;
                bytes.splice(to..to, part);
            }
            2 | 3 => {
                let token = TOKENS[draws.below(TOKENS.len() as u64) as usize];
                bytes.splice(at..at, token.bytes());
            }
            4 => bytes.truncate(at),
            _ => bytes.extend(bytes.get(at).map(|byte| byte ^ (1 << draws.below(8)))),
        }
    }
    bytes
}

#[test]
fn a_mutated_file_is_loaded_or_refused_at_once() {
    let files = if cfg!(debug_assertions) { 5_000 } else { 100_000 };
    let mut right = 0;
    for number in 0..files {
        let mut draws = Key::from_seed(number).draws(Purpose::Choose, Identity(0));
        let whole = if number % 2 == 0 { WHOLE } else { FROZEN };
        let bytes = mutated(whole.as_bytes(), &mut draws);
        #[expect(clippy::disallowed_types, reason = "the host's time is what is measured")]
        let start = std::time::Instant::now();
        let result = load(&bytes, &Fakes);
        let shown = || String::from_utf8_lossy(&bytes).into_owned();
        assert!(start.elapsed().as_secs() < 1, "{:?} for\n{}", start.elapsed(), shown());
        match result {
            Ok(scenario) => {
                right += 1;
                let plan = scenario.expand(7);
                let again = loaded(&print(&plan, &Header::default())).expand(7);
                assert_eq!(again, plan, "{}", shown());
            }
            Err(problems) => {
                assert!(!problems.is_empty(), "{}", shown());
                for span in problems.iter().filter_map(|problem| problem.span.clone()) {
                    assert!(span.start <= span.end && span.end <= bytes.len() + 1, "{span:?} in\n{}", shown());
                }
            }
        }
    }
    assert!(right > files / 100, "only {right} of {files} were right: the mutations are too coarse to test anything");
}
