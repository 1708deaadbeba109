//! What the models' tests share.

use std::fmt::Debug;

use super::Model;

fn run<M: Model>(model: &M, steps: &[(M::Input, M::Output)]) -> Option<M::State> {
    steps.iter().try_fold(model.initial(), |state, (input, output)| model.step(&state, input, Some(output)))
}

/// One after the other, these answers are right; and each would do as well if it were not known.
#[track_caller]
pub(super) fn allows<M: Model>(model: &M, steps: &[(M::Input, M::Output)]) {
    assert!(run(model, steps).is_some());
    let mut state = model.initial();
    for (input, output) in steps {
        let known = model.step(&state, input, Some(output));
        assert!(known.is_some() && model.step(&state, input, None).is_some());
        state = known.expect("just seen");
    }
}

/// One after the other, the last of these answers is wrong, and only that.
#[track_caller]
pub(super) fn forbids<M: Model>(model: &M, steps: &[(M::Input, M::Output)]) {
    let (_, before) = steps.split_last().expect("at least one");
    assert!(run(model, before).is_some() && run(model, steps).is_none());
}

/// Whatever is said only to read leaves each of these states as it is.
#[track_caller]
pub(super) fn lasts<M>(model: &M, states: &[M::State], inputs: &[M::Input], outputs: &[M::Output])
where
    M: Model<State: Debug, Input: Debug, Output: Debug>,
{
    let mut some = false;
    for input in inputs {
        for output in outputs.iter().map(Some).chain([None]) {
            for state in states.iter().filter(|_| model.only_reads(input, output)) {
                some = true;
                let after = model.step(state, input, output);
                assert!(
                    after.as_ref().is_none_or(|after| after == state),
                    "{input:?} {output:?}: {state:?}, {after:?}"
                );
            }
        }
    }
    assert!(some, "nothing only reads");
}
