//! Seasonally adjusted by STL, forecast by exponential smoothing, and the season of the last cycle added again
//! (Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., section 5.7).

use super::model::Forecast;
use super::{ets, stl};

/// Without a season this is exponential smoothing. The intervals leave the season's own uncertainty out.
pub fn forecast(y: &[f64], period: usize, horizon: usize) -> Forecast {
    let Some(parts) = stl::of_season(y, period) else { return ets::forecast(y, 1, horizon) };
    let season = parts.seasonal;
    let adjusted: Vec<f64> = y.iter().zip(&season).map(|(y, season)| y - season).collect();
    let mut forecast = ets::forecast(&adjusted, 1, horizon);
    let last = &season[y.len() - period..];
    for values in [&mut forecast.mean, &mut forecast.lo, &mut forecast.hi] {
        values.iter_mut().enumerate().for_each(|(h, value)| *value += last[h % period]);
    }
    forecast.spec = format!("STL + {}", forecast.spec);
    forecast
}
