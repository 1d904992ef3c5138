//! Fitting apart from forecasting: what was chosen and estimated, to forecast the series it was fitted to or a longer one.
//!
//! Nothing is estimated again by what comes later: a form and its parameters stay, its states run through the values of the
//! longer series from their first ones. Only spread is measured on all values: the variance of the errors, and the calibration
//! of intervals, which has no parameters. The result on the fitted series is the forecast itself, bit for bit, as forecasts
//! are made this way.

pub mod json;
pub mod numbers;

#[cfg(test)]
mod tests;

use super::intermittent::Method;
use super::model::{Forecast, Model, shared};
use super::series::Series;
use super::{Error, arima, ces, ensemble, ets, intermittent, naive, stlf, theta};

/// A model with all that was chosen for a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// As asked for.
    pub model: Model,
    /// Steps in a season, 1 for none.
    pub period: usize,
    /// Parameters are of values in this unit.
    pub scale: f64,
    /// Several of the ensemble, else one.
    pub members: Vec<Member>,
}

/// One model with its parameters. What a family needs and how it runs on is told beside its `ahead`.
#[derive(Debug, Clone, PartialEq)]
pub enum Member {
    Ets(ets::Fitted),
    Arima(arima::Fitted),
    Ces(ces::Fitted),
    Theta(theta::Fitted),
    Stlf(stlf::Fitted),
    Intermittent(Method),
    /// The mean change per step.
    Drift(f64),
    SeasonalNaive,
    Naive,
}

impl Fitted {
    /// Chooses and estimates. A constant series has no parameters: it is continued by its last value.
    pub fn to(series: &Series, model: Model) -> Self {
        let members = match (series.constant(), model) {
            (Some(_), _) => vec![Member::Naive],
            (None, Model::Auto) => {
                let models = ensemble::members(series.filled.len());
                models.iter().map(|model| Member::to(series, *model)).collect()
            }
            (None, model) => vec![Member::to(series, model)],
        };
        Fitted { model, period: series.period, scale: series.scale, members }
    }

    /// The forecast after `y`, which starts as the fitted series does, one element per calendar step, `NaN` for a missing one.
    ///
    /// # Errors
    /// As [`super::forecast`], and where a multiplicative form meets a value that is not positive.
    pub fn forecast(&self, y: &[f64], horizon: usize) -> Result<Forecast, Error> {
        let series = Series::at(y, self.period, self.scale)?;
        series.check_end()?;
        self.ahead(&series, horizon)
    }

    /// The forecast after a series in the unit of this fit.
    ///
    /// # Errors
    /// As [`Fitted::forecast`].
    pub fn ahead(&self, series: &Series, horizon: usize) -> Result<Forecast, Error> {
        shared(series, horizon, self.model, |y, steps| {
            let parts = self.members.iter().map(|member| member.ahead(y, self.period, steps));
            let mut parts = parts.collect::<Result<Vec<_>, _>>()?;
            match parts.len() {
                1 => Ok(parts.remove(0)),
                _ => Ok(ensemble::combined(&parts, steps)),
            }
        })
    }
}

impl Member {
    /// Only the ensemble itself is no member; it would be its first one.
    fn to(series: &Series, model: Model) -> Self {
        let (y, period) = (&series.filled[..], series.period);
        match model {
            Model::Auto | Model::AutoEts => Member::Ets(ets::fitted(y, period, None)),
            Model::AutoArima => Member::Arima(arima::fitted(y, period, None)),
            Model::Ces => Member::Ces(ces::fitted(y, period)),
            Model::Theta => Member::Theta(theta::fitted(y, period, None)),
            Model::Otm => Member::Theta(theta::fitted(y, period, Some(theta::Variant::OPTIMISED))),
            Model::Dot => Member::Theta(theta::fitted(y, period, Some(theta::Variant::DYNAMIC_OPTIMISED))),
            // With one season, both are the same.
            Model::Stlf | Model::Mstl => Member::Stlf(stlf::fitted(y, period)),
            Model::Ets(form) => Member::Ets(ets::fitted(y, period, Some(form))),
            Model::Arima(order) => Member::Arima(arima::fitted(y, period, Some(order))),
            Model::Intermittent(method) => Member::Intermittent(method),
            Model::Drift => Member::Drift(naive::mean_change(y)),
            Model::SeasonalNaive => Member::SeasonalNaive,
            Model::Naive => Member::Naive,
        }
    }

    fn ahead(&self, y: &[f64], period: usize, steps: usize) -> Result<Forecast, Error> {
        let forecast = match self {
            Member::Ets(fit) => fit.forecast(y, |fit, y| ets::ahead(fit.as_ref(), y, steps)),
            Member::Arima(fit) => fit.forecast(y, |fit, y| arima::ahead(fit.as_ref(), y, steps)),
            Member::Ces(fit) => fit.forecast(y, |fit, y| ces::ahead(fit.as_ref(), y, steps)),
            Member::Theta(fit) => fit.forecast(y, |fit, y| theta::ahead(fit.as_ref(), y, steps)),
            Member::Stlf(fit) => stlf::ahead(fit, y, steps),
            Member::Intermittent(method) => intermittent::forecast(y, steps, *method),
            Member::Drift(slope) => naive::drift_by(y, *slope, steps),
            Member::SeasonalNaive => naive::seasonal(y, period, steps),
            Member::Naive => naive::naive(y, steps),
        };
        match self.suits(y) {
            true => Ok(forecast),
            false => Err(Error::NotPositive { spec: forecast.spec }),
        }
    }

    fn suits(&self, y: &[f64]) -> bool {
        match self {
            Member::Ets(fit) => fit.suits(y),
            Member::Stlf(fit) => fit.suits(y),
            _ => true,
        }
    }
}
