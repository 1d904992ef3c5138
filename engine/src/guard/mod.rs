//! Checks that a plan must pass before it runs.

pub mod leaves;
pub mod size;
pub mod syntax;
