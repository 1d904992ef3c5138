//! Connections to other executors, kept while they are in use so that a shuffle does not open one per block.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use ballista_core::client::BallistaClient;
use ballista_core::client_pool::{BallistaClientPool, PooledClient};
use ballista_core::error::Result;
use ballista_core::extension::BallistaConfigGrpcEndpoint;
use ballista_core::utils::GrpcClientConfig;

/// Idle connections per executor; more would only wait for blocks from the same disk.
const IDLE_MAX: usize = 16;
/// An idle connection is closed after this.
const IDLE_TIME: Duration = Duration::from_secs(30);

type Idle = HashMap<(String, u16), Vec<(BallistaClient, Instant)>>;

/// A pool of idle connections; the settings of all connections of a process are the same.
#[derive(Debug, Default)]
pub struct Connections(Arc<Shelf>);

#[derive(Default)]
struct Shelf(Mutex<Idle>);

impl std::fmt::Debug for Shelf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shelf")
    }
}

impl Shelf {
    fn take(&self, key: &(String, u16)) -> Option<BallistaClient> {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        prune(&mut idle);
        idle.get_mut(key)?.pop().map(|(client, _)| client)
    }

    fn put(&self, key: (String, u16), client: BallistaClient) {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        prune(&mut idle);
        let shelf = idle.entry(key).or_default();
        if shelf.len() < IDLE_MAX {
            shelf.push((client, Instant::now()));
        }
    }
}

fn prune(idle: &mut Idle) {
    idle.retain(|_, clients| {
        clients.retain(|(_, since)| since.elapsed() < IDLE_TIME);
        !clients.is_empty()
    });
}

#[async_trait]
impl BallistaClientPool for Connections {
    async fn acquire(
        &self,
        host: &str,
        port: u16,
        config: &GrpcClientConfig,
        endpoint: Option<Arc<BallistaConfigGrpcEndpoint>>,
    ) -> Result<PooledClient> {
        let key = (host.to_owned(), port);
        let client = match self.0.take(&key) {
            Some(client) => client,
            None => {
                BallistaClient::try_new(
                    host,
                    port,
                    config.max_message_size,
                    config.use_tls,
                    endpoint,
                    config.io_retries_times,
                    config.io_retry_wait_time_ms,
                    config.initial_connection_window_size,
                    config.initial_stream_window_size,
                )
                .await?
            }
        };
        let shelf = self.0.clone();
        Ok(PooledClient::new(client, Box::new(move |client| shelf.put(key, client))))
    }

    async fn evict_idle(&self) {
        prune(&mut self.0.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
