//! `ts_decompose(ts, y [, options])`: trend, season, calendar, outliers and irregular of each series.

mod steps;

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use datafusion_expr::{DocSection, Documentation};

use self::steps::Steps;
use crate::forecast::Error;
use crate::forecast::adjust::outliers::{Kind as OutlierKind, Outlier};
use crate::forecast::adjust::{Asked, Components, Mode, decompose};
use crate::forecast::calendar::{Step, show};
use crate::series::clock::Clock;
use crate::series::frame::{Of, Out};
use crate::series::grid::{Grid, grid};
use crate::series::options::Options;
use crate::series::parameter::{Parameter, Role};
use crate::series::rows::Rows;
use crate::series::{Aggregate, Kind};

pub type TsDecompose = Aggregate<Decompose>;

#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub struct Decompose;

const KNOWN: [&str; 6] = ["calendar", "mode", "outliers", "robust", "seasonal_window", "period"];

/// The options, read.
struct Chosen {
    calendar: bool,
    mode: Mode,
    outliers: bool,
    robust: bool,
    seasonal: Option<usize>,
    period: Option<usize>,
}

impl Chosen {
    fn of(options: &Options) -> Result<Self, String> {
        const WINDOW: usize = 13;
        let window = options.count("seasonal_window", 0..=999)?;
        Ok(Chosen {
            calendar: options.choice("calendar", &["none", "CN"])? == "CN",
            mode: match options.choice("mode", &["auto", "additive", "multiplicative"])? {
                "additive" => Mode::Additive,
                "multiplicative" => Mode::Multiplicative,
                _ => Mode::Auto,
            },
            outliers: options.flag("outliers", true)?,
            robust: options.flag("robust", true)?,
            // Zero cycles: the same season throughout.
            seasonal: Some(window.unwrap_or(WINDOW)).filter(|window| *window > 0).map(|window| window | 1),
            period: options.count("period", 1..=10_000)?,
        })
    }
}

impl Kind for Decompose {
    const NAME: &'static str = "ts_decompose";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("ts", Role::Time),
        Parameter::required("y", Role::Number),
        Parameter::optional("options", Role::Constant),
    ];
    const SHAPE: &'static [(&'static str, Of)] = &[
        ("ts", Of::Time),
        ("y", Of::Number),
        ("trend", Of::Number),
        ("seasonal", Of::Number),
        ("calendar", Of::Number),
        ("outlier", Of::Number),
        ("irregular", Of::Number),
        ("adjusted", Of::Number),
        ("spec", Of::Text),
    ];

    fn check(_constant: usize, text: &str) -> Result<(), String> {
        Chosen::of(&Options::parse(text, &KNOWN)?).map(|_| ())
    }

    fn solve(rows: &Rows, clock: &Clock) -> Result<Vec<Out>, Error> {
        let options = Options::of(rows.constant(0, "options")?, &KNOWN)?;
        let chosen = Chosen::of(&options).map_err(Error::Option)?;
        let grid = grid(&rows.times, rows.numbers(0), clock)?;
        let steps = Steps::of(&grid);
        let asked = asked(&chosen, &grid, &steps)?;
        let parts = decompose(&steps.values(&grid), &asked)?;
        let spec = spec(&parts, &grid, &steps);
        let count = grid.values.len();
        let Components { trend, seasonal, calendar, outlier, irregular, adjusted, .. } = parts;
        let numbers = [trend, seasonal, calendar, outlier, irregular, adjusted];
        let numbers = numbers.map(|values| Out::Number(steps.spread(&values, count)));
        let first = [Out::times(&grid.times), Out::Number(grid.values)];
        Ok(first.into_iter().chain(numbers).chain([Out::text(&spec, count)]).collect())
    }

    fn documentation() -> &'static Documentation {
        &DOCUMENTATION
    }
}

fn asked(chosen: &Chosen, grid: &Grid, steps: &Steps) -> Result<Asked, Error> {
    let calendar = match (chosen.calendar, grid.calendar.step) {
        (false, _) => None,
        (true, Step::Months(months, _)) => Some(steps.periods(grid, u32::try_from(months).unwrap_or(u32::MAX))),
        (true, step) => return Err(Error::Option(format!("calendar effects need steps of months, not of {step}"))),
    };
    Ok(Asked {
        period: chosen.period.unwrap_or(if steps.without_january { 11 } else { grid.calendar.period() }),
        calendar,
        mode: chosen.mode,
        outliers: chosen.outliers,
        robust: chosen.robust,
        seasonal: chosen.seasonal,
    })
}

/// What was fitted, on one line.
fn spec(parts: &Components, grid: &Grid, steps: &Steps) -> String {
    let mode = if parts.multiplicative { "multiplicative" } else { "additive" };
    let mut all = vec![match parts.period {
        1 => format!("{mode} trend without season"),
        period => format!("{mode} STL({period})"),
    }];
    if steps.without_january {
        all.push("January and February are one step".to_owned());
    }
    // Effects that change with the years have one name per knot: the windows are told once.
    let mut effects: Vec<&str> = parts.effects.iter().filter_map(|name| name.split(' ').next()).collect();
    effects.dedup();
    if !effects.is_empty() {
        all.push(effects.join(" "));
    }
    all.extend(parts.outliers.iter().map(|outlier| named(outlier, grid, steps)));
    all.join("; ")
}

fn named(outlier: &Outlier, grid: &Grid, steps: &Steps) -> String {
    let kind = match outlier.kind {
        OutlierKind::Additive => "outlier",
        OutlierKind::LevelShift => "level shift",
    };
    let moment = steps.places.get(outlier.place).and_then(|place| grid.moments.get(*place));
    format!("{kind} {}", moment.map(|moment| show(moment.local)).unwrap_or_default())
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    let section = DocSection { include: true, label: "Forecasting Functions", description: None };
    Documentation::builder(
        section,
        "Decomposes the series of each group and returns one element per step: `trend`, `seasonal`, `calendar` (moving \
         holidays and weekdays), `outlier`, `irregular`, and `adjusted`, the series without season and calendar. Additive \
         components add up to `y`, multiplicative ones are factors of it; `spec` says which, and which effects and outliers \
         were found. NULL values are gaps. A series that cannot be decomposed yields one element with `error`.",
        "ts_decompose(ts, y [, options])",
    )
    .with_sql_example(
        "```sql\n\
         SELECT district, unnest(ts_decompose(month, exports, '{\"calendar\": \"CN\"}')) FROM trade GROUP BY district;\n\
         ```",
    )
    .with_argument("ts", "DATE or TIMESTAMP of each observation, on a regular grid.")
    .with_argument("y", "Value of each observation; any number.")
    .with_argument(
        "options",
        "JSON: `calendar` (`none`, `CN`), `mode` (`auto`, `additive`, `multiplicative`), `outliers` and `robust` (true), \
         `seasonal_window` (13 cycles; 0: a fixed season), `period`.",
    )
    .build()
});
