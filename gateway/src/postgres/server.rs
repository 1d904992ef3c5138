//! The listener: connections, as many as there are places for, each in a task of its own.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use huitong_catalog::{Code, Error, Result};
use huitong_engine::Engine;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::catalog;
use super::connection::Connection;
use super::input::Broken;
use super::problem::{Problem, Severity, Stop, put};
use super::processes::Processes;
use super::startup::{self, Halves, Opened};
use crate::patient::{Patient, STALLED_MAX};
use crate::places::{Lost, Place, Places};
use crate::socket;
use crate::tls::DoorTls;

/// How long a client may take to sign in.
const SIGN_IN_MAX: Duration = Duration::from_secs(60);
/// How long it may take to tell a client why its connection ends.
const FAREWELL_MAX: Duration = Duration::from_secs(5);

/// Serves the protocol on `listener` until `stop`; then statements under way may finish within `grace`.
pub async fn serve(
    engine: Arc<Engine>,
    listener: TcpListener,
    tls: Option<DoorTls>,
    places: Places,
    stop: impl Future<Output = ()> + Send,
    grace: Duration,
) -> Result<()> {
    let (stopping, stopped) = watch::channel(false);
    catalog::started();
    let door = Door { engine, tls, processes: Processes::default(), stopped };
    let mut connections = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let (socket, address) = tokio::select! {
            () = &mut stop => break,
            accepted = socket::accept(&listener) => accepted,
            Some(_) = connections.join_next() => continue,
        };
        let (door, (place, lost)) = (door.clone(), places.enter());
        connections.spawn(async move { door.meet(socket, address, &place, lost).await });
    }
    drop(listener);
    stopping.send(true).ok();
    tokio::time::timeout(grace, async { while connections.join_next().await.is_some() {} }).await.ok();
    connections.shutdown().await;
    Ok(())
}

#[derive(Clone)]
struct Door {
    engine: Arc<Engine>,
    tls: Option<DoorTls>,
    processes: Processes,
    stopped: watch::Receiver<bool>,
}

impl Door {
    /// Serves one connection to its end.
    async fn meet(&self, socket: TcpStream, address: SocketAddr, place: &Place, lost: Lost) {
        let opening = tokio::time::timeout(SIGN_IN_MAX, self.open(socket, address));
        let mut stopped = self.stopped.clone();
        let opened = tokio::select! {
            opened = opening => opened,
            () = lost => return,
            _ = stopped.wait_for(|stopped| *stopped) => return,
        };
        let Ok(Some(connection)) = opened else { return };
        // What a session of this protocol has, it has in its connection.
        match place.keep() {
            true => connection.serve(self.stopped.clone()).await,
            false => connection.refuse(full()).await,
        }
    }

    /// None if the connection was for something else, or came to nothing.
    async fn open(&self, socket: TcpStream, address: SocketAddr) -> Option<Connection> {
        let socket = Patient::new(socket, STALLED_MAX);
        match startup::open(Box::new(socket), self.tls.as_ref().map(DoorTls::acceptor).as_ref()).await {
            Ok(Opened::Cancel { process, secret }) => {
                self.processes.cancel(process, secret);
                None
            }
            Ok(Opened::Client(wanted)) => Connection::sign_in(&self.engine, &self.processes, *wanted, address).await,
            Err((halves, stop)) => {
                if let Some(halves) = halves {
                    farewell(*halves, stop).await;
                }
                None
            }
        }
    }
}

fn full() -> Error {
    Error::new(Code::QUEUE_FULL, "too many connections are open")
        .with_hint("try again later, and close connections that are not used")
}

/// Tells why a connection ends, where somebody can still be told.
pub async fn farewell(mut halves: Halves, stop: Stop) {
    let problem = match stop {
        Stop::Broken(Broken::Gone) => return,
        Stop::Broken(Broken::Protocol(what)) => Problem::new("08P01", Error::new(Code::SYNTAX, what)),
        Stop::Broken(Broken::Ended) => {
            let error = Error::new(Code::CANCELLED, "the connection was ended by pg_terminate_backend");
            Problem::new("57P01", error.with_hint("connect again"))
        }
        Stop::Broken(Broken::Dismissed) => {
            let text = "the user of this connection was changed or removed since it signed in";
            Problem::new("57P01", Error::new(Code::NOT_SIGNED_IN, text).with_hint("sign in again"))
        }
        Stop::Failed(problem) => problem,
    };
    put(&mut halves.output, Severity::Fatal, &problem, None);
    let told = async {
        halves.output.send().await.ok();
        halves.output.close().await;
    };
    // Who does not read need not know.
    tokio::time::timeout(FAREWELL_MAX, told).await.ok();
}
