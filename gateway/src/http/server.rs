//! The listener: connections, as many as there are places for, each in a task of its own.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::{Extension, Router};
use huitong_catalog::Result;
use huitong_engine::Engine;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::connection::{self, HEAD_TIME_MAX};
use super::routes;
use super::statements::Statements;
use crate::certified::Certified;
use crate::patient::{Patient, STALLED_MAX};
use crate::peer::Peer;
use crate::places::{Lost, Places};
use crate::socket::{self, Placed};
use crate::tls::DoorTls;

/// How long a client may take to agree on TLS.
const HANDSHAKE_MAX: Duration = Duration::from_secs(10);

/// Serves HTTP on `listener` until `stop`; then statements under way may finish within `grace`.
pub async fn serve(
    engine: Arc<Engine>,
    listener: TcpListener,
    tls: Option<DoorTls>,
    places: Places,
    stop: impl Future<Output = ()> + Send,
    grace: Duration,
) -> Result<()> {
    let (stopping, stopped) = watch::channel(false);
    let statements = Statements::default();
    let door = Door { routes: routes::all(engine, statements.clone()), tls, stopped };
    let mut connections = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let (socket, address) = tokio::select! {
            () = &mut stop => break,
            accepted = socket::accept(&listener) => accepted,
            Some(_) = connections.join_next() => continue,
        };
        let (door, (place, lost)) = (door.clone(), places.enter());
        connections.spawn(door.meet(socket, Peer { address, certified: None, place }, lost));
    }
    drop(listener);
    stopping.send(true).ok();
    let done = async {
        while connections.join_next().await.is_some() {}
        statements.quiet().await;
    };
    tokio::time::timeout(grace, done).await.ok();
    statements.stop();
    connections.shutdown().await;
    Ok(())
}

#[derive(Clone)]
struct Door {
    routes: Router,
    tls: Option<DoorTls>,
    stopped: watch::Receiver<bool>,
}

impl Door {
    /// Serves one connection to its end.
    async fn meet(self, socket: TcpStream, peer: Peer, mut lost: Lost) {
        let (socket, mut stopped) = (Patient::new(socket, STALLED_MAX), self.stopped.clone());
        let Some(tls) = &self.tls else { return self.serve(socket, peer, lost).await };
        let accepted = tokio::select! {
            accepted = tokio::time::timeout(HANDSHAKE_MAX, tls.acceptor().accept(socket)) => accepted,
            () = &mut lost => return,
            _ = stopped.wait_for(|stopped| *stopped) => return,
        };
        if let Ok(Ok(secured)) = accepted {
            let certified = secured.get_ref().1.peer_certificates().and_then(Certified::of).map(Arc::new);
            self.serve(secured, Peer { certified, ..peer }, lost).await;
        }
    }

    async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(self, socket: S, peer: Peer, lost: Lost) {
        let routes = self.routes.layer(Extension(peer.clone()));
        connection::serve(Placed::new(socket, peer, lost), routes, HEAD_TIME_MAX, self.stopped).await;
    }
}
