//! Addresses to listen on, and which of them only this machine can reach.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use url::{Host, Url};

/// `address:port` with a numeric address, or `localhost:port`. Other names are refused: what they resolve to, and so
/// who can reach the listener, is decided elsewhere.
pub(super) fn parse_listen(text: &str) -> Option<SocketAddr> {
    match text.strip_prefix("localhost:") {
        Some(port) => Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port.parse().ok()?)),
        None => text.parse().ok(),
    }
}

/// Whether only processes on this machine can connect to `address`.
pub fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// An http or https URL with a host and nothing after the port.
pub(super) fn parse_endpoint(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    let anonymous = url.username().is_empty() && url.password().is_none();
    (matches!(url.scheme(), "http" | "https") && url.has_host() && bare && anonymous).then_some(url)
}

/// Whether `url` names this machine for certain.
pub(super) fn is_loopback_url(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => is_loopback(address.into()),
        Some(Host::Ipv6(address)) => is_loopback(address.into()),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// A host name or an address, without a port.
pub(crate) fn parse_host(text: &str) -> Option<String> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address.to_string());
    }
    match Host::parse(text).ok()? {
        Host::Domain(name) if !name.is_empty() && name.chars().all(is_host_char) => Some(name),
        _ => None,
    }
}

/// Narrower than a URL: no wildcards and nothing that a certificate could not carry. Other scripts arrive as Punycode.
fn is_host_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

#[cfg(test)]
mod tests;
