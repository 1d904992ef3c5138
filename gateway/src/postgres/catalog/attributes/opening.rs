//! Which tables are opened for their columns: decided when the first row is asked for, by what the plan knows by then. A join has read
//! its other side before, so that the columns of a table asked for by its name are found without a look at all the others.

use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int32Array, RecordBatch, new_null_array};
use arrow::datatypes::SchemaRef;
use datafusion::common::cast::as_boolean_array;
use datafusion::common::config::ConfigOptions;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Statistics, project_schema};
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr, split_conjunction};
use datafusion::physical_expr_common::physical_expr::snapshot_physical_expr;
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType, apply_expression_roots};
use datafusion::physical_plan::filter_pushdown::{
    ChildPushdownResult, FilterPushdownPhase, FilterPushdownPropagation, PushedDown,
};
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use futures::stream;
use huitong_engine::error::into_datafusion;

use super::Tables;
use crate::postgres::catalog::oids::Relation;

/// The column that says whose columns they are.
const OF_TABLE: &str = "attrelid";

/// How many columns a table is thought to have. Joins read their smaller side first, and that shall be the other one.
const COLUMNS_GUESSED: usize = 32;

#[derive(Debug, Clone)]
pub struct Opening {
    tables: Arc<Tables>,
    projection: Option<Vec<usize>>,
    schema: SchemaRef,
    /// What rows have to fulfil that anybody looks at. They are checked again above.
    filters: Vec<Arc<dyn PhysicalExpr>>,
    properties: Arc<PlanProperties>,
}

impl Opening {
    /// `list` has the columns of the list as a whole.
    pub fn new(tables: Arc<Tables>, list: &SchemaRef, projection: Option<&Vec<usize>>) -> Result<Self> {
        let schema = project_schema(list, projection)?;
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema.clone()),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        let (projection, properties) = (projection.cloned(), Arc::new(properties));
        Ok(Self { tables, projection, schema, filters: Vec::new(), properties })
    }

    async fn rows(self) -> Result<RecordBatch> {
        let wanted = wanted(self.tables.all(), &self.schema, &self.filters)?;
        let rows = self.tables.columns(wanted).await.map_err(into_datafusion)?;
        Ok(match &self.projection {
            Some(columns) => rows.project(columns)?,
            None => rows,
        })
    }
}

/// Those of the tables that conditions about their numbers leave.
fn wanted(tables: Vec<Relation>, schema: &SchemaRef, filters: &[Arc<dyn PhysicalExpr>]) -> Result<Vec<Relation>> {
    let numbers = tables.iter().map(|table| i32::try_from(table.oid).ok()).collect::<Int32Array>();
    let numbers: ArrayRef = Arc::new(numbers);
    let columns = schema.fields().iter().map(|field| match field.name() == OF_TABLE {
        true => numbers.clone(),
        false => new_null_array(field.data_type(), tables.len()),
    });
    let columns: Vec<ArrayRef> = columns.collect();
    if columns.is_empty() {
        return Ok(tables);
    }
    let rows = RecordBatch::try_new(schema.clone(), columns)?;
    let mut keep = BooleanArray::from(vec![true; tables.len()]);
    for filter in filters {
        let now = snapshot_physical_expr(filter.clone())?;
        for condition in split_conjunction(&now) {
            let columns = collect_columns(condition);
            if !columns.is_empty() && columns.iter().all(|column| column.name() == OF_TABLE) {
                let holds = condition.evaluate(&rows)?.into_array(tables.len())?;
                keep = arrow::compute::and_kleene(&keep, as_boolean_array(&holds)?)?;
            }
        }
    }
    Ok(tables.into_iter().zip(&keep).filter(|(_, keep)| *keep == Some(true)).map(|(table, _)| table).collect())
}

impl DisplayAs for Opening {
    fn fmt_as(&self, _kind: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let filters: Vec<String> = self.filters.iter().map(ToString::to_string).collect();
        write!(f, "ColumnsOfTables: filters=[{}]", filters.join(", "))
    }
}

impl ExecutionPlan for Opening {
    fn name(&self) -> &'static str {
        "ColumnsOfTables"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        apply_expression_roots(&self.filters, f)
    }

    fn with_new_children(self: Arc<Self>, _children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, _partition: usize, _context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let rows = stream::once(Box::pin(self.clone().rows()));
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), rows)))
    }

    fn statistics_from_inputs(&self, _inputs: &[Arc<Statistics>], _args: &StatisticsArgs) -> Result<Arc<Statistics>> {
        let rows = self.tables.all().len().saturating_mul(COLUMNS_GUESSED);
        let unknown = Statistics::new_unknown(&self.schema);
        Ok(Arc::new(Statistics { num_rows: Precision::Inexact(rows), ..unknown }))
    }

    fn handle_child_pushdown_result(
        &self,
        _phase: FilterPushdownPhase,
        told: ChildPushdownResult,
        _config: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn ExecutionPlan>>> {
        let taken = told.parent_filters.into_iter().map(|told| told.filter).collect::<Vec<_>>();
        let mut new = self.clone();
        let answer = FilterPushdownPropagation::with_parent_pushdown_result(vec![PushedDown::No; taken.len()]);
        new.filters.extend(taken);
        Ok(answer.with_updated_node(Arc::new(new)))
    }
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::*;
    use datafusion::logical_expr::Operator;
    use datafusion::physical_expr::expressions::{DynamicFilterPhysicalExpr, binary, col, in_list, lit};

    #[test]
    fn only_what_is_asked_for_is_opened() {
        let schema = super::super::schema();
        let table = |oid| Relation { oid, schema: "s".into(), name: "t".into(), kind: 'r', owner: "o".into() };
        let opened = |filters: &[Arc<dyn PhysicalExpr>]| -> Vec<u32> {
            wanted([5, 6, 7].map(table).into(), &schema, filters).unwrap().iter().map(|one| one.oid).collect()
        };
        let of_table = || col(OF_TABLE, &schema).unwrap();
        let number = || col("attnum", &schema).unwrap();
        let compare = |left, op, right| binary(left, op, right, &schema).unwrap();
        let is_five = compare(of_table(), Operator::Eq, lit(5));
        let has_number = compare(number(), Operator::Gt, lit(0_i16));
        assert_eq!(opened(&[]), [5, 6, 7]);
        assert_eq!(opened(from_ref(&is_five)), [5]);
        assert_eq!(opened(&[compare(is_five.clone(), Operator::And, has_number.clone())]), [5]);
        // What is said of columns is not known before they are.
        assert_eq!(opened(from_ref(&has_number)), [5, 6, 7]);
        assert_eq!(opened(&[compare(is_five.clone(), Operator::Or, has_number)]), [5, 6, 7]);
        let two = in_list(of_table(), vec![lit(7), lit(5)], &false, &schema).unwrap();
        assert_eq!(opened(&[two]), [5, 7]);
        // What a join says while it runs.
        let said = Arc::new(DynamicFilterPhysicalExpr::new(vec![of_table()], lit(true)));
        let filters: [Arc<dyn PhysicalExpr>; 1] = [said.clone()];
        assert_eq!(opened(&filters), [5, 6, 7]);
        said.update(is_five).unwrap();
        assert_eq!(opened(&filters), [5]);
    }
}
