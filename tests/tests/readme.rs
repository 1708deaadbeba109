//! What the README shows is true: its scenario loads and passes. (Its program is a doc test of `squall`.)

use std::fs;

use crate::common::{Case, root};

/// The blocks of the README in this language.
fn blocks(language: &str) -> Vec<String> {
    let readme = fs::read_to_string(root().join("README.md")).expect("readable");
    let start = format!("```{language}\n");
    let block = |rest: &str| rest.split("\n```").next().map(str::to_owned);
    readme.split(&start).skip(1).filter_map(block).collect()
}

#[test]
fn the_scenario_explained_is_a_scenario() {
    let files = blocks("ron");
    assert_eq!(files.len(), 2);
    let mut case = Case::of_text(&files[0]);
    for seed in 0..50 {
        let outcome = case.run_seed(seed);
        assert!(case.is_expected(&outcome), "seed {seed}: {:?} {:?}", outcome.end, outcome.checks);
    }
}

#[test]
fn the_commands_name_files_that_exist() {
    let commands = blocks("sh");
    assert_eq!(commands.len(), 2);
    let named: Vec<_> =
        commands.iter().flat_map(|block| block.split_whitespace()).filter(|word| word.ends_with(".ron")).collect();
    assert!(!named.is_empty());
    for file in named {
        assert!(root().join(file).is_file(), "{file}");
    }
}
