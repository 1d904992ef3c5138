//! A compiled model: immutable, known by its hash, stored as JSON.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::entries::{CodeTable, Dataset, Department, Element, Role};
use crate::error::{Code, Error, Result};
use crate::names::TableName;

/// Goes up when the same model would mean something else.
const FORMAT: u64 = 1;

/// All contracts of a city at one moment. Whoever holds it may keep it: nothing in it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    hash: Hash,
    content: Content,
}

/// Whatever is in here has been checked: every name leads to something that is in here, too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Content {
    pub codes: BTreeMap<String, CodeTable>,
    pub elements: BTreeMap<String, Element>,
    pub departments: BTreeMap<String, Department>,
    pub roles: BTreeMap<String, Role>,
    pub datasets: BTreeMap<TableName, Dataset>,
    /// Files of policies, by name; their text with plain line ends.
    pub policies: BTreeMap<String, String>,
}

impl Snapshot {
    /// Nothing at all: what holds before the first model is applied.
    pub fn empty() -> Self {
        Self::seal(Content::default())
    }

    pub(super) fn seal(content: Content) -> Self {
        Self { hash: Hash::of(&content_json(&content)), content }
    }

    /// The same for the same content, whatever order files and keys had; another one for any other content.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    pub fn code_tables(&self) -> &BTreeMap<String, CodeTable> {
        &self.content.codes
    }

    pub fn elements(&self) -> &BTreeMap<String, Element> {
        &self.content.elements
    }

    pub fn departments(&self) -> &BTreeMap<String, Department> {
        &self.content.departments
    }

    pub fn roles(&self) -> &BTreeMap<String, Role> {
        &self.content.roles
    }

    pub fn datasets(&self) -> &BTreeMap<TableName, Dataset> {
        &self.content.datasets
    }

    pub fn policies(&self) -> &BTreeMap<String, String> {
        &self.content.policies
    }

    /// The contract of a table; nothing: it has none.
    pub fn dataset(&self, table: &TableName) -> Option<&Dataset> {
        self.content.datasets.get(table)
    }

    /// As it is stored; [`Snapshot::from_json`] reads it.
    pub fn to_json(&self) -> String {
        let mut whole = serde_json::Map::new();
        whole.insert("format".to_owned(), FORMAT.into());
        whole.insert("hash".to_owned(), self.hash.to_string().into());
        whole.insert("content".to_owned(), content_json(&self.content));
        Value::Object(whole).to_string()
    }

    /// Reads what [`Snapshot::to_json`] wrote, and nothing else: a text that was changed since, or that another version
    /// wrote in a way that is not understood here, is refused (HT0803).
    pub fn from_json(text: &str) -> Result<Self> {
        let refuse = |why: String| {
            Error::new(Code::SNAPSHOT_UNREADABLE, format!("the stored model {why}"))
                .with_hint("apply the model again from its directory")
        };
        let whole: Value = serde_json::from_str(text).map_err(|error| refuse(format!("is not JSON: {error}")))?;
        match whole["format"].as_u64() {
            Some(FORMAT) => {}
            Some(other) => return Err(refuse(format!("has format {other}, not {FORMAT}"))),
            None => return Err(refuse("has no format".to_owned())),
        }
        let stored: Option<Hash> = whole["hash"].as_str().and_then(|hash| hash.parse().ok());
        let hash = Hash::of(&whole["content"]);
        if stored != Some(hash) {
            return Err(refuse("does not have the content that its hash names".to_owned()));
        }
        let content = Content::deserialize(&whole["content"])
            .map_err(|error| refuse(format!("was written by another version: {error}")))?;
        Ok(Self { hash, content })
    }
}

#[expect(clippy::expect_used, reason = "structs and maps whose keys are texts always have a form in JSON")]
fn content_json(content: &Content) -> Value {
    serde_json::to_value(content).expect("a form in JSON")
}

/// SHA-256 over the canonical form of a snapshot's content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    fn of(content: &Value) -> Self {
        let mut text = format!("huitong model {FORMAT}\n");
        write_canonical(content, &mut text);
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
        Self(bytes)
    }

    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first twelve characters, for people.
    pub fn short(&self) -> String {
        self.to_string()[..12].to_owned()
    }
}

/// JSON without white space, the keys of every object in the order of their characters.
fn write_canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(entries) => {
            let mut keys: Vec<&String> = entries.keys().collect();
            keys.sort();
            text.push('{');
            for (index, key) in keys.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                write_canonical(&entries[key], text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_canonical(item, text);
            }
            text.push(']');
        }
        plain => text.push_str(&plain.to_string()),
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hash {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let digit = |b: &u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 64 || !text.as_bytes().iter().all(digit) {
            return Err(Error::new(Code::SNAPSHOT_UNREADABLE, "a hash of a model has 64 hexadecimal digits"));
        }
        let mut bytes = [0; 32];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).unwrap_or_default();
        }
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests;
