//! Counts rounded to multiples of a base, up or down by chance, so that they are right on average (Hundepohl et al., *Statistical
//! Disclosure Control*, Wiley 2012, §5.4.2).
//!
//! The chance is the key of the cell ([`super::cell_key`]): the same people are rounded the same way in every table, and asking again
//! tells nothing new. Each cell is rounded on its own, so that rounded cells do not add up to their rounded totals; controlled
//! rounding (Cox, *A constructive procedure for unbiased controlled rounding*, JASA 82, 1987) exists for two dimensions only, and
//! could not give the same people the same number in different tables.

use super::cell_key::uniform;
use super::table::Error;

/// # Errors
/// A base other than 3, 5 or 10.
pub fn check(base: u64) -> Result<(), Error> {
    match base {
        3 | 5 | 10 => Ok(()),
        _ => Err(Error::Option("base is 3, 5 or 10".into())),
    }
}

/// Rounds up with the probability `rest / base`, else down.
pub fn round(count: u64, base: u64, key: i64) -> u64 {
    let rest = count % base.max(1);
    let down = count - rest;
    // A base is small: exact.
    if rest > 0 && uniform(key) < rest as f64 / base as f64 { down.saturating_add(base) } else { down }
}

#[cfg(test)]
mod tests {
    use super::super::cell_key::KEYS;
    use super::*;

    #[test]
    fn rounding_is_unbiased_and_goes_no_further_than_the_next() {
        for base in [3, 5, 10] {
            for count in 0..40 {
                let keys = 3000;
                let all: Vec<u64> = (0..keys).map(|at| round(count, base, at * (KEYS / keys))).collect();
                assert!(all.iter().all(|rounded| rounded % base == 0 && rounded.abs_diff(count) < base));
                let mean = all.iter().sum::<u64>() as f64 / keys as f64;
                assert!((mean - count as f64).abs() < 0.01, "{count} {base}: {mean}");
            }
        }
        assert_eq!([0, 3, 30].map(|count| round(count, 3, 5)), [0, 3, 30]);
        assert_eq!(round(u64::MAX, 10, 0), u64::MAX);
        assert!(check(3).is_ok() && check(4).is_err() && check(0).is_err());
    }
}
