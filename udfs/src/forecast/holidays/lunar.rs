//! When the three public holidays of the lunisolar calendar fall.
//!
//! The calendar follows the true moments of new moons and solar terms at 120° east (GB/T 33661-2017, Calculation and
//! promulgation of the Chinese calendar). The table ends with 2056: the new moon of 28 September 2057 is so near to
//! midnight that the Hong Kong Observatory does not vouch for its day. It begins with 1950. A test computes the new moons
//! again. Mid-Autumn of 1978 was on 17 September: the new moon fell nine minutes after midnight of the third, which almanacs
//! computed with less care miss by a day.

use chrono::{Days, NaiveDate};

/// A holiday that moves on the civil calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holiday {
    SpringFestival,
    DragonBoat,
    MidAutumn,
}

/// The first year of the table.
pub const FIRST_YEAR: i32 = 1950;
/// The last year of the table.
pub const LAST_YEAR: i32 = FIRST_YEAR + YEARS as i32 - 1;

impl Holiday {
    pub const ALL: [Holiday; 3] = [Holiday::SpringFestival, Holiday::DragonBoat, Holiday::MidAutumn];

    pub fn name(self) -> &'static str {
        match self {
            Holiday::SpringFestival => "spring_festival",
            Holiday::DragonBoat => "dragon_boat",
            Holiday::MidAutumn => "mid_autumn",
        }
    }

    /// Its day in a civil year; `None` for a year that is not known with certainty.
    pub fn date(self, year: i32) -> Option<NaiveDate> {
        let place = usize::try_from(year.checked_sub(FIRST_YEAR)?).ok()?;
        let (month, days) = match self {
            Holiday::SpringFestival => (1, SPRING_FESTIVAL.get(place)?),
            Holiday::DragonBoat => (5, DRAGON_BOAT.get(place)?),
            Holiday::MidAutumn => (9, MID_AUTUMN.get(place)?),
        };
        NaiveDate::from_ymd_opt(year, month, 1)?.checked_add_days(Days::new(u64::from(*days)))
    }
}

const YEARS: usize = 107;

/// Days from 1 January to the first day of the first lunar month.
#[rustfmt::skip]
const SPRING_FESTIVAL: [u8; YEARS] = [
    47, 36, 26, 44, 33, 23, 42, 30, 48, 38, 27, 45, 35, 24, 43, 32, 20, 39, 29, 47,
    36, 26, 45, 33, 22, 41, 30, 48, 37, 27, 46, 35, 24, 43, 32, 50, 39, 28, 47, 36,
    26, 45, 34, 22, 40, 30, 49, 37, 27, 46, 35, 23, 42, 31, 21, 39, 28, 48, 37, 25,
    44, 33, 22, 40, 30, 49, 38, 27, 46, 35, 24, 42, 31, 21, 40, 28, 47, 36, 25, 43,
    33, 22, 41, 30, 49, 38, 27, 45, 34, 23, 42, 31, 21, 40, 29, 47, 36, 25, 44, 32,
    22, 41, 31, 49, 38, 27, 45,
];

/// Days from 1 May to the fifth day of the fifth lunar month.
#[rustfmt::skip]
const DRAGON_BOAT: [u8; YEARS] = [
    49, 39, 27, 45, 35, 54, 43, 32, 51, 40, 28, 47, 36, 55, 44, 34, 53, 42, 30, 49,
    38, 27, 45, 35, 54, 44, 32, 51, 40, 29, 47, 36, 55, 45, 34, 52, 41, 30, 48, 38,
    27, 46, 35, 54, 43, 32, 50, 39, 29, 48, 36, 55, 45, 34, 52, 41, 30, 49, 38, 27,
    46, 36, 53, 42, 32, 50, 39, 29, 48, 37, 55, 44, 33, 52, 40, 30, 49, 39, 27, 46,
    35, 54, 42, 31, 50, 40, 29, 48, 37, 26, 44, 33, 52, 41, 30, 49, 38, 28, 45, 34,
    53, 43, 31, 50, 40, 29, 47,
];

/// Days from 1 September to the fifteenth day of the eighth lunar month.
#[rustfmt::skip]
const MID_AUTUMN: [u8; YEARS] = [
    25, 14, 32, 21, 10, 29, 18, 7, 26, 16, 34, 23, 12, 31, 19, 9, 28, 17, 35, 25,
    14, 32, 21, 10, 29, 19, 7, 26, 16, 34, 22, 11, 30, 20, 9, 28, 17, 36, 24, 13,
    32, 21, 10, 29, 19, 8, 26, 15, 34, 23, 11, 30, 20, 10, 27, 17, 35, 24, 13, 32,
    21, 11, 29, 18, 7, 26, 14, 33, 23, 12, 30, 20, 9, 28, 16, 35, 24, 14, 32, 21,
    11, 30, 18, 7, 26, 15, 33, 23, 12, 31, 19, 9, 27, 16, 34, 24, 14, 33, 21, 10,
    29, 18, 6, 25, 15, 34, 23,
];
