//! Certificates from the configuration, as the listeners and clients take them.

use huitong_catalog::Result;
use huitong_catalog::certs::{Node, read_pem};
use huitong_catalog::config::{InternalTls, Tls};
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
