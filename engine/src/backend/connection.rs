//! How nodes of a cluster keep their connections.

use std::sync::Arc;
use std::time::Duration;

use ballista_core::extension::EndpointOverrideFn;
use tonic::transport::{ClientTlsConfig, Endpoint};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const PING_EVERY: Duration = Duration::from_secs(5);
const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection between nodes that notices when the other side no longer answers, although nothing closed it: a machine that
/// lost its network, a process that was stopped. The library's own would wait for ever.
pub fn watched(endpoint: Endpoint) -> Endpoint {
    endpoint
        .connect_timeout(CONNECT_TIMEOUT)
        .http2_keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_TIMEOUT)
        .keep_alive_while_idle(true)
        .tcp_nodelay(true)
}

/// The same for the library, which makes its connections to executors with this.
pub fn to_executors(tls: Option<ClientTlsConfig>) -> EndpointOverrideFn {
    Arc::new(move |endpoint| {
        let endpoint = watched(endpoint);
        Ok(match &tls {
            Some(tls) => endpoint.tls_config(tls.clone())?,
            None => endpoint,
        })
    })
}
