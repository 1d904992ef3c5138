//! `t VERSION AS OF 3` and `t TIMESTAMP AS OF '2026-01-01'`: an older version of a table.
//!
//! The planner knows tables by name only, so the version becomes a part of the name, behind a character that no table's name
//! may have; the namespace takes it off again.

use std::fmt;
use std::ops::ControlFlow;

use arrow::compute::kernels::cast_utils::string_to_datetime;
use chrono::Utc;
use datafusion::sql::sqlparser::ast::{
    Expr, Ident, ObjectNamePart, TableAlias, TableFactor, TableVersion, TypedString, Value, ValueWithSpan, VisitMut,
    VisitorMut,
};
use huitong_catalog::{Code, Error, Result};

use super::settings::fold;

/// Control characters are in no name.
const MARK: char = '\u{1F}';

/// Which version of a table is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum At {
    Version(u64),
    /// The newest one at this moment, in milliseconds since 1970.
    Time(i64),
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => write!(f, "v{version}"),
            Self::Time(ms) => write!(f, "t{ms}"),
        }
    }
}

/// Writes versions into the names of their tables.
pub fn mark(statement: &mut impl VisitMut) -> Result<()> {
    match statement.visit(&mut Marker) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(*error),
    }
}

/// A name as [`mark`] leaves it, and the version in it.
pub fn split(name: &str) -> (&str, Option<At>) {
    let Some((table, at)) = name.split_once(MARK) else { return (name, None) };
    let at = match at.split_at_checked(1) {
        Some(("v", version)) => version.parse().ok().map(At::Version),
        Some(("t", ms)) => ms.parse().ok().map(At::Time),
        _ => None,
    };
    (table, at)
}

/// The moment that a text names; in UTC unless it says otherwise.
pub fn moment(text: &str) -> Result<At> {
    let time = string_to_datetime(&Utc, text).map_err(|e| {
        Error::new(Code::SYNTAX, format!("`{text}` is no point in time"))
            .with_hint("write it as '2026-01-31 08:00:00' (UTC) or '2026-01-31 08:00:00+08:00'")
            .caused_by(e)
    })?;
    Ok(At::Time(time.timestamp_millis()))
}

struct Marker;

impl VisitorMut for Marker {
    type Break = Box<Error>;

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Self::Break> {
        let TableFactor::Table { name, alias, version, args: None, .. } = factor else {
            return ControlFlow::Continue(());
        };
        let Some(wanted) = version else { return ControlFlow::Continue(()) };
        let at = match at(wanted) {
            Ok(at) => at,
            Err(error) => return ControlFlow::Break(Box::new(error)),
        };
        if let Some(ObjectNamePart::Identifier(ident)) = name.0.last_mut() {
            // The table is still called as before in the rest of the statement.
            let called = ident.clone();
            alias.get_or_insert_with(|| TableAlias { explicit: true, name: called, columns: Vec::new(), at: None });
            *ident = Ident { value: format!("{}{MARK}{at}", fold(ident)), quote_style: Some('"'), span: ident.span };
            *version = None;
        }
        ControlFlow::Continue(())
    }
}

fn at(version: &TableVersion) -> Result<At> {
    let text = |value: &ValueWithSpan| match &value.value {
        Value::SingleQuotedString(text) => Some(text.clone()),
        _ => None,
    };
    match version {
        TableVersion::VersionAsOf(Expr::Value(value)) => match &value.value {
            Value::Number(number, _) => number.parse().map(At::Version).map_err(|e| {
                Error::new(Code::SYNTAX, format!("`{number}` is no version; versions are whole numbers from 0"))
                    .caused_by(e)
            }),
            other => Err(Error::new(Code::SYNTAX, format!("`{other}` is no version"))),
        },
        TableVersion::TimestampAsOf(Expr::Value(value) | Expr::TypedString(TypedString { value, .. })) => {
            moment(&text(value).unwrap_or_else(|| value.to_string()))
        }
        _ => Err(Error::new(Code::UNSUPPORTED_STATEMENT, "this way of naming a table's version is not supported")
            .with_hint("write `t VERSION AS OF 3` or `t TIMESTAMP AS OF '2026-01-31 08:00:00'`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_read_back() {
        for at in [At::Version(0), At::Version(u64::MAX), At::Time(-5), At::Time(1_700_000_000_000)] {
            assert_eq!(split(&format!("人口{MARK}{at}")), ("人口", Some(at)));
        }
        assert_eq!(split("person"), ("person", None));
        assert_eq!(split("person\u{1F}x"), ("person", None));
        assert_eq!(moment("1970-01-01 08:00:00+08:00").ok(), Some(At::Time(0)));
        assert!(moment("yesterday").is_err());
    }
}
