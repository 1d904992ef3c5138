//! How much of a delivery may fail a check before the check counts as failed.

use std::fmt;
use std::str::FromStr;

use crate::contracts::mistake::{Refusal, shown};
use crate::contracts::vocabulary::stored_as_text;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tolerance {
    Rows(u64),
    /// Parts of a million of the rows looked at.
    Millionths(u32),
}

impl Tolerance {
    /// Whether so many failures among so many rows are within it.
    pub fn admits(self, failed: u64, rows: u64) -> bool {
        match self {
            Self::Rows(most) => failed <= most,
            Self::Millionths(share) => u128::from(failed) * u128::from(MILLION) <= u128::from(rows) * u128::from(share),
        }
    }
}

const MILLION: u32 = 1_000_000;
const OF_A_PERCENT: u32 = MILLION / 100;

impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rows(rows) => write!(f, "{rows} rows"),
            Self::Millionths(share) => {
                let (whole, rest) = (share / OF_A_PERCENT, share % OF_A_PERCENT);
                let decimals = format!("{rest:04}");
                match decimals.trim_end_matches('0') {
                    "" => write!(f, "{whole} %"),
                    decimals => write!(f, "{whole}.{decimals} %"),
                }
            }
        }
    }
}

impl FromStr for Tolerance {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let trimmed = text.trim();
        let found = match trimmed.strip_suffix('%') {
            Some(percent) => read_percent(percent.trim_end()).map(Self::Millionths),
            None => {
                let rows = trimmed.strip_suffix("rows").or_else(|| trimmed.strip_suffix("row")).unwrap_or(trimmed);
                read_digits(rows.trim_end()).map(Self::Rows)
            }
        };
        found.ok_or_else(|| {
            let refusal = Refusal::new(format!("`{}` is no tolerance", shown(text)));
            refusal.help("write a share such as `0.1 %`, up to 100 % and with up to four decimals, or a number of rows")
        })
    }
}

fn read_percent(text: &str) -> Option<u32> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    if decimals.is_empty() || decimals.len() > 4 {
        return None;
    }
    let whole = u32::try_from(read_digits(whole)?).ok().filter(|whole| *whole <= 100)?;
    let decimals = u32::try_from(read_digits(&format!("{decimals:0<4}"))?).ok()?;
    Some(whole * OF_A_PERCENT + decimals).filter(|share| *share <= MILLION)
}

fn read_digits(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

stored_as_text!(Tolerance);
