//! Whom the certificate of a client names, which the handshake has verified.

use huitong_catalog::Result;
use huitong_catalog::clock::Timestamp;
use huitong_catalog::identity::{Principal, UserName, Users};
use tokio_rustls::rustls::pki_types::CertificateDer;
use x509_parser::parse_x509_certificate;

/// A certificate of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certified {
    /// The common name of its subject.
    pub name: String,
    pub certificate: Vec<u8>,
    /// When it stops to hold. (A connection may outlast it.)
    pub until: Timestamp,
}

impl Certified {
    /// Of the chain that a client has shown; its own certificate is the first. None for one that does not say exactly one name.
    pub fn of(chain: &[CertificateDer<'_>]) -> Option<Self> {
        let own = chain.first()?;
        let (_, parsed) = parse_x509_certificate(own).ok()?;
        let mut names = parsed.subject().iter_common_name();
        let name = names.next()?.as_str().ok()?.to_owned();
        let until = Timestamp::from_ms(parsed.validity().not_after.timestamp().saturating_mul(1000));
        names.next().is_none().then(|| Self { name, certificate: own.to_vec(), until })
    }

    /// The user whom it names, where certificates sign in.
    pub async fn sign_in(&self, users: &Users) -> Result<Principal> {
        users.authenticate_certificate(&self.name, &self.certificate, self.until).await
    }

    /// Whether it names this user, however the name is written.
    pub fn names(&self, user: &str) -> bool {
        let folded = |name: &str| UserName::parse(name).ok().map(|name| name.as_str().to_owned());
        folded(user).is_some_and(|user| folded(&self.name) == Some(user))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_names_nobody() {
        assert_eq!(Certified::of(&[]), None);
        assert_eq!(Certified::of(&[CertificateDer::from(b"\x30\x03\x02\x01\x01".to_vec())]), None);
    }
}
