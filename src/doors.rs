//! The doors of a coordinator: bound first, so that a port that is taken is told at once, and served together.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use huitong_catalog::Result;
use huitong_catalog::config::Serve;
use huitong_engine::Engine;
use huitong_gateway::tls::DoorTls;
use huitong_gateway::{flight, http, postgres};
use tokio::net::TcpListener;

use crate::signals::Stop;
use crate::{files, node, tls};

/// How long calls under way may finish after a stop.
pub const GRACE: Duration = Duration::from_secs(10);

/// Listeners that nobody serves yet.
pub struct Doors {
    flight: TcpListener,
    flight_tls: Option<DoorTls>,
    postgres: Option<TcpListener>,
    postgres_tls: Option<DoorTls>,
    http: Option<TcpListener>,
    http_tls: Option<DoorTls>,
    certificates: Option<tls::Public>,
}

impl Doors {
    pub async fn bind(config: &Serve) -> Result<Self> {
        let mut certificates = config.tls.as_ref().map(tls::Public::read).transpose()?;
        let mut door = |protocols| certificates.as_mut().map(|all| all.door(protocols)).transpose();
        Ok(Self {
            flight_tls: door(&["h2"])?,
            postgres_tls: door(&[])?,
            http_tls: door(&["http/1.1"])?,
            flight: node::bind("listen.flight", config.flight).await?,
            postgres: optional("listen.postgres", config.postgres).await?,
            http: optional("listen.http", config.http).await?,
            certificates,
        })
    }

    /// Names and addresses, for the ready file.
    pub fn addresses(&self) -> Vec<(&'static str, SocketAddr)> {
        let listeners =
            [("flight", Some(&self.flight)), ("postgres", self.postgres.as_ref()), ("http", self.http.as_ref())];
        listeners.into_iter().filter_map(|(name, listener)| Some((name, listener?.local_addr().ok()?))).collect()
    }

    /// What a person is told of them.
    pub fn describe(&self) -> String {
        let names = [("flight", "Flight SQL"), ("postgres", "PostgreSQL"), ("http", "HTTP")];
        let shown = |(key, address): &(&str, SocketAddr)| {
            let name = names.iter().find(|(known, _)| known == key).map_or(*key, |(_, name)| name);
            format!("{name} on {address}")
        };
        self.addresses().iter().map(shown).collect::<Vec<_>>().join(", ")
    }

    /// Serves them until `stop`.
    pub async fn serve(self, engine: &Arc<Engine>, stop: &Stop) -> Result<()> {
        let places = files::places();
        let flight = flight::serve(engine.clone(), self.flight, self.flight_tls, places.clone(), stop.stopped(), GRACE);
        let postgres = async {
            match self.postgres {
                None => Ok(()),
                Some(listener) => {
                    let (tls, places) = (self.postgres_tls, places.clone());
                    let served = postgres::serve(engine.clone(), listener, tls, places, stop.stopped(), GRACE);
                    stop.after(served).await
                }
            }
        };
        let http = async {
            match self.http {
                None => Ok(()),
                Some(listener) => {
                    let (tls, places) = (self.http_tls, places.clone());
                    let served = http::serve(engine.clone(), listener, tls, places, stop.stopped(), GRACE);
                    stop.after(served).await
                }
            }
        };
        let renewed = async {
            match self.certificates {
                Some(certificates) => certificates.renew().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            (flight, postgres, http) = async { tokio::join!(stop.after(flight), postgres, http) } => flight.and(postgres).and(http),
            never = renewed => match never {},
        }
    }
}

async fn optional(key: &str, address: Option<SocketAddr>) -> Result<Option<TcpListener>> {
    match address {
        Some(address) => node::bind(key, address).await.map(Some),
        None => Ok(None),
    }
}
