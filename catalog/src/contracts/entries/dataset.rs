use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Check, Labels, Range, Rule};
use crate::contracts::forms::{Format, Mask, Type};
use crate::contracts::vocabulary::{Comparator, Cycle, Grade, Severity, Sharing, Tag};
use crate::names::TableName;

/// The contract of one table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dataset {
    pub name: TableName,
    #[serde(rename = "label")]
    pub labels: Labels,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Labels>,
    /// The key of a department.
    pub owner: String,
    pub share: Share,
    pub open: Open,
    pub cycle: Cycle,
    pub basis: String,
    /// The highest of its fields' grades and the one that it was given itself.
    pub grade: Grade,
    /// Columns that name a row; empty when none do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key: Vec<String>,
    /// In the order of the columns.
    pub fields: Vec<Field>,
    /// Those that were written out; [`Dataset::rules`] are all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
}

/// A column (信息项) with all that its element and its dataset say about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub element: Option<String>,
    #[serde(rename = "label")]
    pub labels: Labels,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(rename = "type")]
    pub column_type: Type,
    /// Never null: said so, or of the key.
    pub required: bool,
    pub owner: String,
    pub share: Share,
    pub open: Open,
    pub cycle: Cycle,
    pub grade: Grade,
    /// Why the grade is lower, or the mask weaker, than the element's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<Tag>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask: Option<Mask>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparator: Option<Comparator>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<Range>,
}

/// How something is shared between departments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Share {
    Unconditional,
    Conditional { when: String },
    None { reason: String },
}

/// Whether something is open to the public.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Open {
    No,
    When(String),
    Yes,
}

impl Dataset {
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// All that rows have to pass: what key, required fields, code tables, formats and ranges ask for, then the checks
    /// that were written out. A check that asks for the same as a field stands in its place, with its own severity and
    /// tolerance. No two have the same name.
    pub fn rules(&self) -> Vec<Check> {
        let mut rules = self.implied_rules();
        rules.extend(self.checks.iter().cloned());
        rules
    }

    /// Those of the rules that nobody wrote out.
    pub fn implied_rules(&self) -> Vec<Check> {
        let key = Some(Rule::Unique { columns: self.key.clone() }).filter(|_| !self.key.is_empty());
        let required = self.fields.iter().filter(|field| field.required);
        let required = required.map(|field| Rule::Required { columns: vec![field.name.clone()] });
        let rules = key.into_iter().chain(required).chain(self.fields.iter().flat_map(Field::rules));
        let implied = rules.filter(|rule| self.checks.iter().all(|check| check.rule != *rule));
        implied.map(Check::implied).collect()
    }
}

impl Field {
    fn rules(&self) -> impl Iterator<Item = Rule> {
        let column = || self.name.clone();
        let code = self.code.clone().map(|code| Rule::Code { column: column(), code });
        let format = self.format.clone().map(|format| Rule::Format { column: column(), format });
        let range = self.range.clone().map(|range| Rule::Range { column: column(), range });
        [code, format, range].into_iter().flatten()
    }
}

impl Check {
    /// `amount.range`, `key.unique`: a dot stands in no name that somebody wrote.
    fn implied(rule: Rule) -> Self {
        let of = match (&rule, rule.columns()) {
            (Rule::Unique { .. }, _) => "key",
            (_, columns) => columns.first().map_or("", String::as_str),
        };
        let (name, dimension) = (format!("{of}.{}", rule.kind()), rule.default_dimension());
        Self { name, rule, severity: Severity::Quarantine, tolerance: None, dimension }
    }
}

impl Share {
    pub fn sharing(&self) -> Sharing {
        match self {
            Self::Unconditional => Sharing::Unconditional,
            Self::Conditional { .. } => Sharing::Conditional,
            Self::None { .. } => Sharing::None,
        }
    }
}

/// `conditional (依法履职)`.
impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unconditional => f.write_str("unconditional"),
            Self::Conditional { when } => write!(f, "conditional ({when})"),
            Self::None { reason } => write!(f, "none ({reason})"),
        }
    }
}

impl Open {
    /// Greater is more open.
    pub fn degree(&self) -> u8 {
        match self {
            Self::No => 0,
            Self::When(_) => 1,
            Self::Yes => 2,
        }
    }
}

impl fmt::Display for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::No => f.write_str("no"),
            Self::When(when) => write!(f, "when {when}"),
            Self::Yes => f.write_str("yes"),
        }
    }
}
