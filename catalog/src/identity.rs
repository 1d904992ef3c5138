//! Who is asking: users, their passwords and their tokens, and the [`Principal`] that a sign-in yields.
//!
//! What a principal may *do* is not decided here, and neither is the wire format of a sign-in: the doors bring a name and a
//! password, a token, or a SCRAM exchange, and get a principal or an error that does not tell a stranger which users exist.

mod by_password;
mod lockout;
mod office;
/// Tokens of an issuer.
pub mod oidc;
mod password;
mod principal;
mod scope;
mod scram;
mod token;
mod token_cache;
mod user_name;
mod users;
mod watched;

pub use by_password::{ByPassword, Checked};
pub use lockout::LockoutRules;
pub use office::Office;
pub use password::{Cost, PasswordRules};
pub use principal::{Attributes, Principal, Via};
pub use scope::Scope;
pub use scram::Verifier;
pub use token::{Token, TokenKind};
pub use user_name::UserName;
pub use users::{FirstAdmin, Options, ScramAttempt, Standing, TOKEN_LIFETIME_MAX, TokenInfo, UserInfo, Users};
pub use watched::SignIns;
