//! Checks that a plan must pass before it runs, and what stands between a principal and a table.

pub mod access;
pub mod extent;
pub mod governed;
pub mod leaves;
pub mod nesting;
pub mod pseudonyms;
pub mod quotes;
pub mod size;
pub mod syntax;
pub mod verify;
