//! The place of a check that is judged by the typed history: that one only the kernel has, and only at the end.

use super::{Checker, Conclusion, Observation, Verdict, Violation};
use crate::time::Time;

/// Sees nothing and cannot say. The kernel puts the verdict of the protocol's contract in its place.
pub(super) struct Typed;

impl Checker for Typed {
    fn observe(&mut self, _: Time, _: u32, _: &Observation<'_>) -> Option<Violation> {
        None
    }

    fn conclude(&mut self, conclusion: &Conclusion<'_>) -> Verdict {
        Verdict::Undecided(format!("protocol `{}` names no contract", conclusion.plan.protocol))
    }
}
