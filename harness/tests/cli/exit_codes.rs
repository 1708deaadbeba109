//! The exit codes that the shipped protocols can reach, and which of several files decides.

use super::{CALM, CUT, Folder, stderr, stdout};

/// `CUT` with another line in its head.
fn cut_with(line: &str) -> String {
    CUT.replace("version: 1,", &format!("version: 1, {line}"))
}

#[test]
fn met_is_0() {
    let expected = cut_with(r#"expect: Fail("never"),"#);
    let folder = Folder::with(&[("calm.ron", CALM), ("cut.ron", &expected)]);
    let output = folder.squall(&["run", "calm.ron", "cut.ron", "--no-shrink"]).code(0);
    assert!(stdout(&output).contains("PASS  calm, seed 0"), "{}", stdout(&output));
    assert!(stdout(&output).contains("FAIL as expected  cut, seed 0"), "{}", stdout(&output));
    assert_eq!(stderr(&output), "");
}

#[test]
fn missed_is_1() {
    let unmet = CALM.replace("version: 1,", r#"version: 1, expect: Fail("accuracy"),"#);
    let folder = Folder::with(&[("cut.ron", CUT), ("unmet.ron", &unmet)]);
    folder.squall(&["run", "cut.ron", "--no-shrink"]).code(1);
    let output = folder.squall(&["run", "unmet.ron"]).code(1);
    assert!(stdout(&output).contains("PASS but expected `accuracy` to fail"), "{}", stdout(&output));
}

#[test]
fn bad_input_and_bad_usage_are_2() {
    let folder = Folder::with(&[("bad.ron", "(version: 1, protocol: \"heartbeet\", nodes: 2)"), ("calm.ron", CALM)]);
    folder.squall(&["run", "bad.ron"]).code(2);
    folder.squall(&["run", "absent.ron"]).code(2);
    folder.squall(&["run", "."]).code(2);
    folder.squall(&["check", "bad.ron"]).code(2);
    folder.squall(&["replay", "calm.ron"]).code(2);
    folder.squall(&["run", "calm.ron", "--seed", "seven"]).code(2);
    folder.squall(&["run", "calm.ron", "--seed", "1", "--seed-from", "git"]).code(2);
    folder.squall(&["run", "calm.ron", "--seed-from", "git"]).code(2);
    folder.squall(&["run", "calm.ron", "--trace", "no/such/folder/t.txt"]).code(2);
    folder.squall(&["run", "calm.ron", "calm.ron", "--trace", "t.txt"]).code(2);
    folder.squall(&["explain", "S999"]).code(2);
    folder.squall(&["rum", "calm.ron"]).code(2);
    folder.squall(&[]).code(2);
}

#[test]
fn undecided_is_3() {
    let short = CALM.replace("version: 1,", "version: 1, limits: (events: 10),");
    let output = Folder::with(&[("short.ron", &short)]).squall(&["run", "short.ron"]).code(3);
    assert!(stdout(&output).contains("UNDECIDED"), "{}", stdout(&output));
    assert!(stdout(&output).contains("the limit `events` ran out"), "{}", stdout(&output));
}

#[test]
fn nothing_run_is_4() {
    Folder::with(&[]).squall(&["run"]).code(4);
    Folder::with(&[]).squall(&["check"]).code(4);
}

#[test]
fn a_full_disk_is_70() {
    let folder = Folder::with(&[]);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
    // Only some systems have such a device.
    if let Ok(full) = full {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_squall"));
        let status = command.arg("list").stdout(full).current_dir(folder.path()).status().expect("it can be started");
        assert_eq!(status.code(), Some(70));
    }
}

#[test]
fn of_several_files_the_worst_decides_and_all_are_run() {
    let short = CALM.replace("version: 1,", "version: 1, limits: (events: 10),");
    let files = [("calm.ron", CALM), ("cut.ron", CUT), ("short.ron", &*short), ("bad.ron", "(")];
    let folder = Folder::with(&files);
    folder.squall(&["run", "short.ron", "calm.ron"]).code(3);
    folder.squall(&["run", "--no-shrink", "cut.ron", "short.ron"]).code(1);
    let output = folder.squall(&["run", "--no-shrink", "bad.ron", "cut.ron", "calm.ron"]).code(2);
    assert!(stdout(&output).contains("FAIL  cut") && stdout(&output).contains("PASS  calm"), "{}", stdout(&output));
}
