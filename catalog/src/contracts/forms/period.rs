//! Spans of time: `2 days`, or `P2D` as ISO 8601 writes it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::contracts::mistake::{Refusal, shown};
use crate::contracts::vocabulary::stored_as_text;

/// A span of whole minutes, at least one and at most a hundred years. Months are not spans: they have no one length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    minutes: u32,
}

const HOUR: u32 = 60;
const DAY: u32 = 24 * HOUR;
const WEEK: u32 = 7 * DAY;
const MINUTES_MAX: u32 = 36_525 * DAY;

impl Period {
    pub fn as_duration(self) -> Duration {
        Duration::from_secs(u64::from(self.minutes) * 60)
    }

    fn of(minutes: u64) -> Option<Self> {
        let minutes = u32::try_from(minutes).ok()?;
        (1..=MINUTES_MAX).contains(&minutes).then_some(Self { minutes })
    }
}

/// In words, with the largest unit that divides it: `2 days`.
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, unit) = match self.minutes {
            minutes if minutes % DAY == 0 => (minutes / DAY, "day"),
            minutes if minutes % HOUR == 0 => (minutes / HOUR, "hour"),
            minutes => (minutes, "minute"),
        };
        write!(f, "{number} {unit}{}", if number == 1 { "" } else { "s" })
    }
}

impl FromStr for Period {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let minutes = match text.trim().strip_prefix('P') {
            Some(iso) => read_iso(iso),
            None => read_words(text.trim()),
        };
        minutes.and_then(Self::of).ok_or_else(|| {
            Refusal::new(format!("`{}` is no span of time", shown(text)))
                .help("write for example `2 days`, `12 hours` or `P2D`")
        })
    }
}

fn read_words(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let unit = match unit.trim() {
        "minute" | "minutes" => 1,
        "hour" | "hours" => HOUR,
        "day" | "days" => DAY,
        "week" | "weeks" => WEEK,
        _ => return None,
    };
    number.parse::<u32>().ok().map(|number| u64::from(number) * u64::from(unit))
}

/// What follows the `P`: weeks and days, then behind a `T` hours and minutes.
fn read_iso(text: &str) -> Option<u64> {
    let (days, time) = match text.split_once('T') {
        Some((days, time)) if !time.is_empty() => (days, time),
        Some(_) => return None,
        None => (text, ""),
    };
    let sum = read_units(days, &[('W', WEEK), ('D', DAY)])? + read_units(time, &[('H', HOUR), ('M', 1)])?;
    Some(sum)
}

fn read_units(mut text: &str, units: &[(char, u32)]) -> Option<u64> {
    let mut sum = 0;
    for (letter, minutes) in units {
        if let Some((number, rest)) = text.split_once(*letter) {
            if !number.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            sum += u64::from(number.parse::<u32>().ok()?) * u64::from(*minutes);
            text = rest;
        }
    }
    text.is_empty().then_some(sum)
}

stored_as_text!(Period);
