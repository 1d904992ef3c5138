//! The interactive client: an editor that reads statements until `;`, and a session that runs them.
//!
//! [`session`] does the work and never touches a keyboard, [`command`] understands `\` commands, [`complete`] proposes
//! words, [`editor`] binds them to the line editor. Reading keys blocks, so it stays on the caller's thread; all else
//! runs on the runtime.

mod command;
mod complete;
mod describe;
mod editor;
mod names;
mod session;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use rustyline::error::ReadlineError;
use tokio::runtime::Handle;

use crate::connection::{ClientError, Connection};
use crate::interrupt::Interrupts;
use crate::say::{tell, tell_error};
use crate::sink::{Output, Sink, columns};
use session::{Flow, Screen, Session};

/// How the interactive client starts.
#[derive(Clone, Debug)]
pub struct ReplOptions {
    /// Where the history is kept; `None` keeps none.
    pub history: Option<PathBuf>,
    /// The prompt, without the `> `.
    pub prompt: String,
    /// How results are written at first.
    pub output: Output,
    /// Whether times are told at first.
    pub timing: bool,
}

impl Default for ReplOptions {
    fn default() -> Self {
        let output = Output::stdout(crate::format::Format::Table);
        Self { history: None, prompt: "huitong".into(), output, timing: true }
    }
}

/// Talks to a person until they leave. Blocks: call it on a thread of its own (`spawn_blocking`, or the main thread
/// outside the runtime), never inside an async task.
pub fn run_repl(conn: Arc<dyn Connection>, runtime: &Handle, options: ReplOptions) -> ExitCode {
    match talk(conn, runtime, options) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            tell_error(&mut std::io::stderr(), &ClientError::new(format!("cannot read the terminal: {error}")));
            ExitCode::FAILURE
        }
    }
}

fn talk(conn: Arc<dyn Connection>, runtime: &Handle, options: ReplOptions) -> Result<u8, ReadlineError> {
    let interrupts = {
        let _within = runtime.enter();
        Interrupts::from_ctrl_c()?
    };
    let screen = Screen {
        sink: Sink::new(Box::new(std::io::stdout()), options.output.clone()),
        err: Box::new(std::io::stderr()),
        columns: if options.output.terminal { columns } else { || None },
    };
    tell(&mut std::io::stderr(), &greeting(conn.as_ref()));
    let mut session = Session::new(conn, runtime.clone(), interrupts, screen, options.output, options.timing);
    let mut editor = editor::Editor::open(session.names(), options.history.as_deref())?;
    session.refresh_names();
    let prompt = format!("{}> ", options.prompt);
    loop {
        let input = match editor.read(&prompt) {
            Ok(input) => input,
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => return Ok(0),
            Err(ReadlineError::Signal(_)) => continue,
            Err(error) => return Err(error),
        };
        if let Flow::Leave(code) = runtime.block_on(session.take(&input)) {
            return Ok(code);
        }
    }
}

fn greeting(conn: &dyn Connection) -> String {
    format!("connected to {}; end statements with `;`, \\? shows help\n", crate::width::visible(&conn.describe()))
}
