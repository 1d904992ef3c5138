use std::fmt;

use serde::{Deserialize, Serialize};

use super::Range;
use crate::contracts::forms::{Format, Period, Tolerance};
use crate::contracts::vocabulary::{Dimension, Severity};
use crate::names::TableName;

/// Something that the rows of a dataset have to pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The only one of this name in its dataset.
    pub name: String,
    pub rule: Rule,
    pub severity: Severity,
    /// Nothing: no row may fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<Tolerance>,
    pub dimension: Dimension,
}

/// Columns are of the dataset; values are texts that the column's type reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Rule {
    Unique {
        columns: Vec<String>,
    },
    Required {
        columns: Vec<String>,
    },
    Code {
        column: String,
        code: String,
    },
    Values {
        column: String,
        values: Vec<String>,
    },
    Format {
        column: String,
        format: Format,
    },
    Range {
        column: String,
        range: Range,
    },
    /// The values of `columns` stand in `key` of another dataset, which has as many columns of such types.
    Refers {
        columns: Vec<String>,
        to: TableName,
        key: Vec<String>,
    },
    /// The newest value of a date or time is not older than that.
    Fresh {
        column: String,
        within: Period,
    },
    /// A condition as it was written; whether it is SQL, the engine says.
    Sql {
        condition: String,
    },
}

impl Rule {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unique { .. } => "unique",
            Self::Required { .. } => "required",
            Self::Code { .. } | Self::Values { .. } => "in",
            Self::Format { .. } => "format",
            Self::Range { .. } => "range",
            Self::Refers { .. } => "refers",
            Self::Fresh { .. } => "fresh",
            Self::Sql { .. } => "sql",
        }
    }

    /// The columns of the dataset that it names; what a condition in SQL reads is not known here.
    pub fn columns(&self) -> &[String] {
        match self {
            Self::Unique { columns } | Self::Required { columns } | Self::Refers { columns, .. } => columns,
            Self::Code { column, .. }
            | Self::Values { column, .. }
            | Self::Format { column, .. }
            | Self::Range { column, .. }
            | Self::Fresh { column, .. } => std::slice::from_ref(column),
            Self::Sql { .. } => &[],
        }
    }

    /// `range_amount`.
    pub fn default_name(&self) -> String {
        let mut name = match self {
            Self::Code { .. } => "code".to_owned(),
            Self::Values { .. } => "values".to_owned(),
            other => other.kind().to_owned(),
        };
        for column in self.columns() {
            name.push('_');
            name.push_str(column);
        }
        name
    }

    pub fn default_dimension(&self) -> Dimension {
        match self {
            Self::Required { .. } => Dimension::Completeness,
            Self::Code { .. } | Self::Values { .. } | Self::Format { .. } => Dimension::Conformity,
            Self::Unique { .. } | Self::Range { .. } | Self::Sql { .. } => Dimension::Accuracy,
            Self::Refers { .. } => Dimension::Consistency,
            Self::Fresh { .. } => Dimension::Timeliness,
        }
    }
}

/// As a model writes it, on one line: `refers person_id to population.person (citizen_id)`.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind(), self.columns().join(", "))?;
        match self {
            Self::Unique { .. } | Self::Required { .. } => Ok(()),
            Self::Code { code, .. } => write!(f, " code {code}"),
            Self::Values { values, .. } => write!(f, " [{}]", values.join(", ")),
            Self::Format { format, .. } => write!(f, " {format}"),
            Self::Range { range, .. } => write!(f, " {range}"),
            Self::Refers { to, key, .. } => write!(f, " to {to} ({})", key.join(", ")),
            Self::Fresh { within, .. } => write!(f, " within {within}"),
            Self::Sql { condition } => f.write_str(condition),
        }
    }
}
