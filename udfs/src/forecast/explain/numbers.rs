//! Numbers and times as sentences show them.

use chrono::{Datelike, NaiveDate};

/// Four significant digits, as many as a forecast can carry.
pub fn number(value: f64) -> String {
    if value < 0.0 { format!("−{}", digits(-value)) } else { digits(value) }
}

/// The same with its sign.
pub fn signed(value: f64) -> String {
    if value < 0.0 { number(value) } else { format!("+{}", digits(value)) }
}

fn digits(size: f64) -> String {
    match size {
        0.0 => "0".to_owned(),
        _ if !(1e-4..1e15).contains(&size) => format!("{size:.3e}"),
        _ => {
            let decimals = 3 - size.log10().floor() as i32;
            format!("{size:.*}", decimals.max(0) as usize)
        }
    }
}

/// A change as a percentage, with its sign: of 1.05, `+5.0 %`.
pub fn percent_of(factor: f64) -> String {
    let text = format!("{:.1}", (factor - 1.0).abs() * 100.0);
    if factor < 1.0 { format!("−{text} %") } else { format!("+{text} %") }
}

/// A share as a percentage without a sign: of 0.95, `95 %`.
pub fn percent(share: f64) -> String {
    format!("{} %", (share * 1000.0).round() / 10.0)
}

/// A tail probability.
pub fn probability(p: f64) -> String {
    if p < 0.001 { "p < 0.001".to_owned() } else { format!("p = {p:.3}") }
}

/// What a step is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Time {
    Month(NaiveDate),
    /// Several months from this one on.
    Months(NaiveDate, u32),
    Day(NaiveDate),
    /// Counted from one, at the start of the history.
    Step(usize),
}

/// A place of the cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// 1 to 12.
    Month(u32),
    /// The first and the last of months that are one step.
    Months(u32, u32),
    /// 1 to 4.
    Quarter(u32),
    Weekday(chrono::Weekday),
    /// Counted from one, at the first step of the forecast.
    Step(usize),
}

impl Time {
    /// 2024-05, 2024-05-01, 2024 Q2.
    pub fn iso(self) -> Option<String> {
        match self {
            Time::Month(date) => Some(date.format("%Y-%m").to_string()),
            Time::Months(date, 3) => Some(format!("{} Q{}", date.year(), date.month0() / 3 + 1)),
            Time::Months(date, _) => Some(date.format("%Y-%m").to_string()),
            Time::Day(date) => Some(date.to_string()),
            Time::Step(_) => None,
        }
    }
}
