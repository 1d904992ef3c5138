//! Corrections of plans: where the libraries below answer otherwise than they should, or otherwise on a cluster than in one process, or
//! do much for little.
//!
//! Each says what would go wrong without it. They run in the order in which the planner names them (`planning.rs`, `planner.rs`).

// Of what a statement asks.

/// Exact numbers among floating ones.
pub mod doubles;

/// One group of all rows.
pub mod empty_grouping;

/// Literals as their functions take them.
pub mod literals;

/// Keeps the optimiser from believing that unnested rows are unique.
pub mod multiplied;

/// Subqueries in the place of a value.
pub mod scalar_subqueries;

/// Keeps clauses of windows that do not travel from being lost.
pub mod window_clauses;

/// The walk of rules that change parts of expressions.
mod parts;

// Of how it is answered.

/// Keeps few rows with the task that reads them.
pub mod few_rows;

/// Keeps rows with NaN from being skipped.
pub mod float_filters;

/// Keeps the limit of rows that a statement writes out.
pub mod memory_limits;

/// Joins that answer for rows of their collected side.
pub mod nested_loops;

/// A node for what is done with passing rows.
pub mod through;

/// Lets windows with constant keys run behind a shuffle.
pub mod window_order;

/// Joins that let go of their thread.
pub mod yielding;
