//! TLS of the doors, whose certificates may be renewed while they are served.

use std::sync::{Arc, PoisonError, RwLock};

use tokio_rustls::TlsAcceptor;

pub use tokio_rustls::rustls::ServerConfig;

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
