//! A failure is shrunk, written, replayed; and the demonstration.

use std::fs;

use super::{CUT, Folder, stderr, stdout};

const FILE: &str = "squall-out/cut-never-suspects-recorded.ron";

#[test]
fn a_failure_is_shrunk_to_a_file_that_is_a_test() {
    let folder = Folder::with(&[("cut.ron", CUT)]);
    let output = folder.squall(&["run", "cut.ron"]).code(1);
    let page = stdout(&output);
    assert!(page.lines().count() <= 24, "one screen:\n{page}");
    assert_eq!(page.lines().last().map(str::trim), Some(&*format!("replay   squall replay {FILE}")), "{page}");
    assert!(page.contains("partition of a | b begins") || page.contains("partition"), "{page}");
    let names: Vec<_> = fs::read_dir(folder.path().join("squall-out")).expect("the folder").collect();
    assert_eq!(names.len(), 1, "no temporary file is left: {names:?}");

    let output = folder.squall(&["replay", FILE]).success();
    assert!(
        stderr(&output).contains("reproduced: `never(suspects)/recorded`, identical to the bit"),
        "{}",
        stderr(&output)
    );
    folder.squall(&["run", FILE]).success();
    folder.squall(&["check", FILE]).success();
}

#[test]
fn a_replay_that_does_not_fail_any_more_is_missed() {
    let folder = Folder::with(&[("cut.ron", CUT)]);
    folder.squall(&["run", "cut.ron"]).code(1);
    let text = fs::read_to_string(folder.path().join(FILE)).expect("the reproduction");
    // The config comes first; the run ends at 500 ms, too.
    let mended = text.replacen("500ms", "4s", 1);
    fs::write(folder.path().join("mended.ron"), mended).expect("a file for the test");
    let output = folder.squall(&["replay", "mended.ron"]).code(1);
    assert!(stderr(&output).contains("gone:"), "{}", stderr(&output));
    // A change that leaves the failure as it is.
    fs::write(folder.path().join("other.ron"), text.replace("period: \"100ms\"", "period: \"99ms\""))
        .expect("a file for the test");
    let output = folder.squall(&["replay", "other.ron"]).success();
    assert!(stderr(&output).contains("the protocol has changed since"), "{}", stderr(&output));
}

#[test]
fn without_shrinking_nothing_is_written() {
    let folder = Folder::with(&[("cut.ron", CUT)]);
    let output = folder.squall(&["run", "cut.ron", "--no-shrink"]).code(1);
    assert!(stdout(&output).ends_with("squall run cut.ron --seed 0\n"), "{}", stdout(&output));
    assert!(!folder.path().join("squall-out").exists());
}

#[test]
fn a_folder_that_cannot_be_written_takes_nothing_from_the_verdict() {
    let folder = Folder::with(&[("cut.ron", CUT), ("squall-out", "a file where the folder should be")]);
    let output = folder.squall(&["run", "cut.ron"]).code(1);
    assert!(stderr(&output).contains("warning: the reproduction could not be written"), "{}", stderr(&output));
    assert!(stdout(&output).contains("FAIL  cut"), "{}", stdout(&output));
}

#[test]
fn the_demonstration_finds_shrinks_and_tells() {
    let folder = Folder::with(&[]);
    let output = folder.squall(&["demo"]).success();
    let page = stdout(&output);
    assert!(page.contains("completeness fail") && page.contains("story") && page.contains("shrunk"), "{page}");
    let commands = page.lines().skip_while(|line| *line != "Next:").skip(1);
    let commands: Vec<&str> = commands.filter_map(|line| line.trim().split("  ").next()).collect();
    assert_eq!(commands.len(), 3, "{page}");
    for command in commands {
        let words: Vec<&str> = command.split(' ').collect();
        let output = folder.squall(&words[1..]);
        let code = output.get_output().status.code();
        assert!(matches!(code, Some(0 | 1)), "`{command}` ends with {code:?}: {}", stderr(&output));
    }
}
