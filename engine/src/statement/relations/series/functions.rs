//! The table functions over series, and what each hands to its aggregate.

/// A table function over a relation of time series.
#[derive(Debug)]
pub struct Function {
    pub name: &'static str,
    /// What makes a list of rows of each series.
    pub aggregate: &'static str,
    /// Arguments of the aggregate behind time and value, in its order.
    pub values: &'static [Value],
    /// Arguments that go into the last one of the aggregate, a JSON object.
    pub options: &'static [&'static str],
    /// Fields of the rows, in the order in which they are shown.
    pub columns: &'static [&'static str],
    /// What is called in its place where `explain => true` or `given => …` asks for it.
    pub explained: Option<&'static Function>,
}

/// An argument that the aggregate takes by its place.
#[derive(Debug)]
pub struct Value {
    pub name: &'static str,
    /// A text, where it may be left out.
    pub default: Option<&'static str>,
}

const fn required(name: &'static str) -> Value {
    Value { name, default: None }
}

const fn optional(name: &'static str, default: &'static str) -> Value {
    Value { name, default: Some(default) }
}

/// A forecast with its parts and its words.
static EXPLAINED: Function = Function {
    name: "forecast",
    aggregate: "ts_explain",
    values: &[required("horizon"), optional("model", "auto")],
    options: &["level", "period", "calendar", "origins"],
    columns: &[
        "step",
        "ts",
        "yhat",
        "lo",
        "hi",
        "level",
        "model",
        "spec",
        "n_obs",
        "why",
        "trend",
        "seasonal",
        "calendar",
        "given",
        "one_offs",
        "is_product",
        "words_en",
        "words_zh",
        "error",
    ],
    explained: None,
};

pub static FORECAST: Function = Function {
    name: "forecast",
    aggregate: "ts_forecast",
    values: &[required("horizon"), optional("model", "auto")],
    options: &["level", "period", "calendar"],
    columns: &["step", "ts", "yhat", "lo", "hi", "level", "model", "spec", "n_obs", "why", "error"],
    explained: Some(&EXPLAINED),
};

pub static BACKTEST: Function = Function {
    name: "backtest",
    aggregate: "ts_backtest",
    values: &[required("horizon"), required("folds"), optional("model", "auto")],
    options: &["level", "period", "step"],
    columns: &["fold", "cutoff", "step", "ts", "y", "yhat", "lo", "hi", "scale", "model", "spec", "error"],
    explained: None,
};

pub static DECOMPOSE: Function = Function {
    name: "decompose",
    aggregate: "ts_decompose",
    values: &[],
    options: &["calendar", "mode", "outliers", "robust", "seasonal_window", "period"],
    columns: &["ts", "y", "trend", "seasonal", "calendar", "outlier", "irregular", "adjusted", "spec", "error"],
    explained: None,
};

pub static CHANGEPOINTS: Function = Function {
    name: "changepoints",
    aggregate: "ts_changepoints",
    values: &[],
    options: &["penalty", "min_length", "adjust"],
    columns: &["ts", "mean_before", "mean_after", "change", "error"],
    explained: None,
};

pub static TURNING_POINTS: Function = Function {
    name: "turning_points",
    aggregate: "ts_turning_points",
    values: &[],
    options: &[],
    columns: &["ts", "kind", "y", "duration", "amplitude", "error"],
    explained: None,
};

pub static FEATURES: Function = Function {
    name: "features",
    aggregate: "ts_features",
    values: &[],
    options: &[],
    columns: &["ts", "feature", "value", "error"],
    explained: None,
};
