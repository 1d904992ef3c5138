//! Forecasts series from standard input with one model, for benchmarks: `forecast MODEL < series > forecasts`.
//!
//! A line in: identifier, period, horizon, and the values divided by commas, with spaces between. A line out: identifier,
//! means, lower bounds and upper bounds, each divided by commas.

use std::io::{self, BufRead, Error, Write};

use huitong_udfs::forecast::{Forecast, Model, forecast};

fn main() -> io::Result<()> {
    let name = std::env::args().nth(1).ok_or_else(|| Error::other("usage: forecast MODEL"))?;
    let model = Model::from_name(&name).ok_or_else(|| Error::other(format!("unknown model `{name}`")))?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let line = line?;
        let (identifier, found) = one(&line, model).map_err(|error| Error::other(format!("{error}: `{line}`")))?;
        writeln!(out, "{identifier} {} {} {}", text(&found.mean), text(&found.lo), text(&found.hi))?;
    }
    out.flush()
}

fn one(line: &str, model: Model) -> Result<(&str, Forecast), Box<dyn std::error::Error + Send + Sync>> {
    let fields: Vec<&str> = line.split(' ').collect();
    let [identifier, period, horizon, values] = fields[..] else { return Err("not four fields".into()) };
    let values = values.split(',').map(str::parse).collect::<Result<Vec<f64>, _>>()?;
    Ok((identifier, forecast(&values, period.parse()?, horizon.parse()?, model)?))
}

fn text(values: &[f64]) -> String {
    values.iter().map(f64::to_string).collect::<Vec<_>>().join(",")
}
