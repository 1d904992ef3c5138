//! A socket whose other side may stand still.
//!
//! A client that takes nothing for long is given up, and what runs for it ends. A client that is still sending when the answer is
//! complete (a body that was refused) is listened to for a moment: to close at once would reset the connection, and with it the answer
//! that says why.

use std::future::Future;
use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// How long a client may take nothing of an answer.
pub const STALLED_MAX: Duration = Duration::from_secs(300);
/// How long a connection that is closed is listened to.
const LINGER: Duration = Duration::from_secs(2);

/// The socket.
pub struct Patient<S> {
    inner: S,
    limit: Duration,
    /// Since the other side takes nothing.
    stalled: Option<Pin<Box<Sleep>>>,
    /// Since this side has closed.
    lingers: Option<Pin<Box<Sleep>>>,
}

impl<S> Patient<S> {
    /// Gives up after `limit` in which nothing was taken.
    pub fn new(inner: S, limit: Duration) -> Self {
        Self { inner, limit, stalled: None, lingers: None }
    }

    fn watch<T>(&mut self, context: &mut Context<'_>, written: Poll<Result<T>>) -> Poll<Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let limit = self.limit;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(limit)));
        ready!(stalled.as_mut().poll(context));
        Poll::Ready(Err(Error::new(ErrorKind::TimedOut, "the client takes nothing")))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.inner).poll_write(context, bytes);
        this.watch(context, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.inner).poll_write_vectored(context, bytes);
        this.watch(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.inner).poll_flush(context);
        this.watch(context, written)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let this = self.get_mut();
        if this.lingers.is_none() {
            ready!(Pin::new(&mut this.inner).poll_shutdown(context))?;
        }
        let lingers = this.lingers.get_or_insert_with(|| Box::pin(sleep(LINGER)));
        let mut unread = [0; 8192];
        loop {
            if lingers.as_mut().poll(context).is_ready() {
                return Poll::Ready(Ok(()));
            }
            let mut buffer = ReadBuf::new(&mut unread);
            match ready!(Pin::new(&mut this.inner).poll_read(context, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {}
                _ => return Poll::Ready(Ok(())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    #[tokio::test]
    async fn who_takes_nothing_is_given_up() {
        let (ours, _theirs) = duplex(16);
        let mut ours = Patient::new(ours, Duration::from_millis(50));
        let told = ours.write_all(&[0; 64]).await.unwrap_err();
        assert_eq!(told.kind(), ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn who_is_slow_is_not() {
        let (ours, mut theirs) = duplex(16);
        let mut ours = Patient::new(ours, Duration::from_millis(300));
        let reader = tokio::spawn(async move {
            let mut read = Vec::new();
            for _ in 0..8 {
                sleep(Duration::from_millis(80)).await;
                let mut some = [0; 16];
                let count = theirs.read(&mut some).await.unwrap();
                read.extend_from_slice(&some[..count]);
            }
            read.len()
        });
        ours.write_all(&[0; 128]).await.unwrap();
        assert_eq!(reader.await.unwrap(), 128);
    }

    #[tokio::test]
    async fn who_still_sends_is_heard_out() {
        let (ours, mut theirs) = duplex(16);
        let mut ours = Patient::new(ours, Duration::from_secs(5));
        let sender = tokio::spawn(async move {
            let sent = theirs.write_all(&[0; 4096]).await;
            drop(theirs);
            sent.is_ok()
        });
        ours.shutdown().await.unwrap();
        assert!(sender.await.unwrap());
    }
}
