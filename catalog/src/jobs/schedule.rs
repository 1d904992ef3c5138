//! When a job is due: a cron pattern in a time zone.

use chrono::DateTime;
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};

/// Five fields (minute, hour, day of month, month, day of week) and a zone of the IANA list, such as `Asia/Shanghai`.
///
/// Where clocks go forward, a time of day that is skipped is the first moment after the gap, and a repeating pattern has no
/// ticks in the gap. Where they go back, a time of day that comes twice is the first of the two, and a repeating pattern
/// has ticks in both.
#[derive(Clone, Debug)]
pub struct Schedule {
    cron: Cron,
    zone: Tz,
    text: String,
}

/// Longer than all minutes of an hour one by one.
const CRON_BYTES_MAX: usize = 400;

impl Schedule {
    /// Refuses (HT0411) what is no pattern, has no such zone, or never comes.
    pub fn parse(cron: &str, zone: &str) -> Result<Self> {
        let bad = |what: String| Error::new(Code::BAD_JOB, what);
        if cron.len() > CRON_BYTES_MAX {
            return Err(bad(format!("a schedule has at most {CRON_BYTES_MAX} characters")));
        }
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let parsed = parser.parse(cron).map_err(|error| {
            let hint = "five fields: minute, hour, day of month, month, day of week, such as `30 2 * * *`";
            bad(format!("`{cron}` is not a schedule")).with_hint(hint).caused_by(error.to_string())
        })?;
        let zone = zone.parse().map_err(|_| {
            bad(format!("`{zone}` is not a time zone")).with_hint("a name such as `Asia/Shanghai` or `UTC`")
        })?;
        Ok(Self { cron: parsed, zone, text: cron.to_owned() })
    }

    /// The first tick later than `time`; HT0411 when there is none.
    pub fn next_after(&self, time: Timestamp) -> Result<Timestamp> {
        let never = || Error::new(Code::BAD_JOB, format!("the schedule `{}` never comes", self.text));
        let start = DateTime::from_timestamp_millis(time.ms()).ok_or_else(never)?.with_timezone(&self.zone);
        let next = self.cron.find_next_occurrence(&start, false);
        let next = next.map_err(|error| never().caused_by(error.to_string()))?.timestamp_millis();
        // A tick that did not move would be due for ever.
        if next > time.ms() { Ok(Timestamp::from_ms(next)) } else { Err(never()) }
    }
}

#[cfg(test)]
mod tests;
