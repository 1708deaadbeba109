//! Random small histories of one register, and the slow way to judge them.

use sim_core::Time;
use sim_core::chance::{Draws, Identity, Key, Purpose};
use sim_core::check::history::Operation;
use sim_core::check::model::Model;
use sim_core::check::model::register::{Ask, Told};

pub(crate) type Step = Operation<Ask<u64>, Told<u64>>;

pub(crate) fn draws(seed: u64) -> Draws {
    Key::from_seed(seed).draws(Purpose::Workload, Identity::of_name("history"))
}

/// What a history may contain.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) most: u64,
    pub(crate) compare_and_set: bool,
    /// Values come from so few that they repeat.
    pub(crate) repeats: bool,
}

/// A history of a true register, its operations anywhere between their calls and ends; in three of four some answers are
/// exchanged for others.
pub(crate) fn random(draws: &mut Draws, shape: Shape) -> Vec<Step> {
    let operations = draws.between(1, shape.most);
    let mut value = 0;
    let mut clock = 0;
    let mut next = 0;
    let lies = draws.below(4) > 0;
    let some_value = |draws: &mut Draws, most: u64| draws.below(most + 1);
    let mut history = Vec::new();
    for _ in 0..operations {
        clock += draws.below(4);
        let call = clock.saturating_sub(draws.below(6));
        let end = clock + draws.below(6);
        next += 1;
        let new = if shape.repeats { some_value(draws, 2) } else { next };
        let (ask, mut told) = match draws.below(if shape.compare_and_set { 6 } else { 4 }) {
            0 | 1 => (Ask::Read, Told::Value(value)),
            2 | 3 => (Ask::Write(new), Told::Done),
            _ => {
                let old = if draws.below(2) == 0 { value } else { some_value(draws, next) };
                (Ask::CompareAndSet(old, new), Told::Swapped(old == value))
            }
        };
        let fate = draws.below(10);
        let applied = fate > 1 || (fate == 1 && draws.below(2) == 0);
        match (&ask, &told) {
            (Ask::Write(new), _) | (Ask::CompareAndSet(_, new), Told::Swapped(true)) if applied => value = *new,
            _ => {}
        }
        if lies && draws.below(2) == 0 {
            told = match told {
                Told::Value(_) => Told::Value(some_value(draws, operations)),
                Told::Swapped(swapped) => Told::Swapped(!swapped),
                Told::Done => Told::Done,
            };
        }
        let client = draws.below(3) as u32;
        let step = Operation::new(client, Time(call), ask);
        history.push(match fate {
            0 => step.failed(),
            1 => step.unknown(),
            _ => step.answered(Time(end), told),
        });
    }
    history
}

/// Tries every order, and for every operation of unknown outcome whether it happened.
pub(crate) fn has_order<M: Model>(model: &M, history: &[Operation<M::Input, M::Output>]) -> bool {
    let open = history.iter().filter(|step| !step.is_failed()).collect::<Vec<_>>();
    goes_on(model, &model.initial(), &open)
}

fn goes_on<M: Model>(model: &M, state: &M::State, open: &[&Operation<M::Input, M::Output>]) -> bool {
    if open.iter().all(|step| step.end().is_none()) {
        return true;
    }
    (0..open.len()).any(|next| {
        let step = open[next];
        if open.iter().any(|other| other.end().is_some_and(|end| end < step.call)) {
            return false;
        }
        let rest: Vec<_> = open.iter().copied().filter(|other| !std::ptr::eq(*other, step)).collect();
        model.step(state, &step.input, step.output()).is_some_and(|after| goes_on(model, &after, &rest))
    })
}
