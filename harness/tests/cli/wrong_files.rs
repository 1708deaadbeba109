//! Files that cannot be read, and how wrong ones are shown. What the loader says of each mistake is tested there.

use std::fs;

use serde_json::Value;
use snapbox::{assert_data_eq, str};

use super::{Folder, stderr, stdout};

fn told(folder: &Folder, file: &str) -> String {
    let output = folder.squall(&["run", file]).code(2);
    assert_eq!(stdout(&output), "", "talk goes to stderr");
    stderr(&output)
}

#[test]
fn no_such_file_and_a_directory() {
    let folder = Folder::with(&[]);
    assert_data_eq!(
        told(&folder, "absent.ron"),
        str![[r#"
error[F001]: there is no file `absent.ron`
--> absent.ron
 = help: check the path; `squall list` shows the scenarios inside the binary
 = help: `squall explain F001` tells more

"#]]
    );
    assert_data_eq!(
        told(&folder, "heartbeat/crahs.ron"),
        str![[r#"
error[F001]: there is no file `heartbeat/crahs.ron`
--> heartbeat/crahs.ron
 = help: the catalogue has `heartbeat/crash`; `squall list` shows all of it
 = help: `squall explain F001` tells more

"#]]
    );
    assert_data_eq!(
        told(&folder, "."),
        str![[r#"
error[F001]: `.` is a directory
--> .
 = help: name its files, as in `squall run ./*.ron`
 = help: `squall explain F001` tells more

"#]]
    );
}

#[test]
fn a_mistake_is_shown_where_it_is() {
    let text = "(\n    version: 1,\n    protocol: \"heartbeat\",\n    config: (period: \"100ms\", timeout: \"500ms\"),\n    \
                nodes: 2,\n    faults: [(from: \"1s\", until: \"2s\", fault: Crsh(\"b\"))],\n)\n";
    let folder = Folder::with(&[("x.ron", text)]);
    assert_data_eq!(
        told(&folder, "x.ron"),
        str![[r#"
error[S101]: unknown name `Crsh`
 --> x.ron:6:47
  |
6 |     faults: [(from: "1s", until: "2s", fault: Crsh("b"))],
  |                                               ^^^^ at `faults[0].fault`
  |
  = note: legal here: `Crash`, `Reboot`, [..]
  = help: did you mean `Crash`?
  = help: `squall explain S101` tells more

"#]]
    );
}

#[test]
fn what_is_no_text_is_shown_as_far_as_possible() {
    let folder = Folder::with(&[]);
    fs::write(folder.path().join("x.ron"), b"(version: 1,\n about: \"\xff\xfe\",\n)").expect("a file for the test");
    assert_data_eq!(
        told(&folder, "x.ron"),
        str![[r#"
error[S001]: byte 22 is not UTF-8 text
 --> x.ron:2:10
  |
2 |  about: "��",
  |          ^
  |
  = help: `squall explain S001` tells more

"#]]
    );
}

#[test]
fn devices_without_end_are_refused() {
    if fs::exists("/dev/zero").unwrap_or(false) {
        assert!(told(&Folder::with(&[]), "/dev/zero").contains("larger than 256 MiB"));
    }
}

#[test]
fn mistakes_are_data_too() {
    let folder = Folder::with(&[("x.ron", "(\n  version: 1,\n  protocol: \"ecko\",\n  nodes: 2,\n)")]);
    let output = folder.squall(&["check", "x.ron", "absent.ron", "--format", "json"]).code(2);
    let objects: Vec<Value> =
        stdout(&output).lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    let first = &objects[0]["diagnostics"][0];
    assert_eq!((&first["line"], &first["column"]), (&3.into(), &13.into()), "{first}");
    assert_eq!(objects[1]["diagnostics"][0]["code"], "F001");
}
