//! Dates, times and spans as PostgreSQL writes them (`DateStyle` ISO, `IntervalStyle` postgres).

use std::fmt::Write as _;
use std::str::FromStr;

use arrow::array::timezone::Tz;
use bytes::BytesMut;
use chrono::{DateTime, Offset, TimeZone};
use huitong_catalog::{Code, Error, Result};

/// Days from 1970-01-01 to 2000-01-01, where the protocol's binary forms begin.
pub const EPOCH_DAYS: i32 = 10_957;
pub const EPOCH_US: i64 = EPOCH_DAYS as i64 * DAY_US;
pub const DAY_US: i64 = 86_400_000_000;

/// The zone that moments are shown in.
#[derive(Debug, Clone, Copy)]
pub struct Zone(Tz);

impl Zone {
    pub fn parse(name: &str) -> Result<Self> {
        let unknown = |_| Error::new(Code::SETTING_VALUE, format!("`timezone` cannot be `{name}`"));
        Tz::from_str(name).map(Self).map_err(unknown)
    }

    /// Seconds east of Greenwich at a moment; 0 for moments that no calendar here reaches.
    fn offset_s(self, us: i64) -> i64 {
        let moment = DateTime::from_timestamp_micros(us).map(|moment| moment.naive_utc());
        moment.map_or(0, |moment| i64::from(self.0.offset_from_utc_datetime(&moment).fix().local_minus_utc()))
    }
}

/// `2026-11-25`; years before the first end in `BC`.
pub fn date(out: &mut BytesMut, days: i64) {
    let (year, month, day) = civil(days);
    let (year, era) = if year > 0 { (year, "") } else { (1 - year, " BC") };
    write!(out, "{year:04}-{month:02}-{day:02}{era}").ok();
}

/// `13:05:09.25`.
pub fn time(out: &mut BytesMut, us: i64) {
    let s = us / 1_000_000;
    write!(out, "{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60).ok();
    fraction(out, us % 1_000_000);
}

/// A date and a time.
pub fn timestamp(out: &mut BytesMut, us: i64) {
    let (days, rest) = (us.div_euclid(DAY_US), us.rem_euclid(DAY_US));
    dated(out, days, |out| time(out, rest));
}

/// The same with the offset of the zone it is shown in.
pub fn moment(out: &mut BytesMut, us: i64, zone: Zone) {
    let offset = zone.offset_s(us);
    let local = us.saturating_add(offset * 1_000_000);
    let (days, rest) = (local.div_euclid(DAY_US), local.rem_euclid(DAY_US));
    dated(out, days, |out| {
        time(out, rest);
        let (sign, size) = (if offset < 0 { '-' } else { '+' }, offset.abs());
        write!(out, "{sign}{:02}", size / 3600).ok();
        for part in [size / 60 % 60, size % 60] {
            if size % 3600 != 0 && (part != 0 || size % 60 != 0) {
                write!(out, ":{part:02}").ok();
            }
        }
    });
}

/// The era stands behind the time.
fn dated(out: &mut BytesMut, days: i64, rest: impl FnOnce(&mut BytesMut)) {
    let (year, month, day) = civil(days);
    let (year, era) = if year > 0 { (year, "") } else { (1 - year, " BC") };
    write!(out, "{year:04}-{month:02}-{day:02} ").ok();
    rest(out);
    out.extend_from_slice(era.as_bytes());
}

/// `1 year 2 mons -3 days 04:05:06.7`.
pub fn interval(out: &mut BytesMut, months: i32, days: i32, us: i64) {
    let begin = out.len();
    let parts = [(months / 12, "year"), (months % 12, "mon"), (days, "day")];
    let mut negative_before = false;
    for (count, unit) in parts.into_iter().filter(|(count, _)| *count != 0) {
        let gap = if out.len() > begin { " " } else { "" };
        let sign = if negative_before && count > 0 { "+" } else { "" };
        let plural = if count == 1 { "" } else { "s" };
        write!(out, "{gap}{sign}{count} {unit}{plural}").ok();
        negative_before = count < 0;
    }
    if us == 0 && out.len() > begin {
        return;
    }
    let gap = if out.len() > begin { " " } else { "" };
    let sign = match us {
        ..0 => "-",
        _ if negative_before => "+",
        _ => "",
    };
    let size = us.unsigned_abs();
    let s = size / 1_000_000;
    write!(out, "{gap}{sign}{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60).ok();
    fraction(out, i64::try_from(size % 1_000_000).unwrap_or(0));
}

/// Up to six digits, without zeros at the end.
fn fraction(out: &mut BytesMut, us: i64) {
    if us != 0 {
        let digits = format!("{us:06}");
        write!(out, ".{}", digits.trim_end_matches('0')).ok();
    }
}

/// Year, month and day of the proleptic Gregorian calendar (Howard Hinnant: chrono-compatible low-level date algorithms).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * from_march + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(write: impl FnOnce(&mut BytesMut)) -> String {
        let mut out = BytesMut::new();
        write(&mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn dates_and_times_are_those_of_postgres() {
        for (days, text) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (11_016, "2000-02-29"),
            (2_932_896, "9999-12-31"),
            (2_932_897, "10000-01-01"),
            (-719_162, "0001-01-01"),
            (-719_163, "0001-12-31 BC"),
        ] {
            assert_eq!(shown(|out| date(out, days)), text);
        }
        assert_eq!(shown(|out| timestamp(out, -1)), "1969-12-31 23:59:59.999999");
        assert_eq!(shown(|out| timestamp(out, 1_500_000)), "1970-01-01 00:00:01.5");
        let zone = |name| Zone::parse(name).unwrap();
        assert_eq!(shown(|out| moment(out, 0, zone("+08:00"))), "1970-01-01 08:00:00+08");
        assert_eq!(shown(|out| moment(out, 0, zone("-03:30"))), "1969-12-31 20:30:00-03:30");
        assert_eq!(shown(|out| moment(out, 0, zone("UTC"))), "1970-01-01 00:00:00+00");
        assert_eq!(shown(|out| moment(out, i64::MIN, zone("UTC"))).len(), "290308-12-21 19:59:05.224192+00 BC".len());
    }

    #[test]
    fn spans_are_those_of_postgres() {
        for (months, days, us, text) in [
            (0, 0, 0, "00:00:00"),
            (14, 3, 14_706_789_000, "1 year 2 mons 3 days 04:05:06.789"),
            (-1, 2, 0, "-1 mons +2 days"),
            (0, -1, 1_000_000, "-1 days +00:00:01"),
            (0, 1, -1_000_000, "1 day -00:00:01"),
            (12, 0, 0, "1 year"),
        ] {
            assert_eq!(shown(|out| interval(out, months, days, us)), text);
        }
    }
}
