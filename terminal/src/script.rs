//! Runs a script: results to one output, errors to the other, and an exit code a shell can test.

use std::io::Write;
use std::process::ExitCode;

use crate::connection::{ClientError, Connection};
use crate::interrupt::{Interrupts, Ran, cancellable};
use crate::meter::Meter;
use crate::run::{Failure, run};
use crate::say::{tell, tell_error};
use crate::sink::{Output, Sink};
use crate::split::{Piece, split};

/// How a script ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All statements ran.
    Done,
    /// The reader of the output went away, which ends the script quietly.
    OutputClosed,
    /// A statement failed; those after it did not run.
    Failed,
    /// A person pressed Ctrl-C, and the statement was cancelled on the server.
    Interrupted,
    /// A person pressed Ctrl-C again, before the server had answered.
    Abandoned,
}

impl Outcome {
    /// 0, 1, or 130, which shells give a program ended by Ctrl-C.
    pub fn code(self) -> u8 {
        match self {
            Self::Done | Self::OutputClosed => 0,
            Self::Failed => 1,
            Self::Interrupted | Self::Abandoned => 130,
        }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome.code())
    }
}

/// Runs the statements of `script` in order and stops at the first error. A script with an unclosed quote or comment
/// runs nothing. Writing blocks, so call it where that is no harm: in a program that has nothing else to do.
pub async fn run_script(
    conn: &dyn Connection,
    script: &str,
    output: &Output,
    interrupts: &Interrupts,
    out: &mut (dyn Write + Send),
    err: &mut (dyn Write + Send),
) -> Outcome {
    let mut sink = Sink::new(Box::new(out), output.clone());
    run_into(conn, script, &mut sink, Meter::hidden, interrupts, err).await
}

/// [`run_script`] into an output that may hold earlier results.
pub(crate) async fn run_into(
    conn: &dyn Connection,
    script: &str,
    sink: &mut Sink<'_>,
    meter: impl Fn() -> Meter + Send,
    interrupts: &Interrupts,
    err: &mut (dyn Write + Send),
) -> Outcome {
    let pieces = match split(script) {
        Ok(pieces) => pieces,
        Err(unclosed) => {
            tell_error(err, &unclosed.into());
            return Outcome::Failed;
        }
    };
    let several = pieces.len() > 1;
    for piece in pieces {
        let mut meter = meter();
        let ran = cancellable(conn, interrupts, err, run(conn, piece.text, sink, &mut meter)).await;
        drop(meter);
        match ran {
            Ran::Done(Ok(_)) => {}
            Ran::Done(Err(failure)) => return failed(conn, failure, several.then_some(piece), err).await,
            Ran::Cancelled(answer) => {
                tell_cancelled(err, answer);
                return Outcome::Interrupted;
            }
            Ran::Left => return Outcome::Abandoned,
        }
    }
    Outcome::Done
}

/// A closed output needs no more rows: the statement is cancelled without a word.
async fn failed(
    conn: &dyn Connection,
    failure: Failure,
    piece: Option<Piece<'_>>,
    err: &mut (dyn Write + Send),
) -> Outcome {
    if failure.is_broken_pipe() {
        let _ = conn.cancel().await;
        return Outcome::OutputClosed;
    }
    tell_error(err, &failure.into_client());
    if let Some(piece) = piece {
        tell(err, &format!("  in the statement on line {}\n", piece.line));
    }
    Outcome::Failed
}

/// Says what came of cancelling.
pub(crate) fn tell_cancelled(err: &mut (dyn Write + Send), answer: Result<(), ClientError>) {
    match answer {
        Ok(()) => tell(err, "cancelled\n"),
        Err(error) => {
            tell_error(err, &ClientError { message: format!("could not cancel: {}", error.message), ..error })
        }
    }
}

#[cfg(test)]
mod tests;
