//! The codes of all mistakes that the loader knows, each with its explanation. A code is never used again for another.

use crate::diagnostic::Code;

macro_rules! codes {
    ($($name:ident $code:literal $explanation:literal)*) => {
        impl Code {
            $(
                #[doc = $explanation]
                pub const $name: Code = Code($code);
            )*
        }
        const ALL: &[(Code, &str)] = &[$((Code::$name, $explanation)),*];
    };
}

/// Every code with its explanation, in order.
///
/// ```
/// assert!(scenarios::codes().all(|(code, text)| code.0.starts_with('S') && text.len() > 40));
/// ```
pub fn codes() -> impl Iterator<Item = (Code, &'static str)> {
    ALL.iter().copied()
}

/// What a code means and how to mend such a mistake, in a paragraph; `None` for an unknown code. Case does not matter.
///
/// ```
/// assert!(scenarios::explain("s301").unwrap().contains("node"));
/// assert_eq!(scenarios::explain("S999"), None);
/// ```
pub fn explain(code: &str) -> Option<&'static str> {
    ALL.iter().find(|(known, _)| known.0.eq_ignore_ascii_case(code)).map(|(_, text)| *text)
}

codes! {
    ENCODING "S001" "A scenario file is UTF-8 text. This one holds bytes that are not; perhaps it was saved in another encoding, or it is not a scenario at all. A byte-order mark at the beginning and Windows line ends are both accepted."
    SIZE "S002" "A scenario file may hold at most 16 MiB and 1,000,000 values. A larger file is nearly always an accident; a frozen storm of this size should be shrunk before it is written."
    DEPTH "S003" "Brackets may be nested at most 60 deep. Nothing in a scenario needs more than ten."
    SYNTAX "S004" "The text is not RON (Rusty Object Notation): a bracket or a quote is not closed, a comma is missing, or a value cannot be read at all. The mistake lies at or shortly before the place shown. Structs are written `(key: value)`, lists `[a, b]`, text in double quotes, comments after `//`."
    DOUBLED_KEY "S005" "The same key is written twice in one pair of brackets. Only one of the two could count, and readers disagree on which, so neither does. Remove one."
    VERSION "S006" "Each scenario file says `version: 1`, the version of the file format. A file of another version was written for another release; its fields may mean something else, so nothing more of it is read."

    UNKNOWN_NAME "S101" "A field or a variant has a name that is not known at this place. The legal names are listed, and the nearest is offered. Names are case-sensitive: fields are written in lower case with underscores, variants such as `Crash` or `Closed` with capitals."
    MISSING "S102" "A field that has no default is missing. A window of `faults` needs `from`, `until` and `fault`; write `until: Never` for a fault that stays to the end of the run."
    WRONG_TYPE "S103" "The value has another form than is needed here: a number where text is expected, a list where a single value is. Times, shares and rates are text with a unit: \"150ms\", \"0.5%\", \"50/s\", \"200ppm\". A number is a whole number; NaN, infinities and fractions are never accepted."
    BAD_VALUE "S104" "The value has the right form but cannot be taken: a number out of range, a length of time without a unit, a share above 100%. The message says what is accepted."

    UNKNOWN_PROTOCOL "S201" "`protocol` names no protocol of this program. `squall list` shows those that there are; a protocol of your own must be registered in `main`."
    PROTOCOL_TYPE "S202" "`config`, `workload` and the operations are written in the protocol's own types, and the protocol does not accept this one: either it does not have the form that the protocol declares, or the protocol has refused it for this number of nodes. The message is the protocol's own."

    UNKNOWN_PLACE "S301" "A fault, an operation, a region or an exception names a node or a client that does not exist. Nodes are named by number, from 0, or by name in quotes: `a`, `b`, `c` and so on unless `nodes` lists other names. Clients are named `c0`, `c1` and so on unless `clients` lists other names."
    DOUBLED_NAME "S302" "Two nodes, clients or regions have the same name. Names are identities: what happens to a node is drawn from its name, so each must be given once, and a client may not be called like a node."
    WRONG_PLACE "S303" "A client stands where only a node can. Clients do not crash, pause or keep clocks; they may stand in the groups and links of network faults."
    PLACE_TWICE "S304" "A node or client stands twice in the groups of one fault, where it can be on one side only, or a node twice among those that fail."
    GROUPS "S305" "A fault between groups needs groups: a partition at least two, and none of them empty. Whoever stands in no group of a partition reaches everybody."
    NODE_COUNT "S306" "A scenario has at least one node and at most 10,000 nodes and 10,000 clients."
    REGIONS "S307" "The latency graph must give each node a region, list each region that it uses, and connect all regions that are lived in; otherwise there would be no distance between some of them."

    WINDOW_ORDER "S401" "A window must open before it closes: `from` is earlier than `until`."
    WINDOW_OUTSIDE "S402" "A window must lie within the run: what opens at or after the run's `until` never happens, and what closes after it should say `until: Never`."
    WINDOW_AFTER_CALM "S403" "From `calm` on, liveness is judged, so every window must be closed by then, or be marked `until: Never` to say that the system is to live with it."
    CALM_OUTSIDE "S404" "`calm` must lie within the run: at or before `until`."
    NEVER_CLOSES "S405" "A slew spreads its correction over its window, so the window must close: it cannot be `until: Never`."
    DOUBLED_ID "S406" "Two windows have the same `id`, or two operations of one client have. A window without an `id` has its position in the list, from 0; an operation has its position among those of its client."

    LAW "S501" "This distribution has no values: a uniform law whose lower end is above its upper end, a log-normal with a sigma above 10, a Pareto with a tail index of 0."
    CHANCE_IN_FROZEN "S502" "A file with `exceptions` is a frozen run: every decision has its default except those listed, so nothing may be left to chance in it. Remove `exceptions` to run under a seed, or remove what draws: faults such as Loss and Delay, `loss`, `chaos`, `failures`, `clocks` and generated requests."
    DECIDED_TWICE "S503" "Two exceptions decide the same thing about the same packet or choice. Only one of them could count. Remove one."

    UNKNOWN_FACT "S601" "A check or `Holder` names a fact that nodes of this protocol never record, so it would judge nothing. The facts of the protocol are listed."
    CHECK_NOT_SERVED "S602" "The protocol does not record what this check needs: completeness and accuracy judge failure detectors, which record the facts `suspects` and `trusts`."
    EXPECT_UNKNOWN "S603" "`expect: Fail(..)` names a check that the file does not make, so the expectation could never be met. Name one of `checks`, as reports write it: `unique(primary)`, or only its first word, `unique`."

    NO_CLIENTS "S701" "Requests or operations are given, but there are no clients to ask them. Set `count` or `names` in `clients`."
    LOAD "S702" "What clients ask is either generated, by `requests` in `clients` together with `workload`, or listed in `operations`: one of the two, and whole."
    OPERATION_START "S703" "An operation starts either at a time, `at: \"1.2s\"`, or some time after the one before it in its client has ended, `after: \"20ms\"`: exactly one of the two. Several that are alike are written once: `at: \"1s\"`, `times: 100`, `every: \"20ms\"`."

    CHAOS "S801" "The chaos cannot be drawn: none of its kinds is possible with this number of nodes, a range is empty, or it could make more windows than a plan may hold."
    LIMIT "S802" "A limit must be above 0 and within its range. Leave it out to have the default."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_in_order_and_each_stands_once() {
        let codes: Vec<_> = codes().map(|(code, _)| code).collect();
        assert!(codes.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
