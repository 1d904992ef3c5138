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
use datafusion::datasource::listing::{FileRange, PartitionedFile};
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::pruning::{PruningPredicate, PruningPredicateBuilder};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use object_store::{ObjectMeta, ObjectStore};

use crate::guard::governed::{self, Governed};

use super::row_groups::{self, Part};
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
        let files = self.files_left(self.predicate(state, filters)?.as_ref())?;
        let bytes: u64 = files.iter().map(|(_, file)| file.size_bytes).sum();
        let all = self.schema.fields().len().max(1) as u64;
        let read = projection.map_or(all, |columns| columns.len() as u64);
        Ok(bytes.saturating_mul(read) / all)
    }

    /// What the filters say of the bounds of rows; none if the pruning code can use none of them. The filters themselves still run
    /// above the scan.
    fn predicate(&self, state: &dyn Session, filters: &[Expr]) -> Result<Option<PruningPredicate>> {
        let Some(filter) = conjunction(filters.to_vec()) else { return Ok(None) };
        let schema = DFSchema::try_from(self.schema.clone())?;
        let filter: Arc<dyn PhysicalExpr> = state.create_physical_expr(filter, &schema)?;
        let built = PruningPredicateBuilder::new().with_file_schema(self.schema.clone()).try_build(filter);
        Ok(built.ok().filter(|predicate| !predicate.always_true()))
    }

    /// Files that may hold a row for which the predicate is true, with their places in the version.
    fn files_left(&self, predicate: Option<&PruningPredicate>) -> Result<Vec<(usize, &DataFile)>> {
        let is_read = |number: &usize| self.only.as_ref().is_none_or(|only| only.contains(number));
        let files = self.version.files.iter().map(Arc::as_ref).enumerate();
        let files: Vec<_> = files.filter(|(number, _)| is_read(number)).collect();
        let Some(predicate) = predicate else { return Ok(files) };
        // A bound may not be one that a condition can be asked of: a cast of it overflows.
        let Ok(keep) = predicate.prune(&Bounds { schema: &self.version.schema, files: &files }) else {
            return Ok(files);
        };
        Ok(files.into_iter().zip(keep).filter_map(|(file, keep)| keep.then_some(file)).collect())
    }

    /// What is read of these files: all, or what their footers leave where there are few.
    async fn parts<'a>(
        &self,
        state: &dyn Session,
        store: &Arc<dyn ObjectStore>,
        predicate: Option<&PruningPredicate>,
        files: Vec<(usize, &'a DataFile)>,
    ) -> Result<Vec<Read<'a>>> {
        let all = |(number, file): (usize, &'a DataFile)| Read {
            number,
            file,
            range: None,
            bytes: file.size_bytes,
            rows: file.rows(),
        };
        let Some(predicate) = predicate.filter(|_| files.len() <= row_groups::FILES_MAX) else {
            return Ok(files.into_iter().map(all).collect());
        };
        let footers = files.iter().map(|(_, file)| meta(file)).collect();
        let parts = row_groups::left(state, store, &self.version.file_schema(), predicate, footers).await?;
        let groups = parts.iter().map(|part| match part {
            Part::All => 2,
            Part::Groups { groups, .. } => *groups,
            Part::Nothing => 0,
        });
        let is_one = groups.sum::<usize>() == 1;
        let read = |(file, part): ((usize, &'a DataFile), Part)| match part {
            Part::All => Some(all(file)),
            Part::Groups { range, bytes, rows, .. } => {
                // A range of one byte is not cut in two, of which the second would be read for nothing.
                let end = if is_one { range.start + 1 } else { range.end };
                let range = Some(FileRange { start: range.start, end });
                Some(Read { range, bytes, rows: Some(rows), ..all(file) })
            }
            Part::Nothing => None,
        };
        Ok(files.into_iter().zip(parts).filter_map(read).collect())
    }

    /// The statistics of some files together, over the scan's columns.
    fn total(&self, files: &[Read<'_>]) -> Statistics {
        let total = match files.len() == self.version.files.len() {
            true => self.version.statistics().clone(),
            false => self.version.statistics_of(files.iter().map(|read| read.file)),
        };
        let total = if files.iter().any(|read| read.range.is_some()) { of_part(total, files) } else { total };
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
    fn partitioned(&self, Read { number, file, range, .. }: Read<'_>, with_statistics: bool) -> PartitionedFile {
        let label = self.label(number);
        let mut values = file.partition_values.clone();
        values.extend(label.clone());
        let mut partitioned = PartitionedFile::new_from_meta(meta(file)).with_partition_values(values);
        // Not with the library's own method: that takes a partition's null for a value.
        let statistics = || match self.with_label(self.version.statistics_of([file]), label.as_ref()) {
            of_all if range.is_some() => of_all.to_inexact(),
            of_all => of_all,
        };
        partitioned.statistics = with_statistics.then(|| Arc::new(statistics()));
        partitioned.range = range;
        partitioned
    }

    /// Spreads files over at most `target` groups of about equal bytes: the largest file first, each to the lightest group.
    /// The order is a function of the files alone, so the same version always plans alike.
    fn groups(&self, files: Vec<Read<'_>>, target: usize) -> Vec<FileGroup> {
        let with_statistics = files.len() <= STATISTICS_MAX;
        let mut groups = vec![(0u64, Vec::new()); target.clamp(1, files.len().max(1))];
        let mut order = files;
        order.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.file.path.cmp(&b.file.path)));
        for read in order {
            if let Some(lightest) = groups.iter_mut().min_by_key(|(bytes, _)| *bytes) {
                lightest.0 += read.bytes;
                lightest.1.push(self.partitioned(read, with_statistics));
            }
        }
        groups.into_iter().map(|(_, files)| FileGroup::new(files)).collect()
    }
}

/// A file, by its place in the version, and what of it is read.
struct Read<'a> {
    number: usize,
    file: &'a DataFile,
    /// Where the groups of rows begin that are read, if those are not all.
    range: Option<FileRange>,
    bytes: u64,
    /// About how many rows are read, if that is known.
    rows: Option<u64>,
}

/// Statistics of whole files as those of what is read of them: of their values nothing is exact any more.
fn of_part(whole: Statistics, files: &[Read<'_>]) -> Statistics {
    let mut part = whole.to_inexact();
    let rows = files.iter().map(|read| read.rows).sum::<Option<u64>>().map(|rows| rows as usize);
    if let Some(rows) = rows {
        let all = part.num_rows.get_value().copied().unwrap_or(rows);
        part.num_rows = Precision::Inexact(rows);
        part.total_byte_size = part.total_byte_size.with_estimated_selectivity(rows as f64 / all.max(1) as f64);
    }
    part
}

/// What the store knows of a file.
fn meta(file: &DataFile) -> ObjectMeta {
    ObjectMeta {
        location: file.path.clone(),
        last_modified: DateTime::<Utc>::from_timestamp_millis(file.modified_ms).unwrap_or_default(),
        size: file.size_bytes,
        e_tag: None,
        version: None,
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
        let runtime = state.runtime_env();
        let store = runtime.object_store(&self.store)?;
        let predicate = self.predicate(state, filters)?;
        let files = self.files_left(predicate.as_ref())?;
        let files = self.parts(state, &store, predicate.as_ref(), files).await?;
        if files.is_empty() {
            return Ok(Arc::new(EmptyExec::new(project_schema(&self.schema, projection)?)));
        }
        let stored = self.version.file_schema();
        let partitions = self.schema.fields()[stored.fields().len()..].to_vec();
        let options =
            TableParquetOptions { global: state.config_options().execution.parquet.clone(), ..Default::default() };
        // A file of a table never changes, so its footer is read once and kept, as executors keep it.
        let reader = CachedParquetFileReaderFactory::new(store, runtime.cache_manager.get_file_metadata_cache());
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
