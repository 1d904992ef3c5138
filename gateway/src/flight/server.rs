//! The public listener.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use arrow_flight::flight_service_server::FlightServiceServer;
use huitong_catalog::{Code, Error, Result};
use huitong_engine::Engine;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;

use super::connections::incoming;
use super::door::Door;
use super::service::FlightSql;
use crate::places::Places;
use crate::tls::DoorTls;

/// Largest message that a client may send; loads come in batches below this.
const RECEIVE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Metadata of one call: drivers pass their URL parameters as headers.
const HEADER_BYTES_MAX: u32 = 64 * 1024;

/// Serves Flight SQL on `listener` until `stop`; then calls under way may finish within `grace`.
pub async fn serve(
    engine: Arc<Engine>,
    listener: TcpListener,
    tls: Option<DoorTls>,
    places: Places,
    stop: impl Future<Output = ()> + Send + 'static,
    grace: Duration,
) -> Result<()> {
    let failed = |e| Error::new(Code::INTERNAL, "the Flight SQL listener failed").caused_by(e);
    let flight_sql = FlightSql::new(engine);
    let sessions = flight_sql.sessions.clone();
    let service = FlightServiceServer::new(Door(flight_sql)).max_decoding_message_size(RECEIVE_BYTES_MAX);
    let mut builder = Server::builder()
        .http2_max_header_list_size(HEADER_BYTES_MAX)
        .http2_keepalive_interval(Some(Duration::from_secs(30)));
    let stopping = CancellationToken::new();
    let stopped = stopping.clone();
    let stop = async move {
        stop.await;
        stopped.cancel();
    };
    let router = builder.add_service(service);
    let incoming = incoming(listener, tls, places, stopping.clone());
    let serving = router.serve_with_incoming_shutdown(incoming, stop);
    // A client that never hangs up must not hold the process for ever.
    let impatience = async {
        stopping.cancelled().await;
        tokio::time::sleep(grace).await;
    };
    tokio::select! {
        served = serving => served.map_err(failed),
        () = impatience => Ok(()),
        () = sessions.end_idle() => Ok(()),
    }
}
