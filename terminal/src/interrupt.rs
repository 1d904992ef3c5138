//! Ctrl-C as a value, so that a test can press it.

use std::future::Future;
use std::io::{self, Write};
use std::sync::Arc;

use tokio::sync::watch;

use crate::connection::{ClientError, Connection};
use crate::say::tell;

/// Counts interrupts. A press is seen only by work that was running when it happened.
#[derive(Clone, Debug)]
pub struct Interrupts(Arc<watch::Sender<u64>>);

impl Default for Interrupts {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }
}

impl Interrupts {
    /// Interrupts that happen when [`raise`](Self::raise) is called.
    pub fn new() -> Self {
        Self::default()
    }

    /// Interrupts that happen when the process gets Ctrl-C; from now on Ctrl-C does not end the process by itself. Must
    /// be called within a runtime.
    ///
    /// The handler is in place when this returns. That matters: the line editor puts back, after each line, whatever
    /// handler it found, and one that came later would be lost.
    pub fn from_ctrl_c() -> io::Result<Self> {
        let mut presses = ctrl_c()?;
        let interrupts = Self::new();
        let raised = interrupts.clone();
        tokio::spawn(async move {
            while presses.recv().await.is_some() {
                raised.raise();
            }
        });
        Ok(interrupts)
    }

    /// One press.
    pub fn raise(&self) {
        self.0.send_modify(|count| *count += 1);
    }
}

#[cfg(unix)]
fn ctrl_c() -> io::Result<tokio::signal::unix::Signal> {
    tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())
}

#[cfg(windows)]
fn ctrl_c() -> io::Result<tokio::signal::windows::CtrlC> {
    tokio::signal::windows::ctrl_c()
}

/// How work that can be cancelled ended.
#[derive(Debug, PartialEq)]
pub(crate) enum Ran<T> {
    Done(T),
    /// After one press, and what the server said to the cancelling.
    Cancelled(Result<(), ClientError>),
    /// After a second press.
    Left,
}

/// Runs `work`; the first press cancels it on the server, a second one stops waiting for that. The work is dropped only
/// after the server was told, because dropping it first would leave nothing there to cancel.
pub(crate) async fn cancellable<T>(
    conn: &dyn Connection,
    interrupts: &Interrupts,
    err: &mut (dyn Write + Send),
    work: impl Future<Output = T>,
) -> Ran<T> {
    let mut presses = interrupts.0.subscribe();
    tokio::pin!(work);
    tokio::select! {
        done = &mut work => return Ran::Done(done),
        _ = presses.changed() => {}
    }
    tell(err, "\ncancelling on the server; press Ctrl-C again to leave\n");
    tokio::select! {
        answer = conn.cancel() => Ran::Cancelled(answer),
        _ = presses.changed() => Ran::Left,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// A handler that comes only when its task first runs is lost to the line editor, and this signal would end the
    /// tests.
    #[tokio::test]
    async fn ctrl_c_is_ours_at_once() {
        let interrupts = Interrupts::from_ctrl_c().unwrap();
        let mut presses = interrupts.0.subscribe();
        let this = std::process::id().to_string();
        assert!(std::process::Command::new("kill").args(["-INT", &this]).status().unwrap().success());
        presses.changed().await.unwrap();
    }
}
