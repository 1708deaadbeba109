//! Laws 6 and 7 with real protocols: what is shrunk is smaller, fails alike, is 1-minimal, does not depend on threads, is not
//! made smaller by being shrunk again, and is a file that expands to the same plan under every seed.

use proptest::prelude::*;
use scenarios::{Header, print};
use squall::Effort;

use super::bench::Bench;
use crate::bugs::rows;
use crate::common::Case;

const BUGS: [&str; 5] = ["H1", "H2", "H3", "H4", "L4"];
const CASES: u32 = if cfg!(debug_assertions) { 3 } else { 30 };

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_shrunk_storm_is_small_certain_and_the_same_for_any_number_of_threads(
        bug in prop::sample::select(&BUGS[..]),
        which in 0usize..6,
        seed in any::<u64>(),
    ) {
        let row = rows().find(|row| row.id == bug).expect("a bug of the matrix");
        let mut bench = Bench::of(&row);
        let failures = bench.failures(which + 1, 500);
        let failure = failures.last().expect("the matrix says that it is found");
        let made = bench.shrink(failure, Effort::ALONE);
        let shrunk = made.shrunk;
        prop_assert!(shrunk.after.total() < shrunk.before.total());
        let certificate = shrunk.certificate.expect("it was not stopped");
        prop_assert_eq!(certificate.elements, shrunk.after.total());

        let others = Effort { jobs: 3, deadline: None };
        prop_assert_eq!(&bench.shrink(failure, others).shrunk, &shrunk);

        // Each pass has found nothing more at the end, and finds nothing more when all of them are run again.
        prop_assert_eq!(&bench.shrink_again(&shrunk.plan, failure), &shrunk.plan);

        // Law 6: what is printed and read back is the same plan, whatever the seed.
        let text = print(&shrunk.plan, &Header::default());
        let again = Case::of_text(&text).scenario;
        prop_assert_eq!(again.expand(seed), again.expand(0));
        prop_assert_eq!(again.expand(seed), shrunk.plan);
    }
}
