//! One connection: requests one after the other, each within limits.
//!
//! HTTP/1.1 only: there a connection has one request at a time, so that a client that is gone, or that takes nothing, is one statement
//! that ends, and nothing has to be counted within a connection.

use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

/// A request's line and all its headers.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// What is put together before it is read or sent.
const BUFFER_BYTES_MAX: usize = 128 * 1024;
const HEADERS_MAX: usize = 100;
/// How long a request's head may take to come, from when the connection was opened or the answer before it was sent.
pub const HEAD_TIME_MAX: Duration = Duration::from_secs(30);

/// Serves a connection to its end, or to the end of the request under way once `stopped`.
pub async fn serve<S>(stream: S, routes: Router, head_time_max: Duration, mut stopped: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(head_time_max);
    builder.max_header_size(HEAD_BYTES_MAX).max_buf_size(BUFFER_BYTES_MAX).max_headers(HEADERS_MAX);
    let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes));
    let mut connection = std::pin::pin!(connection);
    let stopping = async { drop(stopped.wait_for(|stopped| *stopped).await) };
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopping => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    // That a client is gone, or does not speak HTTP, is nobody's fault here.
    if let Err(error) = ended {
        tracing::debug!(%error, "an HTTP connection broke off");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    fn open() -> (DuplexStream, watch::Sender<bool>) {
        let (theirs, ours) = duplex(1024 * 1024);
        let (stop, stopped) = watch::channel(false);
        let routes = Router::new().route("/", get(async || "there"));
        tokio::spawn(serve(ours, routes, Duration::from_millis(200), stopped));
        (theirs, stop)
    }

    async fn to_end(mut client: DuplexStream) -> String {
        let mut answer = Vec::new();
        tokio::time::timeout(Duration::from_secs(10), client.read_to_end(&mut answer)).await.unwrap().unwrap();
        String::from_utf8(answer).unwrap()
    }

    #[tokio::test]
    async fn a_head_that_does_not_come_ends_the_connection() {
        for begun in ["", "GET", "GET / HTTP/1.1\r\nhost: x\r\n", "GET / HTTP/1.1\r\nx: "] {
            let (mut client, _stop) = open();
            client.write_all(begun.as_bytes()).await.unwrap();
            assert_eq!(to_end(client).await, "", "{begun}");
        }
    }

    #[tokio::test]
    async fn an_idle_connection_ends_after_its_answer() {
        let (mut client, _stop) = open();
        client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let answer = to_end(client).await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("there"), "{answer}");
    }

    #[tokio::test]
    async fn heads_have_limits() {
        let many: String = (0..=HEADERS_MAX).map(|n| format!("x{n}: y\r\n")).collect();
        for lines in [
            many,
            format!("x: {}\r\n", "y".repeat(HEAD_BYTES_MAX)),
            format!("x: {}\r\n", "y".repeat(5 * BUFFER_BYTES_MAX)),
        ] {
            let (mut client, _stop) = open();
            client.write_all(format!("GET / HTTP/1.1\r\nhost: x\r\n{lines}\r\n").as_bytes()).await.unwrap();
            assert!(to_end(client).await.starts_with("HTTP/1.1 431"), "{} bytes", lines.len());
        }
    }

    #[tokio::test]
    async fn a_stop_closes_what_is_idle() {
        let (client, stop) = open();
        stop.send(true).unwrap();
        assert_eq!(to_end(client).await, "");
    }
}
