//! What a square metre cost, in yuan, by year: an invented city that followed the country.

use crate::calendar::LAST_YEAR;

const FIRST: i32 = 1994;
const LEVELS: [i64; 32] = [
    900, 980, 1050, 1120, 1180, 1220, 1280, 1350, 1450, 1600, 1850, 2150, 2500, 3100, 3300, 4000, 4600, 5000, 5300,
    5900, 5950, 6100, 6900, 7900, 8800, 9300, 9700, 9900, 9500, 9100, 8600, 8200,
];

/// Yuan per square metre.
pub(super) fn level(year: i32) -> i64 {
    LEVELS[(year.clamp(FIRST, LAST_YEAR) - FIRST) as usize]
}
