//! JSON: one document with the columns and all rows, or a line for each row (NDJSON).

use std::collections::HashSet;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use huitong_catalog::Result;
use serde_json::{Value, json};

use super::values::Values;
use crate::type_names;

/// `{"query_id": …, "columns": […], "rows": [[…], …], "row_count": …}`.
pub struct Document {
    id: String,
    schema: SchemaRef,
    values: Values,
    /// Whether a row has been written.
    any: bool,
}

impl Document {
    pub fn new(id: &str, schema: &SchemaRef) -> Self {
        Self { id: id.to_owned(), schema: schema.clone(), values: Values::default(), any: false }
    }

    pub fn begin(&self, out: &mut Vec<u8>) {
        let column = |field: &arrow::datatypes::FieldRef| json!({ "name": field.name(), "type": type_names::name(field.data_type()) });
        let columns: Vec<_> = self.schema.fields().iter().map(column).collect();
        // The members in this order, and the rows last.
        let head = format!("{{\"query_id\":{},\"columns\":{},\"rows\":[", json!(self.id), json!(columns));
        out.extend_from_slice(head.as_bytes());
    }

    pub fn rows(&mut self, rows: &RecordBatch, out: &mut Vec<u8>) -> Result<()> {
        self.values.with(rows, |columns| {
            for row in 0..rows.num_rows() {
                out.extend_from_slice(if self.any { b",\n[" } else { b"\n[" });
                self.any = true;
                for (nth, column) in columns.iter_mut().enumerate() {
                    if nth > 0 {
                        out.push(b',');
                    }
                    column.put(row, out);
                }
                out.push(b']');
            }
        })
    }

    pub fn end(&self, count: u64, error: Option<&Value>, out: &mut Vec<u8>) {
        let error = error.map(|error| format!(",\"error\":{error}")).unwrap_or_default();
        out.extend_from_slice(format!("\n],\"row_count\":{count}{error}}}\n").as_bytes());
    }
}

/// `{"name": value, …}` and a line break for each row.
pub struct Lines {
    /// Names as members, with their colons.
    names: Vec<String>,
    values: Values,
}

impl Lines {
    pub fn new(schema: &Schema) -> Self {
        let names = distinct(schema).into_iter().map(|name| format!("{}:", json!(name))).collect();
        Self { names, values: Values::default() }
    }

    pub fn rows(&mut self, rows: &RecordBatch, out: &mut Vec<u8>) -> Result<()> {
        self.values.with(rows, |columns| {
            for row in 0..rows.num_rows() {
                out.push(b'{');
                for (nth, (column, name)) in columns.iter_mut().zip(&self.names).enumerate() {
                    if nth > 0 {
                        out.push(b',');
                    }
                    out.extend_from_slice(name.as_bytes());
                    column.put(row, out);
                }
                out.extend_from_slice(b"}\n");
            }
        })
    }
}

/// The last line of rows that an error has ended.
pub fn error_line(error: &Value, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("{}\n", json!({ "error": error })).as_bytes());
}

/// Two columns of one name would be one member: the second one becomes `name_2`.
fn distinct(schema: &Schema) -> Vec<String> {
    let mut taken: HashSet<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
    let mut seen = HashSet::new();
    let name = |field: &arrow::datatypes::FieldRef| {
        let name = field.name();
        if seen.insert(name.clone()) {
            return name.clone();
        }
        let free = (2..).map(|nth: usize| format!("{name}_{nth}")).find(|name| taken.insert(name.clone()));
        free.unwrap_or_default()
    };
    schema.fields().iter().map(name).collect()
}
