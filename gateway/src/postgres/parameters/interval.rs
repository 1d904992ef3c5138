//! Spans of time as clients write them: as PostgreSQL shows them (`1 year 2 mons -3 days +04:05:06.7`), in words, or as ISO 8601 has them
//! (`P1DT2H`).

/// Months, days and microseconds; none if the text is no span.
pub fn read(text: &str) -> Option<(i32, i32, i64)> {
    let text = text.trim().trim_start_matches('@').trim_start();
    let (text, ago) = match text.strip_suffix("ago") {
        Some(text) => (text.trim_end(), true),
        None => (text, false),
    };
    let mut span = Span::default();
    match text.strip_prefix(['P', 'p']) {
        Some(iso) => span.iso(iso)?,
        None => span.words(text)?,
    }
    let sign = if ago { -1 } else { 1 };
    let whole = |value: f64| (value.abs() < f64::from(i32::MAX)).then_some(value as i32);
    Some((
        whole(span.months)?.checked_mul(sign)?,
        whole(span.days)?.checked_mul(sign)?,
        span.us.checked_mul(sign.into())?,
    ))
}

#[derive(Default)]
struct Span {
    months: f64,
    days: f64,
    us: i64,
    /// Whether anything was said.
    said: bool,
}

const SECOND_US: i64 = 1_000_000;

impl Span {
    fn words(&mut self, text: &str) -> Option<()> {
        let mut words = text.split_whitespace();
        while let Some(word) = words.next() {
            if word.contains(':') {
                self.clock(word)?;
                continue;
            }
            // `3days` is a number and its unit.
            let digits = word.trim_start_matches(|c: char| c.is_ascii_digit() || "+-.".contains(c));
            let (number, unit) = word.split_at(word.len() - digits.len());
            let unit = if unit.is_empty() { words.next()? } else { unit };
            self.add(number, unit)?;
        }
        self.said.then_some(())
    }

    /// `04:05:06.7`, with a sign for all of it.
    fn clock(&mut self, word: &str) -> Option<()> {
        let (sign, rest) = match word.strip_prefix(['-', '+']) {
            Some(rest) => (if word.starts_with('-') { -1 } else { 1 }, rest),
            None => (1, word),
        };
        let mut parts = rest.split(':');
        let whole = |part: Option<&str>| part?.parse::<i64>().ok().filter(|value| *value >= 0);
        let (hours, minutes) = (whole(parts.next())?, whole(parts.next())?);
        let seconds = micros(parts.next().unwrap_or("0"))?;
        let us = hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?.checked_mul(SECOND_US)?;
        self.us = self.us.checked_add(us.checked_add(seconds)?.checked_mul(sign)?)?;
        self.said = true;
        parts.next().is_none().then_some(())
    }

    fn add(&mut self, number: &str, unit: &str) -> Option<()> {
        let value: f64 = number.parse().ok().filter(|value: &f64| value.is_finite())?;
        let unit = unit.to_ascii_lowercase();
        let unit = unit.strip_suffix('s').filter(|unit| unit.len() > 1).unwrap_or(&unit);
        let unit_s = match unit {
            "year" | "yr" | "y" => return self.add_months(value * 12.0),
            "month" | "mon" => return self.add_months(value),
            "week" | "w" => return self.add_days(value * 7.0),
            "day" | "d" => return self.add_days(value),
            "hour" | "hr" | "h" => 3600,
            "minute" | "min" | "m" => 60,
            "second" | "sec" | "s" => {
                self.said = true;
                self.us = self.us.checked_add(micros(number)?)?;
                return Some(());
            }
            _ => return None,
        };
        self.add_us(value * f64::from(unit_s) * SECOND_US as f64)
    }

    /// A part of a month is days, and a part of a day is hours, as in PostgreSQL.
    fn add_months(&mut self, months: f64) -> Option<()> {
        self.months += months.trunc();
        self.add_days(months.fract() * 30.0)
    }

    fn add_days(&mut self, days: f64) -> Option<()> {
        self.days += days.trunc();
        self.add_us(days.fract() * 86_400.0 * SECOND_US as f64)
    }

    fn add_us(&mut self, us: f64) -> Option<()> {
        self.said = true;
        let us = us.round();
        (us.abs() < i64::MAX as f64).then_some(())?;
        self.us = self.us.checked_add(us as i64)?;
        Some(())
    }

    /// Behind the `P`: numbers with letters, of which those behind `T` are of the clock.
    fn iso(&mut self, text: &str) -> Option<()> {
        let (mut number, mut clock) = (String::new(), false);
        for c in text.chars() {
            match c.to_ascii_uppercase() {
                'T' if number.is_empty() && !clock => clock = true,
                'Y' if !clock => self.add(&std::mem::take(&mut number), "year")?,
                'M' if !clock => self.add(&std::mem::take(&mut number), "month")?,
                'W' if !clock => self.add(&std::mem::take(&mut number), "week")?,
                'D' if !clock => self.add(&std::mem::take(&mut number), "day")?,
                'H' if clock => self.add(&std::mem::take(&mut number), "hour")?,
                'M' => self.add(&std::mem::take(&mut number), "minute")?,
                'S' if clock => self.add(&std::mem::take(&mut number), "second")?,
                c if c.is_ascii_digit() || "+-.".contains(c) => number.push(c),
                _ => return None,
            }
        }
        (self.said && number.is_empty()).then_some(())
    }
}

/// Seconds with up to six digits of a fraction; more are cut.
fn micros(text: &str) -> Option<i64> {
    let (sign, rest) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (if text.starts_with('-') { -1 } else { 1 }, rest),
        None => (1, text),
    };
    let (whole, fraction) = rest.split_once('.').unwrap_or((rest, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) || whole.len() + fraction.len() == 0 {
        return None;
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
    whole.checked_mul(SECOND_US)?.checked_add(digits.parse().ok()?)?.checked_mul(sign)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::encode::calendar;

    #[test]
    fn spans_are_read() {
        const HOUR: i64 = 3600 * SECOND_US;
        for (text, expected) in [
            ("1 year 2 mons -3 days +04:05:06.7", Some((14, -3, 14_706_700_000))),
            ("-1 days +00:00:01", Some((0, -1, SECOND_US))),
            ("00:00:00", Some((0, 0, 0))),
            ("1 day", Some((0, 1, 0))),
            ("3days", Some((0, 3, 0))),
            ("@ 1 hour 2 minutes ago", Some((0, 0, -HOUR - 120 * SECOND_US))),
            ("1.5 months", Some((1, 15, 0))),
            ("0.000001 s", Some((0, 0, 1))),
            ("P1DT2H", Some((0, 1, 2 * HOUR))),
            ("P1Y2M3W4DT5M6.5S", Some((14, 25, 306_500_000))),
            ("PT-0.5S", Some((0, 0, -500_000))),
            ("", None),
            ("P", None),
            ("1", None),
            ("1 day 2", None),
            ("1 parsec", None),
            ("1:2:3:4", None),
            ("99999999999 years", None),
            ("9223372036854775807 hours", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    /// What the door writes it reads.
    #[test]
    fn spans_come_back() {
        for span in [(14, -3, 14_706_700_000), (-1, 2, 0), (0, 0, -1), (0, 1, -SECOND_US), (12, 0, 0), (0, 0, 0)] {
            let mut out = bytes::BytesMut::new();
            calendar::interval(&mut out, span.0, span.1, span.2);
            assert_eq!(read(std::str::from_utf8(&out).unwrap()), Some(span));
        }
    }
}
