//! Numbers made simpler: lower, and round.
//!
//! How simple a number is, is a matter of its *scale*, then of its digits, then of its size. Scales are the steps
//! 1, 2, 5, 10, 20, 50 and so on: what a person would write who tries how little is enough. So 300 ms is simpler than
//! 210 ms, and 200 ms is simpler than both.

use super::engine::Subject;
use super::search::Search;

/// The scale of a number: 0 for 0, and one more for each of 1, 2, 5, 10, 20 and so on that it exceeds or equals.
pub fn scale(number: u64) -> u64 {
    let Some(digits) = number.checked_ilog10() else { return 0 };
    let power = 10u64.pow(digits);
    let within = match number / power {
        1 if number == power => 1,
        1 => 2,
        2 if number == 2 * power => 2,
        2..=4 => 3,
        5 if number == 5 * power => 3,
        _ => 4,
    };
    u64::from(digits) * 3 + within
}

/// The largest number of a scale; the largest of all if there is none.
pub fn top(scale: u64) -> u64 {
    let Some(below) = scale.checked_sub(1) else { return 0 };
    let power = u32::try_from(below / 3).ok().and_then(|digits| 10u64.checked_pow(digits));
    power.and_then(|power| power.checked_mul([1, 2, 5][(below % 3) as usize])).unwrap_or(u64::MAX)
}

/// How many digits of a number are significant: 1 for 300, 2 for 310.
pub fn digits(number: u64) -> u64 {
    let mut number = number;
    while number >= 10 && number.is_multiple_of(10) {
        number /= 10;
    }
    u64::from(number.checked_ilog10().unwrap_or(0)) + 1
}

/// How simple a number is, the simplest first: scale, digits, size.
pub fn simplicity(number: u64) -> (u64, u64, u64) {
    (scale(number), digits(number), number)
}

/// Makes a number of the best simpler. `read` gives it, `write` makes the candidate with another number in its place.
///
/// The least scale is found by bisection, then the roundest number of that scale; both are least if the failure is
/// monotone in the number.
pub async fn lower<S: Subject>(
    search: &mut Search<S>,
    read: impl Fn(&S) -> Option<u64>,
    write: impl Fn(&S, u64) -> Option<S>,
) {
    let Some(number) = read(&search.best()) else { return };
    let (mut refused, mut held) = (None, scale(number));
    // Zero first: it is the simplest, and often enough.
    if number > 0 {
        let best = search.best();
        if search.first([write(&best, 0)]).await.is_some() {
            return;
        }
        refused = Some(0);
    }
    while let Some(low) = refused.filter(|low| low + 1 < held) {
        let middle = low.midpoint(held);
        let best = search.best();
        match search.first([write(&best, top(middle))]).await {
            Some(_) => held = middle,
            None => refused = Some(middle),
        }
    }
    round(search, &read, &write).await;
    least_of_two_digits(search, &read, &write).await;
}

/// The least number of two digits in its scale, for one that has no more: so that runs which differ in what is of no
/// account end at the same number.
async fn least_of_two_digits<S: Subject>(
    search: &mut Search<S>,
    read: &impl Fn(&S) -> Option<u64>,
    write: &impl Fn(&S, u64) -> Option<S>,
) {
    let Some(number) = read(&search.best()) else { return };
    let Some(unit) = number.checked_ilog10().and_then(|places| 10u64.checked_pow(places.checked_sub(1)?)) else {
        return;
    };
    // What is lower than the scale has been refused.
    let (mut refused, mut held) = (top(scale(number).saturating_sub(1)) / unit, number / unit);
    if !number.is_multiple_of(unit) {
        return;
    }
    while refused + 1 < held {
        let middle = refused.midpoint(held);
        let best = search.best();
        match search.first([write(&best, middle * unit)]).await {
            Some(_) => held = middle,
            None => refused = middle,
        }
    }
}

/// Makes a number rounder without leaving its scale.
async fn round<S: Subject>(
    search: &mut Search<S>,
    read: &impl Fn(&S) -> Option<u64>,
    write: &impl Fn(&S, u64) -> Option<S>,
) {
    let best = search.best();
    let Some(number) = read(&best) else { return };
    let scale = scale(number);
    let (least, most) = (top(scale.saturating_sub(1)).saturating_add(1), top(scale));
    let places = u64::from(number.checked_ilog10().unwrap_or(0));
    // Numbers of one digit, then the nearest of two and three: on both sides, the lower first.
    let units = (0..3).filter_map(|digits| 10u64.checked_pow(u32::try_from(places.checked_sub(digits)?).ok()?));
    let rounder = units.enumerate().flat_map(|(digits, unit)| {
        let multiples = if digits == 0 { 1..=10 } else { number / unit..=number / unit + 1 };
        multiples.filter_map(move |multiple| unit.checked_mul(multiple))
    });
    let rounder =
        rounder.filter(|rounder| (least..=most).contains(rounder) && simplicity(*rounder) < simplicity(number));
    search.first(rounder.map(|rounder| write(&best, rounder))).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_one_two_five_and_on() {
        let scales: Vec<_> = [0, 1, 2, 3, 5, 6, 10, 11, 20, 21, 50, 51, 100].map(scale).to_vec();
        assert_eq!(scales, [0, 1, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7]);
        assert!((0..50).all(|step| scale(top(step)) == step));
        assert!((1..50).all(|step| scale(top(step - 1) + 1) == step));
        assert_eq!(scale(u64::MAX), 59);
        assert_eq!(top(59), u64::MAX);
    }

    #[test]
    fn round_numbers_are_simpler() {
        assert_eq!([0, 7, 10, 310, 300, 1_000_001].map(digits), [1, 1, 1, 2, 1, 7]);
        assert!(simplicity(200) < simplicity(300));
        assert!(simplicity(300) < simplicity(210));
        assert!(simplicity(210) < simplicity(211));
    }
}
