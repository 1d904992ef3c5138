//! The models by name, as the user writes them.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use super::arima::Order;
use super::ets::form::{Form, Kind, Trend};
use super::intermittent::Method;

/// A forecasting model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Model {
    /// The median of several models.
    Auto,
    AutoEts,
    AutoArima,
    Ces,
    /// The better of two dynamic Theta variants.
    Theta,
    /// The optimised Theta model, static or dynamic.
    Otm,
    Dot,
    Stlf,
    /// STL by turns for each of several seasons.
    Mstl,
    Ets(Form),
    Arima(Order),
    Intermittent(Method),
    Drift,
    SeasonalNaive,
    Naive,
}

const fn plain(trend: Trend) -> Model {
    Model::Ets(Form { error: Kind::Additive, trend, season: None })
}

impl Model {
    /// Every model that has a name of its own.
    pub const ALL: [Model; 18] = [
        Model::Auto,
        Model::AutoEts,
        Model::AutoArima,
        Model::Ces,
        Model::Theta,
        Model::Otm,
        Model::Dot,
        Model::Stlf,
        Model::Mstl,
        plain(Trend::None),
        plain(Trend::Additive),
        plain(Trend::Damped),
        Model::Intermittent(Method::Croston),
        Model::Intermittent(Method::SyntetosBoylan),
        Model::Intermittent(Method::TeunterSyntetosBabai),
        Model::Drift,
        Model::SeasonalNaive,
        Model::Naive,
    ];
    pub const DEFAULT: Model = Model::Auto;

    /// Whether something is chosen for the series, and not by the user.
    pub fn is_automatic(self) -> bool {
        use Model::{Auto, AutoArima, AutoEts, Ces, Dot, Mstl, Otm, Stlf, Theta};
        matches!(self, Auto | AutoEts | AutoArima | Ces | Theta | Otm | Dot | Stlf | Mstl)
    }

    pub fn name(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Model::Auto => "auto",
            Model::AutoEts => "auto_ets",
            Model::AutoArima => "auto_arima",
            Model::Ces => "ces",
            Model::Theta => "theta",
            Model::Otm => "otm",
            Model::Dot => "dot",
            Model::Stlf => "stlf",
            Model::Mstl => "mstl",
            Model::Intermittent(Method::Croston) => "croston",
            Model::Intermittent(Method::SyntetosBoylan) => "sba",
            Model::Intermittent(Method::TeunterSyntetosBabai) => "tsb",
            Model::Drift => "drift",
            Model::SeasonalNaive => "snaive",
            Model::Naive => "naive",
            model if model == plain(Trend::None) => "ses",
            model if model == plain(Trend::Additive) => "holt",
            model if model == plain(Trend::Damped) => "damped",
            Model::Ets(form) => return Cow::Owned(format!("ets:{}", form.letters())),
            Model::Arima(order) => return Cow::Owned(format!("arima:{}", order.text())),
        })
    }

    /// The model of that name, in any letter case: one of [`Model::ALL`], `ets:MAdM` or `arima:(p,d,q)(P,D,Q)`.
    pub fn from_name(name: &str) -> Option<Model> {
        let name = name.trim().to_ascii_lowercase();
        match name.split_once(':') {
            Some(("ets", form)) => Form::parse(form).map(Model::Ets),
            Some(("arima", order)) => Order::parse(order).map(Model::Arima),
            _ => Model::ALL.into_iter().find(|model| model.name() == name),
        }
    }

    /// The model whose name is nearest to a misspelt one, if any is near.
    pub fn nearest(name: &str) -> Option<Model> {
        let name = name.trim().to_lowercase();
        let likeness = |model: &Model| strsim::jaro_winkler(&model.name(), &name);
        let best = Model::ALL.into_iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        best.filter(|model| likeness(model) > 0.7)
    }
}
