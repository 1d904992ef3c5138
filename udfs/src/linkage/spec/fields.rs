//! Fields of a JSON object, of which every one must be known.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::Error;

/// An object at a place in the text.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    pub place: String,
    map: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    pub fn new(value: &'a Value, place: impl Into<String>, known: &[&str]) -> Result<Self, Error> {
        let place = place.into();
        let Value::Object(map) = value else {
            return Err(Error::new(place, format!("{value} is no object"), format!("known keys are {}", list(known))));
        };
        match map.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => {
                let mend = match nearest(key, known) {
                    Some(near) => format!("did you mean `{near}`? known are {}", list(known)),
                    None => format!("known are {}", list(known)),
                };
                Err(Error::new(place, format!("unknown key `{key}`"), mend))
            }
            None => Ok(Fields { place, map }),
        }
    }

    /// The place of a field.
    pub fn at(&self, name: &str) -> String {
        if self.place.is_empty() { name.to_owned() } else { format!("{}.{name}", self.place) }
    }

    pub fn get(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    pub fn keys(&self) -> impl Iterator<Item = &'a str> {
        self.map.keys().map(String::as_str)
    }

    pub fn text(&self, name: &str) -> Result<Option<&'a str>, Error> {
        let Some(value) = self.get(name) else { return Ok(None) };
        match value.as_str() {
            Some(text) if !text.is_empty() => Ok(Some(text)),
            _ => Err(Error::new(
                self.at(name),
                format!("{value} is no text"),
                "write a text in quotes that is not empty",
            )),
        }
    }

    pub fn number(&self, name: &str, range: RangeInclusive<f64>) -> Result<Option<f64>, Error> {
        self.get(name).map(|value| number(value, &self.at(name), range)).transpose()
    }

    pub fn count(&self, name: &str, range: RangeInclusive<u64>) -> Result<Option<u64>, Error> {
        let Some(value) = self.get(name) else { return Ok(None) };
        match value.as_u64().filter(|count| range.contains(count)) {
            Some(count) => Ok(Some(count)),
            None => {
                let mend = format!("give a whole number from {} to {}", range.start(), range.end());
                Err(Error::new(self.at(name), format!("{value} is out of range"), mend))
            }
        }
    }

    pub fn flag(&self, name: &str) -> Result<bool, Error> {
        let Some(value) = self.get(name) else { return Ok(false) };
        let wrong = || Error::new(self.at(name), format!("{value} is neither"), "write true or false");
        value.as_bool().ok_or_else(wrong)
    }

    /// Items of a list, each with its place.
    pub fn items(&self, name: &str) -> Result<Vec<(String, &'a Value)>, Error> {
        let Some(value) = self.get(name) else { return Ok(Vec::new()) };
        items(value, &self.at(name))
    }

    /// # Errors
    /// It is not there.
    pub fn required<T>(&self, name: &str, found: Option<T>) -> Result<T, Error> {
        found.ok_or_else(|| Error::new(self.place.clone(), format!("`{name}` is missing"), format!("give `{name}`")))
    }
}

pub fn items<'a>(value: &'a Value, place: &str) -> Result<Vec<(String, &'a Value)>, Error> {
    match value.as_array() {
        Some(items) => Ok(items.iter().enumerate().map(|(at, item)| (format!("{place}[{at}]"), item)).collect()),
        None => Err(Error::new(place, format!("{value} is no list"), "write a list in square brackets")),
    }
}

pub fn number(value: &Value, place: &str, range: RangeInclusive<f64>) -> Result<f64, Error> {
    match value.as_f64().filter(|number| range.contains(number)) {
        Some(number) => Ok(number),
        None => {
            let mend = format!("give a number from {} to {}", range.start(), range.end());
            Err(Error::new(place, format!("{value} is out of range"), mend))
        }
    }
}

pub fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The known name that was probably meant.
fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let distance = |known: &&str| strsim::damerau_levenshtein(name, known);
    known.iter().copied().min_by_key(distance).filter(|known| strsim::damerau_levenshtein(name, known) <= 2)
}
