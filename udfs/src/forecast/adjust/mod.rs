//! Seasonal adjustment: trend, season, calendar, outliers and irregular.
//!
//! First a regression with airline errors finds the effects of moving holidays, weekdays and outliers, on the series or its
//! logarithm (the idea of regARIMA: Findley, Monsell, Bell, Otto & Chen, New capabilities and methods of the X-12-ARIMA
//! seasonal adjustment program, J. Business & Economic Statistics 16 (1998)); then STL decomposes what is left.

pub mod airline;
pub mod effects;
pub mod outliers;

#[cfg(test)]
pub(super) mod tests;

use self::airline::{Airline, regress, regress_open};
use self::effects::Effects;
use self::outliers::{Kind, Outlier};
use super::Error;
use super::holidays::Period;
use super::series::Series;
use super::stl::{Settings, stl, trend_alone};

/// How to adjust.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    pub period: usize,
    /// The months of each step, where calendar effects are wanted.
    pub calendar: Option<Vec<Period>>,
    pub mode: Mode,
    pub outliers: bool,
    pub robust: bool,
    /// Cycles over which the season may change; `None`: not at all.
    pub seasonal: Option<usize>,
}

/// How the components combine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Chosen by Akaike's criterion.
    Auto,
    Additive,
    /// Products; of positive series only.
    Multiplicative,
}

/// One value per step, `NaN` before the first and after the last observation.
///
/// Additive: y = trend + seasonal + calendar + outlier + irregular. Multiplicative: their product.
#[derive(Debug, Clone, PartialEq)]
pub struct Components {
    pub trend: Vec<f64>,
    pub seasonal: Vec<f64>,
    pub calendar: Vec<f64>,
    /// Effects on single values; shifts of level are in the trend.
    pub outlier: Vec<f64>,
    /// `NaN` where the observation is missing.
    pub irregular: Vec<f64>,
    /// The series without season and calendar; `NaN` where the observation is missing.
    pub adjusted: Vec<f64>,
    pub multiplicative: bool,
    /// Of the season that was looked for; 1 where the series is shorter than two.
    pub period: usize,
    pub effects: Vec<String>,
    pub outliers: Vec<Outlier>,
}

/// Decomposes `y`, one element per step, `NaN` for a missing one. Missing ones inside are bridged.
///
/// # Errors
/// No value, an infinite one, fewer than three, a product asked of values that are not all positive, or calendar effects for
/// years whose holidays are not known.
pub fn decompose(y: &[f64], asked: &Asked) -> Result<Components, Error> {
    let series = Series::new(y, asked.period)?;
    let present = series.filled.len();
    if series.n_obs < LEAST {
        return Err(Error::TooShort { present: series.n_obs, least: LEAST });
    }
    let positive = series.filled.iter().all(|value| *value > 0.0);
    if asked.mode == Mode::Multiplicative && !positive {
        return Err(Error::Option("a multiplicative decomposition needs positive values".to_owned()));
    }
    let first = y.len() - series.trailing_gap - present;
    let calendar = asked.calendar.as_ref().map(|periods| &periods[first..first + present]);
    let logs: Vec<f64> = series.filled.iter().map(|value| value.ln()).collect();
    let multiplicative = match asked.mode {
        Mode::Additive => false,
        Mode::Multiplicative => true,
        Mode::Auto => {
            // The residuals of the festival would decide otherwise.
            let usual = calendar.and_then(|periods| effects::spring_festival(periods, 7, 14).ok());
            positive && prefers_logs(&series.filled, &usual.unwrap_or_default().columns, series.period)
        }
    };
    let z = if multiplicative { &logs } else { &series.filled };
    let parts = parts(z, series.period, calendar, asked)?;
    Ok(parts.into_components(y, first, &series, multiplicative))
}

const LEAST: usize = 3;

/// The components of the series or its logarithm, additive.
struct Parts {
    trend: Vec<f64>,
    seasonal: Vec<f64>,
    calendar: Vec<f64>,
    outlier: Vec<f64>,
    names: Vec<String>,
    outliers: Vec<Outlier>,
}

fn parts(z: &[f64], period: usize, calendar: Option<&[Period]>, asked: &Asked) -> Result<Parts, Error> {
    let n = z.len();
    let known = |error| Error::Option(format!("{error}"));
    let effects = match calendar {
        Some(periods) if effects::years(periods) >= YEARS_MIN => {
            effects::choose(z, &[], periods, period, effects::knots_max(periods)).map_err(known)?
        }
        _ => Effects::default(),
    };
    let regression = match asked.outliers {
        true => outliers::find(z, &effects.columns, period),
        false => regress(z, &effects.columns, period).map(|regression| (vec![], regression)),
    };
    let (outliers, coefficients) = match regression {
        Some((outliers, found)) => {
            // Errors that began at zero would be explained by whatever begins with the series.
            let open = regress_open(z, &outliers::with(&effects.columns, &outliers, n), found.errors);
            (outliers, open.unwrap_or(found).fit.coefficients)
        }
        None => (vec![], vec![]),
    };
    let (of_calendar, of_outliers) = coefficients.split_at(effects.columns.len().min(coefficients.len()));
    let effect = combine(effects.columns.iter().zip(of_calendar).map(|(column, b)| (column.clone(), *b)), n);
    let of_kind = |kind: Kind| {
        let those = outliers.iter().zip(of_outliers).filter(|(outlier, _)| outlier.kind == kind);
        combine(those.map(|(outlier, b)| (outlier.column(n), *b)), n)
    };
    let (outlier, shift) = (of_kind(Kind::Additive), of_kind(Kind::LevelShift));
    let linear: Vec<f64> = (0..n).map(|t| z[t] - effect[t] - outlier[t] - shift[t]).collect();
    let (trend, seasonal) = match stl(&linear, &Settings::new(period, asked.seasonal, asked.robust)) {
        Some(parts) => (parts.trend, parts.seasonal),
        None => (trend_alone(&linear), vec![0.0; n]),
    };
    let trend = trend.iter().zip(&shift).map(|(trend, shift)| trend + shift).collect();
    Ok(Parts { trend, seasonal, calendar: effect, outlier, names: effects.names, outliers })
}

/// Effects that come once a year are told from the season by their moves.
pub const YEARS_MIN: usize = 4;

fn combine(columns: impl Iterator<Item = (Vec<f64>, f64)>, n: usize) -> Vec<f64> {
    columns.fold(vec![0.0; n], |mut all, (column, b)| {
        all.iter_mut().zip(column).for_each(|(sum, value)| *sum += b * value);
        all
    })
}

/// Whether the logarithm of a positive series is explained better by `columns` with airline errors than the series itself:
/// Akaike's criteria of both, made comparable by the Jacobian of the transformation.
pub fn prefers_logs(y: &[f64], columns: &[Vec<f64>], period: usize) -> bool {
    let logs: Vec<f64> = y.iter().map(|value| value.ln()).collect();
    let criterion = |z: &[f64]| regress(z, columns, period).map(|regression| regression.aicc);
    let jacobian = 2.0 * logs[Airline::lost(period).min(logs.len())..].iter().sum::<f64>();
    match (criterion(y), criterion(&logs)) {
        (Some(plain), Some(logs)) => logs + jacobian < plain,
        _ => false,
    }
}

impl Parts {
    fn into_components(self, y: &[f64], first: usize, series: &Series, multiplicative: bool) -> Components {
        let spread = |part: &[f64], scale: f64| {
            let mut all = vec![f64::NAN; y.len()];
            let back = |value: &f64| if multiplicative { value.exp() * scale } else { value * series.scale };
            all[first..first + part.len()].iter_mut().zip(part).for_each(|(to, value)| *to = back(value));
            all
        };
        let trend = spread(&self.trend, series.scale);
        let [seasonal, calendar, outlier] =
            [&self.seasonal, &self.calendar, &self.outlier].map(|part| spread(part, 1.0));
        let without = |t: usize, parts: &[&Vec<f64>]| match multiplicative {
            true => parts.iter().fold(y[t], |rest, part| rest / part[t]),
            false => parts.iter().fold(y[t], |rest, part| rest - part[t]),
        };
        let irregular = (0..y.len()).map(|t| without(t, &[&trend, &seasonal, &calendar, &outlier])).collect();
        let adjusted = (0..y.len()).map(|t| without(t, &[&seasonal, &calendar])).collect();
        let outliers = self.outliers.iter().map(|o| Outlier { place: o.place + first, kind: o.kind }).collect();
        Components {
            trend,
            seasonal,
            calendar,
            outlier,
            irregular,
            adjusted,
            multiplicative,
            period: series.period,
            effects: self.names,
            outliers,
        }
    }
}
