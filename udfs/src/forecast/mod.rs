//! Forecasts of one time series: pure functions on slices.
//!
//! Given the same numbers the answer is the same bit for bit: no clock, no random source, no parallelism inside.
//! Nothing is simulated: intervals are analytical, those of automatic models calibrated on earlier origins. Every loop has
//! a bound that depends only on the length of the series, the season, and the horizon.
//!
//! What is left to others: which rows form a series, and the names and types of SQL.

pub mod accuracy;
pub mod adjust;
pub mod arima;
pub mod backtest;
pub mod calendar;
pub mod ces;
pub mod changepoints;
pub mod conformal;
pub mod ensemble;
pub mod error;
pub mod ets;
pub mod explain;
pub mod features;
pub mod fill;
pub mod fitted;
pub mod holidays;
pub mod intermittent;
pub mod interval;
pub mod linear;
pub mod model;
pub mod mstl;
pub mod naive;
pub mod name;
pub mod optimise;
pub mod published;
pub mod reconcile;
pub mod regression;
pub mod revisions;
pub mod season;
pub mod series;
pub mod statistics;
pub mod stl;
pub mod stlf;
pub mod theta;
pub mod turning;
pub mod why;

#[cfg(test)]
mod m3;
#[cfg(test)]
mod tests;

pub use error::Error;
pub use interval::LEVEL;
pub use model::{Forecast, Model, forecast, forecast_seasons};
