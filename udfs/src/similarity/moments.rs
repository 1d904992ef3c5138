//! How far two days are apart.

use chrono::{Datelike, Months, NaiveDate};

/// Days between them, whichever is first.
pub fn days(left: NaiveDate, right: NaiveDate) -> i64 {
    (left - right).num_days().abs()
}

/// The fewest calendar months that lead from the earlier day to the later one or beyond it; a day that a month does not have is its
/// last one. So 31 January and 28 February are one month apart, 1 and 2 January too, and a day and itself are 0.
pub fn months(left: NaiveDate, right: NaiveDate) -> i64 {
    let (earlier, later) = if left <= right { (left, right) } else { (right, left) };
    let years = i64::from(later.year()) - i64::from(earlier.year());
    let whole = 12 * years + i64::from(later.month()) - i64::from(earlier.month());
    let reached = u32::try_from(whole).ok().and_then(|whole| earlier.checked_add_months(Months::new(whole)));
    whole + i64::from(reached.is_some_and(|reached| reached < later))
}
