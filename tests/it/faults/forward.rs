//! One request: through the rules, to the store, and back.

use std::net::SocketAddr;
use std::sync::Arc;

use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::CONTENT_TYPE;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::cut::Cut;
use super::rule::{Armed, Fault, Rules};

pub type Failure = Box<dyn std::error::Error + Send + Sync>;
type Body = UnsyncBoxBody<Bytes, Failure>;

/// The store's answer, or what the rules make of it; an error closes the connection. Rules are asked in order until one of
/// them decides the end.
pub async fn answer(
    rules: Arc<Rules>,
    upstream: SocketAddr,
    mut request: Request<Incoming>,
) -> Result<Response<Body>, Failure> {
    for armed in rules.now() {
        if !armed.strikes(request.method(), request.uri()) {
            continue;
        }
        match armed.rule.fault {
            Fault::StripHeader(name) if request.headers_mut().remove(name).is_some() => armed.count(),
            Fault::StripHeader(_) => {}
            Fault::Delay(pause) => {
                armed.count();
                tokio::time::sleep(pause).await;
            }
            Fault::Answer(status) => {
                armed.count();
                return error(status, request).await;
            }
            Fault::DropBefore | Fault::Refuse => {
                armed.count();
                return Err("dropped before the store saw it".into());
            }
            Fault::DropAfter => return lose(&armed, upstream, request).await,
            Fault::Truncate(bytes) => {
                let response = forward(upstream, request).await?;
                return Ok(response.map(|body| Cut::new(body, bytes, armed).boxed_unsync()));
            }
        }
    }
    Ok(forward(upstream, request).await?.map(|body| body.map_err(Failure::from).boxed_unsync()))
}

async fn forward(upstream: SocketAddr, request: Request<Incoming>) -> Result<Response<Incoming>, Failure> {
    let stream = TcpStream::connect(upstream).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender.send_request(request).await?)
}

/// The store has finished when its answer has come to its end.
async fn lose(armed: &Armed, upstream: SocketAddr, request: Request<Incoming>) -> Result<Response<Body>, Failure> {
    forward(upstream, request).await?.into_body().collect().await?;
    armed.count();
    Err("the answer was lost".into())
}

/// An error as S3 tells it.
async fn error(status: u16, request: Request<Incoming>) -> Result<Response<Body>, Failure> {
    let code = if status == 503 { "SlowDown" } else { "InternalError" };
    let path = request.uri().path();
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>A rule of the test says so.</Message>\
         <Resource>{path}</Resource><RequestId>0</RequestId></Error>"
    );
    // Whoever is still writing would see a reset instead of the answer.
    let mut body = request.into_body();
    while let Some(frame) = body.frame().await {
        frame?;
    }
    let body = Full::from(text).map_err(|never| match never {}).boxed_unsync();
    Ok(Response::builder().status(status).header(CONTENT_TYPE, "application/xml").body(body)?)
}
