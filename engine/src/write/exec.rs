//! The write as an operator: an inner node with one input, so a stage's tasks each write their own part.

use std::fmt;
use std::sync::Arc;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{
    Distribution, EquivalenceProperties, LexRequirement, OrderingRequirements, Partitioning, PhysicalExpr,
    PhysicalSortRequirement,
};
use datafusion::physical_plan::execution_plan::{EmissionType, PlanProperties};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, InputDistributionRequirements};
use futures::{TryStreamExt, stream};

use super::file;
use super::node::{FILES, Layout, WriteSpec};
use crate::carried::Carried;

/// Writes each partition of its input into files and yields one row per file.
#[derive(Debug)]
pub struct WriteExec {
    input: Arc<dyn ExecutionPlan>,
    spec: WriteSpec,
    properties: Arc<PlanProperties>,
}

impl WriteExec {
    pub fn new(input: Arc<dyn ExecutionPlan>, spec: WriteSpec) -> Self {
        let partitions = input.properties().output_partitioning().partition_count();
        let properties = PlanProperties::new(
            EquivalenceProperties::new(FILES.clone()),
            Partitioning::UnknownPartitioning(partitions),
            EmissionType::Final,
            input.properties().boundedness,
        );
        Self { input, spec, properties: Arc::new(properties) }
    }

    /// Columns whose rows lie together: those of the table's partitions, and what numbers files.
    fn together(&self) -> Vec<Arc<dyn PhysicalExpr>> {
        let layout = self.spec.layout.iter().flat_map(|layout| &layout.file);
        self.columns(self.spec.partitions.iter().chain(layout))
    }

    fn columns<'a>(&self, names: impl Iterator<Item = &'a String>) -> Vec<Arc<dyn PhysicalExpr>> {
        let schema = self.input.schema();
        let column = |name: &String| Some(Arc::new(Column::new_with_schema(name, &schema).ok()?) as Arc<_>);
        names.filter_map(column).collect()
    }
}

impl Carried for WriteExec {
    type Known = WriteSpec;

    fn over(input: Arc<dyn ExecutionPlan>, known: WriteSpec) -> Self {
        Self::new(input, known)
    }

    fn known(&self) -> &WriteSpec {
        &self.spec
    }
}

impl DisplayAs for WriteExec {
    fn fmt_as(&self, _kind: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WriteExec: table={}", self.spec.table)
    }
}

impl ExecutionPlan for WriteExec {
    fn name(&self) -> &'static str {
        "WriteExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    /// Rows of a file are in one part of the plan, if it matters which these are.
    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        InputDistributionRequirements::new(vec![match &self.spec.layout {
            None => Distribution::UnspecifiedDistribution,
            Some(Layout { file: None, .. }) => Distribution::SinglePartition,
            Some(Layout { file: Some(_), .. }) => Distribution::KeyPartitioned(self.together()),
        }])
    }

    /// Rows of one partition of the table after the other, so that one file is open at a time.
    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        let order = self.spec.layout.iter().flat_map(|layout| &layout.order);
        let keys = self.together().into_iter().chain(self.columns(order));
        let keys = keys.map(|column| PhysicalSortRequirement::new(column, None));
        vec![LexRequirement::new(keys).map(OrderingRequirements::new)]
    }

    fn apply_expressions(
        &self,
        _f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, mut children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        match (children.pop(), children.is_empty()) {
            (Some(input), true) => Ok(Arc::new(Self::new(input, self.spec.clone()))),
            _ => Err(DataFusionError::Internal("a write has exactly one input".into())),
        }
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let url = ObjectStoreUrl::parse(&self.spec.store)?;
        let store = context.runtime_env().object_store(&url)?;
        let input = self.input.execute(partition, context)?;
        let written = stream::once(file::write(store, self.spec.clone(), input, 1)).try_filter(|files| {
            let any = files.num_rows() > 0;
            async move { any }
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(FILES.clone(), written)))
    }
}
