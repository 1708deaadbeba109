//! Wrecks: what handlers can do to a process, and what the command line says of it. No hang, and no silent pass.
//!
//! The protocol is in the program `wrecks`, whose root is `binary.rs`; the last test has it in the process of the tests.

mod protocol;

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use protocol::{Deed, Wreck};

/// Runs the program with a node that does this deed.
fn run(deed: &str, limits: &str, options: &[&str]) -> Output {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("wreck-{deed}{}", options.concat()));
    fs::create_dir_all(&directory).expect("the target directory can be written to");
    let scenario = format!(
        r#"(version: 1, about: "A wreck.", protocol: "wreck", config: {deed}, nodes: 3, until: "2s", {limits}
           checks: [NoPanic, Sometimes("heard")])"#
    );
    fs::write(directory.join("wreck.ron"), scenario).expect("the target directory can be written to");
    // Its own address space is limited: a node that grows for ever must not take the machine's memory.
    Command::new("sh")
        .args(["-c", r#"ulimit -v 3000000; ulimit -c 0; exec "$0" "$@""#, env!("CARGO_BIN_EXE_wrecks")])
        .args(["run", "wreck.ron", "--seed", "5"])
        .args(options)
        .current_dir(&directory)
        .output()
        .expect("the program can be started")
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), output.stderr.as_slice()].concat()).into_owned()
}

/// The run ends with this code, and says all of these.
#[track_caller]
fn ends(output: &Output, code: i32, says: &[&str]) {
    let words = words(output);
    assert_eq!(output.status.code(), Some(code), "{words}");
    for said in says {
        assert!(words.contains(said), "`{said}` is not said in:\n{words}");
    }
}

const PLACE: &str = "in `on_message Ping` of b at ";
const REPLAY: &str = "squall run wreck.ron --seed 5";

#[test]
fn a_node_that_behaves_passes() {
    ends(&run("Behave", "", &["--twice"]), 0, &["PASS"]);
}

#[test]
fn a_handler_that_never_comes_back() {
    ends(&run("LoopForEver", "", &[]), 70, &["nothing has happened for 10 s", PLACE, REPLAY]);
}

#[test]
fn a_handler_that_calls_itself_without_end() {
    ends(&run("CallItself", "", &[]), 70, &["the process was ended by the system (SIG", PLACE, REPLAY]);
}

#[test]
fn a_handler_that_grows_for_ever() {
    // Whether the watchdog or the allocator is first, depends on the machine.
    ends(&run("Grow", "", &[]), 70, &[PLACE, REPLAY]);
}

#[test]
fn a_handler_that_ends_the_process_does_not_choose_the_verdict() {
    ends(&run("Exit", "", &[]), 70, &["exit status: 0", PLACE, REPLAY]);
}

#[test]
fn what_has_no_verdict_is_data_too() {
    let output = run("CallItself", "", &["--format", "json"]);
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one object");
    assert_eq!((&object["verdict"], &object["expected"]), (&"undecided".into(), &false.into()));
    assert_eq!((&object["error"]["kind"], &object["seed"]), (&"crashed".into(), &5.into()));
}

#[test]
fn a_panic_is_a_verdict_and_says_nothing_else() {
    let output = run("Panic", "", &[]);
    ends(&output, 1, &["FAIL", "slot 3 is taken", "`on_message Ping` of b", "shrunk", "squall replay squall-out/"]);
    assert!(!words(&output).contains("thread 'main'"), "{}", words(&output));
}

#[test]
fn messages_without_end_at_one_instant_are_undecided() {
    let says = ["UNDECIDED", "instant", "`on_message Ping` of b"];
    ends(&run("SendWithoutEnd", "limits: (instant: 10_000),", &[]), 3, &says);
}

#[test]
fn timers_without_end_are_undecided() {
    let says = ["UNDECIDED", "instant", "of b"];
    ends(&run("TimerWithoutEnd", "limits: (instant: 10_000),", &[]), 3, &says);
}

#[test]
fn too_many_events_are_undecided() {
    ends(&run("Behave", "limits: (events: 50),", &[]), 3, &["UNDECIDED", "events"]);
}

/// Tells the test of that name that it is the process that will be ended.
const INSIDE: &str = "SQUALL_TEST_HANGS";

#[test]
fn a_test_whose_handler_never_comes_back_ends_and_says_which_seed_it_was() {
    if env::var_os(INSIDE).is_some() {
        return squall::storm::<Wreck>(&Deed::LoopForEver).windows(0..=0).seeds(5..6).run();
    }
    let output = Command::new(env::current_exe().expect("this program"))
        .args(["--exact", "wreck::a_test_whose_handler_never_comes_back_ends_and_says_which_seed_it_was"])
        .env(INSIDE, "1")
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .output()
        .expect("the program can be started");
    ends(&output, 70, &["nothing has happened for 10 s", PLACE, "squall run squall-out/wreck-", ".ron --seed 5"]);
}
