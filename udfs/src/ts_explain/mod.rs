//! `ts_explain(ts, y, horizon [, model [, options [, given]]])`: a forecast with what it is made of, in numbers and in words, and with
//! regressors whose future is known.

mod asked;
mod history;

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use datafusion_expr::{DocSection, Documentation};

use self::asked::Options;
use self::history::History;
use crate::forecast::explain::{Asked, Explanation, explain};
use crate::forecast::{Error, Model};
use crate::series::clock::Clock;
use crate::series::frame::{Of, Out};
use crate::series::parameter::{Parameter, Role};
use crate::series::rows::Rows;
use crate::series::{Aggregate, Kind};
use crate::ts_forecast::{self, asked as of_forecast};

pub type TsExplain = Aggregate<Explanations>;

#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub struct Explanations;

const HORIZON: usize = 0;
const MODEL: usize = 1;
const OPTIONS: usize = 2;
/// Of the columns.
const Y: usize = 0;
const GIVEN: usize = 1;

impl Kind for Explanations {
    const NAME: &'static str = "ts_explain";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::required("ts", Role::Time),
        Parameter::required("y", Role::Number),
        Parameter::required("horizon", Role::Whole),
        Parameter::optional("model", Role::Text),
        Parameter::optional("options", Role::Text),
        Parameter::optional("given", Role::Numbers),
    ];
    const SHAPE: &'static [(&'static str, Of)] = &[
        ("step", Of::Count),
        ("ts", Of::Time),
        ("yhat", Of::Number),
        ("lo", Of::Number),
        ("hi", Of::Number),
        ("level", Of::Number),
        ("model", Of::Text),
        ("spec", Of::Text),
        ("n_obs", Of::Count),
        ("why", Of::Text),
        ("trend", Of::Number),
        ("seasonal", Of::Number),
        ("calendar", Of::Number),
        ("given", Of::Number),
        ("one_offs", Of::Number),
        ("is_product", Of::Flag),
        ("words_en", Of::Text),
        ("words_zh", Of::Text),
    ];

    fn read(constant: usize, text: Option<&str>) -> Result<Option<String>, String> {
        match constant {
            HORIZON => of_forecast::read_horizon(text),
            MODEL => of_forecast::read_model(text),
            _ => text.map_or(Ok(Options::default()), Options::parse).map(|options| options.text()),
        }
        .map(Some)
    }

    fn solve(rows: &Rows, clock: &Clock) -> Result<Vec<Out>, Error> {
        let horizon = of_forecast::whole(rows, HORIZON, "horizon")?;
        let (model, options) = (of_forecast::model(rows, MODEL)?, options(rows)?);
        let history = History::of(rows, clock, &options, horizon)?;
        let level = options.of_forecast.of_model.level;
        let asked = Asked {
            period: history.period,
            horizon,
            model,
            level,
            regressors: history.regressors,
            steps: history.steps,
            origins: options.origins,
        };
        Ok(columns(explain(&history.y, &asked)?, &history.future, level, model))
    }

    fn failed(rows: &Rows, _error: &Error) -> Vec<Out> {
        let options = rows.some_constant(OPTIONS).map(Options::parse).and_then(Result::ok).unwrap_or_default();
        let default = Model::DEFAULT.name();
        let model = rows.some_constant(MODEL).unwrap_or(&default);
        let present = rows.numbers(Y).iter().filter(|value| !value.is_nan()).count();
        // Without rows nobody asked for anything.
        let model = rows.some_constant(HORIZON).map(|_| model);
        let known = ts_forecast::nothing(options.of_forecast.of_model.level, model, present);
        let rest = Self::SHAPE[known.len()..].iter().map(|(_, of)| of.null());
        known.into_iter().chain(rest).collect()
    }

    fn documentation() -> &'static Documentation {
        &DOCUMENTATION
    }
}

/// The options that rows agree on.
fn options(rows: &Rows) -> Result<Options, Error> {
    rows.constant(OPTIONS, "options")?.map_or(Ok(Options::default()), Options::parse).map_err(Error::Option)
}

fn columns(explanation: Explanation, times: &[i64], level: f64, model: Model) -> Vec<Out> {
    let Explanation { forecast, components, words_en, words_zh, .. } = explanation;
    let steps = times.len();
    let given = components.given();
    let mut all = ts_forecast::columns(forecast, times, level, model);
    let parts = [components.trend, components.seasonal, components.calendar, given, components.one_offs];
    all.extend(parts.map(Out::Number));
    all.push(Out::Flag(vec![Some(components.multiplicative); steps]));
    // Chinese sentences end with a mark that holds its own space.
    all.extend([Out::text(&words_en.join(" "), steps), Out::text(&words_zh.concat(), steps)]);
    all
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    let section = DocSection { include: true, label: "Forecasting Functions", description: None };
    Documentation::builder(
        section,
        "Forecasts as `ts_forecast` does, and says what each step is made of: `trend`, and what `seasonal`, `calendar`, `given` \
         regressors and `one_offs` (shifts of level that last) add to it, or multiply it by where `is_product`; and `words_en` and \
         `words_zh`, what was found, in sentences. With `given`, rows without a value of `y` after the last one that has it are the \
         future of the regressors; the forecast begins with the first of them.",
        "ts_explain(ts, y, horizon [, model [, options [, given]]])",
    )
    .with_sql_example(
        "```sql\n\
         SELECT f.ts, f.yhat, f.trend, f.seasonal, f.calendar, f.words_en\n\
         FROM (SELECT unnest(ts_explain(month, revenue, 12, 'auto', '{\"calendar\": \"CN\"}')) AS f FROM budget);\n\
         ```",
    )
    .with_argument("ts", "DATE or TIMESTAMP of each observation, on a regular grid of months, days or shorter steps.")
    .with_argument("y", "Value of each observation; any number.")
    .with_argument("horizon", "Steps to forecast, 1 to 10000, the same for all rows of a series.")
    .with_argument("model", "As of `ts_forecast`.")
    .with_argument(
        "options",
        "JSON object: `level`, `period` and `calendar` as of `ts_forecast`; `names`, what the words call the regressors; `origins`, \
         from how many earlier points at most, one horizon apart, the coverage of the intervals is measured, 0 to 100 (6): each takes as \
         long as the forecast.",
    )
    .with_argument("given", "Regressors of each row, a list of numbers or one number, in the past and in the future.")
    .build()
});
