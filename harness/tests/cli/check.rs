//! The face that `cargo test` sees.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use protocols::heartbeat::Heartbeat;
use squall::sim_core::Span;
use squall::sim_core::check::Check;

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
fn a_failure_reads_alike_whatever_the_number_of_threads() {
    let folder = Folder::with(&[("cut.ron", CUT)]);
    let told = |jobs| {
        let check = squall::check(path(&folder, "cut.ron")).seeds(0..40).jobs(jobs).no_shrink();
        check.try_run().expect_err("it fails").to_string()
    };
    let alone = told(1);
    assert!(alone.starts_with("40 of 40 runs did not come out as expected, seeds 0..40\n"), "{alone}");
    assert!(alone.contains("never(suspects)/recorded: 40 runs, lowest seed 0\n"), "{alone}");
    assert_eq!(told(3), alone);
}

#[test]
fn a_mark_that_no_seed_reaches_is_a_failure_of_many_seeds_and_not_of_one() {
    let marked = CALM.replace("checks: [", r#"checks: [Sometimes("suspects"), "#);
    let folder = Folder::with(&[("marked.ron", &marked)]);
    squall::check(path(&folder, "marked.ron")).run();
    let failed = squall::check(path(&folder, "marked.ron")).seeds(0..5).try_run().expect_err("unreached").to_string();
    assert!(failed.contains("no run under seeds 0..5 reached sometimes(suspects)"), "{failed}");
    assert!(failed.ends_with("marked.ron --seed 0"), "{failed}");
}

#[test]
fn failures_are_kept_and_run_before_new_seeds() {
    let folder = Folder::with(&[("cut.ron", CUT)]);
    let kept = path(&folder, "regressions");
    let check = || squall::check(path(&folder, "cut.ron")).regressions(&kept);
    let first = check().seeds(0..3).try_run().expect_err("it fails").to_string();
    let file = kept.join("cut").join("never-suspects-recorded.ron");
    assert!(first.ends_with(&format!("squall replay {}", file.display())), "{first}");
    let text = fs::read_to_string(&file).expect("it was kept");
    assert!(text.contains(&format!("squall replay {}", file.display())), "{text}");
    assert!(text.contains(r#"expect: Fail("never(suspects)")"#), "{text}");
    let again = check().seeds(0..3).try_run().expect_err("it fails still").to_string();
    assert!(again.starts_with("a failure that was found before"), "{again}");

    // What is mended does not fail the test any more, and a test that is kept must pass.
    fs::write(path(&folder, "cut.ron"), CALM).expect("it can be written");
    let longer = text.replace(r#"Some("500ms")"#, r#"Some("5s")"#);
    assert!(longer.contains(r#"timeout: Some("5s")"#), "{longer}");
    fs::write(&file, &longer).expect("it can be written");
    check().seeds(0..3).run();
    fs::write(&file, longer.replace(r#"expect: Fail("never(suspects)"),"#, "")).expect("it can be written");
    check().seeds(0..3).run();
    fs::write(&file, text.replace(r#"expect: Fail("never(suspects)"),"#, "")).expect("it can be written");
    check().seeds(0..3).try_run().expect_err("a test that fails");

    fs::write(&file, "(").expect("it can be written");
    let unreadable = check().seeds(0..3).try_run().expect_err("it is no scenario any more").to_string();
    assert!(unreadable.contains("error[S"), "{unreadable}");
}

#[test]
fn a_storm_needs_no_file() {
    let config = scenarios::parse_typed(r#"(period: "100ms", timeout: "500ms")"#).expect("a config");
    let storm = || squall::storm::<Heartbeat>(&config).nodes(2).until(Span::from_secs(5));
    storm().windows(0..=0).judge(Check::Accuracy { after_calm: false }).seeds(0..20).run();
    storm().judge(Check::Never("suspects".to_owned())).expect_failure("never").seeds(0..20).run();
}

/// In a process of its own, for the variables are those of the process.
fn turned(variables: &[(&str, &str)]) -> (bool, String) {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--exact", "check::turned_up_by_the_environment", "--nocapture"]).env("SQUALL_TEST_TURNED", "1");
    let output = command.envs(variables.iter().copied()).output().expect("it can be started");
    let words = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&words).into_owned())
}

#[test]
fn turned_up_by_the_environment() {
    if std::env::var_os("SQUALL_TEST_TURNED").is_some() {
        let folder = Folder::with(&[("cut.ron", CUT)]);
        squall::check(path(&folder, "cut.ron")).seeds(0..5).no_shrink().run();
        return;
    }
    let (passed, words) = turned(&[("SQUALL_SEEDS", "12"), ("SQUALL_FIRST_SEED", "1000"), ("SQUALL_JOBS", "1")]);
    assert!(!passed && words.contains("12 of 12 runs") && words.contains("seeds 1000..1012"), "{words}");
    let (passed, words) = turned(&[("SQUALL_SEEDS", "many")]);
    assert!(!passed && words.contains("`SQUALL_SEEDS` is `many`"), "{words}");
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
