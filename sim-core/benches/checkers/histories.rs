//! Histories to judge: true ones, of clients that ask one operation at a time of a store that answers at a random moment
//! between call and end.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use sim_core::Time;
use sim_core::chance::{Draws, Identity, Key, Purpose};
use sim_core::check::history::Operation;
use sim_core::check::model::{key_value, register};

fn draws(name: &str) -> Draws {
    Key::from_seed(1).draws(Purpose::Workload, Identity::of_name(name))
}

/// The steps of operations in the order in which they take effect: (client, call, moment of effect, end).
fn steps(draws: &mut Draws, clients: u32, operations: usize) -> Vec<(u32, u64, u64, u64)> {
    let mut free: BinaryHeap<Reverse<(u64, u32)>> = (0..clients).map(|client| Reverse((0, client))).collect();
    let mut steps = Vec::with_capacity(operations);
    while steps.len() < operations {
        let Some(Reverse((now, client))) = free.pop() else { break };
        let call = now + draws.between(1, 1000);
        let effect = call + draws.between(1, 5000);
        let end = effect + draws.between(1, 5000);
        steps.push((client, call, effect, end));
        free.push(Reverse((end, client)));
    }
    steps.sort_unstable_by_key(|step| step.2);
    steps
}

/// One register that is read and written in halves, no value twice.
pub(crate) fn register(clients: u32, operations: usize) -> Vec<Operation<register::Ask<u64>, register::Told<u64>>> {
    let mut draws = draws("register");
    let (mut value, mut next) = (0, 0);
    let mut history: Vec<_> = steps(&mut draws, clients, operations)
        .into_iter()
        .map(|(client, call, _, end)| {
            let (ask, told) = if draws.below(2) == 0 {
                next += 1;
                value = next;
                (register::Ask::Write(value), register::Told::Done)
            } else {
                (register::Ask::Read, register::Told::Value(value))
            };
            Operation::new(client, Time(call), ask).answered(Time(end), told)
        })
        .collect();
    history.sort_by_key(|operation| operation.call);
    history
}

pub(crate) type Text = Operation<key_value::Ask<u64, String>, key_value::Told<String>>;

/// A store of texts: of ten operations five read, four append and one puts.
pub(crate) fn texts(clients: u32, keys: u64, operations: usize) -> Vec<Text> {
    let mut draws = draws("texts");
    let mut values = vec![String::new(); keys as usize];
    let mut history: Vec<Text> = steps(&mut draws, clients, operations)
        .into_iter()
        .enumerate()
        .map(|(number, (client, call, _, end))| {
            let key = draws.below(keys);
            let held = &mut values[key as usize];
            let text = format!("x {client} {number} y");
            let (ask, told) = match draws.below(10) {
                0..5 => {
                    let value = Some(held.clone()).filter(|held| !held.is_empty());
                    (key_value::Ask::Get(key), key_value::Told::Value(value))
                }
                5..9 => {
                    held.push_str(&text);
                    (key_value::Ask::Append(key, text), key_value::Told::Done)
                }
                _ => {
                    held.clone_from(&text);
                    (key_value::Ask::Put(key, text), key_value::Told::Done)
                }
            };
            Operation::new(client, Time(call), ask).answered(Time(end), told)
        })
        .collect();
    history.sort_by_key(|operation| operation.call);
    history
}

/// The same with one answer that no order explains: late in the history a read finds what was there long before.
pub(crate) fn spoilt(mut history: Vec<Text>) -> Vec<Text> {
    let reads = |history: &[Text], at: usize| {
        (at..history.len()).find(|index| matches!(history[*index].output(), Some(key_value::Told::Value(Some(_)))))
    };
    if let (Some(early), Some(late)) = (reads(&history, history.len() / 4), reads(&history, history.len() * 3 / 4)) {
        let old = history[early].output().cloned();
        if let (Some(end), Some(old)) = (history[late].end(), old) {
            history[late] = history[late].clone().answered(end, old);
        }
    }
    history
}
