//! Reading a table as rows of texts and numbers.

use std::collections::HashMap;

use arrow::array::{Array, RecordBatch};
use arrow::util::display::array_value_to_string;

use crate::City;

pub(super) struct Row {
    columns: std::sync::Arc<HashMap<String, usize>>,
    cells: Vec<Option<String>>,
}

impl Row {
    /// The cell as text; `None` when null.
    pub fn get(&self, column: &str) -> Option<&str> {
        self.cells[self.columns[column]].as_deref()
    }

    pub fn text(&self, column: &str) -> &str {
        self.get(column).unwrap_or_else(|| panic!("`{column}` is null"))
    }

    pub fn int(&self, column: &str) -> i64 {
        self.text(column).parse().unwrap()
    }

    pub fn float(&self, column: &str) -> f64 {
        self.text(column).parse().unwrap()
    }
}

pub(super) fn rows(city: &City, schema: &str, name: &str) -> Vec<Row> {
    city.table(schema, name).unwrap().batches().flat_map(|batch| read(&batch)).collect()
}

fn read(batch: &RecordBatch) -> Vec<Row> {
    let names = batch.schema().fields().iter().enumerate().map(|(i, f)| (f.name().clone(), i)).collect();
    let columns = std::sync::Arc::new(names);
    let cell = |column: &dyn Array, i| column.is_valid(i).then(|| array_value_to_string(column, i).unwrap());
    (0..batch.num_rows())
        .map(|i| Row {
            columns: std::sync::Arc::clone(&columns),
            cells: batch.columns().iter().map(|c| cell(c.as_ref(), i)).collect(),
        })
        .collect()
}
