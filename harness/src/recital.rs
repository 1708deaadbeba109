//! The story in a reproduction's comments, and where a later run leaves it.
//!
//! A digest says only whether two runs are the same. The story that a reproduction tells of itself is enough to say, after
//! a change to the protocol, from where on the run is another.

use std::collections::BTreeSet;

use sim_core::Plan;
use sim_core::plan::{Address, Chance, Exception};
use sim_core::trace::{Trace, TraceEntry};

use crate::human::step_lines;
use crate::names::with_names;
use crate::story::Story;
use crate::words::seconds;

/// The comment that a story begins with.
const HEAD: &str = "What happens:";

/// The comments that tell a story, in cause order.
pub(crate) fn lines(story: &Story) -> Vec<String> {
    let steps = step_lines(story).into_iter().map(|step| format!("  {step}"));
    let end = format!("  = {}", story.end);
    std::iter::once(HEAD.to_owned()).chain(steps).chain([end]).collect()
}

/// The story that a file tells in its comments; empty if it tells none.
fn told(file: &str) -> Vec<&str> {
    let comments = file.lines().map_while(|line| line.strip_prefix("// "));
    let story = comments.skip_while(|line| *line != HEAD).skip(1).take_while(|line| line.starts_with("  "));
    story.map(str::trim).filter(|line| !line.starts_with('=')).collect()
}

/// The first step that a file tells and that did not happen in this run; `None` if all of them did.
pub(crate) fn first_untrue(file: &str, plan: &Plan, trace: &Trace) -> Option<String> {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let happened = |entry: &TraceEntry| {
        let place = entry.place.map_or("", |place| plan.name_of(place));
        words(&format!("{} {place} {}", seconds(entry.at), with_names(&entry.text, plan)))
    };
    let happened: BTreeSet<String> = trace.entries.iter().map(happened).collect();
    // How long ago a late message was sent is the teller's remark.
    let plain = |step: &str| words(step.split(", sent ").next().unwrap_or(step));
    told(file).into_iter().find(|step| !happened.contains(&plain(step))).map(words)
}

/// The exceptions of a plan that are about packets or choices which its run does not have, by position, and what is amiss
/// with each.
pub(crate) fn about_nothing(plan: &Plan, trace: &Trace) -> Vec<(usize, &'static str)> {
    let Chance::Frozen(exceptions) = &plan.chance else { return Vec::new() };
    let is_sent = |address: &Address| {
        trace.packets.iter().any(|packet| match address {
            Address::Id(identity) => packet.identity == *identity,
            Address::Nth { from, to, kind, nth } => {
                (packet.from, packet.to, packet.kind, packet.nth) == (*from, *to, kind.as_str(), *nth)
            }
            Address::At { .. } => false,
        })
    };
    let is_made = |address: &Address| {
        trace.choices.iter().any(|choice| match address {
            Address::Id(identity) => choice.identity == *identity,
            Address::At { place, kind, nth } => (choice.place, choice.kind, choice.nth) == (*place, *kind, *nth),
            Address::Nth { .. } => false,
        })
    };
    let amiss = |exception: &Exception| match exception {
        Exception::Lost(at) | Exception::Delayed(at, _) | Exception::Corrupted(at, _) | Exception::Copies(at, _) => {
            (!is_sent(at)).then_some("a packet that is not sent")
        }
        Exception::Chosen(at, _) => (!is_made(at)).then_some("a choice that is not made"),
    };
    exceptions.iter().enumerate().filter_map(|(index, exception)| Some((index, amiss(exception)?))).collect()
}

#[cfg(test)]
mod tests {
    use sim_core::plan::Place;
    use sim_core::trace::{Choice, Packet, TraceKind};
    use sim_core::{ChoiceKind, Identity, NodeId, Time};

    use super::*;
    use crate::story::Step;
    use crate::testing::plan_of;

    fn trace(texts: &[&str]) -> Trace {
        let entry = |text: &&str| TraceEntry {
            at: Time(5_000),
            event: 1,
            kind: TraceKind::Deliver,
            place: Some(Place::Node(NodeId(0))),
            text: (*text).to_owned(),
            cause: None,
            identity: None,
        };
        Trace { entries: texts.iter().map(entry).collect(), ..Trace::default() }
    }

    #[test]
    fn a_story_is_told_in_comments_and_compared_with_what_happens_later() {
        let step = |text: &str| Step { at: Time(5_000), place: "a".to_owned(), text: text.to_owned(), shows: false };
        let steps = vec![step("starts"), step("hears b, sent 3s before")];
        let story = Story { untold: 0, steps, end: "bad".to_owned() };
        let comments: String = lines(&story).iter().map(|line| format!("// {line}\n")).collect();
        let file = format!("// Found somewhere.\n{comments}(\n    version: 1,\n)\n");
        let plan = plan_of(&["a", "b"]);
        assert_eq!(first_untrue(&file, &plan, &trace(&["starts", "hears n1"])), None);
        let untrue = first_untrue(&file, &plan, &trace(&["starts", "rests"]));
        assert_eq!(untrue.as_deref(), Some("0.000005s a hears b, sent 3s before"));
        assert_eq!(first_untrue("(version: 1)", &plan, &trace(&[])), None);
    }

    #[test]
    fn exceptions_about_what_the_run_does_not_have_are_named() {
        let mut plan = plan_of(&["a", "b"]);
        let (from, to) = (Place::Node(NodeId(0)), Place::Node(NodeId(1)));
        let lost = |nth| Exception::Lost(Address::Nth { from, to, kind: "Beat".to_owned(), nth });
        let chosen = |nth| Exception::Chosen(Address::At { place: from, kind: ChoiceKind::Rot, nth }, 1);
        // An identity that is a packet's is no choice's.
        let mistaken = Exception::Chosen(Address::Id(Identity(7)), 1);
        plan.chance = Chance::Frozen(vec![lost(0), lost(1), chosen(2), chosen(3), mistaken]);
        let packet = Packet { identity: Identity(7), from, to, kind: "Beat", nth: 0 };
        let choice = Choice { identity: Identity(8), place: from, kind: ChoiceKind::Rot, nth: 2 };
        let trace = Trace { packets: vec![packet], choices: vec![choice], ..Trace::default() };
        let (packet, choice) = ("a packet that is not sent", "a choice that is not made");
        assert_eq!(about_nothing(&plan, &trace), [(1, packet), (3, choice), (4, choice)]);
    }
}
