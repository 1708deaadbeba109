//! The protocol under squall: every file of a folder, and a storm without a file.

use outside::TokenRing;
use squall::sim_core::Span;
use squall::sim_core::check::Check;
use squall::sim_core::fault::Family;

squall::scenarios!("scenarios", |check| check.with::<TokenRing>().seeds(0..100));

#[test]
fn one_token_when_only_clocks_err() {
    squall::storm::<TokenRing>(&Span::from_secs(2))
        .kinds(&[Family::Drift, Family::Step])
        .until(Span::from_secs(30))
        .judge(Check::Exclusive("takes".into(), "gives".into()))
        .seeds(0..200)
        .run();
}

#[test]
fn a_failure_ends_with_the_command_that_shows_it() {
    let storm = squall::storm::<TokenRing>(&Span::from_secs(2)).kinds(&[Family::Pause]).until(Span::from_secs(30));
    let check = storm.judge(Check::Exclusive("takes".into(), "gives".into())).seeds(0..50);
    let failed = check.try_run().expect_err("pauses make two tokens").to_string();
    assert!(failed.lines().count() <= 30, "one screen:\n{failed}");
    let file = failed.lines().last().and_then(|line| line.trim().strip_prefix("replay   squall replay "));
    assert!(file.is_some_and(|file| std::path::Path::new(file).is_file()), "{failed}");
}
