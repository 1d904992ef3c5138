//! A table of the city as a stream: parts are made one after the other, each from its own random stream, so that no
//! more than one part is ever in memory and any part can be made alone.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use crate::batch::{self, Column, Rows};
use crate::city::Plan;

/// The largest batch a table gives.
pub const BATCH_ROWS_MAX: usize = 8192;

/// One table of the sample city.
#[derive(Clone)]
pub struct Table {
    /// The library it belongs to, e.g. `population`.
    pub schema: &'static str,
    /// e.g. `person`.
    pub name: &'static str,
    /// e.g. `人口基本信息`.
    pub zh: &'static str,
    pub arrow_schema: SchemaRef,
    /// An estimate, for a progress bar.
    pub expected_rows: u64,
    spec: &'static Spec,
    plan: Arc<Plan>,
}

impl Table {
    pub(crate) fn new(spec: &'static Spec, plan: &Arc<Plan>) -> Self {
        Self {
            schema: spec.schema,
            name: spec.name,
            zh: spec.zh,
            arrow_schema: batch::arrow_schema(spec.zh, spec.columns),
            expected_rows: (spec.expected_rows)(plan),
            spec,
            plan: Arc::clone(plan),
        }
    }

    /// All rows, in batches of at most [`BATCH_ROWS_MAX`]; the same again on every call.
    pub fn batches(&self) -> Box<dyn Iterator<Item = RecordBatch> + Send> {
        let table = self.clone();
        Box::new((0..self.parts()).flat_map(move |part| table.part(part)))
    }

    /// How many parts the table has. Parts are independent: they can be made in any order and side by side.
    pub fn parts(&self) -> u64 {
        (self.spec.parts)(&self.plan)
    }

    /// The batches of one part; none for a part that does not exist.
    pub fn part(&self, part: u64) -> Vec<RecordBatch> {
        if part >= self.parts() {
            return Vec::new();
        }
        let mut rows = Rows::new(self.spec.columns);
        (self.spec.write)(&self.plan, part, &mut rows);
        split(&rows.finish(&self.arrow_schema))
    }
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

/// How a table is made. `write` must depend on the plan and the part only.
pub(crate) struct Spec {
    pub schema: &'static str,
    pub name: &'static str,
    pub zh: &'static str,
    pub columns: &'static [Column],
    pub expected_rows: fn(&Plan) -> u64,
    pub parts: fn(&Plan) -> u64,
    pub write: fn(&Plan, u64, &mut Rows),
}

fn split(batch: &RecordBatch) -> Vec<RecordBatch> {
    let rows = batch.num_rows();
    (0..rows).step_by(BATCH_ROWS_MAX).map(|from| batch.slice(from, BATCH_ROWS_MAX.min(rows - from))).collect()
}
