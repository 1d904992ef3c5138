//! The listener: connections, at most so many, each in a task of its own.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::{Extension, Router};
use huitong_catalog::Result;
use huitong_engine::Engine;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::caller::Peer;
use super::connection::{self, HEAD_TIME_MAX};
use super::routes;
use super::statements::Statements;
use crate::certified::Certified;
use crate::patient::{Patient, STALLED_MAX};
use crate::postgres::prepare;
use crate::tls::DoorTls;

/// Connections at a time.
const CONNECTIONS_MAX: usize = 10_000;
/// How long a client may take to agree on TLS.
const HANDSHAKE_MAX: Duration = Duration::from_secs(10);
/// What one connection too many is told.
const REFUSED: &str = concat!(
    r#"{"error":{"code":"HT0407","message":"too many connections are open","#,
    r#""hint":"try again later, and close connections that are not used"}}"#,
    "\n"
);

/// Serves HTTP on `listener` until `stop`; then statements under way may finish within `grace`.
pub async fn serve(
    engine: Arc<Engine>,
    listener: TcpListener,
    tls: Option<DoorTls>,
    stop: impl Future<Output = ()> + Send,
    grace: Duration,
) -> Result<()> {
    let (stopping, stopped) = watch::channel(false);
    let statements = Statements::default();
    let door = Door { routes: routes::all(engine, statements.clone()), tls, stopped };
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let (socket, address) = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok((socket, address)) => (socket, address),
                Err(error) => {
                    // Too many open files: others close theirs.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            },
            Some(_) = connections.join_next() => continue,
        };
        let (door, place) = (door.clone(), places.clone().try_acquire_owned());
        connections.spawn(async move {
            match place {
                Ok(place) => {
                    door.meet(socket, address).await;
                    drop(place);
                }
                Err(_) => door.refuse(socket).await,
            }
        });
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
    async fn meet(self, socket: TcpStream, address: SocketAddr) {
        prepare(&socket);
        let (socket, mut stopped) = (Patient::new(socket, STALLED_MAX), self.stopped.clone());
        let routes = |certified| self.routes.layer(Extension(Peer { address, certified }));
        let Some(tls) = self.tls else {
            return connection::serve(socket, routes(None), HEAD_TIME_MAX, stopped).await;
        };
        let accepted = tokio::select! {
            accepted = tokio::time::timeout(HANDSHAKE_MAX, tls.acceptor().accept(socket)) => accepted,
            _ = stopped.wait_for(|stopped| *stopped) => return,
        };
        if let Ok(Ok(secured)) = accepted {
            let shown = secured.get_ref().1.peer_certificates().and_then(Certified::of);
            connection::serve(secured, routes(shown.map(Arc::new)), HEAD_TIME_MAX, self.stopped).await;
        }
    }

    /// Tells a client that there is no place for it, where that needs no handshake.
    async fn refuse(self, mut socket: TcpStream) {
        if self.tls.is_some() {
            return;
        }
        let head = "HTTP/1.1 429 Too Many Requests\r\ncontent-type: application/json\r\nconnection: close\r\nretry-after: 1\r\n";
        let answer = format!("{head}content-length: {}\r\n\r\n{REFUSED}", REFUSED.len());
        let telling = async {
            socket.write_all(answer.as_bytes()).await.ok();
            socket.shutdown().await.ok();
        };
        tokio::time::timeout(Duration::from_secs(5), telling).await.ok();
    }
}
