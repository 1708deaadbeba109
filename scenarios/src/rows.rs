//! Rows of operations: many that are alike and start at equal distances stand in one line of a file, and are read as one.

use sim_core::Span;
use sim_core::plan::{Operation, Start};

/// How many operations at the beginning are alike but for the next number each and the next time, and how far apart they
/// start.
pub(crate) fn row(operations: &[Operation]) -> (usize, Span) {
    let step = |pair: &[Operation]| {
        let [one, other] = pair else { return None };
        let follows = one.client == other.client && one.op == other.op && one.id.checked_add(1) == Some(other.id);
        match (one.start, other.start) {
            (Start::At(at), Start::At(next)) if follows && next >= at => Some(next.since(at)),
            (Start::After(one), Start::After(other)) if follows && one == other => Some(Span::ZERO),
            _ => None,
        }
    };
    let mut steps = operations.windows(2).map(step);
    match steps.next() {
        None => (operations.len(), Span::ZERO),
        Some(None) => (1, Span::ZERO),
        Some(Some(every)) => (2 + steps.take_while(|step| *step == Some(every)).count(), every),
    }
}

/// How long the rows are that operations stand in, one after the other.
pub(crate) fn lengths(operations: &[Operation]) -> impl Iterator<Item = usize> {
    let mut left = operations;
    std::iter::from_fn(move || {
        let (length, _) = row(left);
        left = left.get(length..)?;
        (length > 0).then_some(length)
    })
}

#[cfg(test)]
mod tests {
    use sim_core::Time;

    use super::*;

    fn operation(id: u32, at: u64, op: &str) -> Operation {
        Operation { id, client: 0, start: Start::At(Time(at)), op: op.to_owned() }
    }

    #[test]
    fn a_row_ends_where_the_distance_or_the_words_change() {
        let moments = [0, 10, 20, 50, 50, 50];
        let all: Vec<Operation> = (0..).zip(moments).map(|(id, at)| operation(id, at, "Read")).collect();
        assert_eq!(row(&all), (3, Span(10)));
        assert_eq!(lengths(&all).collect::<Vec<_>>(), [3, 3]);
        let words: Vec<Operation> =
            (0..).zip(["Read", "Write", "Write"]).map(|(id, op)| operation(id, 0, op)).collect();
        assert_eq!(lengths(&words).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(lengths(&[]).count(), 0);
    }
}
