//! `DESCRIBE HISTORY t`: a table's commits, newest first.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, TimestampMillisecondArray, UInt64Array};
use datafusion::common::TableReference;
use datafusion::error::DataFusionError;
use huitong_catalog::Result;
use huitong_catalog::identity::Principal;
use serde_json::Value;

use super::super::query::Planned;
use super::super::{table_name, write};
use crate::error::{of_datafusion, of_delta};
use crate::queries::redact;
use crate::session::Session;
use crate::tables::history::{Commit, commits};

/// Commits that are told when no limit is given.
const COMMITS: u64 = 1000;

/// Plans the list.
pub async fn plan(session: &Session, table: &TableReference, limit: Option<u64>) -> Result<Planned> {
    let name = table_name(session, table)?;
    let object = write::own_files(session, &name)?;
    let lake = session.engine().lake();
    let newest = lake.newest(&object.definition, &name.to_string()).await?;
    let limit = usize::try_from(limit.unwrap_or(COMMITS)).unwrap_or(usize::MAX);
    let log = lake.log(&object.definition)?;
    let commits = commits(&log, newest.number, limit).await.map_err(|e| of_delta(e, &name.to_string()))?;
    let commits: Vec<Commit> = commits.into_iter().map(|commit| shown(session.principal(), commit)).collect();
    Planned::of_rows(session, batch(&commits).map_err(of_datafusion)?)
}

/// A change of somebody else's without the values in it: whoever keeps a table in order need not know whose row was deleted.
fn shown(reader: &Principal, commit: Commit) -> Commit {
    let is_own = commit.user.as_deref() == Some(reader.name.as_str());
    match is_own || reader.is_operator() {
        true => commit,
        false => Commit { parameters: commit.parameters.as_deref().map(outline), ..commit },
    }
}

fn outline(parameters: &str) -> String {
    match serde_json::from_str(parameters) {
        Ok(parameters) => without_values(parameters).to_string(),
        Err(_) => redact::outline(parameters),
    }
}

/// Texts are SQL, or words such as `Append`.
fn without_values(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(redact::outline(&text)),
        Value::Number(_) => Value::String("?".to_owned()),
        Value::Array(items) => items.into_iter().map(without_values).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, without_values(value))).collect(),
        Value::Null | Value::Bool(_) => value,
    }
}

fn batch(commits: &[Commit]) -> Result<RecordBatch, DataFusionError> {
    let text = |value: fn(&Commit) -> Option<&String>| -> ArrayRef {
        Arc::new(commits.iter().map(value).collect::<StringArray>())
    };
    let number = |value: fn(&Commit) -> u64| -> ArrayRef {
        Arc::new(commits.iter().map(|commit| Some(value(commit))).collect::<UInt64Array>())
    };
    let time = commits.iter().map(|commit| commit.time_ms).collect::<TimestampMillisecondArray>().with_timezone("UTC");
    let columns: [(&str, ArrayRef); 8] = [
        ("version", number(|commit| commit.version)),
        ("timestamp", Arc::new(time)),
        ("operation", text(|commit| commit.operation.as_ref())),
        ("parameters", text(|commit| commit.parameters.as_ref())),
        ("user", text(|commit| commit.user.as_ref())),
        ("query_id", text(|commit| commit.query_id.as_ref())),
        ("files_added", number(|commit| commit.files_added)),
        ("files_removed", number(|commit| commit.files_removed)),
    ];
    let columns = columns.into_iter().map(|(name, values)| (name, values, true));
    Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
}

#[cfg(test)]
mod tests {
    use huitong_catalog::identity::{Attributes, Office, Scope, Via};

    use super::*;

    fn commit(parameters: &str) -> Commit {
        Commit {
            version: 1,
            time_ms: None,
            operation: Some("DELETE".to_owned()),
            parameters: Some(parameters.to_owned()),
            user: Some("steward".to_owned()),
            query_id: None,
            files_added: 0,
            files_removed: 1,
        }
    }

    #[test]
    fn values_in_changes_are_their_authors() {
        let reader = |name: &str, office| Principal {
            name: name.to_owned(),
            office,
            standing: Attributes::default(),
            scope: Scope::default(),
            via: Via::Password,
        };
        for (whole, outlined) in [
            (r#"{"predicate":"name = '王小芳' AND id = 4"}"#, r#"{"predicate":"name = '?' AND id = ?"}"#),
            (r#"{"predicate":"name = Utf8(\"王小芳\")"}"#, r#"{"predicate":"name = Utf8(\"?\")"}"#),
            (r#"{"by":["n > 7",7,true,null],"mode":"Append"}"#, r#"{"by":["n > ?","?",true,null],"mode":"Append"}"#),
            ("id = 4", "id = ?"),
        ] {
            let told = |reader: &Principal| shown(reader, commit(whole)).parameters;
            assert_eq!(told(&reader("admin", Some(Office::System))).as_deref(), Some(outlined));
            assert_eq!(told(&reader("li", None)).as_deref(), Some(outlined));
            assert_eq!(told(&reader("steward", None)).as_deref(), Some(whole));
            assert_eq!(told(&Principal::operator()).as_deref(), Some(whole));
        }
    }
}
