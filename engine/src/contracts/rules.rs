//! What a contract asks of the rows of its table, as SQL.

use std::ops::ControlFlow;

use datafusion::sql::parser::DFParserBuilder;
use datafusion::sql::sqlparser::ast::{Expr as Sql, visit_expressions};
use huitong_catalog::{Code, Error, Result};

use crate::dialect::Huitong;
use crate::error::of_datafusion;
use crate::spelled::{quoted, quoted_table, text};
use huitong_catalog::contracts::{Check, Dataset, Format, Period, Range, Rule, Snapshot, Type};
use huitong_catalog::names::TableName;

/// How rows are found that do not pass a check.
#[derive(Debug, PartialEq, Eq)]
pub enum Question {
    /// A condition that is false for each of them; no value where there is none to look at.
    Each(String),
    /// A query whose one value is how many there are.
    Count(String),
    /// A condition that a person wrote: of each row, or of all (with aggregates).
    Written(String),
}

pub fn question(snapshot: &Snapshot, dataset: &Dataset, check: &Check) -> Question {
    match &check.rule {
        Rule::Required { columns } => Question::Each(all(columns.iter().map(|column| is_there(column)))),
        Rule::Values { column, values } => {
            Question::Each(is_one_of(dataset, column, values.iter().map(String::as_str)))
        }
        Rule::Code { column, code } => {
            let rows = snapshot.code_tables().get(code).map(|table| table.rows.as_slice()).unwrap_or_default();
            Question::Each(is_one_of(dataset, column, rows.iter().map(|row| row.code.as_str())))
        }
        Rule::Format { column, format } => Question::Each(has_format(column, format)),
        Rule::Range { column, range } => Question::Each(is_within(dataset, column, range)),
        Rule::Unique { columns } => Question::Count(repeated(&dataset.name, columns)),
        Rule::Refers { columns, to, key } => Question::Count(dangling(&dataset.name, columns, to, key)),
        Rule::Sql { condition } => Question::Written(condition.to_owned()),
        Rule::Fresh { column, within } => Question::Count(stale(dataset, column, *within)),
    }
}

/// A condition that somebody wrote, as one expression without queries inside: what is read as the coordinator must not become another
/// question than the one about the rows of its table.
pub fn one_condition(written: &str) -> Result<String> {
    let dialect = Huitong::of(0);
    let parsed = DFParserBuilder::new(written).with_dialect(&dialect).build().and_then(|mut parser| {
        let parsed = parser.parse_into_expr()?;
        Ok(parsed.expr)
    });
    let parsed = parsed.map_err(of_datafusion)?;
    let inner = visit_expressions(&parsed, |part| match part {
        Sql::Subquery(_) | Sql::Exists { .. } | Sql::InSubquery { .. } => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    match inner {
        ControlFlow::Continue(()) => Ok(parsed.to_string()),
        ControlFlow::Break(()) => {
            Err(Error::new(Code::TYPE_MISMATCH, "a check asks about the rows of its own table, without a query inside"))
        }
    }
}

/// How many rows of a table each of these conditions is false for, in their order, by one scan.
pub fn count_false(table: &TableName, conditions: &[&str]) -> String {
    let counts: Vec<String> =
        conditions.iter().map(|condition| format!("count(*) FILTER (WHERE NOT ({condition}))")).collect();
    format!("SELECT {} FROM {}", counts.join(", "), quoted_table(table))
}

fn all(conditions: impl Iterator<Item = String>) -> String {
    conditions.collect::<Vec<_>>().join(" AND ")
}

fn is_there(column: &str) -> String {
    format!("{} IS NOT NULL", quoted(column))
}

/// A value as the column's type writes it.
fn value(dataset: &Dataset, column: &str, value: &str) -> String {
    match dataset.field(column).map(|field| field.column_type) {
        Some(Type::String { .. }) | None => text(value),
        Some(other) => format!("CAST({} AS {})", text(value), other.sql()),
    }
}

fn is_one_of<'a>(dataset: &Dataset, column: &str, values: impl Iterator<Item = &'a str>) -> String {
    let values: Vec<String> = values.map(|known| value(dataset, column, known)).collect();
    match values.is_empty() {
        true => format!("{} IS NULL", quoted(column)),
        false => format!("{} IN ({})", quoted(column), values.join(", ")),
    }
}

fn has_format(column: &str, format: &Format) -> String {
    let column = quoted(column);
    match format {
        Format::Gb11643 => format!("get_field(cid_check({column}), 'status') = 'ok'"),
        // Codes of pilot regions are in legal use, though their check characters are not the standard's.
        Format::Gb32100 => format!("get_field(uscc_check({column}), 'status') IN ('ok', 'pilot_region')"),
        Format::Regex(expression) => format!("regexp_like({column}, {})", text(&Format::anchored(expression))),
    }
}

fn is_within(dataset: &Dataset, column: &str, range: &Range) -> String {
    let bound = |sign: &str, bound: &String| format!("{} {sign} {}", quoted(column), value(dataset, column, bound));
    let (min, max) = (range.min.as_ref().map(|min| bound(">=", min)), range.max.as_ref().map(|max| bound("<=", max)));
    all(min.into_iter().chain(max))
}

/// Rows whose key another row has, too. A key with a part that is not there is like no other.
fn repeated(table: &TableName, columns: &[String]) -> String {
    let (there, keys) = (all(columns.iter().map(|column| is_there(column))), list(columns));
    let table = quoted_table(table);
    format!(
        "SELECT coalesce(sum(rows), 0) FROM \
         (SELECT count(*) AS rows FROM {table} WHERE {there} GROUP BY {keys} HAVING count(*) > 1)"
    )
}

/// Rows whose reference leads to nothing.
fn dangling(table: &TableName, columns: &[String], to: &TableName, key: &[String]) -> String {
    let equal = columns.iter().zip(key).map(|(own, other)| format!("r.{} = t.{}", quoted(other), quoted(own)));
    let there = columns.iter().map(|column| format!("t.{}", is_there(column)));
    format!(
        "SELECT count(*) FROM {} AS t WHERE {} AND NOT EXISTS (SELECT 1 FROM {} AS r WHERE {})",
        quoted_table(table),
        all(there),
        quoted_table(to),
        all(equal),
    )
}

/// 1 where the newest value is older than that, or there is none. Columns without a zone are in the session's.
fn stale(dataset: &Dataset, column: &str, within: Period) -> String {
    let kind = dataset.field(column).map_or_else(|| Type::Timestamp.sql(), |field| field.column_type.sql());
    let minutes = within.as_duration().as_secs() / 60;
    format!(
        "SELECT CASE WHEN max({}) >= CAST(to_local_time(now()) - INTERVAL '{minutes} minutes' AS {kind}) THEN 0 ELSE 1 END FROM {}",
        quoted(column),
        quoted_table(&dataset.name),
    )
}

fn list(columns: &[String]) -> String {
    columns.iter().map(|column| quoted(column)).collect::<Vec<_>>().join(", ")
}
