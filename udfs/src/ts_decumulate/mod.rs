//! `ts_decumulate(ts, ytd [, base [, options]])`: from sums since January to values per period.

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use chrono::Datelike;
use datafusion_expr::{DocSection, Documentation};

use crate::forecast::Error;
use crate::forecast::calendar::Step;
use crate::forecast::published::{JanFeb, Note, Period, decumulate, levels};
use crate::series::clock::Clock;
use crate::series::frame::{Of, Out};
use crate::series::grid::{Grid, grid};
use crate::series::options::Options;
use crate::series::parameter::{Parameter, Role};
use crate::series::rows::Rows;
use crate::series::{Aggregate, Kind};

pub type TsDecumulate = Aggregate<Decumulate>;

#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub struct Decumulate;

const KNOWN: [&str; 2] = ["jan_feb", "growth_of"];

/// The options, read.
struct Chosen {
    jan_feb: JanFeb,
    /// Whether growth rates are those of sums, not of single periods.
    of_sums: bool,
}

impl Chosen {
    fn of(options: &Options) -> Result<Self, String> {
        let jan_feb = match options.choice("jan_feb", &["split", "split_by_working_days", "merge"])? {
            "merge" => JanFeb::Merge,
            "split_by_working_days" => JanFeb::SplitByWorkingDays,
            _ => JanFeb::Split,
        };
        Ok(Chosen { jan_feb, of_sums: options.choice("growth_of", &["ytd", "period"])? == "ytd" })
    }
}

impl Kind for Decumulate {
    const NAME: &'static str = "ts_decumulate";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("ts", Role::Time),
        Parameter::required("ytd", Role::Number),
        Parameter::optional("base", Role::Number),
        Parameter::optional("options", Role::Constant),
    ];
    const SHAPE: &'static [(&'static str, Of)] =
        &[("ts", Of::Time), ("y", Of::Number), ("ytd", Of::Number), ("note", Of::Text)];

    fn check(_constant: usize, text: &str) -> Result<(), String> {
        Chosen::of(&Options::parse(text, &KNOWN)?).map(|_| ())
    }

    fn solve(rows: &Rows, clock: &Clock) -> Result<Vec<Out>, Error> {
        let chosen = Chosen::of(&Options::of(rows.constant(0, "options")?, &KNOWN)?).map_err(Error::Option)?;
        let grid = grid(&rows.times, rows.numbers(0), clock)?;
        let months = months_per_step(&grid)?;
        let per_year = 12 / months;
        let published = published(rows, &grid, per_year as usize);
        let (values, sums) = if chosen.of_sums || published.is_sum {
            (decumulate(&periods(&grid, months), &published.figures, per_year, chosen.jan_feb), published.figures)
        } else {
            let plain = |value: &f64| (*value, if value.is_nan() { Note::Gap } else { Note::Published });
            (published.figures.iter().map(plain).collect(), vec![f64::NAN; grid.values.len()])
        };
        let (values, notes): (Vec<f64>, Vec<Note>) = values.into_iter().unzip();
        let notes = notes.into_iter().map(|note| Some(note.name().to_owned())).collect();
        Ok(vec![Out::times(&grid.times), Out::Number(values), Out::Number(sums), Out::Text(notes)])
    }

    fn documentation() -> &'static Documentation {
        &DOCUMENTATION
    }
}

/// Levels as published, or chained from growth rates.
struct Published {
    figures: Vec<f64>,
    is_sum: bool,
}

/// A base in any row says that the figures are growth rates.
fn published(rows: &Rows, grid: &Grid, per_year: usize) -> Published {
    let given = rows.numbers(1);
    if given.iter().all(|base| base.is_nan()) {
        return Published { figures: grid.values.clone(), is_sum: true };
    }
    let mut base = vec![f64::NAN; grid.values.len()];
    given.iter().zip(&grid.calendar.places).for_each(|(value, place)| base[*place] = *value);
    Published { figures: levels(&grid.values, &base, per_year), is_sum: false }
}

fn months_per_step(grid: &Grid) -> Result<u32, Error> {
    match grid.calendar.step {
        Step::Months(months @ (1 | 3 | 6), _) => Ok(months as u32),
        step => Err(Error::Option(format!("sums since January need steps of 1, 3 or 6 months, not of {step}"))),
    }
}

fn periods(grid: &Grid, months: u32) -> Vec<Period> {
    let period = |date: chrono::NaiveDate| Period { year: date.year(), number: date.month0() / months + 1 };
    grid.moments.iter().map(|moment| period(moment.local.date())).collect()
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    let section = DocSection { include: true, label: "Forecasting Functions", description: None };
    Documentation::builder(
        section,
        "Turns sums since January into values per month, quarter or half-year, one element per period: `y`, the sum `ytd`, and \
         in `note` whether the value is `published`, `split` or `merged` (January and February), or unknown (`gap`). With \
         `base`, `ytd` holds growth in percent on the same period of the year before, whose level `base` is; without a base in \
         a row, the level found a year earlier is.",
        "ts_decumulate(ts, ytd [, base [, options]])",
    )
    .with_sql_example("```sql\nSELECT unnest(ts_decumulate(month, retail_ytd, NULL, '{\"jan_feb\": \"merge\"}')) FROM retail;\n```")
    .with_argument("ts", "DATE or TIMESTAMP within the period up to whose end the sum goes.")
    .with_argument("ytd", "Sum since January, or its growth in percent if there is a `base`.")
    .with_argument("base", "Level of the same period of the year before.")
    .with_argument(
        "options",
        "JSON: `jan_feb`, what to do where only the sum of January and February is known (`split`, `split_by_working_days`) or \
         in all years (`merge`); `growth_of` (`ytd`, `period`), what the growth rates are of.",
    )
    .build()
});
