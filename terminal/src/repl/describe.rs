//! `\d` and `\dn`: the catalogue's names as small tables, in the words the city gave them.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;

use super::complete::parts;
use crate::connection::{ClientError, Name};

/// Schemas and their comments.
pub(super) fn schemas(names: &[Name]) -> Result<RecordBatch, ArrowError> {
    let rows = names.iter().filter_map(|name| match name {
        Name::Schema { name, comment } => Some([Some(name.as_str()), comment.as_deref()]),
        _ => None,
    });
    table(["schema", "comment"], rows)
}

/// Tables and views of all schemas.
pub(super) fn tables(names: &[Name]) -> Result<RecordBatch, ArrowError> {
    let rows = names.iter().filter_map(|name| match name {
        Name::Table { schema, name, kind, comment } => {
            Some([Some(schema.as_str()), Some(name), Some(kind), comment.as_deref()])
        }
        _ => None,
    });
    table(["schema", "table", "kind", "comment"], rows)
}

/// The columns of the tables of that name, which may be qualified; of the tables of a schema, when it names one.
pub(super) fn of(name: &str, names: &[Name]) -> Result<RecordBatch, ClientError> {
    let path = parts(name);
    let is_wanted = |schema: &String, table: &String| match path.as_slice() {
        [only] => table == only || schema == only,
        [.., of, only] => schema == of && table == only,
        [] => false,
    };
    let rows: Vec<_> = names
        .iter()
        .filter_map(|name| match name {
            Name::Column { schema, table, name, data_type, comment } if is_wanted(schema, table) => {
                Some([Some(schema.as_str()), Some(table), Some(name), Some(data_type), comment.as_deref()])
            }
            _ => None,
        })
        .collect();
    if rows.is_empty() {
        return Err(ClientError::new(format!("no table `{name}`"))
            .with_code("HT0102")
            .with_hint("`\\d` lists the tables"));
    }
    table(["schema", "table", "column", "type", "comment"], rows.into_iter())
        .map_err(|error| ClientError::new(error.to_string()))
}

fn table<'a, const N: usize>(
    header: [&str; N],
    rows: impl Iterator<Item = [Option<&'a str>; N]>,
) -> Result<RecordBatch, ArrowError> {
    let rows: Vec<_> = rows.collect();
    let column = |index: usize| -> ArrayRef { Arc::new(rows.iter().map(|row| row[index]).collect::<StringArray>()) };
    let columns = header.into_iter().enumerate().map(|(index, name)| (name, column(index), true));
    RecordBatch::try_from_iter_with_nullable(columns)
}
