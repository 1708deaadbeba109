//! What a protocol promises its clients, in the terms of a model: what checks of histories need of a protocol.

use super::linearizable::{linearizable, parts};
use super::session::{Extent, Guarantee, Touch, session};
use super::{Budget, Ending, Judgement, Operation};
use crate::check::model::Model;
use crate::value::Value;

/// A property of a history.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Property {
    /// Every operation seems to happen at one moment between its call and its end.
    Linearizable,
    /// A session guarantee.
    Session(Guarantee),
}

/// The model behind a service whose clients ask `I` and are told `O`, and how to read its versions if it tells any.
///
/// ```
/// use sim_core::check::history::Contract;
/// use sim_core::check::model::{Register, register};
///
/// enum Op { Get, Set(u64) }
/// enum Ret { Is(u64), Ok }
///
/// let contract: Contract<Op, Ret> = Contract::new(
///     Register::new(0),
///     |op| Some(match op { Op::Get => register::Ask::Read, Op::Set(n) => register::Ask::Write(*n) }),
///     |ret| Some(match ret { Ret::Is(n) => register::Told::Value(*n), Ret::Ok => register::Told::Done }),
/// );
/// ```
pub struct Contract<I, O> {
    promise: Box<dyn Promise<I, O>>,
    versions: Option<Box<Versions<I, O>>>,
}

type Versions<I, O> = dyn Fn(&I, &O) -> Vec<Touch<Value, Value>>;

impl<I, O> Contract<I, O> {
    /// The contract of a service that speaks the model's own language.
    pub fn of<M: Model<Input = I, Output = O> + 'static>(model: M) -> Contract<I, O> {
        Contract { promise: Box::new(Direct(model)), versions: None }
    }

    /// The contract of a service whose operations and answers are translated. An operation that is none of the model's
    /// (`None`) does not count; an answer that leaves open whether the operation was applied (`None`) counts as no answer.
    /// One that says that it certainly was not should have been a [`refusal`](crate::Context::refuse).
    pub fn new<M: Model + 'static>(
        model: M,
        input: impl Fn(&I) -> Option<M::Input> + 'static,
        output: impl Fn(&O) -> Option<M::Output> + 'static,
    ) -> Contract<I, O> {
        Contract { promise: Box::new(Translated { model, input, output }), versions: None }
    }

    /// The same, with versions: what an operation that was answered so has read and written. With them all session
    /// guarantees can be judged, and exactly.
    #[must_use]
    pub fn with_versions(mut self, versions: impl Fn(&I, &O) -> Vec<Touch<Value, Value>> + 'static) -> Contract<I, O> {
        self.versions = Some(Box::new(versions));
        self
    }

    /// Whether a property can be judged.
    ///
    /// # Errors
    /// What is missing.
    pub fn serves(&self, property: Property) -> Result<(), String> {
        match property {
            Property::Session(guarantee) if self.versions.is_none() => {
                if guarantee.is_judged_by_real_time() && self.promise.extents(&[]).is_some() {
                    return Ok(());
                }
                Err(format!("`{}` needs a contract with versions", guarantee.name()))
            }
            _ => Ok(()),
        }
    }

    /// Judges a property.
    pub fn judge(&self, property: Property, history: &[Operation<I, O>], budget: Budget) -> Judgement {
        if let Err(missing) = self.serves(property) {
            return Judgement::Undecided(missing);
        }
        match (property, &self.versions) {
            (Property::Linearizable, _) => self.promise.linearizable(history, budget),
            (Property::Session(guarantee), Some(versions)) => session(guarantee, history, |index| {
                let Operation { input, ending, .. } = &history[index];
                match ending {
                    Ending::Answered(_, output) => versions(input, output),
                    Ending::Failed | Ending::Unknown => Vec::new(),
                }
            }),
            (Property::Session(guarantee), None) => {
                let mut touches: Vec<Vec<Touch<u32, u128>>> = history.iter().map(|_| Vec::new()).collect();
                for (index, touch) in self.promise.extents(history).unwrap_or_default() {
                    touches[index].push(touch);
                }
                session(guarantee, history, |index| touches[index].iter().cloned())
            }
        }
    }
}

/// A model, whatever its types.
trait Promise<I, O> {
    fn linearizable(&self, history: &[Operation<I, O>], budget: Budget) -> Judgement;
    /// What each operation touched, by real time; `None` if the model cannot say.
    fn extents(&self, history: &[Operation<I, O>]) -> Option<Vec<(usize, Touch<u32, u128>)>>;
}

struct Direct<M>(M);

impl<M: Model> Promise<M::Input, M::Output> for Direct<M> {
    fn linearizable(&self, history: &[Operation<M::Input, M::Output>], budget: Budget) -> Judgement {
        linearizable(&self.0, history, budget)
    }

    fn extents(&self, history: &[Operation<M::Input, M::Output>]) -> Option<Vec<(usize, Touch<u32, u128>)>> {
        extents(&self.0, history)
    }
}

/// What each operation touched, by real time, keys numbered.
fn extents<M: Model>(model: &M, history: &[Operation<M::Input, M::Output>]) -> Option<Vec<(usize, Touch<u32, u128>)>> {
    model.extents(history, &[])?;
    let mut touches = Vec::new();
    for (key, part) in (0..).zip(parts(model, history)) {
        for Extent { index, writes, low, high } in model.extents(history, &part)? {
            touches.push((index as usize, Touch { key, writes, low, high }));
        }
    }
    Some(touches)
}

struct Translated<M, F, G> {
    model: M,
    input: F,
    output: G,
}

/// A history in the model's language, and the positions that its operations had.
struct Translation<M: Model> {
    history: Vec<Operation<M::Input, M::Output>>,
    positions: Vec<usize>,
}

impl<M: Model, F, G> Translated<M, F, G> {
    fn translate<I, O>(&self, history: &[Operation<I, O>]) -> Translation<M>
    where
        F: Fn(&I) -> Option<M::Input>,
        G: Fn(&O) -> Option<M::Output>,
    {
        let translated = history.iter().enumerate().filter_map(|(index, operation)| {
            let input = (self.input)(&operation.input)?;
            let ending = match &operation.ending {
                Ending::Answered(at, output) => {
                    (self.output)(output).map_or(Ending::Unknown, |output| Ending::Answered(*at, output))
                }
                Ending::Failed => Ending::Failed,
                Ending::Unknown => Ending::Unknown,
            };
            Some((Operation { client: operation.client, call: operation.call, input, ending }, index))
        });
        let (history, positions) = translated.unzip();
        Translation { history, positions }
    }
}

impl<I, O, M, F, G> Promise<I, O> for Translated<M, F, G>
where
    M: Model,
    F: Fn(&I) -> Option<M::Input>,
    G: Fn(&O) -> Option<M::Output>,
{
    fn linearizable(&self, history: &[Operation<I, O>], budget: Budget) -> Judgement {
        let Translation { history, positions } = self.translate(history);
        let mut judgement = linearizable(&self.model, &history, budget);
        if let Judgement::Broken(anomaly) = &mut judgement {
            anomaly.witness.iter_mut().for_each(|index| *index = positions[*index]);
        }
        judgement
    }

    fn extents(&self, history: &[Operation<I, O>]) -> Option<Vec<(usize, Touch<u32, u128>)>> {
        let Translation { history, positions } = self.translate(history);
        let mut touches = extents(&self.model, &history)?;
        touches.iter_mut().for_each(|(index, _)| *index = positions[*index]);
        Some(touches)
    }
}
