//! Electronic licences and certificates.

pub(crate) mod certificate;
