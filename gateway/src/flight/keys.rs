//! Answers about keys, in the specification's schemas.

use std::sync::Arc;

use arrow::array::{Int32Array, RecordBatch, StringArray};
use arrow::datatypes::DataType::{Int32, UInt8, Utf8};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow_flight::sql::CommandGetPrimaryKeys;
use huitong_catalog::{Code, Error, Result};
use huitong_engine::Session;
use huitong_engine::planning::CATALOG;

/// The declared primary key of a table, a row for each column. A table that is not there has none.
pub async fn primary(session: &Session, command: CommandGetPrimaryKeys) -> Result<RecordBatch> {
    let schema = command.db_schema.filter(|schema| !schema.is_empty()).unwrap_or_else(|| session.settings().schema);
    let columns = match session.primary_key(&schema, &command.table).await {
        Err(error) if error.code == Code::UNKNOWN_TABLE => Vec::new(),
        columns => columns?,
    };
    let of_all = |text: &str| Arc::new(StringArray::from(vec![text; columns.len()]));
    let numbers = (1..).take(columns.len()).collect::<Int32Array>();
    let names = StringArray::from_iter_values(&columns);
    let no_name = StringArray::new_null(columns.len());
    let arrays = vec![
        of_all(CATALOG) as _,
        of_all(&schema) as _,
        of_all(&command.table) as _,
        Arc::new(names) as _,
        Arc::new(numbers) as _,
        Arc::new(no_name) as _,
    ];
    let wrong = |e| Error::new(Code::INTERNAL, "the answer about keys could not be built").caused_by(e);
    RecordBatch::try_new(primary_keys_schema(), arrays).map_err(wrong)
}

fn keys_schema(names: &[(&str, DataType, bool)]) -> SchemaRef {
    let fields = names.iter().map(|(name, kind, nullable)| Field::new(*name, kind.clone(), *nullable));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

pub fn primary_keys_schema() -> SchemaRef {
    keys_schema(&[
        ("catalog_name", Utf8, true),
        ("db_schema_name", Utf8, true),
        ("table_name", Utf8, false),
        ("column_name", Utf8, false),
        ("key_sequence", Int32, false),
        ("key_name", Utf8, true),
    ])
}

pub fn foreign_keys_schema() -> SchemaRef {
    keys_schema(&[
        ("pk_catalog_name", Utf8, true),
        ("pk_db_schema_name", Utf8, true),
        ("pk_table_name", Utf8, false),
        ("pk_column_name", Utf8, false),
        ("fk_catalog_name", Utf8, true),
        ("fk_db_schema_name", Utf8, true),
        ("fk_table_name", Utf8, false),
        ("fk_column_name", Utf8, false),
        ("key_sequence", Int32, false),
        ("fk_key_name", Utf8, true),
        ("pk_key_name", Utf8, true),
        ("update_rule", UInt8, false),
        ("delete_rule", UInt8, false),
    ])
}
