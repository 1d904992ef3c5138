//! Whoever keeps account of sign-ins.

use std::fmt;

use super::principal::Principal;

/// Is told of each sign-in by password, SCRAM or the first use of an issuer's token, before the door knows of it. (Requests that bring a
/// token of ours are no sign-ins: what they do is recorded by itself.)
pub trait SignIns: fmt::Debug + Send + Sync {
    /// `who` was let in; `from` is the address that the door saw, if there is one.
    fn succeeded(&self, who: &Principal, from: Option<&str>);

    /// Somebody tried this name, which may be nobody's. Tries that the lock-out turns away are not told: they cost nothing, and would
    /// fill what is kept of them.
    fn failed(&self, name: &str, from: Option<&str>);
}
