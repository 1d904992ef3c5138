//! A pinned table version as a scan that every back end can run.
//!
//! delta-rs plans with nodes of its own, which cannot travel; and a leaf that the cluster's task slicer does not know
//! is run in full by every task. So a table is lowered to the stock Parquet scan: file groups with partition values and
//! statistics, which the slicer knows and the plan codec carries.

use std::any::Any;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::stats::Precision;
use datafusion::common::{Column, ColumnStatistics, DFSchema, ScalarValue, Statistics, project_schema};
use datafusion::config::TableParquetOptions;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use object_store::ObjectMeta;

use super::version::{DataFile, TableVersion};

/// Name of the column that numbers files, in a scan that [`TableScan::numbered`] makes.
pub const FILE: &str = "__huitong_file";

/// One version of one table.
#[derive(Debug, Clone)]
pub struct TableScan {
    version: Arc<TableVersion>,
    store: ObjectStoreUrl,
    /// The version's columns, and [`FILE`] after them in a numbered scan.
    schema: SchemaRef,
    numbered: bool,
    /// The files that are read, by their place in the version; all if none.
    only: Option<BTreeSet<usize>>,
}

impl TableScan {
    pub fn new(version: Arc<TableVersion>, store: ObjectStoreUrl) -> Self {
        Self { schema: version.schema.clone(), version, store, numbered: false, only: None }
    }

    pub fn version(&self) -> &Arc<TableVersion> {
        &self.version
    }

    /// The same rows with one more column: the place of each row's file in the version. It is a partition value like
    /// any other, so it travels.
    pub fn numbered(&self) -> Self {
        let file = Arc::new(Field::new(FILE, DataType::UInt32, false));
        let fields = self.version.schema.fields().iter().cloned().chain([file]).collect::<Vec<_>>();
        Self { schema: Arc::new(Schema::new(fields)), numbered: true, ..self.clone() }
    }

    /// The rows of some files only.
    pub fn only(&self, files: BTreeSet<usize>) -> Self {
        Self { only: Some(files), ..self.clone() }
    }

    /// Bytes of the files that filters leave, scaled to the share of the columns read. An estimate for choosing a back
    /// end: columns are counted as equally wide.
    pub fn estimated_bytes(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
    ) -> Result<u64> {
        let files = self.files_left(state, filters)?;
        let bytes: u64 = files.iter().map(|file| file.file.size_bytes).sum();
        let all = self.schema.fields().len().max(1) as u64;
        let read = projection.map_or(all, |columns| columns.len() as u64);
        Ok(bytes.saturating_mul(read) / all)
    }

    /// Files that may hold a row for which all filters are true.
    fn files_left(&self, state: &dyn Session, filters: &[Expr]) -> Result<Vec<ScanFile<'_>>> {
        let is_read = |number: &usize| self.only.as_ref().is_none_or(|only| only.contains(number));
        let files = self.version.files.iter().enumerate().filter(|(number, _)| is_read(number));
        let files: Vec<_> = files.map(|(number, file)| self.file(number, file)).collect();
        let Some(filter) = conjunction(filters.to_vec()) else { return Ok(files) };
        let schema = DFSchema::try_from(self.schema.clone())?;
        let filter: Arc<dyn PhysicalExpr> = state.create_physical_expr(filter, &schema)?;
        // A filter that the pruning code cannot use leaves every file; the filter itself still runs above the scan.
        let Ok(predicate) = PruningPredicateBuilder::new().with_file_schema(self.schema.clone()).try_build(filter)
        else {
            return Ok(files);
        };
        let keep = predicate.prune(&Bounds::of(&files, self.schema.clone()))?;
        Ok(files.into_iter().zip(keep).filter_map(|(file, keep)| keep.then_some(file)).collect())
    }

    fn file<'a>(&self, number: usize, file: &'a DataFile) -> ScanFile<'a> {
        let mut partition_values = file.partition_values.clone();
        if self.numbered {
            partition_values.push(ScalarValue::UInt32(u32::try_from(number).ok()));
        }
        ScanFile { file, partition_values }
    }
}

/// A file as one scan reads it.
struct ScanFile<'a> {
    file: &'a DataFile,
    partition_values: Vec<ScalarValue>,
}

#[async_trait]
impl TableProvider for TableScan {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        // Inexact: files and row groups are left out, and the filter still runs on the rows.
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    fn statistics(&self) -> Option<Statistics> {
        let files: Vec<_> =
            self.version.files.iter().enumerate().map(|(number, file)| self.file(number, file)).collect();
        Some(total(&files, &self.schema))
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let files = self.files_left(state, filters)?;
        if files.is_empty() {
            return Ok(Arc::new(EmptyExec::new(project_schema(&self.schema, projection)?)));
        }
        let stored = self.version.file_schema();
        let partitions = self.schema.fields()[stored.fields().len()..].to_vec();
        let options =
            TableParquetOptions { global: state.config_options().execution.parquet.clone(), ..Default::default() };
        let source = ParquetSource::new(TableSchema::builder(stored).with_table_partition_cols(partitions).build())
            .with_table_parquet_options(options);
        let scan = FileScanConfigBuilder::new(self.store.clone(), Arc::new(source))
            .with_statistics(total(&files, &self.schema))
            .with_file_groups(groups(&files, state.config().target_partitions()))
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(scan))
    }
}

/// Bounds of a version's files, as the pruning code asks for them. A file without a bound has a typed null, which keeps
/// that file and says nothing about the others.
struct Bounds {
    schema: SchemaRef,
    files: Vec<Statistics>,
}

impl Bounds {
    fn of(files: &[ScanFile<'_>], schema: SchemaRef) -> Self {
        let files = files.iter().map(|file| with_partitions(&file.file.bounds, &file.partition_values)).collect();
        Self { schema, files }
    }

    fn values(
        &self,
        column: &Column,
        bound: impl Fn(&ColumnStatistics) -> &Precision<ScalarValue>,
    ) -> Option<ArrayRef> {
        let (index, field) = self.schema.column_with_name(column.name())?;
        let unknown = ScalarValue::try_from(field.data_type()).ok()?;
        let value = |file: &Statistics| {
            bound(&file.column_statistics[index]).get_value().cloned().unwrap_or_else(|| unknown.clone())
        };
        ScalarValue::iter_to_array(self.files.iter().map(value)).ok()
    }
}

impl PruningStatistics for Bounds {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.values(column, |statistics| &statistics.min_value)
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.values(column, |statistics| &statistics.max_value)
    }

    fn num_containers(&self) -> usize {
        self.files.len()
    }

    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        let (index, _) = self.schema.column_with_name(column.name())?;
        let count = |file: &Statistics| file.column_statistics[index].null_count.get_value().map(|n| *n as u64);
        Some(Arc::new(self.files.iter().map(count).collect::<UInt64Array>()))
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        let count = |file: &Statistics| file.num_rows.get_value().map(|n| *n as u64);
        Some(Arc::new(self.files.iter().map(count).collect::<UInt64Array>()))
    }

    fn contained(&self, _column: &Column, _values: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}

/// The provider behind a plan's table source, if it is ours.
pub fn downcast(provider: &Arc<dyn TableProvider>) -> Option<&TableScan> {
    (provider.as_ref() as &dyn Any).downcast_ref()
}

/// File columns' statistics followed by those of the partition values, which are constants in the file.
fn with_partitions(stored: &Statistics, partition_values: &[ScalarValue]) -> Statistics {
    let mut statistics = stored.clone();
    let rows = statistics.num_rows;
    for value in partition_values {
        let mut column = ColumnStatistics::new_unknown();
        if value.is_null() {
            column.null_count = rows;
        } else {
            column.null_count = Precision::Exact(0);
            column.min_value = Precision::Exact(value.clone());
            column.max_value = Precision::Exact(value.clone());
        }
        statistics.column_statistics.push(column);
    }
    statistics
}

/// The statistics of several files together.
fn total(files: &[ScanFile<'_>], schema: &SchemaRef) -> Statistics {
    let each: Vec<_> =
        files.iter().map(|file| with_partitions(&file.file.statistics, &file.partition_values)).collect();
    match Statistics::try_merge_iter(each.iter(), schema) {
        Ok(total) => total,
        Err(_) => Statistics::new_unknown(schema),
    }
}

/// Spreads files over at most `target` groups of about equal bytes: the largest file first, each to the lightest group.
/// The order is a function of the files alone, so the same version always plans alike.
fn groups(files: &[ScanFile<'_>], target: usize) -> Vec<FileGroup> {
    let mut order: Vec<&ScanFile<'_>> = files.iter().collect();
    order.sort_by(|a, b| b.file.size_bytes.cmp(&a.file.size_bytes).then_with(|| a.file.path.cmp(&b.file.path)));
    let mut groups = vec![(0u64, Vec::new()); target.clamp(1, files.len().max(1))];
    for file in order {
        if let Some(lightest) = groups.iter_mut().min_by_key(|(bytes, _)| *bytes) {
            lightest.0 += file.file.size_bytes;
            lightest.1.push(partitioned(file));
        }
    }
    groups.into_iter().map(|(_, files)| FileGroup::new(files)).collect()
}

fn partitioned(file: &ScanFile<'_>) -> PartitionedFile {
    let ScanFile { file, partition_values } = file;
    let meta = ObjectMeta {
        location: file.path.clone(),
        last_modified: DateTime::<Utc>::from_timestamp_millis(file.modified_ms).unwrap_or_default(),
        size: file.size_bytes,
        e_tag: None,
        version: None,
    };
    PartitionedFile::new_from_meta(meta)
        .with_partition_values(partition_values.clone())
        .with_statistics(file.statistics.clone())
}
