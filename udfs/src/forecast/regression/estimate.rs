//! Estimation by feasible generalised least squares.

use std::ops::Range;

use super::Regressors;
use super::columns::{self, LeftOut, Prepared};
use super::effects::{Effects, Given, OneOff, Term};
use super::groups::{self, Terms};
use super::steps::Steps;
use crate::forecast::Error;
use crate::forecast::adjust::airline::{Airline, Regression, regress, regress_open};
use crate::forecast::adjust::effects::spring_festival;
use crate::forecast::adjust::outliers::{self, Kind, Outlier};
use crate::forecast::adjust::prefers_logs;
use crate::forecast::series::Series;

/// Estimates the effects of `regressors`, whose columns have `y.len() + horizon` entries.
///
/// # Errors
/// A series without values or with an infinite one, and what [`super::forecast_with`] says of regressors.
pub fn estimate(y: &[f64], period: usize, horizon: usize, regressors: &Regressors) -> Result<Effects, Error> {
    let series = Series::new(y, period)?;
    let end = y.len() - series.trailing_gap;
    let history = end - series.filled.len()..end;
    let length = y.len().saturating_add(horizon);
    let (given, left_out) = columns::prepare(&regressors.given, length, &history, series.period)?;
    let least = Airline::lost(series.period) + given.len() + REGRESSION_LEAST;
    if !given.is_empty() && series.filled.len() < least {
        return Err(Error::TooShort { present: series.filled.len(), least });
    }
    let steps = match &regressors.calendar {
        Some(steps) if steps.len() != length => {
            return Err(Error::Option(format!("the calendar has {} entries for {length} steps", steps.len())));
        }
        other => other.as_ref(),
    };
    let columns = given.iter().map(|column| column.values[history.start..].to_vec()).collect();
    let mut model = Design { history, period: series.period, given, columns, terms: vec![], left_out };
    let multiplicative = model.is_multiplicative(&series, steps);
    let transformed = |values: &[f64]| match multiplicative {
        true => values.iter().map(|value| value.ln()).collect(),
        false => values.to_vec(),
    };
    if let Some(steps) = steps {
        model.add_calendar(&transformed(&series.filled), steps)?;
    }
    let unit = if multiplicative { 1.0 } else { series.scale };
    let effects = model.effects(&transformed(&series.filled), unit, multiplicative, y.len());
    if series.n_obs == series.filled.len() || model.columns.is_empty() {
        return Ok(effects);
    }
    // Gaps were bridged without the effects: again, bridged with them.
    let filled = effects.bridged(y, &model.history, period, series.scale)?;
    if multiplicative && filled.iter().any(|value| *value <= 0.0) {
        return Ok(effects);
    }
    Ok(model.effects(&transformed(&filled), unit, multiplicative, y.len()))
}

/// Values a regression must have beside those it spends.
const REGRESSION_LEAST: usize = 8;

/// The regressors in use.
struct Design {
    history: Range<usize>,
    period: usize,
    given: Vec<Prepared>,
    /// Given ones and then the terms, from the start of the history.
    columns: Vec<Vec<f64>>,
    terms: Vec<Terms>,
    left_out: Vec<LeftOut>,
}

impl Design {
    fn seen(&self) -> Vec<Vec<f64>> {
        self.columns.iter().map(|column| column[..self.history.len()].to_vec()).collect()
    }

    /// With the usual windows of Spring Festival beside the given columns, whose residuals would decide otherwise.
    fn is_multiplicative(&self, series: &Series, steps: Option<&Steps>) -> bool {
        let usual = match steps {
            Some(Steps::Months(periods)) => spring_festival(&periods[self.history.clone()], 7, 14).unwrap_or_default(),
            _ => Default::default(),
        };
        let columns = [self.seen(), usual.columns].concat();
        series.filled.iter().all(|value| *value > 0.0) && prefers_logs(&series.filled, &columns, self.period)
    }

    fn add_calendar(&mut self, z: &[f64], steps: &Steps) -> Result<(), Error> {
        let (terms, left_out) = groups::find(z, &self.columns, steps, &self.history, self.period)?;
        self.columns.extend(terms.iter().flat_map(|terms| terms.columns.iter().cloned()));
        self.terms = terms;
        self.left_out.extend(left_out);
        Ok(())
    }

    fn effects(&self, z: &[f64], unit: f64, multiplicative: bool, length: usize) -> Effects {
        let seen = self.seen();
        let found = outliers::find(z, &seen, self.period)
            .or_else(|| regress(z, &seen, self.period).map(|regression| (vec![], regression)))
            .and_then(|(found, Regression { errors, .. })| {
                let regression = regress_open(z, &outliers::with(&seen, &found, z.len()), errors)?;
                Some((found, regression))
            });
        let (outliers, b, t) = match found {
            Some((outliers, Regression { fit, .. })) => (outliers, finite(fit.coefficients), finite(fit.t)),
            None => (vec![], vec![0.0; seen.len()], vec![0.0; seen.len()]),
        };
        let amount = |effect: f64| if multiplicative { effect.exp() } else { effect * unit };
        // Before the first observation nothing is known of the series: no effect.
        let contribution = |columns: &[Vec<f64>], b: &[f64]| -> Vec<f64> {
            let before = std::iter::repeat_n(amount(0.0), self.history.start);
            let sum = |place: usize| columns.iter().zip(b).map(|(column, b)| b * column[place]).sum::<f64>();
            let count = columns.first().map_or(0, Vec::len);
            before.chain((0..count).map(|place| amount(sum(place)))).collect()
        };
        let mut at = 0;
        let mut next = |count: usize| {
            at += count;
            at - count..at
        };
        let given = self.given.iter().map(|column| {
            let range = next(1);
            Given {
                name: column.name.clone(),
                coefficient: b[range.start] / column.scale * unit,
                t: t[range.start],
                centre: column.centre,
                contribution: contribution(&self.columns[range.clone()], &b[range]),
            }
        });
        let given: Vec<Given> = given.collect();
        let calendar = self.terms.iter().map(|terms| {
            let range = next(terms.columns.len());
            let contribution = contribution(&self.columns[range.clone()], &b[range]);
            Term { group: terms.group, names: terms.names.clone(), p: terms.p, contribution }
        });
        let calendar: Vec<Term> = calendar.collect();
        let one_off = |(place, outlier): (usize, &Outlier)| OneOff {
            outlier: Outlier { place: outlier.place + self.history.start, kind: outlier.kind },
            size: amount(b[seen.len() + place]),
            t: t[seen.len() + place],
        };
        let mut one_offs: Vec<OneOff> = outliers.iter().enumerate().map(one_off).collect();
        one_offs.sort_by_key(|one_off| (one_off.outlier.place, one_off.outlier.kind == Kind::LevelShift));
        let left_out = self.left_out.clone();
        Effects { given, calendar, left_out, one_offs, multiplicative, history: length }
    }
}

fn finite(mut values: Vec<f64>) -> Vec<f64> {
    values.iter_mut().filter(|value| !value.is_finite()).for_each(|value| *value = 0.0);
    values
}
