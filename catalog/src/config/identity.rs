//! `[identity]`: rules for passwords and sign-ins, and whose tokens are taken.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::document::{Document, Value};
use super::listen::is_loopback_url;
use super::roles::{optional_path, path};
use super::units::parse_duration;
use crate::error::{Code, Result};
use crate::identity::oidc::Rules;
use crate::identity::{LockoutRules, Options, PasswordRules, TOKEN_LIFETIME_MAX};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub password: PasswordRules,
    pub lockout: LockoutRules,
    pub session_life: Duration,
    pub token_life_max: Duration,
    /// Whether clients of PostgreSQL send passwords themselves, which may then be tokens.
    pub postgres_tokens: bool,
    /// Whether the certificate of a client signs in whom it names.
    pub client_certificates: bool,
    /// `None`: no issuer's tokens are taken.
    pub oidc: Option<Oidc>,
}

/// An issuer whose tokens are taken for sign-ins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oidc {
    pub rules: Rules,
    pub keys: KeyPlace,
}

/// Where the keys of an issuer are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    File(PathBuf),
    /// `https`, or `http` to this machine.
    Web {
        url: Url,
        /// A private authority besides those of the machine.
        ca: Option<PathBuf>,
    },
}

impl Identity {
    pub(super) fn from_document(document: &Document) -> Result<Self> {
        let count = |key, least: i64, most: i64| {
            document.require(key, &format!("a whole number from {least} to {most}"), |value| match value {
                Value::Integer(number) if (least..=most).contains(number) => u32::try_from(*number).ok(),
                _ => None,
            })
        };
        let span = |key, least: Duration, most: Duration, wanted: &str| {
            document.require(key, wanted, |value| {
                parse_duration(value.as_text()?).filter(|span| (least..=most).contains(span))
            })
        };
        let life = "a duration from \"1m\" to \"366d\"";
        Ok(Self {
            password: PasswordRules {
                chars_min: count("identity.password_chars_min", 8, 128)? as usize,
                classes_min: count("identity.password_classes_min", 1, 4)? as usize,
                may_stay: flag(document, "identity.password_may_stay")?,
            },
            lockout: LockoutRules {
                free_failures: count("identity.lockout_after", 1, 100)?,
                wait_max: span("identity.lockout_wait_max", SECOND, DAY, "a duration from \"1s\" to \"1d\"")?,
                memory: span("identity.lockout_memory", MINUTE, 366 * DAY, life)?,
            },
            session_life: span("identity.session_life", MINUTE, TOKEN_LIFETIME_MAX, life)?,
            token_life_max: span("identity.token_life_max", MINUTE, TOKEN_LIFETIME_MAX, life)?,
            postgres_tokens: flag(document, "identity.postgres_tokens")?,
            client_certificates: client_certificates(document)?,
            oidc: oidc(document)?,
        })
    }

    /// What `Users` are opened with; the issuer's keys are for whoever can reach them.
    pub fn options(&self) -> Options {
        Options {
            password: self.password,
            lockout: self.lockout,
            session_life: self.session_life,
            token_life_max: self.token_life_max,
            tokens_as_passwords: self.postgres_tokens,
            certificates: self.client_certificates,
            ..Options::default()
        }
    }
}

/// As when nothing of it is configured.
impl Default for Identity {
    fn default() -> Self {
        let Options { password, lockout, session_life, token_life_max, .. } = Options::default();
        Self {
            password,
            lockout,
            session_life,
            token_life_max,
            postgres_tokens: false,
            client_certificates: false,
            oidc: None,
        }
    }
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3600);

fn flag(document: &Document, key: &str) -> Result<bool> {
    document.require(key, "true or false", Value::as_bool)
}

/// Without an authority there is no certificate to look at.
fn client_certificates(document: &Document) -> Result<bool> {
    let wanted = flag(document, "identity.client_certificates")?;
    if wanted && !document.has("tls.client_ca") {
        return Err(document.missing("tls.client_ca"));
    }
    Ok(wanted)
}

/// All of it or nothing: keys of an issuer that is not named would otherwise be silently of no use.
fn oidc(document: &Document) -> Result<Option<Oidc>> {
    let claims = ["user_claim", "department_claim", "roles_claim", "create_users"];
    let parts = ["audience", "jwks", "ca"].into_iter().chain(claims).map(|name| format!("identity.oidc.{name}"));
    let Some(issuer) = text(document, "identity.oidc.issuer")? else {
        let is_alone = parts.into_iter().any(|key| document.has(&key));
        return if is_alone { Err(document.missing("identity.oidc.issuer")) } else { Ok(None) };
    };
    let required = |key| text(document, key)?.ok_or_else(|| document.missing(key));
    Ok(Some(Oidc {
        rules: Rules {
            issuer,
            audience: required("identity.oidc.audience")?,
            user_claim: required("identity.oidc.user_claim")?,
            department_claim: text(document, "identity.oidc.department_claim")?,
            roles_claim: text(document, "identity.oidc.roles_claim")?,
            create_users: flag(document, "identity.oidc.create_users")?,
        },
        keys: keys(document)?,
    }))
}

fn text(document: &Document, key: &str) -> Result<Option<String>> {
    document.get(key, "a text that is not empty", |value| {
        value.as_text().filter(|text| !text.trim().is_empty()).map(str::to_owned)
    })
}

/// Whoever could change the keys on their way here could be anybody, so they come encrypted or from this machine.
fn keys(document: &Document) -> Result<KeyPlace> {
    let (key, wanted) = ("identity.oidc.jwks", "an https address or a path");
    let ca = optional_path(document, "identity.oidc.ca")?;
    let place = document.require(key, wanted, |value| {
        let text = value.as_text()?;
        if !text.contains("://") {
            return path(document, text).map(KeyPlace::File);
        }
        let url = Url::parse(text).ok()?;
        let anonymous = url.username().is_empty() && url.password().is_none();
        let usable = matches!(url.scheme(), "http" | "https") && url.has_host() && anonymous;
        usable.then_some(KeyPlace::Web { url, ca: None })
    })?;
    match place {
        KeyPlace::Web { url, .. } if url.scheme() == "http" && !is_loopback_url(&url) => {
            let what = "is an http address on another machine";
            Err(document.error(Code::TLS_REQUIRED, key, what).with_hint("use https, or a file"))
        }
        KeyPlace::Web { url, .. } => Ok(KeyPlace::Web { url, ca }),
        KeyPlace::File(_) if ca.is_some() => {
            let what = "is of no use: the keys are in a file";
            Err(document.error(Code::BAD_VALUE, "identity.oidc.ca", what).with_hint("remove it"))
        }
        file => Ok(file),
    }
}

#[cfg(test)]
mod tests;
