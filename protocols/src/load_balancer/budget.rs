//! The retry budget: a bucket of tokens that requests fill and retries empty.

use super::config::Retries;

const WHOLE: u64 = 1_000_000_000;

/// What may still be spent on retries, in parts per billion of one.
#[derive(Debug)]
pub(super) struct Budget {
    saved: u64,
    share: u64,
    most: u64,
}

impl Budget {
    pub(super) fn new(rule: &Retries) -> Budget {
        let most = u64::from(rule.burst) * WHOLE;
        Budget { saved: most, share: u64::from(rule.share.ppb()), most }
    }

    /// A request has come in.
    pub(super) fn earn(&mut self) {
        self.saved = (self.saved + self.share).min(self.most);
    }

    /// Takes one retry out. False, and nothing is taken, if there is less than one.
    pub(super) fn spend(&mut self) -> bool {
        let enough = self.saved >= WHOLE;
        if enough {
            self.saved -= WHOLE;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_are_a_share_of_requests_and_a_burst() {
        let mut budget = Budget::new(&Retries { most: 3, share: "20%".parse().unwrap(), burst: 2 });
        assert_eq!([budget.spend(), budget.spend(), budget.spend()], [true, true, false]);
        (0..4).for_each(|_| budget.earn());
        assert!(!budget.spend(), "four fifths are not enough");
        budget.earn();
        assert!(budget.spend());
        (0..100).for_each(|_| budget.earn());
        assert_eq!([budget.spend(), budget.spend(), budget.spend()], [true, true, false], "no more than the burst");
    }
}
