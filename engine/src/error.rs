//! Errors of the libraries below, told in huitong's own codes.
//!
//! A library's text is matched only where it gives no type; the tests of the door (`tests/it/door.rs`) pin the codes that come
//! out, so that an upgrade which changes a text is noticed.

use std::fmt;

use datafusion::arrow::error::ArrowError;
use datafusion::common::{Column, DataFusionError, SchemaError};
use datafusion::sql::sqlparser::parser::ParserError;
use deltalake_core::DeltaTableError;
use deltalake_core::kernel::transaction::TransactionError;
use huitong_catalog::{Code, Error, Place};

use crate::functions;

/// An error of ours inside an error of DataFusion's. Its text begins with the code, because a task's error crosses the
/// cluster as text only, and as the text for programmers.
pub struct Carried(pub Error);

impl fmt::Debug for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code, self.0.message)?;
        self.0.hint.iter().try_for_each(|hint| write!(f, " ({hint})"))
    }
}

impl std::error::Error for Carried {}

/// For returning one of our errors from inside a plan.
pub fn into_datafusion(error: Error) -> DataFusionError {
    DataFusionError::External(Box::new(Carried(error)))
}

/// Tells a planning or execution error, with its place in the statement if the planner knows it.
pub fn of_datafusion(error: DataFusionError) -> Error {
    let place = place(&error);
    let told = disk_full(&error).unwrap_or_else(|| tell(&error));
    let told = match (told.place, place) {
        (None, Some(place)) => told.at(place),
        _ => told,
    };
    if told.source.is_none() { told.caused_by(error) } else { told }
}

/// Tells that a disk is full, if that is behind an error and nothing of ours is; with the file, where the system names it.
pub fn disk_full(error: &(dyn std::error::Error + 'static)) -> Option<Error> {
    if carried_below(error).is_some() {
        return None;
    }
    let mut causes = std::iter::successors(Some(error), |error| (*error).source());
    let is_full = |cause: &(dyn std::error::Error + 'static)| {
        let kind = cause.downcast_ref().map(std::io::Error::kind);
        matches!(kind, Some(std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded))
    };
    let text = error.to_string();
    (causes.any(is_full) || tells_of_full_disk(&text)).then(|| no_space_in(&text))
}

/// Whether a text holds the operating system's error for a disk without space, as it is told or as it is printed for programmers.
fn tells_of_full_disk(text: &str) -> bool {
    const MARKS: [&str; 4] = [
        "No space left on device (os error 28)",
        "Disk quota exceeded (os error 122)",
        "kind: StorageFull",
        "kind: QuotaExceeded",
    ];
    MARKS.iter().any(|mark| text.contains(mark))
}

/// The same with the file that a text names.
fn no_space_in(text: &str) -> Error {
    let words = text.split([' ', '`', '\'', '"', ',']).map(|word| word.trim_end_matches([':', ')']));
    match words.into_iter().find(|word| word.len() > 1 && word.starts_with('/')) {
        Some(path) => no_space(format!("no space is left on the disk of `{path}`")),
        None => no_space("no space is left on a disk"),
    }
}

/// That a disk is full, in words that say which.
pub fn no_space(what: impl Into<String>) -> Error {
    Error::new(Code::DISK_FULL, what).with_hint("make space there, then ask again")
}

/// Names the table in an error about its files.
pub fn in_table(mut error: Error, table: &str) -> Error {
    if !error.message.contains(table) {
        error.message = format!("table `{table}`: {}", error.message);
    }
    error
}

/// Tells an error that crossed the cluster as text.
pub fn of_job_text(text: &str) -> Error {
    if let Some(carried) = carried_in(text) {
        return carried;
    }
    if tells_of_full_disk(text) {
        return no_space_in(text);
    }
    let text = text.trim_start_matches("Job failed due to stage ").trim();
    if let Some(address) = between(text, "scheduler or executor at ", ": tonic") {
        return Error::new(Code::JOB_FAILED, format!("the executor at `{address}` could not be reached"));
    }
    if text.contains(".parquet") && FILE_WORDS.iter().any(|word| text.contains(word)) {
        return of_file_text(text);
    }
    if let Some((_, why)) = text.split_once("regex parse error:") {
        // A picture of several lines; the last one says it.
        let why = why.rsplit("error: ").next().unwrap_or_default();
        let why = why.split(['"', ')', '\\', '\n']).next().unwrap_or_default().trim();
        return Error::new(Code::EXECUTION, format!("the regular expression cannot be read: {why}"));
    }
    for (needle, code) in TEXT_CODES {
        if let Some(at) = text.find(needle) {
            let rest = &text[at + needle.len()..];
            let what = quoted(rest).or_else(|| words_of(needle)).unwrap_or_else(|| after(text, needle).to_owned());
            return Error::new(*code, what);
        }
    }
    Error::new(Code::JOB_FAILED, format!("the job failed: {text}"))
}

/// Tells an error of the Delta library about `table`.
pub fn of_delta(error: DeltaTableError, table: &str) -> Error {
    if let Some(carried) = carried_below(&error) {
        return in_table(carried, table).caused_by(error);
    }
    if let Some(full) = disk_full(&error) {
        return in_table(full, table).caused_by(error);
    }
    let (code, what) = match &error {
        DeltaTableError::NotATable(_) => (Code::FILE_MISSING, "its Delta log is missing".to_owned()),
        DeltaTableError::ObjectStore { source: object_store::Error::NotFound { path, .. } } => {
            (Code::FILE_MISSING, format!("file `{path}` is missing"))
        }
        DeltaTableError::ObjectStore { source } => (Code::STORE_UNAVAILABLE, source.to_string()),
        DeltaTableError::Generic(text) if text.contains("unsupported reader feature") => {
            (Code::UNSUPPORTED_TABLE_FEATURE, text.clone())
        }
        DeltaTableError::Transaction {
            source:
                source @ (TransactionError::UnsupportedTableFeatures(_)
                | TransactionError::TableFeaturesRequired(_)
                | TransactionError::DeltaTableAppendOnly),
        } => (Code::UNSUPPORTED_TABLE_FEATURE, source.to_string()),
        DeltaTableError::Transaction { source } => (Code::COMMIT_CONFLICT, source.to_string()),
        DeltaTableError::VersionAlreadyExists(_) => (Code::COMMIT_CONFLICT, error.to_string()),
        DeltaTableError::GenericError { source } if source.to_string().contains("missing file") => {
            (Code::FILE_MISSING, "files of that version were removed by VACUUM".to_owned())
        }
        other if other.to_string().contains("eature") => (Code::UNSUPPORTED_TABLE_FEATURE, other.to_string()),
        other => (Code::CORRUPT_FILE, format!("its Delta log cannot be read: {other}")),
    };
    Error::new(code, format!("table `{table}`: {}", without_backtrace(&what))).caused_by(error)
}

/// Words of an error about a file, as against a value that looks like a file's name.
const FILE_WORDS: &[&str] =
    &["Parquet", "parquet error", "ObjectStore", "Object at location", "NotFound", "No such file"];

/// Texts of errors that carry no type, and what they mean.
const TEXT_CODES: &[(&str, Code)] = &[
    ("Resources exhausted", Code::MEMORY_LIMIT),
    ("Divide by zero", Code::EXECUTION),
    ("Overflow happened", Code::EXECUTION),
    ("Arithmetic overflow", Code::EXECUTION),
    ("Cast error", Code::EXECUTION),
    ("Arrow error", Code::EXECUTION),
    ("Execution error", Code::EXECUTION),
    ("ResourcesExhausted", Code::MEMORY_LIMIT),
    ("DivideByZero", Code::EXECUTION),
    ("ArithmeticOverflow", Code::EXECUTION),
    ("CastError", Code::EXECUTION),
    ("ComputeError", Code::EXECUTION),
    ("ParseError", Code::EXECUTION),
    ("InvalidArgumentError", Code::EXECUTION),
    ("Execution", Code::EXECUTION),
];

/// What the name of an error without a text of its own says.
fn words_of(name: &str) -> Option<String> {
    match name {
        "DivideByZero" => Some("divide by zero".to_owned()),
        _ => None,
    }
}

fn tell(error: &DataFusionError) -> Error {
    match error {
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => tell(inner),
        DataFusionError::Shared(inner) => tell(inner),
        DataFusionError::Collection(all) => match all.first() {
            Some(first) => tell(first),
            None => Error::new(Code::INTERNAL, "an empty list of errors"),
        },
        DataFusionError::External(inner) => of_external(inner.as_ref()),
        DataFusionError::SQL(parser, _) => syntax(parser),
        DataFusionError::SchemaError(schema, _) => of_schema(schema),
        DataFusionError::NotImplemented(text) => Error::new(Code::UNSUPPORTED_STATEMENT, lower(text)),
        DataFusionError::Plan(text) => of_plan_text(text),
        DataFusionError::Configuration(text) if text.starts_with("Format not explicitly set") => {
            Error::new(Code::UNKNOWN_FORMAT, "the file's name does not tell its format")
                .with_hint("end it with .parquet, .csv or .json, or write `STORED AS PARQUET` after it")
        }
        DataFusionError::Configuration(text) => Error::new(Code::SETTING_VALUE, lower(text)),
        DataFusionError::ResourcesExhausted(text) => {
            Error::new(Code::MEMORY_LIMIT, lower(text)).with_hint("read less, or run on a back end with more memory")
        }
        DataFusionError::ArrowError(arrow, _) => of_arrow(arrow),
        DataFusionError::ObjectStore(store) => of_store(store),
        DataFusionError::ParquetError(parquet) => of_file_text(&parquet.to_string()),
        // What the library calls a fault of its own is one of the statement.
        DataFusionError::Internal(text) if text.contains("unnest on struct can only be applied at the root level") => {
            Error::new(
                Code::TYPE_MISMATCH,
                "unnest of a structure makes columns, and stands only by itself after SELECT",
            )
        }
        DataFusionError::Execution(text) => {
            carried_in(text).unwrap_or_else(|| Error::new(Code::EXECUTION, lower(text)))
        }
        DataFusionError::IoError(io) => {
            carried_below(io).unwrap_or_else(|| Error::new(Code::STORE_UNAVAILABLE, lower(&io.to_string())))
        }
        other => carried_below(other).unwrap_or_else(|| Error::new(Code::INTERNAL, lower(&other.to_string()))),
    }
}

fn of_external(error: &(dyn std::error::Error + Send + Sync + 'static)) -> Error {
    if let Some(Carried(error)) = error.downcast_ref() {
        return error.clone();
    }
    if let Some(error) = error.downcast_ref::<DataFusionError>() {
        return tell(error);
    }
    if let Some(error) = error.downcast_ref::<ArrowError>() {
        return of_arrow(error);
    }
    if let Some(store) = error.downcast_ref::<object_store::Error>() {
        return of_store(store);
    }
    of_job_text(&error.to_string())
}

fn of_arrow(error: &ArrowError) -> Error {
    match error {
        ArrowError::ExternalError(inner) => of_external(inner.as_ref()),
        ArrowError::ParquetError(text) => of_file_text(text),
        ArrowError::InvalidArgumentError(text) if text.contains("declared as non-nullable but contains null") => {
            Error::new(Code::CONSTRAINT_VIOLATED, lower(text))
        }
        other => Error::new(Code::EXECUTION, lower(&other.to_string())),
    }
}

fn of_store(error: &object_store::Error) -> Error {
    match error {
        object_store::Error::NotFound { path, .. } => {
            Error::new(Code::FILE_MISSING, format!("file `{path}` is missing"))
                .with_hint("it may have been removed by hand; restore it or load the table again")
        }
        object_store::Error::PermissionDenied { path, .. } => {
            Error::new(Code::LOCATION_NOT_ALLOWED, format!("`{path}` is outside the allowed locations"))
        }
        other => carried_below(other).unwrap_or_else(|| Error::new(Code::STORE_UNAVAILABLE, lower(&other.to_string()))),
    }
}

/// Tells an error about a data file from a text that holds the file's path.
fn of_file_text(text: &str) -> Error {
    if let Some(carried) = carried_in(text) {
        return carried;
    }
    let path = text
        .split([' ', '`', '\'', '"'])
        .map(|word| word.trim_end_matches([':', ',', ')']))
        .find(|word| word.ends_with(".parquet"));
    match path {
        Some(path) if text.contains("not found") || text.contains("No such file") => file_missing(path),
        Some(path) => {
            Error::new(Code::CORRUPT_FILE, format!("{} cannot be read: {}", file_of_table(path), lower(text)))
        }
        None => Error::new(Code::CORRUPT_FILE, lower(text)),
    }
}

fn file_missing(path: &str) -> Error {
    Error::new(Code::FILE_MISSING, format!("{} is missing", file_of_table(path)))
        .with_hint("it may have been removed by hand; restore it or load the table again")
}

/// Names a file, and the table whose directory it lies in: directories are called `schema/table.id`, with eight hexadecimal
/// digits.
fn file_of_table(path: &str) -> String {
    let mut parts = path.rsplit('/');
    let (file, directory, schema) = (parts.next(), parts.next(), parts.next());
    let is_id = |id: &str| id.len() == 8 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let table = directory.and_then(|directory| directory.rsplit_once('.')).filter(|(_, id)| is_id(id));
    let table = table.map(|(table, _)| table);
    match (file, table, schema) {
        (Some(file), Some(table), Some(schema)) => format!("file `{file}` of table `{schema}.{table}`"),
        _ => format!("file `{path}`"),
    }
}

/// The parser appends ` at Line: 1, Column: 8`.
fn syntax(error: &ParserError) -> Error {
    let text = match error {
        ParserError::TokenizerError(text) | ParserError::ParserError(text) => text.clone(),
        ParserError::RecursionLimitExceeded => "the statement is nested too deeply".to_owned(),
    };
    match text.rsplit_once(" at Line: ") {
        None => Error::new(Code::SYNTAX, lower(&text)),
        Some((what, at)) => {
            let error = Error::new(Code::SYNTAX, lower(what));
            let numbers =
                at.split_once(", Column: ").and_then(|(l, c)| Some((l.trim().parse().ok()?, c.trim().parse().ok()?)));
            numbers.map_or(error.clone(), |(line, column)| error.at(Place { line, column }))
        }
    }
}

fn of_schema(error: &SchemaError) -> Error {
    match error {
        SchemaError::FieldNotFound { field, valid_fields } => {
            let name = field.name.as_str();
            let error = Error::new(Code::UNKNOWN_COLUMN, format!("unknown column `{}`", bare(field)));
            let error = error.with_suggestion(name, valid_fields.iter().map(|column| column.name.as_str()));
            match error.hint {
                Some(_) => error,
                None => list_columns(error, valid_fields),
            }
        }
        SchemaError::AmbiguousReference { field } => {
            Error::new(Code::AMBIGUOUS_NAME, format!("column `{}` is in more than one table", field.name))
                .with_hint("write the table's name or alias before it")
        }
        other => Error::new(Code::AMBIGUOUS_NAME, lower(&other.to_string())),
    }
}

/// Names some columns, when none is close.
fn list_columns(error: Error, valid: &[Column]) -> Error {
    const NAMED: usize = 12;
    if valid.is_empty() {
        return error;
    }
    let names: Vec<_> = valid.iter().take(NAMED).map(|column| format!("`{}`", column.name)).collect();
    let more = if valid.len() > NAMED { ", …" } else { "" };
    error.with_hint(format!("columns here: {}{more}", names.join(", ")))
}

fn bare(column: &Column) -> String {
    match &column.relation {
        Some(relation) => format!("{}.{}", relation.table(), column.name),
        None => column.name.clone(),
    }
}

fn of_plan_text(text: &str) -> Error {
    if let Some(carried) = carried_in(text) {
        return carried;
    }
    if let Some(name) = between(text, "Invalid function '", "'") {
        // The library names another one of those that are equally near each time.
        let error = Error::new(Code::UNKNOWN_FUNCTION, format!("unknown function `{name}`"));
        return error.with_suggestion(name, functions::names().iter().map(String::as_str));
    }
    if let Some(name) = between(text, "table '", "' not found") {
        let short = name.strip_prefix("city.").unwrap_or(name);
        return Error::new(Code::UNKNOWN_TABLE, format!("unknown table `{short}`"));
    }
    if text.starts_with("failed to resolve schema") || text.starts_with("failed to resolve catalog") {
        return Error::new(Code::UNKNOWN_SCHEMA, lower(text));
    }
    let code = if text.ends_with("not supported") || text.ends_with("not yet supported") {
        Code::UNSUPPORTED_STATEMENT
    } else {
        Code::TYPE_MISMATCH
    };
    Error::new(code, lower(text))
}

/// Finds an error of ours among the causes of another one.
fn carried_below(error: &(dyn std::error::Error + 'static)) -> Option<Error> {
    let mut causes = std::iter::successors(Some(error), |error| (*error).source());
    let found = causes.find_map(|cause| cause.downcast_ref().map(|Carried(ours)| ours.clone()));
    found.or_else(|| carried_in(&error.to_string()))
}

/// Finds `HTnnnn: message` in a text that passed through other errors.
fn carried_in(text: &str) -> Option<Error> {
    let at = text.match_indices("HT").find_map(|(at, _)| {
        let digits = text.get(at + 2..at + 6)?;
        (digits.chars().all(|c| c.is_ascii_digit()) && text.get(at + 6..at + 8) == Some(": ")).then_some(at)
    })?;
    let code = text[at..at + 6].parse().ok()?;
    Some(Error::new(code, without_closers(without_backtrace(&text[at + 8..]))))
}

/// Without what closes brackets and quotes that were opened before the text.
fn without_closers(mut text: &str) -> &str {
    loop {
        let closes = |open, close| text.matches(close).count() > text.matches(open).count();
        let is_foreign = match text.chars().next_back() {
            Some('"' | ' ') => true,
            Some(')') => closes('(', ')'),
            Some(']') => closes('[', ']'),
            Some('}') => closes('{', '}'),
            _ => false,
        };
        if !is_foreign {
            return text;
        }
        text = &text[..text.len() - 1];
    }
}

fn place(error: &DataFusionError) -> Option<Place> {
    let span = error.diagnostic()?.span?;
    let narrow = |n: u64| u32::try_from(n).ok().filter(|n| *n > 0);
    Some(Place { line: narrow(span.start.line)?, column: narrow(span.start.column)? })
}

/// The text in `("…")`, which is how a library's error looks when it is printed for programmers.
fn quoted(text: &str) -> Option<String> {
    let text = text.strip_prefix("(\"")?;
    let end = text.find("\")")?;
    Some(text[..end].replace("\\\"", "\"").replace("\\n", " "))
}

fn after<'a>(text: &'a str, needle: &str) -> &'a str {
    text.find(needle).map_or(text, |at| &text[at..])
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let from = text.find(start)? + start.len();
    let to = text[from..].find(end)? + from;
    Some(&text[from..to])
}

/// Libraries below append where in their code an error arose; that is for the log.
fn without_backtrace(text: &str) -> &str {
    let end = ["\n\nbacktrace:", "\n\nBacktrace:", "\nbacktrace:", "\nBacktrace:", "\nstack backtrace", "\n   0: "]
        .iter()
        .filter_map(|mark| text.find(mark))
        .min();
    text[..end.unwrap_or(text.len())].trim_end()
}

/// House style: no capital at the start (unless the word is an acronym or a name) and no full stop at the end.
fn lower(text: &str) -> String {
    let text = without_backtrace(text).trim().trim_end_matches('.');
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(first), Some(second)) if first.is_uppercase() && second.is_lowercase() => {
            first.to_lowercase().chain([second]).chain(chars).collect()
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As an executor's error reaches the coordinator: printed for programmers, inside others.
    #[test]
    fn an_error_of_ours_is_found_in_a_jobs_text() {
        let ours = Error::new(Code::STORE_UNAVAILABLE, "no answer to GET `t/x.parquet`: 503 (SlowDown)");
        let text = |error: DataFusionError| format!("1 failed: Task failed: DataFusionError(Shared({error:?}))");
        let typed = text(into_datafusion(ours.clone()));
        let untyped = text(DataFusionError::Execution(format!(
            "Object Store error: Generic {{ source: {} }}",
            Carried(ours.clone())
        )));
        for told in [typed, untyped] {
            let told = of_job_text(&told);
            assert_eq!((told.code, told.message), (ours.code, ours.message.clone()));
        }
        let hinted = of_job_text(&text(into_datafusion(ours.with_hint("wait (a while)"))));
        assert!(hinted.message.ends_with("(SlowDown) (wait (a while))"), "{hinted}");
    }
}
