//! `ts_revisions(ts, vintage, y)`: how published figures changed.

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use datafusion_expr::{DocSection, Documentation};

use crate::forecast::Error;
use crate::forecast::calendar::show;
use crate::forecast::revisions::statistics;
use crate::series::clock::Clock;
use crate::series::frame::{Of, Out};
use crate::series::grid::moment;
use crate::series::parameter::{Parameter, Role};
use crate::series::rows::Rows;
use crate::series::{Aggregate, Kind};

pub type TsRevisions = Aggregate<Revisions>;

#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub struct Revisions;

impl Kind for Revisions {
    const NAME: &'static str = "ts_revisions";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("ts", Role::Time),
        Parameter::required("vintage", Role::Order),
        Parameter::required("y", Role::Number),
    ];
    const SHAPE: &'static [(&'static str, Of)] = &[
        ("ts", Of::Time),
        ("first", Of::Number),
        ("latest", Of::Number),
        ("revision", Of::Number),
        ("vintages", Of::Count),
        ("mean_revision", Of::Number),
        ("mean_absolute", Of::Number),
        ("bias_t", Of::Number),
        ("bias_p", Of::Number),
    ];

    fn solve(rows: &Rows, clock: &Clock) -> Result<Vec<Out>, Error> {
        let periods = periods(rows, clock)?;
        let revisions: Vec<f64> = periods.iter().map(Period::revision).collect();
        let known: Vec<f64> = revisions.iter().copied().filter(|revision| revision.is_finite()).collect();
        let all = statistics(&known);
        let count = periods.len();
        let same = |value: f64| Out::Number(vec![value; count]);
        Ok(vec![
            Out::Time(periods.iter().map(|period| Some(period.time)).collect()),
            Out::Number(periods.iter().map(|period| period.first).collect()),
            Out::Number(periods.iter().map(|period| period.latest).collect()),
            Out::Number(revisions),
            Out::Count(periods.iter().map(|period| i32::try_from(period.vintages).ok()).collect()),
            same(all.mean),
            same(all.mean_absolute),
            same(all.t),
            same(all.p),
        ])
    }

    fn documentation() -> &'static Documentation {
        &DOCUMENTATION
    }
}

/// The figures of one period.
struct Period {
    time: i64,
    first: f64,
    latest: f64,
    vintages: usize,
}

impl Period {
    /// Of a figure published once, nothing is known yet.
    fn revision(&self) -> f64 {
        if self.vintages > 1 { self.latest - self.first } else { f64::NAN }
    }
}

/// Rows are sorted by time and then by vintage; those without a figure are not releases.
fn periods(rows: &Rows, clock: &Clock) -> Result<Vec<Period>, Error> {
    let (vintages, values) = (rows.numbers(0), rows.numbers(1));
    let mut all: Vec<Period> = vec![];
    let mut last: Option<(i64, f64)> = None;
    for (row, time) in rows.times.iter().enumerate().filter(|(row, _)| values[*row].is_finite()) {
        if vintages[row].is_nan() || last == Some((*time, vintages[row])) {
            let at = moment(clock, *time).map_or_else(|_| time.to_string(), |moment| show(moment.local));
            let what = if vintages[row].is_nan() { "a figure without a vintage" } else { "one vintage twice" };
            return Err(Error::Option(format!("{at} has {what}")));
        }
        last = Some((*time, vintages[row]));
        match all.last_mut().filter(|period| period.time == *time) {
            Some(period) => {
                period.latest = values[row];
                period.vintages += 1;
            }
            None => all.push(Period { time: *time, first: values[row], latest: values[row], vintages: 1 }),
        }
    }
    if all.is_empty() { Err(Error::Empty) } else { Ok(all) }
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    let section = DocSection { include: true, label: "Forecasting Functions", description: None };
    Documentation::builder(
        section,
        "Compares the first with the latest published figure of each period, one element per period: `first`, `latest`, \
         `revision` (NULL for a single vintage), `vintages`; and, the same in all rows, the mean revision, its mean size, and \
         the test that revisions are zero on average (`bias_t`, `bias_p`).",
        "ts_revisions(ts, vintage, y)",
    )
    .with_sql_example("```sql\nSELECT unnest(ts_revisions(month, published, value)) FROM macro.vintages;\n```")
    .with_argument("ts", "DATE or TIMESTAMP of the period.")
    .with_argument("vintage", "DATE or TIMESTAMP at which the figure was published.")
    .with_argument("y", "The figure.")
    .build()
});
