//! The write as a node of a logical plan.

use std::cmp::Ordering;
use std::fmt;
use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::{DFSchema, DFSchemaRef};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNode, UserDefinedLogicalNodeCore};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};
use serde::{Deserialize, Serialize};

use super::checks::Check;
use super::exec::WriteExec;

/// Where a write puts its files, and how.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WriteSpec {
    /// URL of the object store, such as `file:///`.
    pub store: String,
    /// Directory in the store.
    pub directory: String,
    /// A new file is begun when one has grown to this.
    pub file_bytes_target: u64,
    /// Columns that may not be null, with the table's name for the error.
    pub required: Vec<String>,
    /// Columns of text that have a greatest length, in characters.
    pub lengths: Vec<(String, u64)>,
    /// Columns whose values are in the log, not in the files.
    pub partitions: Vec<String>,
    /// Conditions whose answers come with the rows, in columns of their own (see [`super::checks`]).
    pub checks: Vec<Check>,
    /// How rows are laid out; if none, each task writes what it has.
    #[serde(default)]
    pub layout: Option<Layout>,
    pub table: String,
}

/// Which rows lie together. Its columns are in the input and are not stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Layout {
    /// Rows with the same 64-bit number here are in one file, as far as one takes them; others are not. Without it, all rows are.
    pub file: Option<String>,
    /// The order of the rows in a file.
    pub order: Vec<String>,
}

impl Layout {
    /// All of its columns.
    pub fn columns(&self) -> impl Iterator<Item = &String> {
        self.file.iter().chain(&self.order)
    }
}

/// One row per file written.
pub static FILES: LazyLock<SchemaRef> = LazyLock::new(|| {
    Arc::new(Schema::new(vec![
        Field::new("path", DataType::Utf8, false),
        Field::new("size_bytes", DataType::UInt64, false),
        Field::new("rows", DataType::UInt64, false),
        Field::new("stats", DataType::Utf8, false),
        // As a JSON object.
        Field::new("partition_values", DataType::Utf8, false),
    ]))
});

/// Writes its input's rows; the answer has the columns of [`FILES`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WriteNode {
    input: LogicalPlan,
    spec: WriteSpec,
    schema: DFSchemaRef,
}

impl WriteNode {
    /// A plan that writes what `input` yields.
    pub fn plan(input: LogicalPlan, spec: WriteSpec) -> Result<LogicalPlan> {
        let schema = Arc::new(DFSchema::try_from(FILES.clone())?);
        Ok(LogicalPlan::Extension(Extension { node: Arc::new(Self { input, spec, schema }) }))
    }
}

impl PartialOrd for WriteNode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.spec.cmp(&other.spec)).filter(|order| *order != Ordering::Equal || self == other)
    }
}

impl UserDefinedLogicalNodeCore for WriteNode {
    fn name(&self) -> &str {
        "Write"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        vec![]
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Write: {}", self.spec.table)
    }

    fn with_exprs_and_inputs(&self, _exprs: Vec<Expr>, mut inputs: Vec<LogicalPlan>) -> Result<Self> {
        match (inputs.pop(), inputs.is_empty()) {
            (Some(input), true) => Ok(Self { input, ..self.clone() }),
            _ => Err(DataFusionError::Internal("a write has exactly one input".into())),
        }
    }

    /// Every column of the input is stored, whichever columns of the answer are asked for.
    fn necessary_children_exprs(&self, _output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        Some(vec![(0..self.input.schema().fields().len()).collect()])
    }
}

/// Plans [`WriteNode`] as [`WriteExec`].
pub struct WritePlanner;

#[async_trait]
impl ExtensionPlanner for WritePlanner {
    async fn plan_extension(
        &self,
        _planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _logical_inputs: &[&LogicalPlan],
        physical_inputs: &[Arc<dyn ExecutionPlan>],
        _session: &dyn Session,
        _context: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let (Some(node), [input]) = (node.as_any().downcast_ref::<WriteNode>(), physical_inputs) else {
            return Ok(None);
        };
        Ok(Some(Arc::new(WriteExec::new(input.clone(), node.spec.clone()))))
    }
}
