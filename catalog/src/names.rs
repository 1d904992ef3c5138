//! Names of schemas and tables.
//!
//! A name becomes a directory below the storage root, so what is allowed here is what is safe there: no separators, no
//! dots, no control characters, no invisible characters, one spelling per name, and short enough for a file system.
//! A [`TableName`] that exists is valid; nothing downstream checks again.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use unicode_normalization::is_nfc;

use crate::error::{Code, Error, Result};

/// Bound on characters, for people.
pub const NAME_CHARS_MAX: usize = 128;

/// Bound on bytes in UTF-8: what common file systems allow for one directory name (NAME_MAX, 255), less the id that a
/// table's directory carries behind its name (a dot and eight digits).
pub const NAME_BYTES_MAX: usize = 255 - 9;

/// Schemas that belong to the system; users neither create them nor create tables in them.
pub const RESERVED_SCHEMAS: [&str; 3] = ["huitong", "information_schema", "truth"];

/// A valid schema name and a valid table name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableName {
    schema: String,
    table: String,
}

impl TableName {
    pub fn new(schema: impl Into<String>, table: impl Into<String>) -> Result<Self> {
        let (schema, table) = (schema.into(), table.into());
        check_name("schema", &schema)?;
        check_name("table", &table)?;
        Ok(Self { schema, table })
    }

    /// Reads `table`, `schema.table` or either part in double quotes, by the rules of SQL: an unquoted part is folded to
    /// lower case, a quoted one is taken as it stands. `default_schema` completes a bare table name.
    pub fn parse(text: &str, default_schema: &str) -> Result<Self> {
        let mut parts = split_parts(text)?;
        match (parts.pop(), parts.pop(), parts.is_empty()) {
            (Some(table), Some(schema), true) => Self::new(schema, table),
            (Some(table), None, _) => Self::new(default_schema, table),
            _ => Err(not_allowed(format!("`{text}` is not `table` or `schema.table`"))),
        }
    }

    pub fn schema(&self) -> &str {
        &self.schema
    }

    pub fn table(&self) -> &str {
        &self.table
    }

    /// Refuses a name in a reserved schema: for statements that create, write or drop.
    pub fn require_unreserved(&self) -> Result<()> {
        require_unreserved_schema(&self.schema)
    }
}

/// Without quotes; a report puts backticks around it.
impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.table)
    }
}

/// Stored as it is shown: neither part can hold a dot.
impl Serialize for TableName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TableName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (schema, table) = text.split_once('.').unwrap_or(("", &text));
        Self::new(schema, table).map_err(serde::de::Error::custom)
    }
}

/// Refuses a reserved schema, in any case: two directories that differ only in case are one on some systems.
pub fn require_unreserved_schema(schema: &str) -> Result<()> {
    if is_reserved_schema(schema) {
        return Err(not_allowed(format!("schema `{schema}` belongs to the system")).with_hint("choose another schema"));
    }
    Ok(())
}

pub fn is_reserved_schema(schema: &str) -> bool {
    RESERVED_SCHEMAS.iter().any(|reserved| reserved.eq_ignore_ascii_case(schema))
}

/// Checks one name; `what` is `schema` or `table` and only appears in the message.
pub fn check_name(what: &str, name: &str) -> Result<()> {
    let refuse = |why: &str| Err(not_allowed(format!("{what} name `{}` {why}", shown(name))));
    if name.is_empty() {
        return Err(not_allowed(format!("the {what} name is empty")));
    }
    if name.len() > NAME_BYTES_MAX || name.chars().count() > NAME_CHARS_MAX {
        return refuse("is longer than 128 characters or 246 bytes");
    }
    if let Some(bad) = name.chars().find(|c| !is_name_char(*c)) {
        return refuse(&format!("contains `{}`", bad.escape_default()));
    }
    if !is_nfc(name) {
        return refuse("is not in the composed form of Unicode (NFC)");
    }
    if name.to_ascii_lowercase().starts_with("_delta") {
        return refuse("begins with `_delta`, which Delta Lake keeps for itself");
    }
    Ok(())
}

/// Letters and digits of any script (Chinese characters are letters) and the underscore.
fn is_name_char(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

fn split_parts(text: &str) -> Result<Vec<String>> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    loop {
        let (part, after) =
            take_part(rest).ok_or_else(|| not_allowed(format!("`{}` lacks a closing quote", shown(text))))?;
        parts.push(part);
        match after.strip_prefix('.') {
            Some(next) => rest = next,
            None if after.is_empty() => return Ok(parts),
            None => return Err(not_allowed(format!("`{}` is not `table` or `schema.table`", shown(text)))),
        }
    }
}

/// The first part and what follows it; nothing when a quote is left open.
fn take_part(text: &str) -> Option<(String, &str)> {
    let Some(mut rest) = text.strip_prefix('"') else {
        let end = text.find('.').unwrap_or(text.len());
        return Some((text[..end].to_lowercase(), &text[end..]));
    };
    let mut part = String::new();
    loop {
        let (before, after) = rest.split_once('"')?;
        part.push_str(before);
        match after.strip_prefix('"') {
            Some(next) => {
                part.push('"');
                rest = next;
            }
            None => return Some((part, after)),
        }
    }
}

/// Long or strange text is shortened and escaped before it is repeated to anybody.
fn shown(name: &str) -> String {
    const SHOWN_CHARS: usize = 40;
    let safe = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    let mut text: String = name.chars().take(SHOWN_CHARS).map(safe).collect();
    if name.chars().nth(SHOWN_CHARS).is_some() {
        text.push('…');
    }
    text
}

fn not_allowed(message: String) -> Error {
    Error::new(Code::NAME_NOT_ALLOWED, message).with_hint("use letters, digits, underscore or Chinese characters")
}

#[cfg(test)]
mod tests;
