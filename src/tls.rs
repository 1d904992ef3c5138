//! Certificates from the configuration, as the listeners and clients take them.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use huitong_catalog::certs::{Node, read_pem};
use huitong_catalog::config::{InternalTls, Tls};
use huitong_catalog::{Code, Error, Result};
use huitong_gateway::tls::{DoorTls, ServerConfig};
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use tonic::transport::{Certificate, ClientTlsConfig, Identity, ServerTlsConfig};

/// How often the files of certificates are read again.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Certificate, key and clients' authority of the public doors, as the files say now.
#[derive(Clone, PartialEq)]
struct Files {
    cert: Vec<u8>,
    key: Vec<u8>,
    client_ca: Option<Vec<u8>>,
}

impl Files {
    fn read(tls: &Tls) -> Result<Self> {
        Ok(Self {
            cert: read_pem("tls.cert", &tls.cert)?,
            key: read_pem("tls.key", &tls.key)?,
            client_ca: tls.client_ca.as_ref().map(|ca| read_pem("tls.client_ca", ca)).transpose()?,
        })
    }

    /// What a door shows that speaks `protocols`, by their ALPN names.
    fn config(&self, protocols: &[&str]) -> Result<ServerConfig> {
        let chain = certificates("tls.cert", &self.cert)?;
        let key = PrivateKeyDer::from_pem_slice(&self.key).map_err(|error| unusable("tls.key", error))?;
        let builder = match &self.client_ca {
            None => ServerConfig::builder().with_no_client_auth(),
            Some(ca) => {
                let mut roots = RootCertStore::empty();
                for certificate in certificates("tls.client_ca", ca)? {
                    roots.add(certificate).map_err(|error| unusable("tls.client_ca", error))?;
                }
                let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).build();
                ServerConfig::builder()
                    .with_client_cert_verifier(verifier.map_err(|error| unusable("tls.client_ca", error))?)
            }
        };
        let mut config = builder.with_single_cert(chain, key).map_err(|error| unusable("tls.cert", error))?;
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        Ok(config)
    }
}

/// The certificates of the public doors; a client must show one too where `tls.client_ca` is given.
pub struct Public {
    tls: Tls,
    files: Files,
    doors: Vec<(DoorTls, &'static [&'static str])>,
}

impl Public {
    pub fn read(tls: &Tls) -> Result<Self> {
        Ok(Self { tls: tls.clone(), files: Files::read(tls)?, doors: Vec::new() })
    }

    /// For one more door, which speaks `protocols`.
    pub fn door(&mut self, protocols: &'static [&'static str]) -> Result<DoorTls> {
        let door = DoorTls::new(self.files.config(protocols)?);
        self.doors.push((door.clone(), protocols));
        Ok(door)
    }

    /// Reads the files again and again, and shows what is new to those who connect from then on. What cannot be used is told in the
    /// log, and the doors go on with what they have.
    pub async fn renew(mut self) -> Infallible {
        let mut refused: Option<String> = None;
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let outcome = self.look();
            let told = outcome.as_ref().err().map(ToString::to_string);
            match outcome {
                Ok(true) => tracing::info!("the certificates of the doors were renewed"),
                Ok(false) => {}
                Err(error) if told != refused => {
                    tracing::error!(code = %error.code, %error, "new certificates cannot be used; the doors go on with the old ones");
                }
                Err(_) => {}
            }
            refused = told;
        }
    }

    fn look(&mut self) -> Result<bool> {
        let files = Files::read(&self.tls)?;
        if files == self.files {
            return Ok(false);
        }
        let configs = self.doors.iter().map(|(_, protocols)| files.config(protocols)).collect::<Result<Vec<_>>>()?;
        for ((door, _), config) in self.doors.iter().zip(configs) {
            door.replace(config);
        }
        self.files = files;
        Ok(true)
    }
}

fn certificates(key: &str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>> {
    CertificateDer::pem_slice_iter(pem).collect::<std::result::Result<_, _>>().map_err(|error| unusable(key, error))
}

fn unusable(key: &str, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(Code::CERTIFICATE, format!("`{key}` cannot be used: {error}")).caused_by(error)
}

/// A node's internal listener: whoever connects must show a certificate of the cluster's authority.
pub fn internal_server(tls: &InternalTls) -> Result<ServerTlsConfig> {
    let (identity, authority) = internal(tls)?;
    Ok(ServerTlsConfig::new().identity(identity).client_ca_root(authority))
}

/// A node as a client of a node of the given role.
pub fn internal_client(tls: &InternalTls, peer: Node) -> Result<ClientTlsConfig> {
    let (identity, authority) = internal(tls)?;
    let config = ClientTlsConfig::new().identity(identity).ca_certificate(authority);
    Ok(match peer.internal_name() {
        Some(name) => config.domain_name(name),
        None => config,
    })
}

fn internal(tls: &InternalTls) -> Result<(Identity, Certificate)> {
    let identity =
        Identity::from_pem(read_pem("internal_tls.cert", &tls.cert)?, read_pem("internal_tls.key", &tls.key)?);
    Ok((identity, Certificate::from_pem(read_pem("internal_tls.ca", &tls.ca)?)))
}
