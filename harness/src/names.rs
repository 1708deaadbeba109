//! Nodes by name: the kernel writes `n0` in words about a run, a person reads `a`.

use sim_core::Plan;

/// `text` with every `n<number>` that stands alone and is a node of the plan replaced by the node's name.
pub(crate) fn with_names(text: &str, plan: &Plan) -> String {
    let mut named = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let word_length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        // A word is taken whole, anything else one character at a time.
        let (word, after) = rest.split_at(word_length.max(first.len_utf8()));
        // What follows a dot is a field or a fraction, as in `state.n1`.
        named.push_str(if before == '.' { word } else { node_name(word, plan).unwrap_or(word) });
        before = word.chars().next_back().unwrap_or(before);
        rest = after;
    }
    named
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn node_name<'a>(word: &str, plan: &'a Plan) -> Option<&'a str> {
    let digits = word.strip_prefix('n')?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || (digits.len() > 1 && digits.starts_with('0')) {
        return None;
    }
    plan.nodes.get(digits.parse::<usize>().ok()?).map(|node| node.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::plan_of;

    #[test]
    fn only_whole_words_that_are_nodes_are_replaced() {
        let plan = plan_of(&["a", "b", "n9"]);
        for (text, expected) in [
            ("n0 suspects n1", "a suspects b"),
            ("n0, (n1): n2.", "a, (b): n9."),
            ("n3 is nobody", "n3 is nobody"),
            ("join0 n0x n00 xn0 _n0 n", "join0 n0x n00 xn0 _n0 n"),
            ("state.n1 of n1", "state.n1 of b"),
            ("héé n1é n1 – n0", "héé n1é b – a"),
            ("", ""),
        ] {
            assert_eq!(with_names(text, &plan), expected);
        }
    }
}
