use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Labels;
use crate::contracts::forms::read_date;
use crate::contracts::vocabulary::Origin;

/// A code table (代码表), with where its rows come from and whether all are there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeTable {
    pub origin: Origin,
    #[serde(rename = "label")]
    pub labels: Labels,
    pub standard: String,
    pub source: String,
    pub licence: String,
    pub complete: bool,
    /// What is not there; told when `complete` is false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// By code and start of validity. Rows of one code do not overlap in time.
    pub rows: Vec<CodeRow>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeRow {
    pub code: String,
    /// The first day on which it holds; nothing: always before.
    #[serde(default, with = "day", skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<NaiveDate>,
    /// The first day on which it no longer holds; nothing: it still does.
    #[serde(default, with = "day", skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<NaiveDate>,
    /// Chinese.
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The codes that took its place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub successors: Vec<String>,
}

impl CodeTable {
    /// The rows of a code, oldest first: more than one where a code was given again.
    pub fn of_code(&self, code: &str) -> &[CodeRow] {
        let start = self.rows.partition_point(|row| row.code.as_str() < code);
        let length = self.rows[start..].partition_point(|row| row.code == code);
        &self.rows[start..start + length]
    }

    /// The row of a code that held on a day.
    pub fn find(&self, code: &str, on: NaiveDate) -> Option<&CodeRow> {
        self.of_code(code).iter().find(|row| row.holds_on(on))
    }

    /// Whether the code holds, or ever held: numbers given out under it stay as they are.
    pub fn contains(&self, code: &str) -> bool {
        !self.of_code(code).is_empty()
    }
}

impl CodeRow {
    pub fn holds_on(&self, day: NaiveDate) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day < to)
    }

    /// Whether there is a day on which both hold.
    pub fn overlaps(&self, other: &Self) -> bool {
        let begins_before_end = |one: &Self, other: &Self| match (one.valid_from, other.valid_to) {
            (Some(from), Some(to)) => from < to,
            _ => true,
        };
        begins_before_end(self, other) && begins_before_end(other, self)
    }
}

/// Days as `2026-01-31`.
mod day {
    use super::{Deserialize, Deserializer, NaiveDate, Serializer, read_date};

    #[expect(clippy::ref_option, reason = "the form that serde asks for")]
    pub fn serialize<S: Serializer>(day: &Option<NaiveDate>, serializer: S) -> Result<S::Ok, S::Error> {
        match day {
            Some(day) => serializer.collect_str(&day.format("%Y-%m-%d")),
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveDate>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        let read =
            |text: String| read_date(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no day")));
        text.map(read).transpose()
    }
}
