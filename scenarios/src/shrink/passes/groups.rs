//! Exceptions by the group: a frozen storm has about one for each message, and what few of them matter often have
//! something in common.

use std::collections::BTreeMap;

use sim_core::plan::Plan;
use sim_core::trace::{Choice, Packet};

use super::super::elements::{Kind, exceptions, with_exceptions};
use super::super::search::Search;
use super::super::study::{Study, sort};

/// Below this many exceptions they are tried one by one.
const FEW: usize = 12;

/// How many stretches of time are told apart.
const STRETCHES: u64 = 16;

/// Everything at its default at once: no exception, no window, no operation, and none of each kind.
pub(super) async fn everything(search: &mut Search<Plan>) {
    let none = |plan: &Plan, kinds: &[Kind]| {
        let all = |plan: Option<Plan>, kind: &Kind| plan.and_then(|plan| kind.without(&plan, 0..kind.count(&plan)));
        kinds.iter().fold(Some(plan.clone()), all)
    };
    let sets: [&[Kind]; 6] = [
        &[Kind::Exceptions, Kind::Windows, Kind::Operations],
        &[Kind::Exceptions, Kind::Operations],
        &[Kind::Exceptions, Kind::Windows],
        &[Kind::Exceptions],
        &[Kind::Windows],
        &[Kind::Operations],
    ];
    for kinds in sets {
        let best = search.best();
        search.first([none(&best, kinds)]).await;
    }
}

/// Only what the violation follows from: the exceptions whose packets it needed, by ever wider ideas of need.
pub(super) async fn past(search: &mut Search<Plan>) {
    let best = search.best();
    if exceptions(&best).len() <= FEW {
        return;
    }
    let Some(study) = search.study().await else { return };
    let packets = study.packets_of(&best);
    let handled: BTreeMap<_, _> = study
        .trace
        .entries
        .iter()
        .filter(|entry| super::super::study::is_event(entry))
        .filter_map(|entry| Some((entry.identity?, entry.event)))
        .collect();
    let (causes, past) = (study.past(false), study.past(true));
    // What never arrived is in nobody's past, and yet it may be what was missed.
    let arrived_in = |index: usize, events: &std::collections::BTreeSet<u32>| {
        let packet = packets[index].map(|packet| &study.trace.packets[packet]);
        packet.is_some_and(|packet| handled.get(&packet.identity).is_some_and(|event| events.contains(event)))
    };
    let missing =
        |index: usize| packets[index].is_none_or(|packet| !handled.contains_key(&study.trace.packets[packet].identity));
    let concerned = |index: usize| {
        packets[index].is_some_and(|packet| {
            let packet = &study.trace.packets[packet];
            let involved =
                |place| matches!(place, sim_core::plan::Place::Node(id) if study.violation.nodes.contains(&id));
            involved(packet.from) && involved(packet.to)
        })
    };
    let candidates = [
        with_exceptions(&best, |index| arrived_in(index, &causes)),
        with_exceptions(&best, |index| missing(index) && concerned(index)),
        with_exceptions(&best, |index| arrived_in(index, &causes) || missing(index) && concerned(index)),
        with_exceptions(&best, concerned),
        with_exceptions(&best, |index| arrived_in(index, &past) || missing(index)),
    ];
    search.first(candidates).await;
}

/// Whole groups of exceptions: of one sort, on one link, of one kind of message or choice, to or from one place, in one stretch of
/// time. Each alone first, without all others; then all but each.
pub(super) async fn groups(search: &mut Search<Plan>) {
    for labels in [by_sort, by_link, by_kind, by_receiver, by_sender, by_time] {
        let best = search.best();
        if exceptions(&best).len() <= FEW {
            return;
        }
        let Some(study) = search.study().await else { return };
        let labels = labels(&best, &study);
        let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
        labels.iter().for_each(|label| *sizes.entry(label).or_default() += 1);
        if sizes.len() < 2 {
            continue;
        }
        let mut groups: Vec<&str> = sizes.keys().copied().collect();
        groups.sort_by_key(|label| std::cmp::Reverse(sizes[label]));
        let alone = groups.iter().rev().map(|group| with_exceptions(&best, |index| labels[index] == *group));
        if search.first(alone).await.is_some() {
            continue;
        }
        for group in groups {
            // Labels are positions of the best as it was: what is left of it keeps its order.
            let now = search.best();
            let kept: Vec<&str> = kept_labels(&best, &now, &labels);
            search.first([with_exceptions(&now, |index| kept[index] != group)]).await;
        }
    }
}

/// The labels of those exceptions of `before` that are still in `now`.
fn kept_labels<'l>(before: &Plan, now: &Plan, labels: &'l [String]) -> Vec<&'l str> {
    let mut left = exceptions(now).iter().peekable();
    let still_there = |exception| left.next_if(|next| *next == exception).is_some();
    let mut still_there = still_there;
    let labelled = exceptions(before).iter().zip(labels);
    labelled.filter_map(|(exception, label)| still_there(exception).then_some(label.as_str())).collect()
}

fn by_sort(plan: &Plan, _: &Study) -> Vec<String> {
    exceptions(plan).iter().map(|exception| sort(exception).to_string()).collect()
}

fn by_link(plan: &Plan, study: &Study) -> Vec<String> {
    filed(plan, study, |packet| format!("{:?} {:?}", packet.from, packet.to), |choice| format!("{:?}", choice.place))
}

fn by_kind(plan: &Plan, study: &Study) -> Vec<String> {
    filed(plan, study, |packet| packet.kind.to_owned(), |choice| choice.kind.to_string())
}

fn by_receiver(plan: &Plan, study: &Study) -> Vec<String> {
    filed(plan, study, |packet| format!("{:?}", packet.to), |choice| format!("{:?}", choice.place))
}

fn by_sender(plan: &Plan, study: &Study) -> Vec<String> {
    filed(plan, study, |packet| format!("{:?}", packet.from), |choice| format!("{:?}", choice.place))
}

fn by_time(plan: &Plan, study: &Study) -> Vec<String> {
    let sendings = study.sendings();
    let end = sendings.last().map_or(1, |sending| sending.at.0 + 1);
    let stretch = |index: usize| u128::from(sendings[index].at.0) * u128::from(STRETCHES) / u128::from(end);
    let label = |packet: Option<usize>| packet.map_or(String::new(), |index| stretch(index).to_string());
    study.packets_of(plan).into_iter().map(label).collect()
}

/// What each exception is filed under; what did not happen, under nothing.
fn filed(
    plan: &Plan,
    study: &Study,
    of_packet: impl Fn(&Packet) -> String,
    of_choice: impl Fn(&Choice) -> String,
) -> Vec<String> {
    let label = |(packet, choice): (Option<usize>, Option<&Choice>)| match packet {
        Some(index) => of_packet(&study.trace.packets[index]),
        None => choice.map_or(String::new(), &of_choice),
    };
    study.packets_of(plan).into_iter().zip(study.choices_of(plan)).map(label).collect()
}
