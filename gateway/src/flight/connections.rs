//! The connections of the listener, behind their handshakes where there is TLS.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::either::Either;
use tokio_util::sync::CancellationToken;

use crate::certified::Certified;
use crate::peer::Peer;
use crate::places::{Lost, Places};
use crate::socket::{self, Placed};
use crate::tls::DoorTls;

/// How long a client may take for the handshake.
const HANDSHAKE_MAX: Duration = Duration::from_secs(30);
/// Connections that are ready and not taken yet.
const READY_MAX: usize = 64;

/// A connection that calls may come over.
pub type Arrived = Placed<Either<TcpStream, TlsStream<TcpStream>>>;

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
        let peer = Peer { address, certified: None, place };
        let Some(tls) = &tls else {
            ready.send(Ok(Placed::new(Either::Left(socket), peer, lost))).await.ok();
            continue;
        };
        let (acceptor, ready) = (tls.acceptor(), ready.clone());
        tokio::spawn(async move {
            if let Some(arrived) = secured(acceptor, socket, peer, lost).await {
                ready.send(Ok(arrived)).await.ok();
            }
        });
    }
}

/// None if the handshake comes to nothing, takes too long, or somebody else needs the place.
async fn secured(acceptor: TlsAcceptor, socket: TcpStream, peer: Peer, mut lost: Lost) -> Option<Arrived> {
    let secured = tokio::select! {
        () = &mut lost => return None,
        secured = tokio::time::timeout(HANDSHAKE_MAX, acceptor.accept(socket)) => secured,
    };
    let refused = |what: &str| tracing::debug!(what, "a handshake came to nothing");
    let secured = secured.inspect_err(|_| refused("it took too long")).ok()?;
    let secured = secured.inspect_err(|error| refused(&error.to_string())).ok()?;
    let certified = secured.get_ref().1.peer_certificates().and_then(Certified::of).map(Arc::new);
    Some(Placed::new(Either::Right(secured), Peer { certified, ..peer }, lost))
}
