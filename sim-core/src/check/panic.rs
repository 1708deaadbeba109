//! No handler panics.

use super::{Checker, Conclusion, Observation, Verdict, Violation};
use crate::outcome::End;
use crate::time::Time;

pub(super) struct NoPanic;

impl Checker for NoPanic {
    fn observe(&mut self, _: Time, _: u32, _: &Observation<'_>) -> Option<Violation> {
        None
    }

    fn conclude(&mut self, conclusion: &Conclusion<'_>) -> Verdict {
        let End::Panic { at, message } = conclusion.end else { return Verdict::Pass };
        // Digits are masked, so that the same panic about another node or slot is the same finding.
        let masked: String = message.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect();
        Verdict::Fail(Violation {
            fingerprint: format!("no-panic/{}: {masked}", at.handler),
            detail: format!("`{}` of {} panicked at {}: {message}", at.handler, at.node, at.time),
            at: at.time,
            events: vec![conclusion.event],
            nodes: vec![],
        })
    }
}
