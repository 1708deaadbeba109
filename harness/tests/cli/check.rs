//! The face that `cargo test` sees.

use std::path::PathBuf;

use super::{CALM, CUT, Folder};

fn path(folder: &Folder, name: &str) -> PathBuf {
    folder.path().join(name)
}

#[test]
fn a_scenario_that_passes_passes_under_many_seeds() {
    let folder = Folder::with(&[("calm.ron", CALM)]);
    squall::check(path(&folder, "calm.ron")).run();
    squall::check(path(&folder, "calm.ron")).seeds(0..20).run();
}

#[test]
fn an_expected_failure_is_met_by_one_seed() {
    let expected = CUT.replace("version: 1,", r#"version: 1, expect: Fail("never"),"#);
    let folder = Folder::with(&[("cut.ron", &expected)]);
    squall::check(path(&folder, "cut.ron")).seeds(0..5).no_shrink().run();
}

#[test]
fn a_failure_is_a_page_that_ends_with_the_command() {
    let folder = Folder::with(&[("cut.ron", CUT)]);
    let file = path(&folder, "cut.ron");
    let failed = squall::check(&file).seeds(3..5).no_shrink().try_run().expect_err("it fails").to_string();
    assert!(failed.lines().count() <= 24, "one screen:\n{failed}");
    assert!(failed.ends_with(&format!("squall run {} --seed 3", file.display())), "{failed}");
    assert!(!failed.contains('\u{1b}'), "no colours: {failed}");
}

#[test]
fn an_expected_failure_that_no_seed_shows_is_a_failure() {
    let unmet = CALM.replace("version: 1,", r#"version: 1, expect: Fail("accuracy"),"#);
    let folder = Folder::with(&[("unmet.ron", &unmet)]);
    let failed = squall::check(path(&folder, "unmet.ron")).seeds(0..3).try_run().expect_err("none fails").to_string();
    assert!(failed.contains("PASS but expected `accuracy` to fail"), "{failed}");
}

#[test]
fn a_wrong_file_and_no_seeds_are_failures() {
    let folder = Folder::with(&[("bad.ron", "("), ("calm.ron", CALM)]);
    let failed = squall::check(path(&folder, "bad.ron")).try_run().expect_err("it is wrong").to_string();
    assert!(failed.contains("error[S"), "{failed}");
    let failed = squall::check(path(&folder, "absent.ron")).try_run().expect_err("it is absent").to_string();
    assert!(failed.contains("there is no file"), "{failed}");
    let failed = squall::check(path(&folder, "calm.ron")).seeds(5..5).try_run().expect_err("no seeds").to_string();
    assert!(failed.contains("no seeds"), "{failed}");
}
