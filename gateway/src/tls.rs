//! TLS of the doors, whose certificates may be renewed while they are served.

use std::io;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;

pub use tokio_rustls::rustls::ServerConfig;

/// How long a client may take for the handshake.
const HANDSHAKE_MAX: Duration = Duration::from_secs(30);
/// Handshakes at a time; further connections wait to be accepted.
const HANDSHAKES_MAX: usize = 1_000;
/// Connections that are ready and not taken yet.
const READY_MAX: usize = 64;

/// What a door shows to those who connect; clones are the same.
#[derive(Debug, Clone)]
pub struct DoorTls(Arc<RwLock<Arc<ServerConfig>>>);

impl DoorTls {
    pub fn new(config: ServerConfig) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(config))))
    }

    /// Connections that come from now on see this; those that are there go on as they began.
    pub fn replace(&self, config: ServerConfig) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
    }

    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.0.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

/// The connections of a listener behind their handshakes, which do not wait for each other: one that comes to nothing is dropped.
pub fn incoming(listener: TcpListener, tls: DoorTls) -> ReceiverStream<io::Result<TlsStream<TcpStream>>> {
    let (ready, connections) = mpsc::channel(READY_MAX);
    tokio::spawn(accept(listener, tls, ready));
    ReceiverStream::new(connections)
}

async fn accept(listener: TcpListener, tls: DoorTls, ready: mpsc::Sender<io::Result<TlsStream<TcpStream>>>) {
    let places = Arc::new(Semaphore::new(HANDSHAKES_MAX));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let accepted = tokio::select! {
            // Nobody serves them any more.
            () = ready.closed() => return,
            accepted = listener.accept() => accepted,
        };
        let socket = match accepted {
            Ok((socket, _)) => socket,
            Err(error) => {
                // Too many open files: others close theirs.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        socket.set_nodelay(true).ok();
        let (acceptor, ready) = (tls.acceptor(), ready.clone());
        tokio::spawn(async move {
            let secured = tokio::time::timeout(HANDSHAKE_MAX, acceptor.accept(socket)).await;
            drop(place);
            match secured {
                Ok(Ok(secured)) => {
                    ready.send(Ok(secured)).await.ok();
                }
                Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
                Err(_) => tracing::debug!("a handshake took too long"),
            }
        });
    }
}
