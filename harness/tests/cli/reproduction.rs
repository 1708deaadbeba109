//! A failure is shrunk, written, replayed; and the demonstration.

use std::fs;

use super::{CALM, CUT, Folder, stderr, stdout};

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
    let text = fs::read_to_string(folder.path().join(FILE)).expect("the reproduction");
    let content = text.lines().filter(|line| !line.starts_with("//")).count();
    assert!(content < 20, "{text}");
    for words in ["// Found by `squall run cut.ron --seed 0`", "1 window of", "Nothing more can go", "// What happens:"]
    {
        assert!(text.contains(words), "{words} is not in {text}");
    }
}

#[test]
fn shrinking_is_a_command_and_does_not_depend_on_its_threads() {
    let folder = Folder::with(&[("cut.ron", CUT)]);
    let plan = || {
        let text = fs::read_to_string(folder.path().join(FILE)).expect("the reproduction");
        text.lines().filter(|line| !line.starts_with("//")).collect::<String>()
    };
    let output = folder.squall(&["shrink", "cut.ron", "--seed", "3", "--jobs", "1", "-v"]).success();
    assert!(stderr(&output).contains("certificate"), "{}", stderr(&output));
    let alone = plan();
    folder.squall(&["shrink", "cut.ron", "--seed", "3", "--jobs", "4"]).success();
    assert_eq!(plan(), alone);
    assert!(alone.contains("certificate: Some("), "{alone}");
    folder.squall(&["shrink", FILE]).success();

    let output = folder.squall(&["shrink", "cut.ron", "--deadline", "1ns"]).success();
    assert!(stdout(&output).contains("may be able to go"), "{}", stdout(&output));
    assert!(!plan().contains("certificate: Some("), "{}", plan());
    let fresh = Folder::with(&[("calm.ron", CALM)]);
    let output = fresh.squall(&["shrink", "calm.ron"]).code(1);
    assert!(stderr(&output).contains("nothing fails"), "{}", stderr(&output));
}

#[test]
fn a_replay_certifies_what_is_minimal() {
    let folder = Folder::with(&[("cut.ron", CUT)]);
    folder.squall(&["run", "cut.ron"]).code(1);
    let output = folder.squall(&["replay", FILE, "--certify"]).success();
    assert!(stderr(&output).contains("certified: "), "{}", stderr(&output));
    let text = fs::read_to_string(folder.path().join(FILE)).expect("the reproduction");
    let more = text.replace("nodes: 2,", "nodes: 3,");
    fs::write(folder.path().join("more.ron"), more).expect("a file for the test");
    let output = folder.squall(&["replay", "more.ron", "--certify"]).code(1);
    assert!(stderr(&output).contains("not minimal: 2 nodes, 1 window would do"), "{}", stderr(&output));
}

#[test]
fn two_runs_are_compared_and_a_run_is_drawn() {
    let folder = Folder::with(&[("cut.ron", CUT), ("calm.ron", CALM)]);
    let output = folder.squall(&["diff", "cut.ron", "cut.ron"]).success();
    assert!(stdout(&output).contains("the runs are the same"), "{}", stdout(&output));
    let output = folder.squall(&["diff", "cut.ron", "calm.ron"]).code(1);
    assert!(stdout(&output).contains("the runs part here"), "{}", stdout(&output));
    for (form, word) in [("text", "suspects(a)"), ("mermaid", "sequenceDiagram"), ("dot", "digraph run {")] {
        let output = folder.squall(&["show", "cut.ron", "--format", form]).success();
        assert!(stdout(&output).contains(word), "{form}: {}", stdout(&output));
    }
}

#[test]
fn a_sweep_makes_the_first_of_each_group_small() {
    let folder = Folder::with(&[("cut.ron", CUT)]);
    let output = folder.squall(&["sweep", "cut.ron", "--seeds", "0..4"]).code(1);
    assert!(stdout(&output).contains("shrunk   to 2 nodes, 1 window"), "{}", stdout(&output));
    assert!(folder.path().join(FILE).exists());
    let folder = Folder::with(&[("cut.ron", CUT)]);
    folder.squall(&["sweep", "cut.ron", "--seeds", "0..4", "--no-shrink"]).code(1);
    assert!(!folder.path().join(FILE).exists());
}

#[test]
fn a_replay_that_does_not_fail_any_more_is_missed() {
    let folder = Folder::with(&[("cut.ron", CUT)]);
    folder.squall(&["run", "cut.ron"]).code(1);
    let text = fs::read_to_string(folder.path().join(FILE)).expect("the reproduction");
    let mended = text.replace(r#"Some("500ms")"#, r#"Some("4s")"#);
    fs::write(folder.path().join("mended.ron"), mended).expect("a file for the test");
    let output = folder.squall(&["replay", "mended.ron"]).code(1);
    assert!(stderr(&output).contains("gone:"), "{}", stderr(&output));
    assert!(stderr(&output).contains("no longer happens: 0.500000s b timer Silence fires"), "{}", stderr(&output));
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
