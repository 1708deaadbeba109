//! What the environment turns up: more seeds, others, or fewer threads, for tests that name seeds. Nothing else of a test
//! depends on the environment.

use std::env;
use std::ops::Range;

/// How many seeds every test runs that names seeds.
const SEEDS: &str = "SQUALL_SEEDS";
/// The first of them.
const FIRST_SEED: &str = "SQUALL_FIRST_SEED";
/// How many threads run them.
const JOBS: &str = "SQUALL_JOBS";

/// What was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Variables {
    /// `SQUALL_SEEDS`, at least 1.
    pub(crate) seeds: Option<u64>,
    /// `SQUALL_FIRST_SEED`.
    pub(crate) first_seed: Option<u64>,
    /// `SQUALL_JOBS`, at least 1.
    pub(crate) jobs: Option<usize>,
}

impl Variables {
    /// Reads the environment of this process.
    ///
    /// # Errors
    /// Which variable is no number, in words.
    pub(crate) fn read() -> Result<Variables, String> {
        Variables::of(&|name| env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
    }

    fn of(look_up: &dyn Fn(&str) -> Option<String>) -> Result<Variables, String> {
        // An empty variable is as good as none: a CI's settings cannot always leave one out.
        let number = |name: &str, least: u64| match look_up(name).filter(|value| !value.trim().is_empty()) {
            None => Ok(None),
            Some(value) => match value.trim().replace('_', "").parse::<u64>() {
                Ok(number) if number >= least => Ok(Some(number)),
                _ => Err(format!("`{name}` is `{value}`: a number from {least} on is needed")),
            },
        };
        let jobs = number(JOBS, 1)?.map(|jobs| usize::try_from(jobs).unwrap_or(usize::MAX));
        Ok(Variables { seeds: number(SEEDS, 1)?, first_seed: number(FIRST_SEED, 0)?, jobs })
    }

    /// The seeds to run where a test names these.
    pub(crate) fn seeds(self, named: Range<u64>) -> Range<u64> {
        let count = self.seeds.unwrap_or(named.end.saturating_sub(named.start));
        let first = self.first_seed.unwrap_or(named.start);
        first..first.saturating_add(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Result<Variables, String> {
        Variables::of(&|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn seeds_are_turned_up_and_moved() {
        assert_eq!(of(&[]).unwrap().seeds(5..9), 5..9);
        assert_eq!(of(&[(SEEDS, "2_000")]).unwrap().seeds(5..9), 5..2005);
        assert_eq!(of(&[(FIRST_SEED, "100")]).unwrap().seeds(5..9), 100..104);
        let both = of(&[(SEEDS, "10"), (FIRST_SEED, "7"), (JOBS, "3")]).unwrap();
        assert_eq!((both.seeds(5..9), both.jobs), (7..17, Some(3)));
        assert_eq!(of(&[(SEEDS, " "), (JOBS, "")]).unwrap(), Variables::default());
    }

    #[test]
    fn what_is_no_number_is_an_error_and_not_the_default() {
        for (name, value) in [(SEEDS, "many"), (SEEDS, "0"), (JOBS, "0"), (FIRST_SEED, "-1")] {
            let error = of(&[(name, value)]).unwrap_err();
            assert!(error.contains(name) && error.contains(value), "{error}");
        }
    }
}
