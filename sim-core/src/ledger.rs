//! The typed history of a run's clients, kept only if one of the plan's checks is about it, and its judgement.

use crate::check::history::{Budget, Contract, Ending, Judgement, Moment, Operation};
use crate::check::{Check, CheckOutcome, Conclusion, Verdict};
use crate::plan::{Place, Plan};
use crate::protocol::Protocol;

/// What clients asked and were told.
pub(crate) struct Ledger<P: Protocol> {
    kept: bool,
    operations: Vec<Operation<P::Op, P::Ret>>,
}

impl<P: Protocol> Default for Ledger<P> {
    fn default() -> Self {
        Ledger { kept: false, operations: Vec::new() }
    }
}

impl<P: Protocol> Ledger<P> {
    pub(crate) fn reset(&mut self, plan: &Plan) {
        self.operations.clear();
        self.kept = plan.checks.iter().any(|check| check.property().is_some());
    }

    /// Whether what clients asked and were told decides all checks of a plan.
    pub(crate) fn is_all_that_is_judged(&self, plan: &Plan) -> bool {
        self.kept && plan.checks.iter().all(|check| check.property().is_some())
    }

    /// Enters an operation that begins; its number.
    #[inline]
    pub(crate) fn call(&mut self, client: u16, at: Moment, op: &P::Op) -> u32 {
        if !self.kept {
            return 0;
        }
        self.operations.push(Operation::new(u32::from(client), at, op.clone()));
        (self.operations.len() - 1) as u32
    }

    /// Enters how it ended. One that is given up stays open: it may still be applied.
    #[inline]
    pub(crate) fn end(&mut self, number: u32, ending: Ending<P::Ret>) {
        if self.kept {
            self.operations[number as usize].ending = ending;
        }
    }

    /// Judges the checks that are about the history.
    pub(crate) fn judge(&self, conclusion: &Conclusion<'_>, outcomes: &mut [CheckOutcome]) {
        if !self.kept {
            return;
        }
        let Some(contract) = P::contract() else { return };
        for (check, outcome) in conclusion.plan.checks.iter().zip(outcomes) {
            if let Some(verdict) = self.verdict(check, &contract, conclusion) {
                outcome.verdict = verdict;
            }
        }
    }

    fn verdict(
        &self,
        check: &Check,
        contract: &Contract<P::Op, P::Ret>,
        conclusion: &Conclusion<'_>,
    ) -> Option<Verdict> {
        let name_of = |client| conclusion.plan.name_of(Place::Client(client as u16)).to_owned();
        let budget = Budget(conclusion.plan.limits.search);
        Some(match contract.judge(check.property()?, &self.operations, budget) {
            Judgement::Holds => conclusion.pass_unless_cut_short(),
            Judgement::Undecided(why) => Verdict::Undecided(why),
            Judgement::Broken(anomaly) => Verdict::Fail(anomaly.violation(&check.name(), &self.operations, name_of)),
        })
    }
}
