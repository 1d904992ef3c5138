//! Settings of a connection: those of the session under the names that PostgreSQL has for them, and those that only clients know.
//!
//! Of the latter each has its allowed values. One that changes nothing here takes only the value that is true anyway; a client that
//! asks for anything else is told, rather than left in its belief.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use huitong_catalog::identity::Office;
use huitong_catalog::{Code, Error, Result};
use huitong_engine::planning::DEFAULT_SCHEMA;
use huitong_engine::{Client, Session};

/// The version of PostgreSQL whose catalogue and protocol this is.
pub const SERVER_VERSION: &str = concat!("16.0 (huitong ", env!("CARGO_PKG_VERSION"), ")");

/// What a setting may be.
enum Allowed {
    Any,
    /// The first is how it is shown.
    Only(&'static [&'static str]),
    Number,
    Fixed,
}

use Allowed::{Any, Fixed, Number, Only};

const BOOLEAN: Allowed = Only(&["on", "true", "yes", "1", "off", "false", "no", "0"]);

struct Variable {
    name: &'static str,
    fallback: &'static str,
    allowed: Allowed,
}

const fn variable(name: &'static str, fallback: &'static str, allowed: Allowed) -> Variable {
    Variable { name, fallback, allowed }
}

/// In the order in which they are shown.
const VARIABLES: &[Variable] = &[
    variable("application_name", "", Any),
    variable("bytea_output", "hex", Only(&["hex"])),
    variable("client_encoding", "UTF8", Only(&["UTF8", "UTF-8", "UNICODE"])),
    variable(
        "client_min_messages",
        "notice",
        Only(&[
            "notice", "warning", "error", "log", "debug1", "debug2", "debug3", "debug4", "debug5", "info", "fatal",
            "panic",
        ]),
    ),
    variable("DateStyle", "ISO, MDY", Any),
    variable("default_table_access_method", "delta", Fixed),
    variable("default_transaction_isolation", "read committed", Only(&["read committed"])),
    variable("default_transaction_read_only", "off", BOOLEAN),
    variable("extra_float_digits", "1", Number),
    variable("geqo", "off", BOOLEAN),
    variable("idle_in_transaction_session_timeout", "0", Only(&["0"])),
    variable("in_hot_standby", "off", Fixed),
    variable("integer_datetimes", "on", Fixed),
    variable("IntervalStyle", "postgres", Only(&["postgres"])),
    variable("is_superuser", "off", Fixed),
    variable("jit", "off", BOOLEAN),
    // Nothing waits for locks, however short the time is that it may.
    variable("lock_timeout", "0", Any),
    variable("max_identifier_length", "63", Fixed),
    variable("max_index_keys", "32", Fixed),
    variable("row_security", "on", BOOLEAN),
    variable("server_encoding", "UTF8", Fixed),
    variable("server_version", SERVER_VERSION, Fixed),
    variable("server_version_num", "160000", Fixed),
    variable("session_authorization", "", Fixed),
    variable("standard_conforming_strings", "on", Only(&["on", "true", "yes", "1"])),
    variable("synchronize_seqscans", "on", BOOLEAN),
    variable("transaction_isolation", "read committed", Only(&["read committed"])),
    variable("transaction_read_only", "off", BOOLEAN),
];

/// Told at the start, and again whenever they change.
const REPORTED: [&str; 13] = [
    "application_name",
    "client_encoding",
    "DateStyle",
    "default_transaction_read_only",
    "in_hot_standby",
    "integer_datetimes",
    "IntervalStyle",
    "is_superuser",
    "server_encoding",
    "server_version",
    "session_authorization",
    "standard_conforming_strings",
    "TimeZone",
];

const SEARCH_PATH: &str = "search_path";
const TIME_ZONE: &str = "TimeZone";
const TIMEOUT: &str = "statement_timeout";
const BACKEND: &str = "huitong.backend";
const GROUP: &str = "huitong.group";
const PURPOSE: &str = "huitong.purpose";
const OF_SESSION: [&str; 6] = [BACKEND, GROUP, PURPOSE, SEARCH_PATH, TIMEOUT, TIME_ZONE];

/// Whether the open transaction only reads, and whether those do that say nothing of it.
pub const READ_ONLY: &str = "transaction_read_only";
pub const READ_ONLY_DEFAULT: &str = "default_transaction_read_only";

/// The settings of one connection.
#[derive(Debug)]
pub struct Variables {
    session: Session,
    /// How the session began, for RESET.
    first: BTreeMap<&'static str, String>,
    changed: Mutex<BTreeMap<&'static str, String>>,
}

impl Variables {
    pub fn new(session: Session) -> Self {
        let new = Self { session, first: BTreeMap::new(), changed: Mutex::default() };
        let first = OF_SESSION.into_iter().map(|name| (name, new.of_session(name))).collect();
        Self { first, ..new }
    }

    /// From now on RESET leads back here.
    pub fn begin(&mut self) {
        self.first = self.all().into_iter().collect();
    }

    /// The value of a setting.
    pub fn get(&self, name: &str) -> Result<String> {
        let (known, value) = self.find(name).ok_or_else(|| unknown(name))?;
        Ok(match known {
            "is_superuser" if self.session.principal().holds(Office::System) => "on".to_owned(),
            "session_authorization" => self.session.principal().name.clone(),
            _ => value,
        })
    }

    /// The name as it is written in lists, with the value.
    fn find(&self, name: &str) -> Option<(&'static str, String)> {
        if let Some(known) = OF_SESSION.iter().find(|known| known.eq_ignore_ascii_case(name)) {
            return Some((known, self.of_session(known)));
        }
        if name.eq_ignore_ascii_case("huitong.statement_timeout") {
            return self.find(TIMEOUT);
        }
        let known = VARIABLES.iter().find(|known| known.name.eq_ignore_ascii_case(name))?;
        let changed = self.changed().get(known.name).cloned();
        if known.name == READ_ONLY && changed.is_none() {
            return Some((known.name, self.find(READ_ONLY_DEFAULT)?.1));
        }
        Some((known.name, changed.unwrap_or_else(|| known.fallback.to_owned())))
    }

    fn of_session(&self, name: &str) -> String {
        let settings = self.session.settings();
        match name {
            SEARCH_PATH => settings.schema,
            TIME_ZONE => settings.time_zone.unwrap_or_else(|| "UTC".to_owned()),
            BACKEND | GROUP | PURPOSE => {
                let options = self.session.options();
                options.into_iter().find(|(known, _)| *known == name).map(|(_, value)| value).unwrap_or_default()
            }
            _ => settings.statement_timeout.map_or("0".to_owned(), duration),
        }
    }

    /// Changes a setting; those of the engine have `huitong.` before their name.
    pub fn set(&self, name: &str, value: &str) -> Result<()> {
        let name = name.to_lowercase();
        match name.as_str() {
            SEARCH_PATH => return self.session.set(SEARCH_PATH, &schema_of(value)),
            "timezone" => return self.session.set("timezone", &zone_of(value)),
            TIMEOUT => return self.session.set(TIMEOUT, value),
            name if name.starts_with("huitong.") => return self.session.set(name, value),
            _ => {}
        }
        let (name, value) = read(&name, value)?;
        self.keep(name, value);
        Ok(())
    }

    /// Leads a setting back to how the session began.
    pub fn reset(&self, name: &str) -> Result<()> {
        let (known, _) = self.find(name).ok_or_else(|| unknown(name))?;
        if known == READ_ONLY {
            self.end_transaction();
            return Ok(());
        }
        match self.first.get(known) {
            Some(value) if OF_SESSION.contains(&known) => self.set(known, value),
            Some(value) => {
                self.keep(known, value.clone());
                Ok(())
            }
            None => {
                self.changed().remove(known);
                Ok(())
            }
        }
    }

    fn keep(&self, name: &'static str, value: String) {
        if name == "application_name" {
            self.session.set_client(Client::new(Some(&value), self.session.client().address));
        }
        self.changed().insert(name, value);
    }

    /// Whether a statement that runs now may only read.
    pub fn is_read_only(&self) -> bool {
        self.find(READ_ONLY).is_some_and(|(_, value)| value == "on")
    }

    /// What was said for one transaction ends with it.
    pub fn end_transaction(&self) {
        self.changed().remove(READ_ONLY);
    }

    pub fn reset_all(&self) -> Result<()> {
        self.all().into_iter().try_for_each(|(name, _)| self.reset(name))
    }

    /// All names with their values.
    pub fn all(&self) -> Vec<(&'static str, String)> {
        let names = VARIABLES.iter().map(|known| known.name).chain(OF_SESSION);
        let mut all: Vec<_> = names.filter_map(|name| Some((name, self.get(name).ok()?))).collect();
        all.sort_by_key(|(name, _)| name.to_lowercase());
        all
    }

    /// What clients keep of their own accord.
    pub fn reported(&self) -> Vec<(&'static str, String)> {
        REPORTED.into_iter().filter_map(|name| Some((name, self.get(name).ok()?))).collect()
    }

    fn changed(&self) -> MutexGuard<'_, BTreeMap<&'static str, String>> {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A setting that only clients know, as it is called and as its value is shown.
pub fn read(name: &str, value: &str) -> Result<(&'static str, String)> {
    let known = VARIABLES.iter().find(|known| known.name.eq_ignore_ascii_case(name)).ok_or_else(|| unknown(name))?;
    Ok((known.name, known.read(value)?))
}

impl Variable {
    /// The value as it is shown, if it is allowed.
    fn read(&self, value: &str) -> Result<String> {
        let value = value.trim();
        let same = |allowed: &&&str| allowed.eq_ignore_ascii_case(value);
        let refused = |hint: String| {
            Err(Error::new(Code::SETTING_VALUE, format!("`{}` cannot be `{value}`", self.name)).with_hint(hint))
        };
        match &self.allowed {
            Any if self.name == "DateStyle" => date_style(value),
            Any => Ok(value.chars().take(64).collect()),
            Number if value.parse::<i32>().is_ok() => Ok(value.to_owned()),
            Number => refused("allowed: a whole number".into()),
            Fixed if value.eq_ignore_ascii_case(self.fallback) => Ok(self.fallback.to_owned()),
            Fixed => refused("it cannot be changed".into()),
            Only(["on", ..]) if ["on", "true", "yes", "1"].iter().find(same).is_some() => Ok("on".into()),
            Only(["on", .., "0"]) if ["off", "false", "no", "0"].iter().find(same).is_some() => Ok("off".into()),
            Only(["off", ..]) if ["off", "false", "no", "0"].iter().find(same).is_some() => Ok("off".into()),
            // asyncpg sends it with its quotes.
            Only(allowed @ ["UTF8", ..])
                if allowed.iter().any(|one| one.eq_ignore_ascii_case(value.trim_matches('\''))) =>
            {
                Ok("UTF8".into())
            }
            Only(allowed) => match allowed.iter().find(same) {
                Some(found) => Ok((*found).to_owned()),
                None => refused(format!("allowed: {}", allowed.join(", "))),
            },
        }
    }
}

/// A time in the largest unit that it is a whole number of.
fn duration(time: Duration) -> String {
    let units = [(3_600_000, "h"), (60_000, "min"), (1_000, "s"), (1, "ms")];
    let ms = time.as_millis();
    let (unit_ms, unit) = units.into_iter().find(|(unit_ms, _)| ms.is_multiple_of(*unit_ms)).unwrap_or((1, "ms"));
    format!("{}{unit}", ms / unit_ms)
}

/// Dates are written as ISO 8601 has them; the order of day and month only says how unclear ones would be read.
fn date_style(value: &str) -> Result<String> {
    let mut order = "MDY";
    for part in value.split(',').map(|part| part.trim().to_uppercase()) {
        match part.as_str() {
            "ISO" => {}
            "MDY" | "US" | "NONEURO" => order = "MDY",
            "DMY" | "EURO" => order = "DMY",
            "YMD" => order = "YMD",
            _ => {
                return Err(Error::new(Code::SETTING_VALUE, format!("`DateStyle` cannot be `{value}`"))
                    .with_hint("allowed: ISO, with MDY, DMY or YMD"));
            }
        }
    }
    Ok(format!("ISO, {order}"))
}

/// The schema of a path; those that are searched anyway are left out. A path of several is refused by the engine.
pub fn schema_of(value: &str) -> String {
    let parts = value.split(',').map(|part| part.trim().trim_matches('"'));
    let parts: Vec<_> = parts.filter(|part| !["$user", "pg_catalog", "pg_temp", ""].contains(part)).collect();
    match parts.as_slice() {
        [] => DEFAULT_SCHEMA.to_owned(),
        parts => parts.join(", "),
    }
}

/// `GMT-08:00` is POSIX for eight hours east of Greenwich; Java writes it so.
pub fn zone_of(value: &str) -> String {
    let posix = ["GMT", "UTC"].iter().find_map(|prefix| value.strip_prefix(prefix));
    let Some((sign, rest)) = posix.and_then(|rest| Some((rest.chars().next()?, rest.get(1..)?))) else {
        return value.to_owned();
    };
    let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "00"));
    match (sign, hours.parse::<u8>()) {
        ('-', Ok(hours)) => format!("+{hours:02}:{minutes}"),
        ('+', Ok(hours)) => format!("-{hours:02}:{minutes}"),
        _ => value.to_owned(),
    }
}

fn unknown(name: &str) -> Error {
    let names = VARIABLES.iter().map(|known| known.name).chain(OF_SESSION);
    Error::new(Code::SETTING_NOT_ALLOWED, format!("`{name}` is not a setting that can be changed or shown"))
        .with_suggestion(name, names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_true_can_be_set() {
        let read = |name: &str, value: &str| {
            let known = VARIABLES.iter().find(|known| known.name == name).unwrap();
            known.read(value).map_err(|error| error.code)
        };
        let refused = Err(Code::SETTING_VALUE);
        for (name, value, expected) in [
            ("client_encoding", "utf-8", Ok("UTF8")),
            ("client_encoding", "GBK", refused),
            ("standard_conforming_strings", "TRUE", Ok("on")),
            ("standard_conforming_strings", "off", refused),
            ("row_security", "0", Ok("off")),
            ("DateStyle", "iso, dmy", Ok("ISO, DMY")),
            ("DateStyle", "German", refused),
            ("extra_float_digits", "3", Ok("3")),
            ("extra_float_digits", "many", refused),
            ("transaction_isolation", "serializable", refused),
            ("transaction_read_only", "0", Ok("off")),
            ("default_transaction_read_only", "true", Ok("on")),
            ("server_version", "17", refused),
        ] {
            assert_eq!(read(name, value), expected.map(str::to_owned), "{name} {value}");
        }
    }

    #[test]
    fn times_are_shown_in_their_largest_unit() {
        for (ms, shown) in
            [(1, "1ms"), (1500, "1500ms"), (5000, "5s"), (90_000, "90s"), (120_000, "2min"), (7_200_000, "2h")]
        {
            assert_eq!(duration(Duration::from_millis(ms)), shown);
        }
    }

    #[test]
    fn paths_and_zones_are_read() {
        assert_eq!(schema_of("\"$user\", public"), "public");
        assert_eq!(schema_of("pg_catalog, \"统计\""), "统计");
        assert_eq!(schema_of("a, b"), "a, b");
        assert_eq!(zone_of("GMT-08:00"), "+08:00");
        assert_eq!(zone_of("UTC+3"), "-03:00");
        for zone in ["GMT", "UTC", "Asia/Shanghai", "+08:00"] {
            assert_eq!(zone_of(zone), zone);
        }
    }
}
