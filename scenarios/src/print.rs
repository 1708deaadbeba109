//! A plan as a file that a person could have written.

use sim_core::Plan;

use crate::header::Header;

/// A valid scenario file whose expansion, under any seed, is `plan`: everything explicit, defaults left out.
pub fn print(plan: &Plan, header: &Header) -> String {
    format!("// {}\n{plan:?}", header.about)
}
