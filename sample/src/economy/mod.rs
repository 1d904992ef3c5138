//! The macro-economic library: series with a known trend, season, Spring Festival effect and noise, with the revisions
//! and year-to-date habits of Chinese statistics.

pub(crate) mod indicator;
pub(crate) mod model;
mod spring_festival;
