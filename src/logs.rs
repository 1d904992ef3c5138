//! The program's log: to standard error, so that standard output belongs to results.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Parts of the libraries that warn of what is no trouble: a stage of few rows without figures, a shuffle that spills. The kernel
/// logs as an error whatever it answers with one, though its caller may well expect it: a table that is gone when it is looked at.
const QUIET: &str = "ballista_scheduler::state::execution_stage=error,ballista_core::execution_plans::sort_shuffle=error,buoyant_kernel=off";

/// Starts logging at `level`; `RUST_LOG` says more exactly when it is set. The libraries below are kept to warnings:
/// they print plans and settings at finer levels.
pub fn start(level: &str) {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new(format!("warn,{QUIET},huitong={level},huitong_engine={level},huitong_scheduler={level},huitong_executor={level},huitong_gateway={level}")));
    // Colours are for eyes: in a file or a pipe they get between a word and who searches for it.
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours);
    // Fails only if a logger is there already, as in tests.
    log.try_init().ok();
}
