//! Whether an answer is the expected one; and records that ask for something that is not huitong's to answer.

use std::collections::HashSet;

use sqllogictest::{QueryExpect, Record, RecordOutput, SortMode, StatementExpect};

use super::connection::HUNG;
use super::values::Kind;

/// What became of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Passed,
    /// It asks for what is not compared, by the reason.
    Aside(Aside),
    /// Refused by name as not offered (HT0106, HT0107).
    Refused(String),
    /// An error instead of an answer.
    Error(String),
    /// An answer instead of an error.
    NoError,
    /// Columns of other types.
    Types(String),
    /// Other rows.
    Wrong(String),
    /// No answer in time, an internal error, or a connection that broke.
    Broken(String),
    /// The file cannot be parsed.
    Unread(String),
}

impl Verdict {
    /// One word for a report.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Aside(aside) => aside.word(),
            Self::Refused(_) => "refused",
            Self::Error(_) => "error",
            Self::NoError => "no-error",
            Self::Types(_) => "types",
            Self::Wrong(_) => "wrong",
            Self::Broken(_) => "broken",
            Self::Unread(_) => "unread",
        }
    }

    pub fn text(&self) -> &str {
        match self {
            Self::Refused(text)
            | Self::Error(text)
            | Self::Types(text)
            | Self::Wrong(text)
            | Self::Broken(text)
            | Self::Unread(text) => text,
            Self::Passed | Self::Aside(_) | Self::NoError => "",
        }
    }
}

/// Why a record is set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aside {
    /// The text of a plan.
    Plan,
    /// A setting of DataFusion's.
    Setting,
    /// A file of the server's machine.
    File,
    /// A table that an earlier record that did not pass would have made or filled, or that DataFusion's runner makes.
    Missing,
    /// Rows came in another order where none was asked for.
    Order,
    /// Functions of Spark, which huitong does not have, and its meaning of those that it has.
    Spark,
    /// Another engine's.
    Skipped,
}

impl Aside {
    fn word(self) -> &'static str {
        match self {
            Self::Plan => "aside-plan",
            Self::Setting => "aside-setting",
            Self::File => "aside-file",
            Self::Missing => "aside-missing",
            Self::Order => "aside-order",
            Self::Spark => "aside-spark",
            Self::Skipped => "aside-skipped",
        }
    }
}

/// Why a record did not pass, in a word that `README.md` explains; none if it did or was set aside.
pub fn reason(sql: &str, verdict: &Verdict) -> Option<&'static str> {
    let about_types =
        || ["arrow_typeof", "arrow_field", "describe ", "desc "].iter().any(|word| sql.to_lowercase().contains(word));
    Some(match verdict {
        Verdict::Passed | Verdict::Aside(_) => return None,
        Verdict::Broken(_) => "broken",
        Verdict::Unread(_) => "unread",
        Verdict::NoError => "no error",
        Verdict::Types(_) => "types",
        Verdict::Wrong(_) if about_types() => "types",
        Verdict::Wrong(_) => "other answer",
        Verdict::Refused(_) => "not offered",
        Verdict::Error(text) if text.contains("which a table cannot store") => "not stored",
        Verdict::Error(text) if text.contains("HT0101") || is_dialect(sql, text) => "dialect",
        Verdict::Error(text) if text.contains("HT0104") => "function",
        Verdict::Error(_) => "error",
    })
}

/// What huitong's parser reads as something else: `FROM VALUES …`, and lambdas, which begin as PostgreSQL's operator for JSON does.
fn is_dialect(sql: &str, error: &str) -> bool {
    let is_lambda = sql.contains("->") && (error.contains("HT0103") || error.contains("expected a lambda"));
    is_lambda || error.to_lowercase().contains("table function 'values'")
}

/// Judges the records of one file in turn.
pub struct Judge {
    /// Names of tables that were not made, or do not hold what they should.
    missing: HashSet<String>,
    made_by_runner: bool,
    of_spark: bool,
}

/// Files for which DataFusion's runner registers tables or functions.
const MADE_BY_RUNNER: &[&str] = &[
    "aggregate.slt",
    "arrow_field.slt",
    "async_udf.slt",
    "avro.slt",
    "cte.slt",
    "dictionary_struct.slt",
    "information_schema_columns.slt",
    "information_schema_table_types.slt",
    "joins.slt",
    "map.slt",
    "metadata.slt",
    "range_partitioning.slt",
    "union_function.slt",
];

impl Judge {
    pub fn new(file: &str) -> Self {
        let (made_by_runner, of_spark) = (MADE_BY_RUNNER.contains(&file), file.starts_with("spark/"));
        Self { missing: HashSet::new(), made_by_runner, of_spark }
    }

    /// Why a record is not asked at all.
    pub fn aside(&self, record: &Record<Kind>) -> Option<Aside> {
        let (Record::Statement { sql, .. } | Record::Query { sql, .. }) = record else { return None };
        if self.of_spark {
            return Some(Aside::Spark);
        }
        let words: Vec<String> = sql.split_whitespace().take(3).map(str::to_uppercase).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["EXPLAIN", ..] => Some(Aside::Plan),
            ["SET" | "RESET", "DATAFUSION.EXECUTION.TIME_ZONE", ..] => None,
            ["SET" | "RESET" | "SHOW", name, ..] if name.starts_with("DATAFUSION.") => Some(Aside::Setting),
            ["SHOW", "ALL", ..] => Some(Aside::Setting),
            ["CREATE", "EXTERNAL" | "UNBOUNDED", ..] | ["COPY", ..] => Some(Aside::File),
            _ if sql.contains("information_schema.df_settings") => Some(Aside::Setting),
            _ => None,
        }
    }

    /// None for what asks nothing.
    pub fn verdict(
        &mut self,
        record: &Record<Kind>,
        aside: Option<Aside>,
        output: Option<RecordOutput<Kind>>,
    ) -> Option<Verdict> {
        let (Record::Statement { sql, .. } | Record::Query { sql, .. }) = record else { return None };
        let verdict = match (aside, output) {
            (Some(aside), _) => Verdict::Aside(aside),
            (None, None | Some(RecordOutput::Nothing)) => Verdict::Aside(Aside::Skipped),
            (None, Some(output)) => self.judged(record, output),
        };
        let spoiled = self.is_spoiled(sql);
        let verdict = match verdict {
            Verdict::Wrong(_) | Verdict::NoError if spoiled => Verdict::Aside(Aside::Missing),
            verdict => verdict,
        };
        if let Some(name) = written(sql) {
            match verdict {
                Verdict::Passed if !spoiled => self.missing.remove(&name),
                _ => self.missing.insert(name),
            };
        }
        Some(verdict)
    }

    /// Whether it asks for a table that is not as the file believes.
    fn is_spoiled(&self, sql: &str) -> bool {
        let sql = sql.to_lowercase();
        let reads = match written(&sql) {
            // What a table is made of, not the table.
            Some(_) if sql.trim_start().starts_with("create") => sql.split_once(" as").map_or("", |(_, rest)| rest),
            _ => sql.as_str(),
        };
        let mut words = reads.split(|c: char| !c.is_alphanumeric() && c != '_');
        words.any(|word| self.missing.contains(word))
    }

    fn judged(&self, record: &Record<Kind>, output: RecordOutput<Kind>) -> Verdict {
        let (answer, error) = match output {
            RecordOutput::Query { types, rows, error } => (Some((types, rows)), error),
            RecordOutput::Statement { count, error } => {
                (Some((vec![Kind::Integer], vec![vec![count.to_string()]])), error)
            }
            _ => (None, None),
        };
        let expects_error = matches!(
            record,
            Record::Statement { expected: StatementExpect::Error(_), .. }
                | Record::Query { expected: QueryExpect::Error(_), .. }
        );
        if let Some(error) = error {
            let text = error.to_string();
            return match failed(&text) {
                verdict @ Verdict::Broken(_) => verdict,
                _ if expects_error => Verdict::Passed,
                _ if self.is_missing(&text) => Verdict::Aside(Aside::Missing),
                verdict => verdict,
            };
        }
        if expects_error {
            return Verdict::NoError;
        }
        match (record, answer) {
            (Record::Query { sql, expected, .. }, Some((types, rows))) => compared(sql, expected, &types, rows),
            _ => Verdict::Passed,
        }
    }

    fn is_missing(&self, text: &str) -> bool {
        let unknown = text.contains("HT0102") || text.contains("HT0109");
        unknown && (self.made_by_runner || !self.missing.is_empty())
    }
}

/// The table or view that a statement makes or changes.
fn written(sql: &str) -> Option<String> {
    const BEFORE: &[&str] = &[
        "create",
        "insert",
        "update",
        "delete",
        "merge",
        "or",
        "replace",
        "external",
        "unbounded",
        "table",
        "view",
        "into",
        "from",
        "overwrite",
        "if",
        "not",
        "exists",
    ];
    let mut words = sql.split_whitespace().skip_while(|word| word.starts_with("--")).map(str::to_lowercase);
    let first = words.next()?;
    if !BEFORE[..5].contains(&first.as_str()) {
        return None;
    }
    let name = words.find(|word| !BEFORE.contains(&word.as_str()))?;
    let name = name.split(['(', ';']).next()?.rsplit('.').next()?.trim_matches('"');
    Some(name.to_owned())
}

fn failed(text: &str) -> Verdict {
    let text = text.to_owned();
    let internal = ["HT0001", "panicked", "transport error", "h2 protocol error", "connection"];
    if text.contains(HUNG) || internal.iter().any(|word| text.contains(word)) {
        return Verdict::Broken(text);
    }
    if text.contains("HT0106") || text.contains("HT0107") {
        return Verdict::Refused(text);
    }
    Verdict::Error(text)
}

/// Whether the rows of a query, and not only those of a part of it, have an order.
fn is_ordered(sql: &str) -> bool {
    let mut depth = 0_usize;
    let outside = sql.chars().filter(|c| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    });
    outside.collect::<String>().to_lowercase().contains("order by")
}

/// Whether a text is the expected one, in which anything may stand for each mark; false if there is no mark.
fn fits_marked(found: &str, expected: &str) -> bool {
    let Some((first, rest)) = expected.split_once("<slt:ignore>") else { return false };
    let Some(mut left) = found.strip_prefix(first) else { return false };
    for part in rest.split("<slt:ignore>") {
        match left.find(part) {
            Some(at) => left = &left[at + part.len()..],
            None => return false,
        }
    }
    true
}

fn compared(sql: &str, expected: &QueryExpect<Kind>, types: &[Kind], rows: Vec<Vec<String>>) -> Verdict {
    let QueryExpect::Results { types: wanted, sort_mode, results, .. } = expected else { return Verdict::NoError };
    let found: Vec<String> = rows.iter().map(|row| row.join(" ").trim_end().to_owned()).collect();
    let results: Vec<String> = results.iter().map(|line| line.trim_end().to_owned()).collect();
    let both = || format!("expected {}\n   found {}", results.join(" ⏎ "), found.join(" ⏎ "));
    if found != results && !fits_marked(&found.join("\n"), &results.join("\n")) {
        let sorted = |lines: &[String]| {
            let mut lines = lines.to_vec();
            lines.sort_unstable();
            lines
        };
        let unordered = matches!(sort_mode, None | Some(SortMode::NoSort)) && sorted(&found) == sorted(&results);
        return match unordered && !is_ordered(sql) {
            true => Verdict::Aside(Aside::Order),
            false => Verdict::Wrong(both()),
        };
    }
    let fits = wanted.len() == types.len()
        && wanted.iter().zip(types).all(|(wanted, found)| wanted == found || *wanted == Kind::Other);
    if !wanted.is_empty() && !fits {
        return Verdict::Types(format!("expected {wanted:?}\n   found {types:?}"));
    }
    Verdict::Passed
}
