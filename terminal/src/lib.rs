//! What a person sees and types: the interactive SQL client's front, output formats, aligned tables and progress.
//!
//! This crate is not a client: it reaches a server, or an engine in the same process, only through [`Connection`], and
//! it depends on neither. Results go to standard output and nothing else does; everything said to a person goes to
//! standard error.

pub mod connection;
pub mod excerpt;
pub mod format;
pub mod progress;
pub mod repl;
pub mod script;
pub mod split;
pub mod width;

mod interrupt;
mod meter;
mod run;
mod say;
mod sink;

pub use connection::{ClientError, Connection, Name, QueryProgress, Statement};
pub use format::{Format, ResultWriter, TableOptions, WriteError};
pub use interrupt::Interrupts;
pub use progress::Progress;
pub use repl::{ReplOptions, run_repl};
pub use script::{Outcome, run_script};
pub use sink::Output;

#[cfg(test)]
mod fake;
