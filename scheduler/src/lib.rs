//! Places work on executors: the back end *staged*, and the internal listener that executors dial.
//!
//! Built from Ballista's public parts. Users never reach this port: it serves only what executors need, and a plan is
//! accepted only from this process. Who may see what was settled before a plan arrives here.

/// Assembles the scheduler.
mod server;

/// The few RPCs that executors may call.
mod rpc;

/// Wakes executors and cancels their tasks.
pub mod control;

/// Works on durable jobs.
pub mod jobs;

/// Notices jobs that stand still.
mod pulse;

/// Keeps work away from executors that just failed.
mod rest;

/// Runs a query as stages.
mod staged;

/// Fetches the result of a finished job.
mod results;

pub use server::{Scheduler, SchedulerOptions};
