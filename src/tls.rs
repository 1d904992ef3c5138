//! Certificates from the configuration, as the listeners and clients take them.

use std::sync::Arc;

use huitong_catalog::certs::{Node, read_pem};
use huitong_catalog::config::{InternalTls, Tls};
use huitong_catalog::{Code, Error, Result};
use huitong_gateway::postgres::TlsConfig;
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use tonic::transport::{Certificate, ClientTlsConfig, Identity, ServerTlsConfig};

/// The public door's certificate; with `client_ca`, clients must show one too.
pub fn public(tls: &Tls) -> Result<ServerTlsConfig> {
    let identity = Identity::from_pem(read_pem("tls.cert", &tls.cert)?, read_pem("tls.key", &tls.key)?);
    let config = ServerTlsConfig::new().identity(identity);
    match &tls.client_ca {
        None => Ok(config),
        Some(ca) => Ok(config.client_ca_root(Certificate::from_pem(read_pem("tls.client_ca", ca)?))),
    }
}

/// The same for the door of PostgreSQL, whose protocol asks for TLS in its own way.
pub fn postgres(tls: &Tls) -> Result<Arc<TlsConfig>> {
    let chain = certificates("tls.cert", &read_pem("tls.cert", &tls.cert)?)?;
    let key = PrivateKeyDer::from_pem_slice(&read_pem("tls.key", &tls.key)?);
    let key = key.map_err(|error| unusable("tls.key", error))?;
    let builder = match &tls.client_ca {
        None => TlsConfig::builder().with_no_client_auth(),
        Some(ca) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates("tls.client_ca", &read_pem("tls.client_ca", ca)?)? {
                roots.add(certificate).map_err(|error| unusable("tls.client_ca", error))?;
            }
            let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).build();
            TlsConfig::builder().with_client_cert_verifier(verifier.map_err(|error| unusable("tls.client_ca", error))?)
        }
    };
    builder.with_single_cert(chain, key).map(Arc::new).map_err(|error| unusable("tls.cert", error))
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
