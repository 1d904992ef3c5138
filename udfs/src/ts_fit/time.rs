//! The times of a model state: their SQL type, their step, and the last one. All others follow.

use arrow::datatypes::{DataType, TimeUnit};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::forecast::Error;
use crate::forecast::calendar::{Calendar, MonthDay, Step, show};
use crate::series::clock::Clock;
use crate::series::grid::moment;

#[derive(Debug, Clone, PartialEq)]
pub struct Time {
    pub data_type: DataType,
    pub step: Step,
    /// In the unit of the type.
    pub last: i64,
}

const UNITS: [(&str, TimeUnit); 4] = [
    ("s", TimeUnit::Second),
    ("ms", TimeUnit::Millisecond),
    ("us", TimeUnit::Microsecond),
    ("ns", TimeUnit::Nanosecond),
];

impl Time {
    pub fn write(&self) -> Value {
        let (unit, zone) = match &self.data_type {
            DataType::Date32 => ("date", None),
            DataType::Date64 => ("date64", None),
            DataType::Timestamp(unit, zone) => {
                let name = UNITS.iter().find(|(_, known)| known == unit).map_or("", |(name, _)| name);
                (name, zone.as_deref())
            }
            _ => ("", None),
        };
        let step = match self.step {
            Step::Months(count, MonthDay::Last) => format!("months {count} last"),
            Step::Months(count, MonthDay::Day(day)) => format!("months {count} {day}"),
            Step::Days(count) => format!("days {count}"),
            Step::Span(span) => format!("nanoseconds {}", span.num_nanoseconds().unwrap_or_default()),
        };
        json!({"unit": unit, "zone": zone, "step": step, "last": self.last})
    }

    /// `None` where it could not be computed with.
    pub fn read(value: &Value) -> Option<Self> {
        let zone = value.get("zone")?.as_str();
        let data_type = match value.get("unit")?.as_str()? {
            "date" => DataType::Date32,
            "date64" => DataType::Date64,
            name => {
                let (_, unit) = UNITS.iter().find(|(known, _)| *known == name)?;
                DataType::Timestamp(*unit, zone.map(Into::into))
            }
        };
        let last = value.get("last")?.as_i64()?;
        Clock::new(data_type.clone()).ok()?.moment(last)?;
        Some(Time { data_type, step: read_step(value.get("step")?.as_str()?)?, last })
    }

    /// The clock, and the grid of so many places that ends at the last time.
    ///
    /// # Errors
    /// None for a state that was read or made here.
    pub fn calendar(&self, len: usize) -> Result<(Clock, Calendar), Error> {
        let clock = Clock::new(self.data_type.clone()).map_err(|error| Error::Option(error.to_string()))?;
        let last = moment(&clock, self.last)?;
        Ok((clock, Calendar::ending(self.step, len, last)))
    }
}

fn read_step(text: &str) -> Option<Step> {
    let parts: Vec<&str> = text.split(' ').collect();
    let positive = |text: &str| text.parse::<i64>().ok().filter(|count| *count > 0);
    match parts[..] {
        ["months", count, "last"] => Some(Step::Months(positive(count)?, MonthDay::Last)),
        ["months", count, day] => {
            let day = day.parse().ok().filter(|day| (1..=31).contains(day))?;
            Some(Step::Months(positive(count)?, MonthDay::Day(day)))
        }
        ["days", count] => Some(Step::Days(positive(count)?)),
        ["nanoseconds", count] => Some(Step::Span(TimeDelta::nanoseconds(positive(count)?))),
        _ => None,
    }
}

/// The places of later times on a grid of so many: as `ts_forecast` would find them, did it see all.
///
/// # Errors
/// A time that is not later than the last, one off the grid, or too many gaps.
pub fn places_after(time: &Time, len: usize, later: &[i64]) -> Result<Vec<usize>, Error> {
    let (clock, calendar) = time.calendar(len)?;
    let (Some(first), last) = (later.first(), moment(&clock, time.last)?) else { return Ok(vec![]) };
    if *first <= time.last {
        return Err(Error::Stale { at: show(moment(&clock, *first)?.local), last: show(last.local) });
    }
    let known = (0..len).map(|place| {
        let raw = calendar.at(place).and_then(|at| clock.raw(at));
        raw.and_then(|raw| clock.moment(raw)).ok_or(Error::HorizonRange { step: place })
    });
    let mut moments = known.collect::<Result<Vec<_>, _>>()?;
    for raw in later {
        moments.push(moment(&clock, *raw)?);
    }
    let all = Calendar::infer(&moments)?;
    let (known, new) = all.places.split_at(len);
    // A step that only the later times show would put the known values elsewhere.
    match known.iter().enumerate().all(|(place, found)| place == *found) {
        true => Ok(new.to_vec()),
        false => Err(Error::Irregular {
            at: show(moments[len].local),
            after: show(last.local),
            step: calendar.step.to_string(),
        }),
    }
}
