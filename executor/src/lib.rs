//! Runs tasks within limits.
//!
//! An executor dials the coordinator for work (pull mode) and serves only its shuffle files. It knows no users and no
//! policy: what it runs was decided before, and its own engine parts refuse files outside the configured roots and
//! plans that would repeat rows.

/// Assembles one executor.
mod server;

/// Builds stages and checks them.
mod stages;

/// Ends the rows of jobs that are over.
mod guard;

/// Knows which tasks run, and removes what jobs leave.
mod running;

/// Connections to other executors.
mod connections;

/// The directory for shuffle files.
mod work_dir;

/// The memory of one task.
mod pool;

/// Listens to the coordinator.
mod control;

pub use server::{Executor, ExecutorOptions};
