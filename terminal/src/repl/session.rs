//! What happens with an input: statements run, commands change the session. No keyboard and no screen of its own, so
//! that all of it can be tested.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::record_batch::RecordBatch;
use tokio::runtime::Handle;

use super::command::{Command, help, parse};
use super::describe;
use super::names::Names;
use crate::connection::{ClientError, Connection, Name};
use crate::format::{Format, WriteError};
use crate::interrupt::{Interrupts, Ran, cancellable};
use crate::meter::Meter;
use crate::run::{Finished, run};
use crate::say::{rows, tell, tell_error, time};
use crate::script::{Outcome, run_into, tell_cancelled};
use crate::sink::{Output, Sink};
use crate::split::split;
use crate::width::visible;

/// Whether the conversation goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    Continue,
    /// With this exit code.
    Leave(u8),
}

/// Whether the rest of an input runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Next,
    Stop,
    /// As the script that ended so would.
    Leave(Outcome),
}

/// Where the person sees results and messages, and how wide that is now.
pub(super) struct Screen {
    pub(super) sink: Sink<'static>,
    pub(super) err: Box<dyn Write + Send>,
    pub(super) columns: fn() -> Option<usize>,
}

pub(super) struct Session {
    conn: Arc<dyn Connection>,
    runtime: Handle,
    interrupts: Interrupts,
    screen: Screen,
    output: Output,
    timing: bool,
    /// The file that results go to instead of the screen.
    file: Option<(PathBuf, Sink<'static>)>,
    names: Names,
}

impl Session {
    pub(super) fn new(
        conn: Arc<dyn Connection>,
        runtime: Handle,
        interrupts: Interrupts,
        screen: Screen,
        output: Output,
        timing: bool,
    ) -> Self {
        Self { conn, runtime, interrupts, screen, output, timing, file: None, names: Names::default() }
    }

    pub(super) fn names(&self) -> Names {
        self.names.clone()
    }

    /// Loads the names beside the conversation; when that fails the old ones stay, and the next statement tells why.
    pub(super) fn refresh_names(&self) {
        let (conn, names) = (Arc::clone(&self.conn), self.names.clone());
        self.runtime.spawn(async move {
            if let Ok(found) = conn.names().await {
                names.set(found);
            }
        });
    }

    /// Does what an input asks for.
    pub(super) async fn take(&mut self, input: &str) -> Flow {
        match parse(input) {
            Some(Ok(command)) => self.obey(command).await,
            Some(Err(error)) => self.complain(&error),
            None => self.statements(input).await,
        }
    }

    async fn statements(&mut self, input: &str) -> Flow {
        let pieces = match split(input) {
            Ok(pieces) => pieces,
            Err(unclosed) => return self.complain(&unclosed.into()),
        };
        for piece in pieces {
            match self.statement(piece.text).await {
                Step::Next => {}
                Step::Stop => break,
                Step::Leave(outcome) => return Flow::Leave(outcome.code()),
            }
        }
        Flow::Continue
    }

    async fn statement(&mut self, sql: &str) -> Step {
        let started = Instant::now();
        let output = self.screen_output();
        let Screen { sink, err, .. } = &mut self.screen;
        let on_screen = sink.restart(output);
        let sink = self.file.as_mut().map_or(on_screen, |(_, sink)| sink);
        let mut meter = if nobody_watches(&self.output) { Meter::hidden() } else { Meter::stderr() };
        let work = run(self.conn.as_ref(), sql, sink, &mut meter);
        let ran = cancellable(self.conn.as_ref(), &self.interrupts, err, work).await;
        drop(meter);
        match ran {
            Ran::Done(Ok(finished)) => self.report(finished, started.elapsed()),
            Ran::Done(Err(failure)) if failure.is_broken_pipe() && self.file.is_none() => {
                Step::Leave(Outcome::OutputClosed)
            }
            Ran::Done(Err(failure)) => {
                self.complain(&failure.into_client());
                Step::Stop
            }
            Ran::Cancelled(answer) => {
                tell_cancelled(&mut self.screen.err, answer);
                Step::Stop
            }
            Ran::Left => Step::Leave(Outcome::Abandoned),
        }
    }

    /// The window may have been resized since the last statement.
    fn screen_output(&self) -> Output {
        let mut output = self.output.clone();
        output.table.width_max = (self.screen.columns)().or(output.table.width_max);
        output
    }

    fn report(&mut self, finished: Finished, elapsed: Duration) -> Step {
        let what = match finished {
            Finished::Rows(count) => rows(count),
            Finished::Affected(count) => format!("{} affected", rows(count)),
            Finished::Done => "done".to_owned(),
        };
        let when = if self.timing { format!(" in {}", time(elapsed)) } else { String::new() };
        tell(&mut self.screen.err, &format!("{what}{when}\n"));
        // Only statements without rows define anything.
        if finished == Finished::Done {
            self.refresh_names();
        }
        Step::Next
    }

    fn complain(&mut self, error: &ClientError) -> Flow {
        tell_error(&mut self.screen.err, error);
        Flow::Continue
    }

    fn say(&mut self, text: &str) -> Flow {
        tell(&mut self.screen.err, text);
        Flow::Continue
    }

    async fn obey(&mut self, command: Command) -> Flow {
        match command {
            Command::Quit => Flow::Leave(0),
            Command::Help => self.say(&help()),
            Command::Timing => {
                self.timing = !self.timing;
                self.say(if self.timing { "times are told\n" } else { "times are not told\n" })
            }
            Command::Format(format) => self.set_format(format),
            Command::Output(None) => self.close_file(),
            Command::Output(Some(path)) => self.open_file(path),
            Command::Input(path) => self.run_file(&path).await,
            Command::Schemas => self.show(|names| Ok(describe::schemas(names).map_err(WriteError::from)?)).await,
            Command::Describe(None) => self.show(|names| Ok(describe::tables(names).map_err(WriteError::from)?)).await,
            Command::Describe(Some(name)) => self.show(|names| describe::of(&name, names)).await,
        }
    }

    fn set_format(&mut self, format: Option<Format>) -> Flow {
        if let Some(format) = format {
            self.output.format = format;
            if let Some((_, sink)) = &mut self.file {
                sink.output.format = format;
            }
        }
        self.say(&format!("the format is {}\n", self.output.format))
    }

    fn open_file(&mut self, path: PathBuf) -> Flow {
        let file = match File::create(&path) {
            Ok(file) => file,
            Err(error) => return self.complain(&cannot_write(&path, &error)),
        };
        let _ = self.close_file();
        let mut output = Output { terminal: false, ..self.output.clone() };
        (output.table.width_max, output.table.color) = (None, false);
        self.file = Some((path, Sink::new(Box::new(file), output)));
        Flow::Continue
    }

    fn close_file(&mut self) -> Flow {
        if let Some((path, mut sink)) = self.file.take() {
            if let Err(error) = sink.flush() {
                return self.complain(&cannot_write(&path, &error));
            }
            return self.say(&format!("wrote `{}`\n", visible(&path.to_string_lossy())));
        }
        Flow::Continue
    }

    async fn run_file(&mut self, path: &Path) -> Flow {
        let script = match std::fs::read_to_string(path) {
            Ok(script) => script,
            Err(error) => return self.complain(&cannot_read(path, &error)),
        };
        let output = self.screen_output();
        let quiet = nobody_watches(&output);
        let Screen { sink, err, .. } = &mut self.screen;
        let on_screen = sink.restart(output);
        let sink = self.file.as_mut().map_or(on_screen, |(_, sink)| sink);
        let meter = || if quiet { Meter::hidden() } else { Meter::stderr() };
        let outcome = run_into(self.conn.as_ref(), &script, sink, meter, &self.interrupts, err).await;
        self.refresh_names();
        match outcome {
            Outcome::Abandoned => Flow::Leave(outcome.code()),
            Outcome::OutputClosed if self.file.is_none() => Flow::Leave(outcome.code()),
            _ => Flow::Continue,
        }
    }

    /// Fresh names as a table for the person, whatever the format of results is.
    async fn show(&mut self, table: impl FnOnce(&[Name]) -> Result<RecordBatch, ClientError>) -> Flow {
        let names = match self.conn.names().await {
            Ok(names) => names,
            Err(error) => return self.complain(&error),
        };
        let batch = table(&names);
        self.names.set(names);
        let shown = batch.and_then(|batch| Ok(self.draw(&batch)?));
        match shown {
            Ok(()) => Flow::Continue,
            Err(error) => self.complain(&error),
        }
    }

    fn draw(&mut self, batch: &RecordBatch) -> Result<(), WriteError> {
        let mut output = Output { format: Format::Table, ..self.screen_output() };
        (output.table.rows_max, output.table.types) = (None, false);
        let sink = self.screen.sink.restart(output);
        let mut writer = sink.next()?;
        writer.begin(&batch.schema())?;
        writer.batch(batch)?;
        writer.finish()?;
        drop(writer);
        Ok(sink.flush()?)
    }
}

/// Without a terminal nobody watches.
fn nobody_watches(output: &Output) -> bool {
    !output.terminal
}

fn cannot_read(path: &Path, error: &std::io::Error) -> ClientError {
    ClientError::new(format!("cannot read `{}`: {error}", path.display())).with_code("HT0301")
}

fn cannot_write(path: &Path, error: &std::io::Error) -> ClientError {
    ClientError::new(format!("cannot write `{}`: {error}", path.display())).with_code("HT0604")
}

#[cfg(test)]
mod tests;
