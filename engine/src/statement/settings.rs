//! `SET`, `SHOW` and `USE`: the few settings that a user may change.
//!
//! The libraries below have hundreds of settings, some of which break queries or carry secrets. Only the ones named here
//! exist for users.

use std::time::Duration;

use arrow::ipc::CompressionType;
use datafusion::logical_expr::{LogicalPlanBuilder, lit};
use datafusion::sql::sqlparser::ast::{ContextModifier, Expr, Ident, ObjectName, Set, Use, Value, ValueWithSpan};
use huitong_catalog::{Code, Error, Result};

use super::query::Planned;
use crate::backend::choose::{Choice, Wish};
use crate::error::of_datafusion;
use crate::session::{Done, Session, Settings};
use crate::types::DEFAULT_ZONE;

const BACKEND: &str = "huitong.backend";
const SEARCH_PATH: &str = "search_path";
const TIMEOUT: &str = "huitong.statement_timeout";
const TIME_ZONE: &str = "timezone";
const GROUP: &str = "huitong.group";
const COMPRESSION: &str = "huitong.result_compression";
const ENDPOINTS: &str = "huitong.result_endpoints";
const PURPOSE: &str = "huitong.purpose";
const NAMES: [&str; 8] = [BACKEND, GROUP, PURPOSE, COMPRESSION, ENDPOINTS, SEARCH_PATH, TIMEOUT, TIME_ZONE];

/// Characters of a purpose.
const PURPOSE_CHARS_MAX: usize = 200;

/// Endpoints that one answer may have.
const ENDPOINTS_MAX: usize = 64;

/// Runs `SET name = value`.
pub fn set(session: &Session, set: &Set) -> Result<Done> {
    let (name, values) = match set {
        Set::SingleAssignment { variable, values, hivevar: false, scope: None | Some(ContextModifier::Session) } => {
            (variable.to_string(), values.clone())
        }
        Set::SetTimeZone { local: false, value } => (TIME_ZONE.to_owned(), vec![value.clone()]),
        _ => {
            return Err(Error::new(Code::UNSUPPORTED_STATEMENT, "this form of SET is not supported")
                .with_hint("write `SET name = 'value'`"));
        }
    };
    let [value] = values.as_slice() else {
        return Err(Error::new(Code::SETTING_VALUE, format!("`{name}` takes exactly one value")));
    };
    assign(session, &name.to_lowercase(), &text(value)?)?;
    Ok(Done { command: "SET", rows: None })
}

/// Runs `USE schema`.
pub fn set_schema(session: &Session, target: &Use) -> Result<Done> {
    let name = match target {
        Use::Schema(name) | Use::Object(name) => schema_of(name)?,
        _ => {
            return Err(Error::new(Code::UNSUPPORTED_STATEMENT, "this form of USE is not supported")
                .with_hint("write `USE schema`"));
        }
    };
    assign(session, SEARCH_PATH, &name)?;
    Ok(Done { command: "USE", rows: None })
}

/// Plans `SHOW name` for a setting of ours, or `SHOW ALL`.
pub fn show(session: &Session, variable: &[Ident]) -> Result<Option<Planned>> {
    let words: Vec<_> = variable.iter().map(|ident| ident.value.to_lowercase()).collect();
    let name = match words.join(".").as_str() {
        "time.zone" => TIME_ZONE.to_owned(),
        name => name.to_owned(),
    };
    let settings = session.settings();
    let shown: Vec<&str> = match name.as_str() {
        "all" => NAMES.to_vec(),
        "tables" | "columns" | "functions" => return Ok(None),
        name => vec![*NAMES.iter().find(|known| **known == name).ok_or_else(|| unknown(name))?],
    };
    let rows = shown.into_iter().map(|name| vec![lit(name), lit(current(&settings, name))]).collect();
    let plan = LogicalPlanBuilder::values(rows)
        .and_then(|rows| {
            let columns = rows.schema().columns();
            let named = columns.into_iter().zip(["name", "value"]);
            rows.project(
                named
                    .map(|(column, name)| datafusion::logical_expr::Expr::Column(column).alias(name))
                    .collect::<Vec<_>>(),
            )
        })
        .and_then(LogicalPlanBuilder::build)
        .map_err(of_datafusion)?;
    let choice = Choice::local("SHOW answers in this process");
    Ok(Some(Planned::new(plan, session.statement_context()?, choice)))
}

/// Changes a setting; also the way for a client that has no SQL at hand.
pub(crate) fn assign(session: &Session, name: &str, value: &str) -> Result<()> {
    match name {
        BACKEND => {
            let wish = backend(value)?;
            session.change_settings(|settings| settings.backend = wish);
        }
        GROUP => {
            let groups: Vec<&str> = session.engine().groups().iter().map(|group| &*group.name).collect();
            if !groups.contains(&value) {
                return Err(bad(GROUP, value, &groups.join(", ")));
            }
            session.change_settings(|settings| settings.group = value.to_owned());
        }
        COMPRESSION => {
            let compression = compression(value)?;
            session.change_settings(|settings| settings.result_compression = compression);
        }
        ENDPOINTS => {
            let endpoints = value.parse().ok().filter(|number| (1..=ENDPOINTS_MAX).contains(number));
            let endpoints = endpoints.ok_or_else(|| bad(ENDPOINTS, value, &format!("1 to {ENDPOINTS_MAX}")))?;
            session.change_settings(|settings| settings.result_endpoints = endpoints);
        }
        PURPOSE => {
            let purpose = purpose(value)?;
            if session.principal().scope.purpose().is_some_and(|fixed| purpose.as_deref() != Some(fixed)) {
                return Err(Error::new(Code::SETTING_NOT_ALLOWED, "the token of this sign-in is for one purpose")
                    .with_hint("sign in with another token, or with the password"));
            }
            session.change_settings(|settings| settings.purpose = purpose);
        }
        SEARCH_PATH | "schema" => {
            let schema = existing_schema(session, value)?;
            session.change_settings(|settings| settings.schema = schema);
        }
        TIMEOUT | "statement_timeout" => {
            let timeout = timeout(value)?;
            session.change_settings(|settings| settings.statement_timeout = timeout);
        }
        TIME_ZONE => {
            let zone = time_zone(value)?;
            session.change_settings(|settings| settings.time_zone = Some(zone));
        }
        other => return Err(unknown(other)),
    }
    Ok(())
}

/// Every setting with its value.
pub(crate) fn all(settings: &Settings) -> Vec<(&'static str, String)> {
    NAMES.iter().map(|name| (*name, current(settings, name))).collect()
}

fn current(settings: &Settings, name: &str) -> String {
    match name {
        BACKEND => match settings.backend {
            Wish::Auto => "auto",
            Wish::Local => "local",
            Wish::Staged => "staged",
        }
        .to_owned(),
        GROUP => settings.group.clone(),
        COMPRESSION => match settings.result_compression {
            Some(CompressionType::ZSTD) => "zstd",
            Some(_) => "lz4",
            None => "none",
        }
        .to_owned(),
        ENDPOINTS => settings.result_endpoints.to_string(),
        PURPOSE => settings.purpose.clone().unwrap_or_default(),
        SEARCH_PATH => settings.schema.clone(),
        TIMEOUT => settings.statement_timeout.map_or("0".to_owned(), |limit| format!("{}ms", limit.as_millis())),
        _ => settings.time_zone.clone().unwrap_or_else(|| DEFAULT_ZONE.to_owned()),
    }
}

/// What data is read for; nothing, or one line, which policies look at and the audit keeps.
fn purpose(value: &str) -> Result<Option<String>> {
    let value = value.trim();
    if value.chars().count() > PURPOSE_CHARS_MAX || value.contains(char::is_control) {
        return Err(bad(PURPOSE, value, &format!("one line of at most {PURPOSE_CHARS_MAX} characters")));
    }
    Ok(Some(value.to_owned()).filter(|value| !value.is_empty()))
}

fn compression(value: &str) -> Result<Option<CompressionType>> {
    match value.to_lowercase().as_str() {
        "none" => Ok(None),
        "lz4" => Ok(Some(CompressionType::LZ4_FRAME)),
        "zstd" => Ok(Some(CompressionType::ZSTD)),
        _ => Err(bad(COMPRESSION, value, "none, lz4, zstd")),
    }
}

fn unknown(name: &str) -> Error {
    let error =
        Error::new(Code::SETTING_NOT_ALLOWED, format!("`{name}` is not a setting that can be changed or shown"));
    let error = error.with_suggestion(name, NAMES);
    if error.hint.is_some() { error } else { error.with_hint(format!("settings are {}", NAMES.join(", "))) }
}

fn bad(name: &str, value: &str, allowed: &str) -> Error {
    Error::new(Code::SETTING_VALUE, format!("`{name}` cannot be `{value}`")).with_hint(format!("allowed: {allowed}"))
}

fn backend(value: &str) -> Result<Wish> {
    match value.to_lowercase().as_str() {
        "auto" => Ok(Wish::Auto),
        "local" => Ok(Wish::Local),
        "staged" => Ok(Wish::Staged),
        other => Err(bad(BACKEND, other, "auto, local, staged")),
    }
}

fn existing_schema(session: &Session, value: &str) -> Result<String> {
    if value.contains(',') {
        return Err(bad(SEARCH_PATH, value, "one schema"));
    }
    let name = value.trim().trim_matches('"');
    let names = session.names();
    if names.schema(name).is_some() || name == crate::system::SCHEMA || name == "information_schema" {
        return Ok(name.to_owned());
    }
    Err(Error::new(Code::UNKNOWN_SCHEMA, format!("unknown schema `{name}`")).with_suggestion(name, names.schemas()))
}

/// `0` or `off` for none, a number of milliseconds, or a number with `ms`, `s`, `min` or `h`.
fn timeout(value: &str) -> Result<Option<Duration>> {
    let text = value.trim().to_lowercase();
    if text == "off" {
        return Ok(None);
    }
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let unit_ms = match text[digits..].trim() {
        "" | "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        _ => return Err(bad(TIMEOUT, value, "0, or a number with ms, s, min or h")),
    };
    let number: u64 = text[..digits].parse().map_err(|_| bad(TIMEOUT, value, "0, or a number with ms, s, min or h"))?;
    let ms = number.checked_mul(unit_ms).ok_or_else(|| bad(TIMEOUT, value, "a shorter time"))?;
    Ok((ms > 0).then(|| Duration::from_millis(ms)))
}

fn time_zone(value: &str) -> Result<String> {
    let zone: std::result::Result<arrow::array::timezone::Tz, _> = value.parse();
    match zone {
        Ok(_) => Ok(value.to_owned()),
        Err(_) => Err(bad(TIME_ZONE, value, "an offset such as +08:00, or a name such as Asia/Shanghai")),
    }
}

fn schema_of(name: &ObjectName) -> Result<String> {
    match name.0.as_slice() {
        [part] => {
            part.as_ident().map(fold).ok_or_else(|| Error::new(Code::SYNTAX, format!("`{name}` is no schema name")))
        }
        _ => Err(Error::new(Code::SYNTAX, format!("`{name}` is no schema name"))),
    }
}

/// An unquoted name means its lower-case form.
pub(super) fn fold(ident: &Ident) -> String {
    if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_lowercase() }
}

fn text(value: &Expr) -> Result<String> {
    match value {
        Expr::Value(ValueWithSpan { value, .. }) => match value {
            Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => Ok(text.clone()),
            Value::Number(text, _) => Ok(text.clone()),
            Value::Boolean(value) => Ok(value.to_string()),
            other => Err(Error::new(Code::SETTING_VALUE, format!("`{other}` is no value for a setting"))),
        },
        Expr::Identifier(ident) => Ok(fold(ident)),
        other => Err(Error::new(Code::SETTING_VALUE, format!("`{other}` is no value for a setting"))
            .with_hint("write it in single quotes")),
    }
}
