//! Signing in by the password as it is, or by a token in its place. Only where the configuration asks for it: a token cannot be
//! proved without being sent, since only its hash is known here.

use huitong_catalog::identity::{Principal, Users};
use huitong_catalog::{Code, Error};

use super::input::{Fields, Input};
use super::output::Output;
use super::problem::Stop;
use super::scram::{authentication, password};

/// A token of an issuer, and a little more.
const SECRET_BYTES_MAX: usize = 20_000;

pub async fn sign_in(input: &mut Input, output: &mut Output, users: &Users, user: &str) -> Result<Principal, Stop> {
    authentication(output, 3, |_| {});
    output.send().await?;
    let mut fields = Fields(password(input, SECRET_BYTES_MAX).await?);
    let secret = fields.text().filter(|_| fields.0.is_empty());
    let secret = secret.ok_or_else(|| Error::new(Code::WRONG_PASSWORD, "wrong user or password"))?;
    let principal = users.authenticate_secret(user, &secret).await?;
    authentication(output, 0, |_| {});
    Ok(principal)
}
