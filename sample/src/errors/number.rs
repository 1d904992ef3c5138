//! Errors in citizen numbers.

use super::NumberRates;
use crate::calendar::Day;
use crate::rng::Rng;

/// The first day of 18-digit numbers (GB 11643-1999).
const EIGHTEEN_DIGITS: Day = Day::of(1999, 10, 1);

/// A number as a register may hold it that wrote it down on `written`.
pub(crate) fn garbled_number(rng: &mut Rng, rates: &NumberRates, number: &str, written: Day) -> String {
    let (old, wrong) = (rng.unit(), rng.unit());
    let number = if written < EIGHTEEN_DIGITS && old < rates.old { old_number(number) } else { None }
        .unwrap_or_else(|| number.to_owned());
    if wrong < rates.substituted {
        substituted(rng, &number)
    } else if wrong < rates.substituted + rates.transposed {
        transposed(rng, &number)
    } else {
        number
    }
}

/// The 15-digit number of GB 11643-1989: no century, no check character. People born in other centuries have none.
pub(crate) fn old_number(number: &str) -> Option<String> {
    let century = number.get(6..8)?;
    (number.len() == 18 && century == "19").then(|| format!("{}{}", &number[..6], &number[8..17]))
}

/// One digit replaced by another.
pub(crate) fn substituted(rng: &mut Rng, number: &str) -> String {
    let at = rng.below(number.len().saturating_sub(1));
    let step = 1 + rng.below(9) as u32;
    let change = |(i, c): (usize, char)| match c.to_digit(10) {
        Some(digit) if i == at => char::from_digit((digit + step) % 10, 10).unwrap_or(c),
        _ => c,
    };
    number.chars().enumerate().map(change).collect()
}

/// Two neighbouring digits swapped; the first unequal pair at or after a random place.
pub(crate) fn transposed(rng: &mut Rng, number: &str) -> String {
    let mut digits: Vec<char> = number.chars().collect();
    let pairs = digits.len().saturating_sub(2);
    let from = rng.below(pairs);
    let unequal = (from..pairs).chain(0..from).find(|&i| digits[i] != digits[i + 1]);
    if let Some(at) = unequal {
        digits.swap(at, at + 1);
    }
    digits.into_iter().collect()
}
