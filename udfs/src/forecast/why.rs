//! Why a forecast was made by what it was made by.

#[cfg(test)]
mod tests;

use super::ensemble;
use super::model::Model;

/// The reason, one clause in each language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    pub en: String,
    pub zh: String,
}

/// The reason for `spec`, which was fitted where `model` was asked for. It follows from the two, so that a forecast from a
/// saved model gives the same one.
pub fn why(model: Model, spec: &str) -> Why {
    let (effects, rest) = match spec.split_once("; rest: ") {
        Some((_, rest)) => (true, rest),
        None => (false, spec),
    };
    let reason = reason(model, rest);
    match effects {
        true => Why {
            en: format!("effects that the series shows are taken off before and put back after; {}", reason.en),
            zh: format!("先扣除序列中存在的效应，预测后加回；{}", reason.zh),
        },
        false => reason,
    }
}

fn reason(model: Model, spec: &str) -> Why {
    let (en, zh) = match model {
        _ if spec == "constant" => ("all values are equal", "各观测值相同"),
        _ if spec == "naive" && !matches!(model, Model::Naive | Model::SeasonalNaive | Model::Auto) => {
            ("the series is too short for the model, the last value stands", "序列太短，无法拟合该模型，沿用最近的值")
        }
        Model::Auto => return of_the_ensemble(),
        Model::AutoEts => (
            "of the forms that the values allow it has the smallest corrected Akaike criterion",
            "该形式在数据允许的形式中修正赤池准则最小",
        ),
        Model::AutoArima => (
            "tests chose the differences, the corrected Akaike criterion the orders",
            "差分由检验确定，阶数由修正赤池准则确定",
        ),
        Model::Ces => ("the form has the smallest corrected Akaike criterion", "该形式的修正赤池准则最小"),
        Model::Theta => ("the variant has the smaller Akaike criterion", "该变体的赤池准则较小"),
        Model::Stlf | Model::Mstl => (
            "the form for the seasonally adjusted series has the smallest corrected Akaike criterion",
            "季节调整后序列的形式按修正赤池准则最小选取",
        ),
        Model::Ets(form) if !spec.starts_with(&form.to_string()) => (
            "the values do not allow the form asked for; of those that they allow this has the smallest corrected Akaike criterion",
            "数据不允许所指定的形式；该形式在数据允许的形式中修正赤池准则最小",
        ),
        Model::SeasonalNaive if spec == "naive" => ("the series has no two cycles", "序列不足两个周期"),
        Model::Otm
        | Model::Dot
        | Model::Ets(_)
        | Model::Arima(_)
        | Model::Intermittent(_)
        | Model::Drift
        | Model::SeasonalNaive
        | Model::Naive => ("the model was asked for", "模型由用户指定"),
    };
    Why { en: en.to_owned(), zh: zh.to_owned() }
}

fn of_the_ensemble() -> Why {
    let least = ensemble::SHORT;
    Why {
        en: format!(
            "the default is the median of several kinds of models: of four from {least} values on, of two below"
        ),
        zh: format!("默认取不同类型模型的中位数：{least} 个及以上的值取四个模型，更少时取两个"),
    }
}
