//! Three ways to one verdict: zones, search, and every order tried.

use sim_core::check::history::zone::Zones;
use sim_core::check::history::{Budget, Judgement, Operation, linearizable};
use sim_core::check::model::content::Content;
use sim_core::check::model::key_value::{self, KeyValue};
use sim_core::check::model::register::{Ask, Told};
use sim_core::check::model::{Model, Register};

use crate::histories::{Shape, Step, draws, has_order, random};

/// The same model, with nothing but the search to judge by.
struct Searched<M>(M);

impl<M: Model> Model for Searched<M> {
    type Input = M::Input;
    type Output = M::Output;
    type Key = M::Key;
    type State = M::State;
    fn key(&self, input: &M::Input) -> M::Key {
        self.0.key(input)
    }
    fn initial(&self) -> M::State {
        self.0.initial()
    }
    fn step(&self, state: &M::State, input: &M::Input, output: Option<&M::Output>) -> Option<M::State> {
        self.0.step(state, input, output)
    }
    fn only_reads(&self, input: &M::Input, output: Option<&M::Output>) -> bool {
        self.0.only_reads(input, output)
    }
}

fn holds<M: Model>(model: &M, history: &[Operation<M::Input, M::Output>]) -> bool {
    match linearizable(model, history, Budget::default()) {
        Judgement::Holds => true,
        Judgement::Broken(_) => false,
        Judgement::Undecided(why) => panic!("{why}"),
    }
}

/// Judges `count` histories in all three ways; how many were linearizable.
fn agree(seed: u64, count: u32, shape: Shape) -> u32 {
    let mut draws = draws(seed);
    let (register, mut linear) = (Register::new(0), 0);
    for number in 0..count {
        let history = random(&mut draws, shape);
        let expected = has_order(&register, &history);
        assert_eq!(holds(&Searched(register.clone()), &history), expected, "search, history {number}: {history:#?}");
        assert_eq!(holds(&register, &history), expected, "zones, history {number}: {history:#?}");
        let part: Vec<u32> = (0..history.len() as u32).collect();
        if !shape.compare_and_set && !shape.repeats {
            assert_ne!(register.zones(&history, &part), Zones::Open, "history {number}: {history:#?}");
        }
        linear += u32::from(expected);
    }
    linear
}

const HISTORIES: u32 = 100_000;

#[test]
fn on_registers_of_values_written_once() {
    let linear = agree(1, HISTORIES, Shape { most: 8, compare_and_set: false, repeats: false });
    assert!((HISTORIES / 5..HISTORIES * 4 / 5).contains(&linear), "{linear}");
}

#[test]
fn on_registers_with_compare_and_set() {
    let linear = agree(2, HISTORIES, Shape { most: 7, compare_and_set: true, repeats: false });
    assert!((HISTORIES / 5..HISTORIES * 4 / 5).contains(&linear), "{linear}");
}

#[test]
fn on_registers_of_values_that_repeat() {
    let linear = agree(3, HISTORIES, Shape { most: 7, compare_and_set: true, repeats: true });
    assert!((HISTORIES / 5..HISTORIES * 4 / 5).contains(&linear), "{linear}");
}

/// A register's history as that of one key: what is compared and set becomes an append.
fn appended(history: &[Step]) -> Vec<Operation<key_value::Ask<(), String>, key_value::Told<String>>> {
    let text = |value: u64| value.to_string();
    let translated = history.iter().map(|step| {
        let input = match &step.input {
            Ask::Read => key_value::Ask::Get(()),
            Ask::Write(value) => key_value::Ask::Put((), text(*value)),
            Ask::CompareAndSet(_, tail) => key_value::Ask::Append((), text(*tail)),
        };
        let copy = Operation::new(step.client, step.call, input);
        match (step.is_failed(), step.end(), step.output()) {
            (true, ..) => copy.failed(),
            (_, Some(end), Some(Told::Value(0))) => copy.answered(end, key_value::Told::Value(None)),
            (_, Some(end), Some(Told::Value(value))) => copy.answered(end, key_value::Told::Value(Some(text(*value)))),
            (_, Some(end), _) => copy.answered(end, key_value::Told::Done),
            _ => copy.unknown(),
        }
    });
    translated.collect()
}

#[test]
fn on_stores_with_append() {
    let mut draws = draws(4);
    let (store, mut linear) = (KeyValue::<(), String>::new(), 0);
    for number in 0..HISTORIES {
        let mut history = appended(&random(&mut draws, Shape { most: 6, compare_and_set: true, repeats: false }));
        // Have every second read tell what two writes, one after the other, would have left.
        for step in &mut history {
            if let Some(key_value::Told::Value(Some(value))) = step.output()
                && draws.below(2) == 0
            {
                let two = format!("{value}{}", draws.between(1, 6));
                assert!(String::is(&String::appended(&value.hold(), &two[value.len()..].to_owned()), &two));
                let end = step.end().expect("it was answered");
                *step = step.clone().answered(end, key_value::Told::Value(Some(two)));
            }
        }
        let expected = has_order(&store, &history);
        assert_eq!(holds(&store, &history), expected, "history {number}: {history:#?}");
        linear += u32::from(expected);
    }
    assert!((HISTORIES / 10..HISTORIES * 9 / 10).contains(&linear), "{linear}");
}
