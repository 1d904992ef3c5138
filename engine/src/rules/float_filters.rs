//! Filters on floating point, kept from being compared with the bounds of row groups.
//!
//! In SQL a NaN is larger than every number: `f > 5` is true for it, and it comes first in `ORDER BY f DESC`. Parquet's bounds leave
//! NaN out, so a reader that skips row groups by them loses such rows. A scan's predicate serves only to skip, since the filter
//! itself runs above; so its conditions on floats are taken away, those that a TopK or a join adds while it runs among them.

use std::any::Any;
use std::sync::Arc;

use arrow::datatypes::{DataType, Schema};
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::datasource::physical_plan::{FileScanConfig, FileScanConfigBuilder, FileSource, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result;
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_expr::{PhysicalExpr, conjunction, split_conjunction};
use datafusion::physical_plan::ExecutionPlan;

/// Takes the conditions on floats out of every Parquet scan that only skips by its predicate.
pub fn remove(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    plan.transform_up(|node| {
        let scan = (node.as_ref() as &dyn Any).downcast_ref::<DataSourceExec>();
        Ok(match scan.and_then(without_floats) {
            None => Transformed::no(node),
            Some(scan) => Transformed::yes(Arc::new(scan)),
        })
    })
    .data()
}

/// The same scan without its conditions on floats; none if it has none, or if its predicate is all that filters.
fn without_floats(scan: &DataSourceExec) -> Option<DataSourceExec> {
    let config = (scan.data_source().as_ref() as &dyn Any).downcast_ref::<FileScanConfig>()?;
    let source = (config.file_source().as_ref() as &dyn Any).downcast_ref::<ParquetSource>()?;
    if source.table_parquet_options().global.pushdown_filters {
        return None;
    }
    let predicate = source.filter()?;
    let source = source.with_predicate(without(&predicate, source.table_schema().table_schema())?);
    let config = FileScanConfigBuilder::from(config.clone()).with_source(Arc::new(source)).build();
    Some(scan.clone().with_data_source(Arc::new(config)))
}

/// A predicate without its conditions on floats: `true`, which skips nothing, if it has no others; none if it has none of them.
pub fn without(predicate: &Arc<dyn PhysicalExpr>, schema: &Schema) -> Option<Arc<dyn PhysicalExpr>> {
    let conditions = split_conjunction(predicate);
    let kept: Vec<_> = conditions.iter().filter(|condition| !reads_float(condition, schema)).collect();
    (kept.len() < conditions.len()).then(|| conjunction(kept.into_iter().map(|condition| Arc::clone(condition))))
}

fn reads_float(condition: &Arc<dyn PhysicalExpr>, schema: &Schema) -> bool {
    let is_float = |name: &str| schema.field_with_name(name).is_ok_and(|field| holds_float(field.data_type()));
    collect_columns(condition).iter().any(|column| is_float(column.name()))
}

/// Whether a value of that type is a float or has one inside.
pub fn holds_float(data_type: &DataType) -> bool {
    match data_type {
        DataType::Struct(fields) => fields.iter().any(|field| holds_float(field.data_type())),
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _) => holds_float(item.data_type()),
        DataType::Dictionary(_, value) => holds_float(value),
        DataType::RunEndEncoded(_, values) => holds_float(values.data_type()),
        DataType::Union(fields, _) => fields.iter().any(|(_, field)| holds_float(field.data_type())),
        other => other.is_floating(),
    }
}
