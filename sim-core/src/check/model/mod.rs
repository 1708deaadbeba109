//! Models: what a service promises when everybody asks one after the other. A history is judged against one of them.
//!
//! Shipped are the [`Register`], the [`KeyValue`] store with compare-and-set and append, the [`Counter`], the [`Set`],
//! the [`Queue`] and the [`Lock`]. A model of your own is a [`Model`].

pub mod content;
pub mod counter;
pub mod key_value;
pub mod lock;
pub mod past;
pub mod queue;
pub mod register;
pub mod set;
#[cfg(test)]
mod testing;

use std::hash::Hash;

pub use counter::Counter;
pub use key_value::KeyValue;
pub use lock::Lock;
pub use queue::Queue;
pub use register::Register;
pub use set::Set;

use self::past::Lineage;
use super::history::session::Extent;
use super::history::zone::Zones;
use super::history::{Anomaly, Operation};

/// A deterministic service without concurrency.
///
/// ```
/// use sim_core::Time;
/// use sim_core::check::history::{Budget, Judgement, Operation, linearizable};
/// use sim_core::check::model::Model;
///
/// /// Gives out each number once, in order.
/// struct Tickets;
///
/// impl Model for Tickets {
///     type Input = ();
///     type Output = u64;
///     type Key = ();
///     type State = u64;
///     fn key(&self, (): &()) {}
///     fn initial(&self) -> u64 {
///         0
///     }
///     fn step(&self, next: &u64, (): &(), ticket: Option<&u64>) -> Option<u64> {
///         ticket.is_none_or(|ticket| ticket == next).then_some(next + 1)
///     }
/// }
///
/// let take = |ticket, call, end| Operation::new(0, Time(call), ()).answered(Time(end), ticket);
/// let twice = [take(0, 1, 2), take(0, 3, 4)];
/// assert!(matches!(linearizable(&Tickets, &twice, Budget::default()), Judgement::Broken(_)));
/// ```
pub trait Model {
    /// What is asked.
    type Input;
    /// What is answered.
    type Output;
    /// Which part of the state an operation touches; `()` if there are no parts.
    type Key: Hash + Eq;
    /// The state of one part. Steps clone and hash it, so let it be cheap in both.
    type State: Clone + Hash + Eq;

    /// The part that an operation touches. Parts are judged by themselves: no operation touches two.
    fn key(&self, input: &Self::Input) -> Self::Key;

    /// The state of every part at first.
    fn initial(&self) -> Self::State;

    /// The state after an operation that was answered so; without an output, any answer will do. `None`: in this state
    /// it cannot be answered so.
    fn step(&self, state: &Self::State, input: &Self::Input, output: Option<&Self::Output>) -> Option<Self::State>;

    /// Whether an operation that was answered so leaves *every* state as it is. Searches put such operations in place
    /// as early as they can, which saves most of their work.
    fn only_reads(&self, input: &Self::Input, output: Option<&Self::Output>) -> bool {
        let _ = (input, output);
        false
    }

    /// What an operation is called in the class of an anomaly: `no-order(get)`.
    fn kind(&self, input: &Self::Input) -> &'static str {
        let _ = input;
        "operation"
    }

    /// A quick judgement of one part, before any search: usually by [`zones`](super::history::zone::zones).
    fn zones(&self, history: &[Operation<Self::Input, Self::Output>], part: &[u32]) -> Zones {
        let _ = (history, part);
        Zones::Open
    }

    /// States of one part that only follow each other, as far as answers tell: they narrow a search.
    ///
    /// # Errors
    /// The anomaly, if answers contradict each other.
    fn lineages(
        &self,
        history: &[Operation<Self::Input, Self::Output>],
        part: &[u32],
    ) -> Result<Vec<Lineage<Self::State>>, Anomaly> {
        let _ = (history, part);
        Ok(Vec::new())
    }

    /// For each operation of one part that reads or writes, which versions that may have been; what session guarantees
    /// are judged by when no versions are told. Usually by
    /// [`by_real_time`](super::history::session::by_real_time).
    fn extents(&self, history: &[Operation<Self::Input, Self::Output>], part: &[u32]) -> Option<Vec<Extent>> {
        let _ = (history, part);
        None
    }
}
