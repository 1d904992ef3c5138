//! Checks that a plan must pass before it runs.

pub mod leaves;
pub mod nesting;
pub mod size;
pub mod syntax;
