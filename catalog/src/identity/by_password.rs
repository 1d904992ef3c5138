//! The seam for other places that know users and their passwords, such as an LDAP directory.
//!
//! What is the same for all of them stays outside: the form of names, the lock-out, how many checks run at a time, and tokens. A
//! SCRAM exchange is none of it: it needs a verifier, which only the users of the state database have, so a door that speaks SCRAM
//! asks for the password itself where the passwords are elsewhere.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use super::principal::Principal;
use super::user_name::UserName;
use crate::error::Result;

/// An answer that may take a moment; none when the password is not that of a user who may sign in.
pub type Checked<'a> = Pin<Box<dyn Future<Output = Result<Option<Principal>>> + Send + 'a>>;

/// A way to sign in by user and password.
pub trait ByPassword: fmt::Debug + Send + Sync {
    /// Whose password it is. A wrong password, an unknown user and a disabled user are one answer, and take as long. An error is for
    /// what is nobody's fault who signs in: it counts for no lock-out.
    fn check<'a>(&'a self, name: &'a UserName, password: &'a str) -> Checked<'a>;
}
