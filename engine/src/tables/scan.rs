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
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
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

use crate::guard::governed::{self, Governed};

use super::version::{self, DataFile, TableVersion};

/// Name of the column that numbers files, in a scan that [`TableScan::numbered`] makes.
pub const FILE: &str = "__huitong_file";
/// Of more files than this, a plan names no statistics of each: they would be most of what is sent to executors.
const STATISTICS_MAX: usize = 1_000;

/// One version of one table.
#[derive(Debug, Clone)]
pub struct TableScan {
    version: Arc<TableVersion>,
    store: ObjectStoreUrl,
    /// The version's columns, and one after them in a labelled scan.
    schema: SchemaRef,
    /// A number for each file of the version.
    labels: Option<Arc<Vec<u32>>>,
    /// The files that are read, by their place in the version; all if none.
    only: Option<BTreeSet<usize>>,
}

impl TableScan {
    pub fn new(version: Arc<TableVersion>, store: ObjectStoreUrl) -> Self {
        Self { schema: version.schema.clone(), version, store, labels: None, only: None }
    }

    pub fn version(&self) -> &Arc<TableVersion> {
        &self.version
    }

    /// The same rows with one more column, [`FILE`]: the place of each row's file in the version.
    pub fn numbered(&self) -> Self {
        self.labelled(FILE, (0..=u32::MAX).take(self.version.files.len()).collect())
    }

    /// The same rows with one more column: what `labels` says of each row's file, by its place in the version. It is a
    /// partition value like any other, so it travels.
    pub fn labelled(&self, name: &str, labels: Vec<u32>) -> Self {
        let label = Arc::new(Field::new(name, DataType::UInt32, false));
        let fields = self.version.schema.fields().iter().cloned().chain([label]).collect::<Vec<_>>();
        Self { schema: Arc::new(Schema::new(fields)), labels: Some(Arc::new(labels)), ..self.clone() }
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
        let bytes: u64 = files.iter().map(|(_, file)| file.size_bytes).sum();
        let all = self.schema.fields().len().max(1) as u64;
        let read = projection.map_or(all, |columns| columns.len() as u64);
        Ok(bytes.saturating_mul(read) / all)
    }

    /// Files that may hold a row for which all filters are true, with their places in the version.
    fn files_left(&self, state: &dyn Session, filters: &[Expr]) -> Result<Vec<(usize, &DataFile)>> {
        let is_read = |number: &usize| self.only.as_ref().is_none_or(|only| only.contains(number));
        let files = self.version.files.iter().map(Arc::as_ref).enumerate();
        let files: Vec<_> = files.filter(|(number, _)| is_read(number)).collect();
        let Some(filter) = conjunction(filters.to_vec()) else { return Ok(files) };
        let schema = DFSchema::try_from(self.schema.clone())?;
        let filter: Arc<dyn PhysicalExpr> = state.create_physical_expr(filter, &schema)?;
        // A filter that the pruning code cannot use leaves every file; the filter itself still runs above the scan.
        let Ok(predicate) = PruningPredicateBuilder::new().with_file_schema(self.schema.clone()).try_build(filter)
        else {
            return Ok(files);
        };
        let keep = predicate.prune(&Bounds { schema: &self.version.schema, files: &files })?;
        Ok(files.into_iter().zip(keep).filter_map(|(file, keep)| keep.then_some(file)).collect())
    }

    /// The statistics of some files together, over the scan's columns.
    fn total(&self, files: &[(usize, &DataFile)]) -> Statistics {
        let total = match files.len() == self.version.files.len() {
            true => self.version.statistics().clone(),
            false => self.version.statistics_of(files.iter().map(|(_, file)| *file)),
        };
        self.with_label(total, None)
    }

    /// What the label says of a file, in a labelled scan.
    fn label(&self, number: usize) -> Option<ScalarValue> {
        self.labels.as_ref().map(|labels| ScalarValue::UInt32(labels.get(number).copied()))
    }

    /// Statistics over the version's columns as statistics over the scan's: of one file with its label, or of several.
    fn with_label(&self, mut statistics: Statistics, label: Option<&ScalarValue>) -> Statistics {
        if self.labels.is_some() {
            let column = label.map_or_else(ColumnStatistics::new_unknown, version::constant);
            statistics.column_statistics.push(column);
        }
        statistics
    }

    /// A file as the plan names it.
    fn partitioned(&self, number: usize, file: &DataFile, with_statistics: bool) -> PartitionedFile {
        let label = self.label(number);
        let meta = ObjectMeta {
            location: file.path.clone(),
            last_modified: DateTime::<Utc>::from_timestamp_millis(file.modified_ms).unwrap_or_default(),
            size: file.size_bytes,
            e_tag: None,
            version: None,
        };
        let mut values = file.partition_values.clone();
        values.extend(label.clone());
        let mut partitioned = PartitionedFile::new_from_meta(meta).with_partition_values(values);
        // Not with the library's own method: that takes a partition's null for a value.
        let statistics = || self.with_label(self.version.statistics_of([file]), label.as_ref());
        partitioned.statistics = with_statistics.then(|| Arc::new(statistics()));
        partitioned
    }

    /// Spreads files over at most `target` groups of about equal bytes: the largest file first, each to the lightest group.
    /// The order is a function of the files alone, so the same version always plans alike.
    fn groups(&self, files: Vec<(usize, &DataFile)>, target: usize) -> Vec<FileGroup> {
        let with_statistics = files.len() <= STATISTICS_MAX;
        let mut groups = vec![(0u64, Vec::new()); target.clamp(1, files.len().max(1))];
        let mut order = files;
        order.sort_by(|(_, a), (_, b)| b.size_bytes.cmp(&a.size_bytes).then_with(|| a.path.cmp(&b.path)));
        for (number, file) in order {
            if let Some(lightest) = groups.iter_mut().min_by_key(|(bytes, _)| *bytes) {
                lightest.0 += file.size_bytes;
                lightest.1.push(self.partitioned(number, file, with_statistics));
            }
        }
        groups.into_iter().map(|(_, files)| FileGroup::new(files)).collect()
    }
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
        Some(self.with_label(self.version.statistics().clone(), None))
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
        // A file of a table never changes, so its footer is read once and kept, as executors keep it.
        let runtime = state.runtime_env();
        let footers = runtime.cache_manager.get_file_metadata_cache();
        let reader = CachedParquetFileReaderFactory::new(runtime.object_store(&self.store)?, footers);
        let source = ParquetSource::new(TableSchema::builder(stored).with_table_partition_cols(partitions).build())
            .with_table_parquet_options(options)
            .with_parquet_file_reader_factory(Arc::new(reader));
        let scan = FileScanConfigBuilder::new(self.store.clone(), Arc::new(source))
            .with_statistics(self.total(&files))
            .with_file_groups(self.groups(files, state.config().target_partitions()))
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(scan))
    }
}

/// Bounds of files, as the pruning code asks for them. A file without a bound has a typed null, which keeps that file and says
/// nothing about the others; of the files' numbers nothing is said.
struct Bounds<'a> {
    schema: &'a SchemaRef,
    files: &'a [(usize, &'a DataFile)],
}

impl Bounds<'_> {
    fn values(
        &self,
        column: &Column,
        bound: impl Fn(&ColumnStatistics) -> &Precision<ScalarValue>,
    ) -> Option<ArrayRef> {
        let (index, field) = self.schema.column_with_name(column.name())?;
        let unknown = ScalarValue::try_from(field.data_type()).ok()?;
        let value = |(_, file): &(usize, &DataFile)| {
            bound(&file.bounds.column_statistics[index]).get_value().cloned().unwrap_or_else(|| unknown.clone())
        };
        ScalarValue::iter_to_array(self.files.iter().map(value)).ok()
    }
}

impl PruningStatistics for Bounds<'_> {
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
        let count = |(_, file): &(usize, &DataFile)| {
            file.bounds.column_statistics[index].null_count.get_value().map(|nulls| *nulls as u64)
        };
        Some(Arc::new(self.files.iter().map(count).collect::<UInt64Array>()))
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        let count = |(_, file): &(usize, &DataFile)| file.rows();
        Some(Arc::new(self.files.iter().map(count).collect::<UInt64Array>()))
    }

    fn contained(&self, _column: &Column, _values: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}

/// The same, also where whoever asked sees a part of the table only: for its size and its key, not for its rows.
pub fn beneath(provider: &Arc<dyn TableProvider>) -> Option<&TableScan> {
    downcast(governed::downcast(provider).map_or(provider, Governed::below))
}

/// The provider behind a plan's table source, if it is ours.
pub fn downcast(provider: &Arc<dyn TableProvider>) -> Option<&TableScan> {
    (provider.as_ref() as &dyn Any).downcast_ref()
}
