//! Where a state database on PostgreSQL is, and that the way to it is safe.

use std::fmt;
use std::net::IpAddr;
use std::path::Path;
use std::str::FromStr;

use url::Url;

use super::listen::is_loopback;
use crate::error::{Code, Error, Result};

/// `postgres://user@host:port/database`, checked: it names a host and a database, and beyond this machine it demands
/// TLS. It may carry a password, which neither `Debug` nor `Display` shows; better is the environment variable
/// `PGPASSWORD`, which is read when the URL has none.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl(Url);

/// What may follow the `?`. Anything that names another host or a password a second time would pass by the checks.
const PARAMETERS: [&str; 5] = ["sslmode", "sslrootcert", "sslcert", "sslkey", "options"];

/// Of the values of `sslmode` those that refuse to go on without TLS.
const ENCRYPTED: [&str; 3] = ["require", "verify-ca", "verify-full"];
const UNENCRYPTED: [&str; 3] = ["disable", "allow", "prefer"];

impl PostgresUrl {
    /// With the password: for the driver only.
    pub(crate) fn secret(&self) -> &str {
        self.0.as_str()
    }

    fn parameter(&self, name: &str) -> Option<String> {
        self.0.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    fn check(&self) -> Result<()> {
        let refuse = |what: &str| Err(Error::new(Code::BAD_VALUE, what));
        if !matches!(self.0.scheme(), "postgres" | "postgresql") {
            return refuse("must be a `postgres://` URL");
        }
        if self.0.host_str().is_none_or(str::is_empty) || matches!(self.0.path(), "" | "/") {
            return refuse("must name a host and a database");
        }
        let mut names: Vec<String> = self.0.query_pairs().map(|(key, _)| key.into_owned()).collect();
        names.sort_unstable();
        if let Some(unknown) = names.iter().find(|name| !PARAMETERS.contains(&name.as_str())) {
            return refuse(&format!("has the parameter `{unknown}`; allowed are {}", PARAMETERS.join(", ")));
        }
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return refuse("has a parameter twice");
        }
        let files = ["sslrootcert", "sslcert", "sslkey"].map(|name| (name, self.parameter(name)));
        if let Some((name, _)) =
            files.iter().find(|(_, file)| file.as_ref().is_some_and(|f| !Path::new(f).is_absolute()))
        {
            return refuse(&format!("must give `{name}` as an absolute path"));
        }
        self.check_encryption()
    }

    /// Left to itself the driver would fall back to plain text when the server has no TLS.
    fn check_encryption(&self) -> Result<()> {
        let mode = self.parameter("sslmode");
        match mode.as_deref() {
            Some(mode) if ENCRYPTED.contains(&mode) => Ok(()),
            Some(mode) if !UNENCRYPTED.contains(&mode) => Err(Error::new(Code::BAD_VALUE, "has an unknown `sslmode`")),
            _ if self.is_local() => Ok(()),
            _ => Err(Error::new(Code::TLS_REQUIRED, "names another machine, but does not demand TLS").with_hint(
                "add `?sslmode=verify-full`, and `&sslrootcert=/path/ca.pem` for a private authority; `sslmode=require` \
                 encrypts without checking the server",
            )),
        }
    }

    /// This machine for certain: a loopback address, `localhost`, or the folder of a socket.
    fn is_local(&self) -> bool {
        let host = self.0.host_str().unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host == "localhost" || host.to_ascii_lowercase().starts_with("%2f") || address.is_ok_and(is_loopback)
    }
}

/// Errors (HT0502, HT0504) read as the end of a sentence about the value and never repeat it.
impl FromStr for PostgresUrl {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let url = Url::parse(text).map_err(|_| Error::new(Code::BAD_VALUE, "must be a `postgres://` URL"))?;
        let url = Self(url);
        url.check().map(|()| url)
    }
}

/// Where it is, without who signs in and how.
impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.host_str().unwrap_or_default())?;
        if let Some(port) = self.0.port() {
            write!(f, ":{port}")?;
        }
        f.write_str(self.0.path())
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresUrl({self})")
    }
}

#[cfg(test)]
mod tests;
