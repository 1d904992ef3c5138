//! How connections come in at every door.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tonic::transport::server::Connected;

use crate::peer::Peer;
use crate::places::Lost;

/// How long nothing may come from the other side before it is asked whether it is still there.
const KEEPALIVE: Duration = Duration::from_secs(60);
/// How long no connection is accepted after one could not be.
const PAUSE: Duration = Duration::from_millis(100);
/// What is shorter may be a sign of life, which both sides send where nobody asks or receives anything: a ping of HTTP/2 has 17 bytes.
const USE_BYTES_MIN: usize = 48;

/// The next connection: small messages leave at once, and a silent peer is asked for a sign of life.
pub async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((socket, address)) => {
                socket.set_nodelay(true).ok();
                SockRef::from(&socket).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE)).ok();
                return (socket, address);
            }
            Err(error) => {
                // Too many open files: others close theirs.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// A connection, behind its handshake where there is TLS, that says of its peer's place when it is used, and ends when that is lost.
pub struct Placed<S> {
    inner: S,
    peer: Peer,
    lost: Lost,
}

impl<S> Placed<S> {
    pub fn new(inner: S, peer: Peer, lost: Lost) -> Self {
        Self { inner, peer, lost }
    }

    fn moved(&self, bytes: usize) {
        if bytes >= USE_BYTES_MIN {
            self.peer.place.used();
        }
    }

    fn written(&mut self, outcome: Poll<io::Result<usize>>, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        match outcome {
            Poll::Pending if self.has_lost(context) => Poll::Ready(Err(given_away())),
            Poll::Ready(Ok(bytes)) => {
                self.moved(bytes);
                Poll::Ready(Ok(bytes))
            }
            outcome => outcome,
        }
    }

    /// What waits for the other side ends with the place: behind TLS these write.
    fn done(&mut self, outcome: Poll<io::Result<()>>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match outcome {
            Poll::Pending if self.has_lost(context) => Poll::Ready(Err(given_away())),
            outcome => outcome,
        }
    }

    fn has_lost(&mut self, context: &mut Context<'_>) -> bool {
        Pin::new(&mut self.lost).poll(context).is_ready()
    }
}

fn given_away() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "the connection gave way to another one")
}

impl<S> Connected for Placed<S> {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer.clone()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Placed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.inner).poll_read(context, buffer) {
            Poll::Pending if self.has_lost(context) => Poll::Ready(Err(given_away())),
            outcome => {
                self.moved(buffer.filled().len() - before);
                outcome
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Placed<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.written(outcome, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.inner).poll_write_vectored(context, slices);
        self.written(outcome, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.inner).poll_flush(context);
        self.done(outcome, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.inner).poll_shutdown(context);
        self.done(outcome, context)
    }
}
