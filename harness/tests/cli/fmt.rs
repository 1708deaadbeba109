//! `squall fmt`: files are laid out in place, whole or not at all, and comments stay.

use std::fs;

use super::{CUT, Folder, stderr, stdout};

const UNTIDY: &str = "// Kept.\n(version:1,protocol:\"echo\",nodes:2,// two\nchaos:(windows:0..6))\n";
const TIDY: &str =
    "// Kept.\n(\n    version: 1,\n    protocol: \"echo\",\n    nodes: 2, // two\n    chaos: (windows: 0..6),\n)\n";

#[test]
fn a_file_is_laid_out_in_place_and_stays_so() {
    let folder = Folder::with(&[("a.ron", UNTIDY), ("b.ron", TIDY)]);
    let before = fs::metadata(folder.path().join("b.ron")).unwrap().modified().unwrap();
    let output = folder.squall(&["fmt", "a.ron", "b.ron"]).success();
    assert_eq!(stderr(&output), "1 of 2 files formatted\n");
    assert_eq!(fs::read_to_string(folder.path().join("a.ron")).unwrap(), TIDY);
    assert_eq!(fs::metadata(folder.path().join("b.ron")).unwrap().modified().unwrap(), before, "not written");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing else is left there");
}

#[test]
fn a_check_shows_what_would_change_and_writes_nothing() {
    let folder = Folder::with(&[("a.ron", UNTIDY)]);
    let output = folder.squall(&["fmt", "--check", "a.ron"]).code(1);
    let diff = stdout(&output);
    assert!(diff.starts_with("--- a.ron\n+++ a.ron formatted\n@@ -1,3 +1,7 @@\n // Kept.\n-(version"), "{diff}");
    assert_eq!(fs::read_to_string(folder.path().join("a.ron")).unwrap(), UNTIDY);
    folder.squall(&["fmt", "a.ron"]).success();
    folder.squall(&["fmt", "--check", "a.ron"]).success();
}

#[test]
fn stdin_goes_to_stdout() {
    let folder = Folder::with(&[]);
    let output = folder.command().args(["fmt", "-"]).stdin(UNTIDY).assert().success();
    assert_eq!(stdout(&output), TIDY);
}

#[test]
fn what_is_no_ron_is_left_alone_and_said() {
    let folder = Folder::with(&[("a.ron", UNTIDY), ("bad.ron", "(a: [1, 2)"), ("cut.ron", CUT)]);
    let output = folder.squall(&["fmt", "bad.ron", "a.ron", "gone.ron", "."]).code(2);
    for part in ["bad.ron:1:10", "there is no file `gone.ron`", "`.` is a directory", "1 of 4 files formatted"] {
        assert!(stderr(&output).contains(part), "{part}: {}", stderr(&output));
    }
    assert_eq!(fs::read_to_string(folder.path().join("bad.ron")).unwrap(), "(a: [1, 2)");
    folder.squall(&["fmt"]).code(4);
    folder.squall(&["fmt", "heartbeat/chaos"]).code(2);
}
