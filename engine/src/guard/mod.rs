//! Checks that a plan must pass before it runs.

pub mod extent;
pub mod leaves;
pub mod nesting;
pub mod quotes;
pub mod size;
pub mod syntax;
