//! The taxonomy of forms: error, trend, season (the book, section 2.3), and which of them may be tried.

use std::fmt;

pub use crate::forecast::season::Kind;

/// One exponential smoothing model. A multiplicative trend is not offered: it forecasts badly (the book, section 2.8.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    pub error: Kind,
    pub trend: Trend,
    pub season: Option<Kind>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trend {
    None,
    Additive,
    Damped,
}

impl Form {
    /// The forms to choose from, simplest first. Multiplicative parts need `positive` data. An additive error with a
    /// multiplicative season is left out: its variance is infinite (the book, section 15.2.3).
    pub fn candidates(positive: bool, seasonal: bool) -> impl Iterator<Item = Form> {
        use Kind::{Additive, Multiplicative};
        let seasons = [None, Some(Additive), Some(Multiplicative)];
        let trends = [Trend::None, Trend::Additive, Trend::Damped];
        let errors = [Additive, Multiplicative];
        let all = seasons.into_iter().flat_map(move |season| {
            let of_trend = move |trend| errors.into_iter().map(move |error| Form { error, trend, season });
            trends.into_iter().flat_map(of_trend)
        });
        all.filter(move |form| form.allowed(positive, seasonal))
    }

    /// Smoothing parameters, free initial states, and the variance.
    pub fn parameters(&self, period: usize) -> usize {
        let trend = match self.trend {
            Trend::None => 0,
            Trend::Additive => 2,
            Trend::Damped => 3,
        };
        let season = if self.season.is_some() { period } else { 0 };
        3 + trend + season
    }

    fn allowed(&self, positive: bool, seasonal: bool) -> bool {
        let multiplicative_season = self.season == Some(Kind::Multiplicative);
        let positive_only = self.error == Kind::Multiplicative || multiplicative_season;
        (positive || !positive_only)
            && (seasonal || self.season.is_none())
            && !(multiplicative_season && self.error == Kind::Additive)
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = |kind| if kind == Kind::Additive { "A" } else { "M" };
        let trend = match self.trend {
            Trend::None => "N",
            Trend::Additive => "A",
            Trend::Damped => "Ad",
        };
        write!(f, "ETS({},{},{})", letter(self.error), trend, self.season.map_or("N", letter))
    }
}
