//! Sweeps: scenarios under many seeds.
//!
//! A sweep is cut into [blocks](seeds) of seeds, which depend on the range of seeds alone. Threads take chunks of blocks
//! and [tally](tally) what their runs gave ([engine]); a [report](report) holds one tally a block and joins with others of
//! the same sweep, so that its bytes depend neither on threads nor on shards. Under `squall sweep` the threads live in a
//! worker process ([worker]), so that no seed can take the sweep down with it; a [foreman](foreman) starts the worker,
//! isolates what kills it, and keeps what was done in a [folder](store). The report is [judged](verdict) and shown as a
//! [page](page), [JUnit XML](junit) or [GitHub annotations](github).

pub(crate) mod closer;
pub(crate) mod confirm;
pub(crate) mod engine;
pub(crate) mod foreman;
pub(crate) mod github;
pub(crate) mod identity;
pub(crate) mod junit;
pub(crate) mod merge;
pub(crate) mod meter;
pub(crate) mod orders;
pub(crate) mod page;
pub(crate) mod report;
pub(crate) mod seeds;
pub(crate) mod shard;
pub(crate) mod store;
pub(crate) mod tally;
#[cfg(test)]
mod testing;
pub(crate) mod verdict;
pub(crate) mod worker;
