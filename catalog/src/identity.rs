//! Who is asking: users, their passwords and their tokens, and the [`Principal`] that a sign-in yields.
//!
//! What a principal may *do* is not decided here, and neither is the wire format of a sign-in: the doors bring a name and a
//! password, a token, or a SCRAM exchange, and get a principal or an error that does not tell a stranger which users exist.

mod lockout;
mod password;
mod principal;
mod scram;
mod token;
mod token_cache;
mod user_name;
mod users;

pub use password::Cost;
pub use principal::{Principal, Via};
pub use scram::Verifier;
pub use token::{Token, TokenKind};
pub use user_name::UserName;
pub use users::{FirstAdmin, Options, ScramAttempt, Standing, TokenInfo, UserInfo, Users};
