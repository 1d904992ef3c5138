//! Why a series has no forecast. Each message is one line for the reader of the row it appears in.

/// The series cannot be forecast; other series are not affected.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    #[error("no observations")]
    Empty,
    #[error("observation {position} is infinite")]
    Infinite { position: usize },
    #[error("{present} values are too few; at least {least} are needed")]
    TooShort { present: usize, least: usize },
    #[error("{0}")]
    Option(String),
    #[error("the forecast or its interval exceeds the range of numbers; shorten the horizon or scale the values")]
    TooLarge,
    #[error("{spec} takes positive values only; fit again")]
    NotPositive { spec: String },
    #[error("timestamp {at} is not after {last}, the last one that the model state knows")]
    Stale { at: String, last: String },
    #[error("the last {steps} values are missing; at most {most} can be bridged")]
    TrailingGap { steps: usize, most: usize },
    #[error("one timestamp does not show the time step; at least two are needed")]
    NoStep,
    #[error("{count} rows have no timestamp")]
    NullTimestamp { count: usize },
    #[error("timestamp {at} is outside the supported calendar")]
    TimestampRange { at: String },
    #[error("timestamp {at} occurs more than once")]
    Duplicate { at: String },
    #[error("timestamp {at} does not follow {after} by a multiple of {step}")]
    Irregular { at: String, after: String, step: String },
    #[error("{present} timestamps spread over {places} places of {step} are too few; the widest gap follows {after}")]
    Sparse { present: usize, places: usize, step: String, after: String },
    #[error("the {step}-step horizon leaves the supported calendar")]
    HorizonRange { step: usize },
    #[error("the rows of the series give different values of `{argument}`: `{first}` and `{second}`")]
    Conflict { argument: &'static str, first: String, second: String },
}
