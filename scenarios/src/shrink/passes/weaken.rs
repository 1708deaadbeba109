//! A ladder of weaker faults: instead of a dead node a silent one, instead of a silent one a link that is cut.
//!
//! On each rung stands what does less harm to fewer. Rungs are tried from the lowest up, so what is found is about as
//! little as it takes.

use sim_core::NodeId;
use sim_core::fault::{Family, Fault, Links, Target};
use sim_core::plan::Plan;

use super::super::measure::severity;
use super::super::rules::Rules;
use super::super::search::Search;
use crate::anatomy;

/// The weakest fault that each window can have instead of its own.
pub(super) async fn weaken(search: &mut Search<Plan>, rules: &Rules) {
    for index in 0..search.best().windows.len() {
        loop {
            let best = search.best();
            if search.first(weaker(&best, index, rules)).await.is_none() {
                break;
            }
        }
    }
}

/// The plan with one of its windows weaker, in every way, the weakest first.
pub(super) fn weaker(plan: &Plan, index: usize, rules: &Rules) -> Vec<Plan> {
    let Some(window) = plan.windows.get(index) else { return Vec::new() };
    let put = |fault| {
        let mut plan = plan.clone();
        plan.windows[index].fault = fault;
        plan
    };
    rungs(plan, &window.fault, rules).into_iter().map(put).collect()
}

/// What is weaker than a fault, the weakest first.
fn rungs(plan: &Plan, fault: &Fault<Target>, rules: &Rules) -> Vec<Fault<Target>> {
    let mut rungs = match fault {
        Fault::Crash(node)
        | Fault::Reboot(node)
        | Fault::Amnesia(node)
        | Fault::Stop(node)
        | Fault::Absent(node)
        | Fault::Pause(node)
        | Fault::Slow(node, _)
        | Fault::Isolate(node) => of_node(plan, node),
        // Who is cut off is late, too; but a system may be made for wrong clocks alone.
        Fault::FreezeClock(node) | Fault::Step(node, _) | Fault::Slew(node, _) | Fault::Drift(node, _)
            if rules.knows(Family::OneWay) =>
        {
            cut_off(plan, node)
        }
        Fault::Partition(groups) | Fault::Sever(groups) => {
            let pairs = groups
                .iter()
                .enumerate()
                .flat_map(|(place, left)| groups[place + 1..].iter().flat_map(move |right| of_groups(left, right)));
            pairs.chain([Fault::Partition(groups.clone())]).collect()
        }
        Fault::Bridge(left, right) => of_groups(left, right),
        Fault::OneWay { from, to } => one_ways(from, to),
        _ => Vec::new(),
    };
    rungs.extend(cuts(plan, fault));
    rungs.extend(narrower(plan, fault));
    rungs.extend(with_fewer_members(fault));
    rungs.sort_by_key(|rung| (severity(rung.family()), rung.targets().len()));
    rungs
}

/// What may befall a node that is less than what does.
fn of_node(plan: &Plan, node: &Target) -> Vec<Fault<Target>> {
    let mut rungs = cut_off(plan, node);
    let mildly: [fn(Target) -> Fault<Target>; 3] = [Fault::Isolate, Fault::Pause, Fault::Crash];
    rungs.extend(mildly.map(|fault| fault(node.clone())));
    rungs
}

/// A node that is cut off in one direction, from somebody or from everybody.
fn cut_off(plan: &Plan, node: &Target) -> Vec<Fault<Target>> {
    let (this, others) = (std::slice::from_ref(node), others(plan, std::slice::from_ref(node)));
    let mut rungs = one_ways(this, &others);
    rungs.extend(one_ways(&others, this));
    rungs
}

/// Everybody but these.
fn others(plan: &Plan, these: &[Target]) -> Vec<Target> {
    places(plan).into_iter().filter(|place| !these.contains(place)).collect()
}

/// Everybody, by name.
fn places(plan: &Plan) -> Vec<Target> {
    let nodes = (0..).take(plan.nodes.len()).map(|id| Target::Node(NodeId(id)));
    nodes.chain((0..).take(plan.clients.names.len()).map(Target::Client)).collect()
}

/// What is less than a cut between two groups.
fn of_groups(left: &[Target], right: &[Target]) -> Vec<Fault<Target>> {
    let mut rungs = one_ways(left, right);
    rungs.extend(one_ways(right, left));
    rungs.extend(pairs(left, right).map(|(one, other)| Fault::Bridge(vec![one], vec![other])));
    rungs.push(Fault::Bridge(left.to_vec(), right.to_vec()));
    rungs
}

/// One-way cuts from some to some: of each link, of all links.
fn one_ways(from: &[Target], to: &[Target]) -> Vec<Fault<Target>> {
    let links = pairs(from, to).map(|(from, to)| Fault::OneWay { from: vec![from], to: vec![to] });
    links.chain([Fault::OneWay { from: from.to_vec(), to: to.to_vec() }]).collect()
}

fn pairs(left: &[Target], right: &[Target]) -> impl Iterator<Item = (Target, Target)> {
    left.iter().flat_map(move |one| right.iter().map(move |other| (one.clone(), other.clone())))
}

/// Plain cuts of the links that a fault troubles.
fn cuts(plan: &Plan, fault: &Fault<Target>) -> Vec<Fault<Target>> {
    let mut fault = fault.clone();
    match anatomy::links(&mut fault) {
        Some(Links::Link(from, to)) => one_ways(std::slice::from_ref(from), std::slice::from_ref(to)),
        Some(Links::Between(left, right)) => of_groups(left, right),
        Some(Links::From(group)) => one_ways(group, &others(plan, group)),
        Some(Links::To(group)) => one_ways(&others(plan, group), group),
        Some(Links::All) => {
            let nodes = (0..).take(plan.nodes.len()).map(|id| Target::Node(NodeId(id)));
            nodes.flat_map(|node| cut_off(plan, &node)).collect()
        }
        None => Vec::new(),
    }
}

/// The same fault on fewer links.
fn narrower(plan: &Plan, fault: &Fault<Target>) -> Vec<Fault<Target>> {
    let mut narrowed = fault.clone();
    let Some(links) = anatomy::links(&mut narrowed) else { return Vec::new() };
    let everybody = places(plan);
    let (from, to) = match &*links {
        Links::All => (everybody.clone(), everybody.clone()),
        Links::From(group) => (group.clone(), everybody.clone()),
        Links::To(group) => (everybody.clone(), group.clone()),
        Links::Between(left, right) => (left.clone(), right.clone()),
        Links::Link(..) => return Vec::new(),
    };
    let both_ways = matches!(links, Links::Between(..));
    let mut choices: Vec<Links<Target>> =
        pairs(&from, &to).filter(|(from, to)| from != to).map(|(from, to)| Links::Link(from, to)).collect();
    if both_ways {
        choices.extend(pairs(&to, &from).map(|(from, to)| Links::Link(from, to)));
    }
    if matches!(links, Links::All) {
        choices.extend(everybody.iter().map(|place| Links::From(vec![place.clone()])));
        choices.extend(everybody.into_iter().map(|place| Links::To(vec![place])));
    }
    let on = |choice| {
        let mut narrowed = fault.clone();
        *anatomy::links(&mut narrowed)? = choice;
        Some(narrowed)
    };
    choices.into_iter().filter_map(on).collect()
}

/// The same fault with one member less in one of its groups.
fn with_fewer_members(fault: &Fault<Target>) -> Vec<Fault<Target>> {
    let sizes: Vec<usize> = anatomy::groups(&mut fault.clone()).iter().map(|group| group.len()).collect();
    let without = |group: usize, member: usize| {
        let mut fewer = fault.clone();
        anatomy::groups(&mut fewer)[group].remove(member);
        fewer
    };
    let members = sizes.iter().enumerate().filter(|(_, size)| **size > 1);
    members
        .flat_map(|(group, size)| (0..*size).map(move |member| (group, member)))
        .map(|(g, m)| without(g, m))
        .collect()
}
