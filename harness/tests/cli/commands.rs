//! Each command does what its help says, data on stdout and talk on stderr.

use serde_json::Value;

use super::{CALM, CUT, Folder, stderr, stdout};

#[test]
fn help_lists_the_commands_and_the_exit_codes() {
    let output = Folder::with(&[]).squall(&["--help"]).success();
    for word in [
        "run",
        "check",
        "list",
        "show",
        "demo",
        "replay",
        "explain",
        "fmt",
        "crash-images",
        "completions",
        "Exit codes",
        "70",
    ] {
        assert!(stdout(&output).contains(word), "{word} is not in {}", stdout(&output));
    }
    for word in ["shrink", "diff"] {
        assert!(stdout(&output).contains(word), "{word} is not in {}", stdout(&output));
    }
    for hidden in ["child-run", "probe", "black-box"] {
        assert!(!stdout(&output).contains(hidden), "{hidden} is in {}", stdout(&output));
    }
    Folder::with(&[]).squall(&["run", "--help"]).success();
    Folder::with(&[]).squall(&["--version"]).success();
}

#[test]
fn a_run_as_data_has_every_field() {
    let folder = Folder::with(&[("cut.ron", CUT)]);
    let output = folder.squall(&["run", "cut.ron", "--seed", "3", "--format", "json", "--no-shrink"]).code(1);
    let object: Value = serde_json::from_slice(&output.get_output().stdout).expect("one object");
    for (field, expected) in [
        ("scenario", Value::from("cut")),
        ("protocol", "heartbeat".into()),
        ("seed", 3.into()),
        ("engine", 1.into()),
        ("verdict", "fail".into()),
        ("expected", false.into()),
        ("sim_ns", 5_000_000_000u64.into()),
        ("replay", "squall run cut.ron --seed 3".into()),
    ] {
        assert_eq!(object[field], expected, "{field}");
    }
    let digest = object["digest"].as_str().expect("a digest");
    assert!(digest.len() == 16 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()), "{digest}");
    assert!(object["events"].as_u64() > Some(100));
    assert!(object["fired"]["partition"].as_u64() > Some(0));
    assert!(object["measures"].as_array().is_some_and(|measures| !measures.is_empty()));
    let check = &object["checks"][1];
    assert_eq!((&check["name"], &check["verdict"]), (&"never(suspects)".into(), &"fail".into()));
    assert!(check["fingerprint"].as_str().is_some_and(|print| print.starts_with("never(suspects)/")), "{check}");
    assert!(check["detail"].as_str().is_some_and(|detail| detail.contains('b')), "{check}");
    assert_eq!(stderr(&output), "");
}

#[test]
fn several_runs_as_data_are_lines() {
    let folder = Folder::with(&[("calm.ron", CALM), ("bad.ron", "(")]);
    let output = folder.squall(&["run", "calm.ron", "bad.ron", "calm.ron", "--format", "json"]).code(2);
    let objects: Vec<Value> =
        stdout(&output).lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    assert_eq!(objects.len(), 3);
    assert_eq!((&objects[0], &objects[1]["valid"]), (&objects[2], &false.into()));
}

#[test]
fn a_run_is_the_same_again() {
    let folder = Folder::with(&[("calm.ron", CALM)]);
    let run = |seed: &str| stdout(&folder.squall(&["run", "calm.ron", "--seed", seed, "--twice"]).success());
    assert_eq!(run("1"), run("1"));
    assert_ne!(run("1"), run("2"));
    assert!(run("1").contains("alike in 4 runs, one in a fresh process"), "{}", run("1"));
}

#[test]
fn without_a_seed_the_file_has_a_say() {
    let folder = Folder::with(&[("seven.ron", &CALM.replace("version: 1,", "version: 1, seed: 7,"))]);
    assert!(stdout(&folder.squall(&["run", "seven.ron"])).contains("seed 7"));
    assert!(stdout(&folder.squall(&["run", "seven.ron", "--seed", "8"])).contains("seed 8"));
}

#[test]
fn a_commit_gives_a_seed() {
    let folder = Folder::with(&[("calm.ron", CALM)]);
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
        let mut command = std::process::Command::new("git");
        command.args(identity).args(arguments).current_dir(folder.path()).output().expect("git can be started")
    };
    git(&["init", "-q"]);
    git(&["commit", "-q", "--allow-empty", "-m", "first"]);
    let hash = String::from_utf8(git(&["rev-parse", "HEAD"]).stdout).expect("a hash");
    let seed = u64::from_str_radix(&hash[..8], 16).expect("a hash");
    let output = folder.squall(&["run", "calm.ron", "--seed-from", "git"]).success();
    assert!(stdout(&output).contains(&format!("seed {seed}:")), "{}", stdout(&output));
}

#[test]
fn a_trace_is_written_as_text_or_as_data() {
    let folder = Folder::with(&[("calm.ron", CALM)]);
    folder.squall(&["run", "calm.ron", "--trace", "t.txt"]).success();
    folder.squall(&["run", "calm.ron", "--trace", "t.jsonl"]).success();
    let text = std::fs::read_to_string(folder.path().join("t.txt")).expect("a trace");
    let lines = std::fs::read_to_string(folder.path().join("t.jsonl")).expect("a trace");
    assert_eq!(text.lines().count(), lines.lines().count());
    assert!(text.lines().any(|line| line.contains("receives Beat") && line.contains("from b")), "{text}");
    let first: Value = serde_json::from_str(lines.lines().next().expect("a line")).expect("an object");
    assert_eq!((&first["kind"], &first["place"]), (&"start".into(), &"a".into()));
}

#[test]
fn check_runs_nothing() {
    let folder = Folder::with(&[("cut.ron", CUT), ("bad.ron", "(")]);
    let output = folder.squall(&["check", "cut.ron"]).success();
    assert_eq!(stdout(&output), "1 file valid\n");
    let output = folder.squall(&["check", "cut.ron", "bad.ron", "--format", "json"]).code(2);
    let objects: Vec<Value> =
        stdout(&output).lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    assert_eq!(objects.iter().map(|object| &object["valid"]).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn list_names_protocols_facts_and_scenarios() {
    let folder = Folder::with(&[]);
    let output = folder.squall(&["list"]).success();
    for word in ["heartbeat", "suspects(peer)", "heartbeat/crash", "demo"] {
        assert!(stdout(&output).contains(word), "{word} is not in {}", stdout(&output));
    }
    let output = folder.squall(&["list", "--format", "json"]).success();
    assert!(stdout(&output).lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    folder.squall(&["run", "heartbeat/crash"]).success();
}

#[test]
fn what_is_shown_is_the_same_run() {
    let folder = Folder::with(&[]);
    let shown = stdout(&folder.squall(&["show", "demo", "--seed", "4"]).success());
    assert!(!shown.contains("chaos:"), "{shown}");
    std::fs::write(folder.path().join("shown.ron"), &shown).expect("a file for the test");
    let digest = |arguments: &[&str]| {
        let output = folder.squall(&[arguments, &["--format", "json"]].concat()).success();
        serde_json::from_slice::<Value>(&output.get_output().stdout).expect("one object")["digest"].clone()
    };
    assert_eq!(digest(&["run", "demo", "--seed", "4"]), digest(&["run", "shown.ron", "--seed", "4"]));
}

#[test]
fn every_code_is_explained() {
    let folder = Folder::with(&[]);
    let all = stdout(&folder.squall(&["explain"]).success());
    let codes: Vec<&str> = all.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(codes.len() > 20, "{all}");
    for code in [codes[0], codes[1], codes[codes.len() - 1], "s001"] {
        folder.squall(&["explain", code]).success();
    }
}

#[test]
fn completions_are_scripts() {
    for shell in ["bash", "zsh", "fish"] {
        let output = Folder::with(&[]).squall(&["completions", shell]).success();
        assert!(stdout(&output).contains("seed-from"), "{shell}");
    }
}

#[test]
fn colour_is_for_terminals_unless_asked_for() {
    let folder = Folder::with(&[("calm.ron", CALM)]);
    let escapes = |arguments: &[&str]| stdout(&folder.squall(arguments).success()).contains('\u{1b}');
    assert!(!escapes(&["run", "calm.ron"]));
    assert!(escapes(&["run", "calm.ron", "--color", "always"]));
    assert!(!escapes(&["run", "calm.ron", "--color", "never"]));
}
