//! The load balancer under every detector that its health checks can name: who dies is noticed in time and gets nothing
//! more, and who lives is not suspected for long.

use std::fs;

use crate::common::{Case, catalog, failed};

/// The shipped scenario of two crashes, where nothing is to be sent to the dead after 506 ms.
fn under(detector: &str) {
    let text = fs::read_to_string(catalog("load_balancer/crash")).expect("shipped");
    let plain = r#"timeout: "500ms")"#;
    assert_eq!(text.matches(plain).count(), 1, "{text}");
    let text = text.replace(plain, &format!(r#"timeout: "500ms", detector: Some({detector}))"#));
    let mut case = Case::of_text(&text);
    for seed in 0..3 {
        let outcome = case.run_seed(seed);
        assert!(case.is_expected(&outcome), "{detector}, seed {seed}: {:?}", failed(&outcome));
    }
}

#[test]
fn a_fixed_timeout() {
    under(r#"FixedTimeout("400ms")"#);
}

#[test]
fn nfd_s() {
    under(r#"NfdS(slack: "300ms")"#);
}

#[test]
fn nfd_e() {
    under(r#"NfdE(margin: "300ms")"#);
}

#[test]
fn phi_over_normal_gaps() {
    under(r#"PhiNormal(threshold: "8", window: 100, deviation_min: "50ms")"#);
}

#[test]
fn phi_over_exponential_gaps() {
    under(r#"PhiExponential(threshold: "1.5", window: 100)"#);
}

#[test]
fn request_timeouts() {
    under(r#"RequestTimeout("300ms")"#);
}

#[test]
fn a_threshold_of_errors() {
    under(r#"ErrorThreshold(errors: 3, within: "100ms")"#);
}
