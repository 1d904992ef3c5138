//! The connections of the listener, behind their handshakes where there is TLS.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::either::Either;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::Connected;

use crate::certified::Certified;
use crate::peer::Peer;
use crate::places::Places;
use crate::socket::{self, Placed};
use crate::tls::DoorTls;

/// How long a client may take for the handshake.
const HANDSHAKE_MAX: Duration = Duration::from_secs(30);
/// Connections that are ready and not taken yet.
const READY_MAX: usize = 64;

/// A connection that calls may come over.
pub struct Arrived {
    stream: Either<Placed<TcpStream>, TlsStream<Placed<TcpStream>>>,
    peer: Peer,
}

/// Whoever connects until `stopped`. Handshakes do not wait for each other, and one that comes to nothing is dropped; there are no more of
/// them at a time than places.
pub fn incoming(
    listener: TcpListener,
    tls: Option<DoorTls>,
    places: Places,
    stopped: CancellationToken,
) -> ReceiverStream<io::Result<Arrived>> {
    let (ready, connections) = mpsc::channel(READY_MAX);
    tokio::spawn(stopped.run_until_cancelled_owned(accept(listener, tls, places, ready)));
    ReceiverStream::new(connections)
}

async fn accept(listener: TcpListener, tls: Option<DoorTls>, places: Places, ready: mpsc::Sender<io::Result<Arrived>>) {
    loop {
        let (socket, address) = tokio::select! {
            // Nobody serves them any more.
            () = ready.closed() => return,
            accepted = socket::accept(&listener) => accepted,
        };
        let (place, lost) = places.enter();
        let (socket, peer) = (Placed::new(socket, place.clone(), lost), Peer { address, certified: None, place });
        let Some(tls) = &tls else {
            ready.send(Ok(Arrived { stream: Either::Left(socket), peer })).await.ok();
            continue;
        };
        let (acceptor, ready) = (tls.acceptor(), ready.clone());
        tokio::spawn(async move {
            let secured = tokio::time::timeout(HANDSHAKE_MAX, acceptor.accept(socket)).await;
            match secured {
                Ok(Ok(secured)) => {
                    let certified = secured.get_ref().1.peer_certificates().and_then(Certified::of).map(Arc::new);
                    let peer = Peer { certified, ..peer };
                    ready.send(Ok(Arrived { stream: Either::Right(secured), peer })).await.ok();
                }
                Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
                Err(_) => tracing::debug!("a handshake took too long"),
            }
        });
    }
}

impl Connected for Arrived {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer.clone()
    }
}

impl AsyncRead for Arrived {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Arrived {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
