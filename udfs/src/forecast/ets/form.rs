//! The taxonomy of forms: error, trend, season (the book, section 2.3), and which of them may be tried.

use std::fmt;

pub use crate::forecast::season::Kind;

/// One exponential smoothing model. A multiplicative trend is not offered: it forecasts badly (the book, section 2.8.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Form {
    pub error: Kind,
    pub trend: Trend,
    pub season: Option<Kind>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

    /// Reads `ANN`, `AAN`, `MAdM` …: error, trend, season. `None` for other text and for forms that are not offered.
    pub fn parse(text: &str) -> Option<Form> {
        let kind = |text: &str| match text {
            "A" => Some(Kind::Additive),
            "M" => Some(Kind::Multiplicative),
            _ => None,
        };
        let text = text.trim().to_uppercase();
        let (error, rest) = text.split_at_checked(1)?;
        let (trend, season) = rest.split_at_checked(rest.len().checked_sub(1)?)?;
        let trend = match trend {
            "N" => Trend::None,
            "A" => Trend::Additive,
            "AD" => Trend::Damped,
            _ => return None,
        };
        let season = if season == "N" { None } else { Some(kind(season)?) };
        let form = Form { error: kind(error)?, trend, season };
        form.allowed(true, true).then_some(form)
    }

    /// The form as it is asked for: `MAdM`.
    pub fn letters(&self) -> String {
        self.parts().concat()
    }

    fn parts(&self) -> [&'static str; 3] {
        let letter = |kind| if kind == Kind::Additive { "A" } else { "M" };
        let trend = match self.trend {
            Trend::None => "N",
            Trend::Additive => "A",
            Trend::Damped => "Ad",
        };
        [letter(self.error), trend, self.season.map_or("N", letter)]
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

    pub fn allowed(&self, positive: bool, seasonal: bool) -> bool {
        let multiplicative_season = self.season == Some(Kind::Multiplicative);
        let positive_only = self.error == Kind::Multiplicative || multiplicative_season;
        (positive || !positive_only)
            && (seasonal || self.season.is_none())
            && !(multiplicative_season && self.error == Kind::Additive)
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [error, trend, season] = self.parts();
        write!(f, "ETS({error},{trend},{season})")
    }
}
