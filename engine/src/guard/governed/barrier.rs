//! What closes a governed scan.
//!
//! Optimisers do not see through it: it takes no filter, has no statistics, and swaps places with nothing. Errors from below become one
//! that carries no value of the row that it is about, whichever process it happens in.

use std::fmt;
use std::sync::Arc;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::execution_plan::PlanProperties;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan};
use futures::TryStreamExt;
use huitong_catalog::{Code, Error};
use serde::{Deserialize, Serialize};

use crate::carried::Carried;
use crate::error::{into_datafusion, of_datafusion};

/// Whose table it is, and how it is seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    pub table: String,
    /// Of the grant that the rows below are cut to.
    pub fingerprint: String,
}

/// Hands rows through.
#[derive(Debug)]
pub struct Barrier {
    input: Arc<dyn ExecutionPlan>,
    seal: Seal,
}

impl Barrier {
    pub fn new(input: Arc<dyn ExecutionPlan>, seal: Seal) -> Self {
        Self { input, seal }
    }

    pub fn seal(&self) -> &Seal {
        &self.seal
    }
}

impl Carried for Barrier {
    type Known = Seal;

    fn over(input: Arc<dyn ExecutionPlan>, known: Seal) -> Self {
        Self::new(input, known)
    }

    fn known(&self) -> &Seal {
        &self.seal
    }
}

impl DisplayAs for Barrier {
    fn fmt_as(&self, _kind: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecurityBarrier: table={}", self.seal.table)
    }
}

impl ExecutionPlan for Barrier {
    fn name(&self) -> &'static str {
        "SecurityBarrier"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn apply_expressions(
        &self,
        _f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, mut children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        match (children.pop(), children.is_empty()) {
            (Some(input), true) => Ok(Arc::new(Self::new(input, self.seal.clone()))),
            _ => Err(DataFusionError::Internal("a barrier has exactly one input".into())),
        }
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let table = self.seal.table.clone();
        let rows = self.input.execute(partition, context).map_err(|error| hidden(error, &table))?;
        let schema = rows.schema();
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows.map_err(move |error| hidden(error, &table)))))
    }
}

/// What may be said of an error below: of one about the machine, which it is; of any other one, that it happened.
pub fn hidden(error: DataFusionError, table: &str) -> DataFusionError {
    let told = of_datafusion(error);
    let is_of_machine = [
        Code::MEMORY_LIMIT,
        Code::DISK_FULL,
        Code::STORE_UNAVAILABLE,
        Code::FILE_MISSING,
        Code::CORRUPT_FILE,
        Code::CANCELLED,
        Code::TIMEOUT,
    ]
    .contains(&told.code);
    tracing::warn!(table, error = %told.code, "a governed table could not be read");
    into_datafusion(match is_of_machine {
        true => Error::new(told.code, format!("table `{table}` could not be read")),
        false => unreadable(table),
    })
}

/// That a table's rules do not work.
pub fn unreadable(table: &str) -> Error {
    Error::new(Code::RULE_FAILED, format!("a rule about who sees what in `{table}` could not be applied"))
        .with_hint("tell the security administrator; no row was shown that should not be")
}
