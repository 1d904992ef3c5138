//! Table functions over relations of time series: `forecast(TABLE macro.indicator, time => month, value => v, horizon => 12)`.
//!
//! Each is a query with an aggregate of time series, one group to a series, whose list becomes rows.

mod arguments;
mod functions;

use datafusion::sql::sqlparser::ast::{Expr, FunctionArg, Query};
use huitong_catalog::Result;

use super::call::Key;
use super::template::{Parts, ROW, literal, quoted};
use arguments::Arguments;
pub use functions::{BACKTEST, CHANGEPOINTS, DECOMPOSE, FEATURES, FORECAST, Function, TURNING_POINTS};

/// The field of a row that is its time, which goes by the name that the relation has for it.
const TIME: &str = "ts";

/// `SELECT by, rows.… FROM (SELECT by, unnest(aggregate(time, value, …)) FROM relation GROUP BY by)`.
pub fn query(function: &'static Function, given: &[FunctionArg]) -> Result<Query> {
    let Arguments { function, relation, time, by, values } = Arguments::read(function, given)?;
    let name_of = |key: &Key| quoted(&key.folded());
    let names: Vec<String> = by.iter().map(name_of).collect();
    let fields = function.columns.iter().map(|column| {
        let name = if *column == TIME { name_of(&time) } else { quoted(column) };
        format!("get_field(\"row of series\", {}) AS {name}", literal(column))
    });
    let shown: Vec<String> = names.iter().cloned().chain(fields).collect();
    let grouped: String =
        names.iter().enumerate().map(|(at, name)| format!("{} AS {name}, ", quoted(&key(at)))).collect();
    let keys: Vec<String> = (0..by.len()).map(|at| quoted(&key(at))).collect();
    let group_by = if keys.is_empty() { String::new() } else { format!(" GROUP BY {}", keys.join(", ")) };
    let arguments: Vec<String> = (0..values.len()).map(|at| quoted(&argument(at))).collect();
    let text = format!(
        "SELECT {shown} FROM (SELECT {grouped}unnest({aggregate}({arguments})) AS \"row of series\" \
         FROM \"relation of series\" AS {ROW}{group_by}) AS series",
        shown = shown.join(", "),
        aggregate = function.aggregate,
        arguments = arguments.join(", "),
    );
    let parts = Parts::default().relation("relation of series", relation);
    let parts = by.into_iter().enumerate().fold(parts, |parts, (at, by)| parts.expression(key(at), by.expression));
    let put = |parts: Parts, (at, value): (usize, Expr)| parts.expression(argument(at), value);
    values.into_iter().enumerate().fold(parts, put).put_into(&text)
}

fn key(at: usize) -> String {
    format!("key {at} of series")
}

fn argument(at: usize) -> String {
    format!("argument {at} of series")
}
