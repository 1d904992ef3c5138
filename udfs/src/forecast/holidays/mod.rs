//! The calendar that Chinese statistics are counted on: moving holidays, working days, and the regressors made of them.

pub mod lunar;
pub mod regressor;
pub mod rest_days;
pub mod working;

#[cfg(test)]
mod tests;

pub use lunar::Holiday;
pub use regressor::{Period, Window};
