//! The only door to DataFusion and Delta Lake.
//!
//! The engine turns a principal's SQL into answers: it resolves names against the lake, plans, checks the plan, chooses
//! where to run it, and commits what it writes. Coordinator and executors build sessions, functions, codec and runtime
//! from here. It speaks no client protocol and opens no port; distributed back ends are given to it from outside.

/// How operators of ours travel to executors.
mod carried;

/// Errors of the libraries below, told in huitong's own codes.
pub mod error;

/// Object stores, confined to configured roots.
pub mod stores;

/// Memory, caches and spill files: one environment per process.
pub mod runtime;

/// Functions that huitong adds to SQL.
pub mod functions;

/// Session settings, rules and codecs that coordinator and executors share.
pub mod planning;

/// From logical to physical plans.
pub mod planner;

/// What is corrected in plans.
pub mod rules;

/// The SQL that is read.
mod dialect;

/// What SQL's names of types mean.
mod types;

/// What a plan must not do.
pub mod guard;

/// Delta tables and files as scans.
pub mod tables;

/// Distributed writes, one commit each.
pub mod write;

/// Removes what is left of tables without a name.
pub mod sweep;

/// Small files that are put together by themselves.
pub mod compaction;

/// Where a plan runs.
pub mod backend;

/// The threads that queries run on.
pub mod work;

/// The statements that run, and those that have run.
pub mod queries;

/// Every statement, in the audit before its data flows.
pub mod audit;

/// What exists, as SQL sees it.
pub mod namespace;

/// The city's contracts, and the tables under them.
pub mod contracts;

/// Which columns come from which.
pub mod lineage;

/// What wrote rows into tables.
mod loads;

/// What was fitted from data.
mod models;

/// System tables.
pub mod system;

/// What a door adds to them.
pub mod extras;

/// Names and texts in statements that are written here.
mod spelled;

/// Kinds of statements, each in its file.
pub mod statement;

/// When a statement has to be done.
mod deadline;

/// Scripts of jobs.
pub mod script;

/// When a statement may start.
pub mod admission;

/// One principal's connection.
pub mod session;

/// The parts of one process, wired.
mod engine;

#[doc(hidden)]
pub mod fuzzing;

pub use engine::{ClientLimits, Engine, EngineConfig};
pub use queries::sessions::{Client, Keeper};
pub use session::{Answer, Done, Door, Session};
