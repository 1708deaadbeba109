//! Wrong files and what is told about each, word for word. `cargo run -p squall-scenarios --example rewrite` writes the
//! expected texts anew; the review is the diff.

use std::collections::BTreeSet;
use std::path::Path;

use crate::register::told;

fn read(path: &Path) -> Vec<u8> {
    #[expect(clippy::disallowed_methods, reason = "golden files are read by tests alone")]
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_wrong_file_is_told_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/all/wrong");
    let mut codes = BTreeSet::new();
    let mut files = 0;
    let mut differing = String::new();
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "ron") {
            files += 1;
            let found = told(&read(&path));
            codes.extend(found.lines().filter(|line| line.starts_with('S')).map(|line| line[..4].to_owned()));
            let expected = String::from_utf8(read(&path.with_extension("txt"))).unwrap();
            if found != expected {
                differing.push_str(&format!("{}\n--- expected\n{expected}--- found\n{found}\n", path.display()));
            }
        }
    }
    assert!(differing.is_empty(), "{differing}");
    assert!(files >= 60, "only {files} wrong files");
    let untold: Vec<_> = scenarios::codes().map(|(code, _)| code.0).filter(|code| !codes.contains(*code)).collect();
    assert_eq!(untold, ["S002"], "codes that no file shows; a file for S002 would be too large to keep");
}

#[test]
fn a_short_file_cannot_ask_for_all_memory() {
    let most = u32::MAX;
    let op = format!("CompareAndSet(key: {most}, old: {most}, new: {most})");
    let told = told(
        &format!(
            "(version: 1, protocol: \"register\", nodes: 1, clients: (count: 1), operations: [
            (at: \"1s\", client: 0, op: {op}, times: 400000), (at: \"1s\", client: 0, op: {op}, times: 500000),
        ])"
        )
        .into_bytes(),
    );
    let limit = "operations[1].times: the texts of repeated operations would be longer than 50000000 bytes";
    assert!(told.starts_with("S802 at 2:") && told.contains(limit), "{told}");
}

#[test]
fn a_hundred_megabytes_of_brackets_are_refused_at_once() {
    let text = told("[".repeat(100_000_000).as_bytes());
    assert_eq!(text, "S002: the file holds 100000000 bytes; at most 16777216 are read\n");
}

#[test]
fn a_million_values_are_refused() {
    let text = told(format!("[{}]", "0,".repeat(1_000_001)).as_bytes());
    assert!(text.starts_with("S002 at 1:2000000: the file holds more than 1000000 values\n"), "{text}");
}

#[test]
fn a_thousand_mistakes_are_told_up_to_a_hundred() {
    let faults = "(from: \"1s\", until: Never, fault: Crash(7)),\n".repeat(1000);
    let text = told(format!("(version: 1, protocol: \"register\", nodes: 3, faults: [{faults}])").as_bytes());
    assert_eq!(text.matches("there is no node 7").count(), 100);
    assert!(text.ends_with("    note: at most 100 mistakes are shown\n"), "{text}");
}
