//! A configuration file after reading: known keys with their values and places, nothing else.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{Fallback, KEYS, Key};
use crate::error::{Code, Error, Place, Result, suggest};

/// A configuration file is written by hand; what is longer is some other file.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// The content of one file, with what the command line put over it.
#[derive(Clone, Debug)]
pub struct Document {
    /// As in messages.
    name: String,
    /// Where relative paths start.
    folder: PathBuf,
    entries: BTreeMap<String, Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    value: Value,
    /// Nothing for what came from the command line.
    place: Option<Place>,
}

/// A value as the file has it, before anybody knows what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    Integer(i64),
    Boolean(bool),
    List(Vec<String>),
    /// Nothing that any key takes; with the name of its type.
    Other(&'static str),
}

impl Document {
    /// Reads and checks the keys of a file (HT0505, HT0501).
    pub fn read(path: &Path) -> Result<Self> {
        let unreadable = |why: &str| {
            Error::new(Code::CONFIG_UNREADABLE, format!("the configuration file `{}` {why}", path.display()))
        };
        let size = std::fs::metadata(path).map_err(|error| unreadable("cannot be read").caused_by(error))?.len();
        if size > FILE_BYTES_MAX {
            return Err(unreadable("is larger than 1 MiB"));
        }
        let text = std::fs::read_to_string(path).map_err(|error| unreadable("cannot be read").caused_by(error))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::parse(&path.display().to_string(), folder, &text)
    }

    /// Reads and checks the keys of `text`; `name` appears in messages, relative paths start at `folder`.
    pub fn parse(name: &str, folder: &Path, text: &str) -> Result<Self> {
        let root = DeTable::parse(text).map_err(|error| {
            let place = Place::of_offset(text, error.span().map_or(0, |span| span.start));
            Error::new(Code::CONFIG_UNREADABLE, format!("{name}:{place} is not valid TOML: {}", error.message()))
                .at(place)
        })?;
        let mut document = Self { name: name.to_owned(), folder: folder.to_owned(), entries: BTreeMap::new() };
        for (section, table) in root.get_ref() {
            document.add_section(text, section, table)?;
        }
        Ok(document)
    }

    /// A document without a file; relative paths start at `folder`.
    pub fn empty(folder: &Path) -> Self {
        Self { name: "command line".to_owned(), folder: folder.to_owned(), entries: BTreeMap::new() }
    }

    /// Puts a value over that of the file: `set("listen.flight", "127.0.0.1:0")`. The text is a TOML value or, failing
    /// that, the string itself.
    pub fn set(&mut self, key: &str, text: &str) -> Result<()> {
        if find(key).is_none() {
            return Err(unknown_key(&format!("unknown configuration key `{key}`"), key));
        }
        let entry = Entry { value: Value::of_text(text), place: None };
        self.entries.insert(key.to_owned(), entry);
        Ok(())
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether the key was given, in the file or over it.
    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// The value of a key, given or by default, through `read`; when that refuses, the error says that the value must be
    /// `wanted`. `None` when an optional key is missing.
    pub(super) fn get<T>(&self, key: &str, wanted: &str, read: impl FnOnce(&Value) -> Option<T>) -> Result<Option<T>> {
        let value = match (self.entries.get(key), find(key).map(|key| key.fallback)) {
            (Some(entry), _) => entry.value.clone(),
            (None, Some(Fallback::Default(text))) => Value::of_text(text),
            (None, Some(Fallback::Optional(_))) => return Ok(None),
            (None, _) => return Err(self.missing(key)),
        };
        match read(&value) {
            Some(found) => Ok(Some(found)),
            None => Err(self.error(Code::BAD_VALUE, key, &format!("must be {wanted}, not {value}"))),
        }
    }

    /// Like [`Self::get`] for a key that is required or has a default.
    pub(super) fn require<T>(&self, key: &str, wanted: &str, read: impl FnOnce(&Value) -> Option<T>) -> Result<T> {
        self.get(key, wanted, read)?.ok_or_else(|| self.missing(key))
    }

    pub(super) fn missing(&self, key: &str) -> Error {
        let error = Error::new(Code::MISSING_KEY, format!("the configuration key `{key}` is missing in {}", self.name));
        let Some(found) = find(key) else { return error };
        let (Fallback::Required(example) | Fallback::Default(example) | Fallback::Optional(example)) = found.fallback;
        error.with_hint(format!("for example, below `[{}]`: {} = {example}", found.section, found.name))
    }

    /// An error about the value of `key`, with its place.
    pub(super) fn error(&self, code: Code, key: &str, what: &str) -> Error {
        match self.entries.get(key) {
            Some(Entry { place: Some(place), .. }) => {
                Error::new(code, format!("`{key}` in {}:{place} {what}", self.name)).at(*place)
            }
            _ => Error::new(code, format!("`{key}` {what}")),
        }
    }

    fn add_section(
        &mut self,
        text: &str,
        section: &Spanned<impl AsRef<str>>,
        table: &Spanned<DeValue<'_>>,
    ) -> Result<()> {
        let section_name = section.get_ref().as_ref();
        if KEYS.iter().all(|key| key.section != section_name) {
            return Err(self.unknown(text, section, section_name));
        }
        let Some(keys) = table.get_ref().as_table() else {
            let place = Place::of_offset(text, section.span().start);
            let message = format!("`{section_name}` in {}:{place} must be a section, not a value", self.name);
            return Err(Error::new(Code::BAD_VALUE, message).with_hint(format!("write `[{section_name}]`")).at(place));
        };
        for (name, value) in keys {
            let path = format!("{section_name}.{}", name.get_ref());
            // A section in a section, such as `[identity.oidc]`.
            if KEYS.iter().any(|key| key.section == path) {
                let inner = Spanned::new(name.span(), path);
                self.add_section(text, &inner, value)?;
                continue;
            }
            if find(&path).is_none() {
                return Err(self.unknown(text, name, &path));
            }
            let place = Some(Place::of_offset(text, name.span().start));
            self.entries.insert(path, Entry { value: Value::of_toml(value.get_ref()), place });
        }
        Ok(())
    }

    fn unknown(&self, text: &str, at: &Spanned<impl AsRef<str>>, path: &str) -> Error {
        let place = Place::of_offset(text, at.span().start);
        unknown_key(&format!("unknown configuration key `{path}` in {}:{place}", self.name), path).at(place)
    }
}

impl Value {
    fn of_text(text: &str) -> Self {
        match DeValue::parse(text) {
            Ok(value) => Self::of_toml(value.get_ref()),
            Err(_) => Self::Text(text.to_owned()),
        }
    }

    fn of_toml(value: &DeValue<'_>) -> Self {
        let other = Self::Other(value.type_str());
        match value {
            DeValue::String(text) => Self::Text(text.to_string()),
            DeValue::Integer(number) => {
                i64::from_str_radix(number.as_str(), number.radix()).map_or(other, Self::Integer)
            }
            DeValue::Boolean(value) => Self::Boolean(*value),
            DeValue::Array(items) => {
                let texts = items.iter().map(|item| item.get_ref().as_str().map(str::to_owned));
                texts.collect::<Option<_>>().map_or(other, Self::List)
            }
            _ => other,
        }
    }

    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Boolean(value) => Some(*value),
            _ => None,
        }
    }
}

/// As a message shows it: shortened, on one line.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN_CHARS: usize = 60;
        match self {
            Self::Text(text) => {
                let shown: String = text.chars().take(SHOWN_CHARS).collect();
                let more = if shown.len() < text.len() { "…" } else { "" };
                write!(f, "`{}{more}`", shown.escape_debug())
            }
            Self::Integer(number) => write!(f, "`{number}`"),
            Self::Boolean(value) => write!(f, "`{value}`"),
            Self::List(_) => f.write_str("a list"),
            Self::Other(kind) => write!(f, "a value of type {kind}"),
        }
    }
}

fn find(path: &str) -> Option<&'static Key> {
    let (section, name) = path.rsplit_once('.')?;
    KEYS.iter().find(|key| key.section == section && key.name == name)
}

/// Suggests a key of the same name elsewhere, or one that is spelled alike.
fn unknown_key(message: &str, path: &str) -> Error {
    let error = Error::new(Code::UNKNOWN_KEY, message);
    let leaf = path.rsplit('.').next().unwrap_or(path);
    let paths: Vec<String> = KEYS.iter().map(Key::path).collect();
    let sections = KEYS.iter().map(|key| key.section);
    let same_leaf = || KEYS.iter().find(|key| key.name == leaf).map(Key::path);
    let alike = || suggest(path, paths.iter().map(String::as_str)).map(str::to_owned);
    let section = || suggest(path, sections).map(|section| format!("[{section}]"));
    let known_section = path.rsplit_once('.').is_some_and(|(section, _)| KEYS.iter().any(|key| key.section == section));
    let first = if known_section { alike().or_else(same_leaf) } else { same_leaf().or_else(alike) };
    match first.or_else(section) {
        Some(close) => error.with_hint(format!("did you mean `{close}`?")),
        None => error.with_hint("the configuration reference lists every key with its meaning"),
    }
}

#[cfg(test)]
mod tests;
