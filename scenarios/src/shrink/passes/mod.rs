//! The passes over plans, and their order: coarse ones first, and each group until it finds nothing more.

mod alike;
mod anew;
mod compress;
mod delete;
mod duo;
mod elsewhere;
mod few;
mod fillers;
mod groups;
mod packets;
mod peace;
mod places;
mod plain;
mod rearrange;
mod relax;
mod retell;
mod room;
mod route;
mod share;
mod sketch;
mod timetable;
mod trade;
mod truncate;
mod values;
mod weaken;
mod windows;
mod words;

use std::rc::Rc;

use sim_core::Plan;

use super::elements::Kind;
use super::rules::Rules;
use super::schedule::Pass;

/// All passes, by group.
pub(super) fn all(rules: &Rc<Rules>) -> Vec<Vec<Pass<Plan>>> {
    vec![beginning(rules), coarse(rules), elements(rules), anew(rules), milder(rules), readable(rules), last(rules)]
}

/// Names a pass that is an `async` function of the search, and of the rules where it wants them.
macro_rules! pass {
    ($name:literal, $pass:path) => {
        Pass { name: $name, run: Box::new(|search| Box::pin($pass(search))) }
    };
    ($name:literal, $pass:path, $argument:expr) => {{
        let argument = $argument;
        Pass {
            name: $name,
            run: Box::new(move |search| {
                let argument = argument.clone();
                Box::pin(async move { $pass(search, &argument).await })
            }),
        }
    }};
}

/// What came after the violation goes, and where there is much, all of it for a story.
fn beginning(rules: &Rc<Rules>) -> Vec<Pass<Plan>> {
    vec![
        pass!("truncate", truncate::truncate, Rc::clone(rules)),
        pass!("story", few::in_place_of_many, Rc::clone(rules)),
    ]
}

/// Most of a storm goes here.
fn coarse(rules: &Rc<Rules>) -> Vec<Pass<Plan>> {
    vec![
        pass!("truncate", truncate::truncate, Rc::clone(rules)),
        pass!("everything", groups::everything),
        pass!("past", groups::past),
        pass!("groups", groups::groups),
        pass!("bystanders", delete::bystanders),
    ]
}

/// One element after another.
fn elements(rules: &Rc<Rules>) -> Vec<Pass<Plan>> {
    vec![
        pass!("own times", relax::own_times),
        pass!("windows", delete::elements, Kind::Windows),
        pass!("nodes", delete::elements, Kind::Nodes),
        pass!("share", share::share, Rc::clone(rules)),
        pass!("clients", delete::elements, Kind::Clients),
        pass!("alike", alike::alike, Rc::clone(rules)),
        pass!("operations", delete::operations, Rc::clone(rules)),
        pass!("exceptions", delete::elements, Kind::Exceptions),
    ]
}

/// What needs nothing of a storm.
fn anew(rules: &Rc<Rules>) -> Vec<Pass<Plan>> {
    vec![pass!("sketch", sketch::sketch, Rc::clone(rules)), pass!("few", few::few, Rc::clone(rules))]
}

/// The same with less.
fn milder(rules: &Rc<Rules>) -> Vec<Pass<Plan>> {
    vec![
        pass!("relax", relax::relax),
        pass!("cut for packets", trade::cut_for_packets),
        pass!("one client for two", trade::one_client_for_two),
        pass!("one node for all", route::one_node_for_all),
        pass!("one window for two", trade::one_window_for_two, Rc::clone(rules)),
        pass!("weaken", weaken::weaken, Rc::clone(rules)),
        pass!("packet for cut", trade::packet_for_cut),
        pass!("delay for loss", trade::delay_for_loss),
        pass!("settings", delete::settings),
        pass!("node for role", places::node_for_role),
        pass!("role for node", trade::role_for_node, Rc::clone(rules)),
        pass!("swap", places::swap),
    ]
}

/// What a person would have written.
fn readable(rules: &Rc<Rules>) -> Vec<Pass<Plan>> {
    vec![
        pass!("ends", windows::ends, Rc::clone(rules)),
        pass!("compress", compress::compress, Rc::clone(rules)),
        pass!("values", values::single, Rc::clone(rules)),
        pass!("equal values", values::equal, Rc::clone(rules)),
        pass!("in order", words::in_order),
        pass!("simpler operations", words::simpler_operations, Rc::clone(rules)),
        pass!("other packets", packets::other_packets),
    ]
}

/// What is dear, and seldom finds anything.
fn last(rules: &Rc<Rules>) -> Vec<Pass<Plan>> {
    vec![
        pass!("each operation", delete::each_operation, Rc::clone(rules)),
        pass!("peace", peace::peace, Rc::clone(rules)),
        pass!("plain", plain::plain, Rc::clone(rules)),
        pass!("timetable", timetable::timetable, Rc::clone(rules)),
        pass!("room", room::room, Rc::clone(rules)),
        pass!("other ways", route::other_ways),
        pass!("fillers", fillers::fillers),
        pass!("elsewhere", elsewhere::elsewhere, Rc::clone(rules)),
        pass!("rearrange", rearrange::rearrange, Rc::clone(rules)),
        pass!("retell", retell::retell, Rc::clone(rules)),
        pass!("pairs", delete::pairs),
    ]
}
