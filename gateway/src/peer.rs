//! The other side of a connection, as the calls on it are told.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::certified::Certified;
use crate::places::Place;

#[derive(Debug, Clone)]
pub struct Peer {
    pub address: SocketAddr,
    /// Whom the certificate that it has shown names.
    pub certified: Option<Arc<Certified>>,
    pub place: Arc<Place>,
}
