//! Where a row stands on a Z-order curve: rows that are near on it are near in each of several columns.
//!
//! Values are replaced by the numbers of the ranges that they fall into, and the bits of those numbers are taken in turns (Morton,
//! "A computer oriented geodetic data base and a new technique in file sequencing", 1966). The ranges hold about equally many
//! rows, so that neither skew nor the type of a column matters.

mod key;
mod ranges;

pub use key::{KEY, Key};
pub use ranges::{RANGE, Range, boundaries, ranges};

/// Columns that a curve can go through: with more, each would have too few bits to be of use.
pub const COLUMNS_MAX: usize = 8;

/// Bits of each of so many columns' ranges.
pub fn bits(columns: usize) -> u32 {
    let shared = u64::BITS / u32::try_from(columns.max(1)).unwrap_or(u64::BITS);
    shared.clamp(1, u16::BITS)
}

/// The place on the curve of a row whose values are in these ranges, of at most [`COLUMNS_MAX`] columns. Of each range the upper
/// [`bits`] count; the first column's come first.
pub fn interleave(ranges: &[u16]) -> u64 {
    let mut key = 0;
    for bit in (u16::BITS - bits(ranges.len())..u16::BITS).rev() {
        for range in ranges {
            key = key << 1 | u64::from(range >> bit & 1);
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_taken_in_turns() {
        assert_eq!(interleave(&[0xffff, 0]), 0xaaaa_aaaa);
        assert_eq!(interleave(&[0, 0xffff]), 0x5555_5555);
        assert_eq!(interleave(&[0x1234]), 0x1234);
        assert_eq!(interleave(&[0x8000; 8]), 0xff << 56);
        assert_eq!(interleave(&[0x0100, 0, 0, 0, 0, 0, 0, 0]), 0x80, "the last bit that counts");
        assert_eq!(interleave(&[]), 0);
    }

    /// A quarter of the curve is a quarter of the square, not a stripe.
    #[test]
    fn a_part_of_the_curve_is_narrow_in_both_columns() {
        let mut points: Vec<(u16, u16)> = (0..64).flat_map(|a| (0..64).map(move |b| (a << 10, b << 10))).collect();
        points.sort_by_key(|(a, b)| interleave(&[*a, *b]));
        for quarter in points.chunks(points.len() / 4) {
            for column in [|p: &(u16, u16)| p.0, |p: &(u16, u16)| p.1] {
                let (low, high) = (quarter.iter().map(column).min(), quarter.iter().map(column).max());
                assert_eq!(high.unwrap() - low.unwrap(), 31 << 10);
            }
        }
    }
}
