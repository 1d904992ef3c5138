//! Options as JSON text, such as `{"calendar": "CN", "robust": true}`.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use crate::forecast::Error;

/// The options of one call; only known names are in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Options(Map<String, Value>);

impl Options {
    /// # Errors
    /// Not a JSON object, or with a name that is not `known`.
    pub fn parse(text: &str, known: &[&str]) -> Result<Self, String> {
        let name = known.first().copied().unwrap_or_default();
        let wanted = format!("`options` must be a JSON object such as {{\"{name}\": …}}");
        let map = match serde_json::from_str(text) {
            Ok(Value::Object(map)) => map,
            Ok(_) => return Err(format!("{wanted}, got `{text}`")),
            Err(error) => return Err(format!("{wanted}; `{text}` is not JSON: {error}")),
        };
        match map.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(format!("unknown option `{name}`; known are {}", known.join(", "))),
            None => Ok(Options(map)),
        }
    }

    /// The options that the rows of a series agree on; none when there are none.
    ///
    /// # Errors
    /// As [`Options::parse`]; calls are checked before, so this is for states of other versions.
    pub fn of(text: Option<&str>, known: &[&str]) -> Result<Self, Error> {
        match text {
            Some(text) => Options::parse(text, known).map_err(Error::Option),
            None => Ok(Options::default()),
        }
    }

    /// One of `allowed`, the first unless given.
    ///
    /// # Errors
    /// Another text, or no text.
    pub fn choice(&self, name: &str, allowed: &[&'static str]) -> Result<&'static str, String> {
        let Some(given) = self.0.get(name) else { return Ok(allowed.first().copied().unwrap_or_default()) };
        let text = given.as_str().unwrap_or_default();
        let found = allowed.iter().find(|allowed| allowed.eq_ignore_ascii_case(text));
        found.copied().ok_or_else(|| format!("option `{name}` must be one of {}, got {given}", allowed.join(", ")))
    }

    /// A whole number within `range`, if given.
    ///
    /// # Errors
    /// Another value.
    pub fn count(&self, name: &str, range: RangeInclusive<u64>) -> Result<Option<usize>, String> {
        let Some(given) = self.0.get(name) else { return Ok(None) };
        match given.as_u64() {
            Some(count) if range.contains(&count) => Ok(Some(count as usize)),
            _ => Err(format!("option `{name}` must be from {} to {}, got {given}", range.start(), range.end())),
        }
    }

    /// Whole numbers within `range`, where a list of them is given: it is taken out. None for a single number.
    ///
    /// # Errors
    /// A list that is empty, longer than `most`, or with another value.
    pub fn take_counts(&mut self, name: &str, range: RangeInclusive<u64>, most: usize) -> Result<Vec<usize>, String> {
        let Some(Value::Array(given)) = self.0.get(name) else { return Ok(Vec::new()) };
        let counts =
            given.iter().map(|item| item.as_u64().filter(|count| range.contains(count)).map(|count| count as usize));
        match counts.collect::<Option<Vec<_>>>() {
            Some(counts) if (1..=most).contains(&counts.len()) => {
                self.0.remove(name);
                Ok(counts)
            }
            _ => Err(format!(
                "option `{name}` must be one to {most} numbers from {} to {}, got {}",
                range.start(),
                range.end(),
                Value::Array(given.clone())
            )),
        }
    }

    /// Texts, if a list of them is given.
    ///
    /// # Errors
    /// Another value.
    pub fn texts(&self, name: &str) -> Result<Vec<String>, String> {
        let Some(given) = self.0.get(name) else { return Ok(Vec::new()) };
        let texts =
            given.as_array().and_then(|items| items.iter().map(|item| item.as_str().map(str::to_owned)).collect());
        texts.ok_or_else(|| format!("option `{name}` must be a list of texts, got {given}"))
    }

    /// A number within `range`, if given.
    ///
    /// # Errors
    /// Another value.
    pub fn number(&self, name: &str, range: RangeInclusive<f64>) -> Result<Option<f64>, String> {
        let Some(given) = self.0.get(name) else { return Ok(None) };
        match given.as_f64() {
            Some(number) if range.contains(&number) => Ok(Some(number)),
            _ => Err(format!("option `{name}` must be from {} to {}, got {given}", range.start(), range.end())),
        }
    }

    /// A positive finite number, if given.
    ///
    /// # Errors
    /// Another value.
    pub fn positive(&self, name: &str) -> Result<Option<f64>, String> {
        let Some(given) = self.0.get(name) else { return Ok(None) };
        match given.as_f64() {
            Some(number) if number > 0.0 && number.is_finite() => Ok(Some(number)),
            _ => Err(format!("option `{name}` must be a positive number, got {given}")),
        }
    }

    /// # Errors
    /// Neither true nor false.
    pub fn flag(&self, name: &str, unless_given: bool) -> Result<bool, String> {
        let Some(given) = self.0.get(name) else { return Ok(unless_given) };
        given.as_bool().ok_or_else(|| format!("option `{name}` must be true or false, got {given}"))
    }
}
