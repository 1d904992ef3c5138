//! Which part of a file a query reads, by the footer: from the first to the last group of rows that may hold a row for which its filters
//! are true, and how many rows the pages have that may hold one.
//!
//! The scan itself leaves groups and pages out too, when it opens a file. To know it before shows how much there is to read: what is little
//! is read by one task (`rules/few_rows.rs`), and what is much is shared out evenly, which bytes of a file are not.
//!
//! Nothing is left out by what a file says of floating point, whose bounds leave out NaN, which is larger than every number
//! (`rules/float_filters.rs`), nor of a column that has another type in the file than in the table, nor by a condition that cannot be
//! compared with bounds.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, UInt64Array};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::catalog::Session;
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::{Column, ScalarValue};
use datafusion::datasource::physical_plan::ParquetFileMetrics;
use datafusion::datasource::physical_plan::parquet::metadata::DFParquetMetadata;
use datafusion::datasource::physical_plan::parquet::{PagePruningAccessPlanFilter, ParquetAccessPlan, RowGroupAccess};
use datafusion::error::{DataFusionError, Result};
use datafusion::physical_optimizer::pruning::PruningPredicate;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::{ObjectMeta, ObjectStore};
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::arrow::parquet_to_arrow_schema;
use parquet::errors::ParquetError;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, RowGroupMetaData};

use crate::rules::float_filters::{self, holds_float};

/// Of more files than this no footers are read: where so many are left, there is much to read.
pub const FILES_MAX: usize = 16;
/// Footers that are read at a time.
const AT_A_TIME: usize = 8;

/// The bytes of a file that are to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Nothing is known that would leave some out.
    All,
    /// The bytes from the first to the last of these groups, and what they and those between have.
    Groups {
        range: Range<i64>,
        groups: usize,
        bytes: u64,
        /// About how many rows are left, by the bounds of pages.
        rows: u64,
    },
    Nothing,
}

/// For each of some files, what `predicate` leaves of it. Footers are kept where the scan finds them again, with the indexes of their
/// pages. A footer that cannot be read ends the planning: the scan could not read it either, and who asks a store that is silent waits once.
pub async fn left(
    session: &dyn Session,
    store: &Arc<dyn ObjectStore>,
    schema: &SchemaRef,
    predicate: &PruningPredicate,
    files: Vec<ObjectMeta>,
) -> Result<Vec<Part>> {
    let cache = session.runtime_env().cache_manager.get_file_metadata_cache();
    let asked = float_filters::without(predicate.orig_expr(), schema);
    let pages = &PagePruningAccessPlanFilter::new(asked.as_ref().unwrap_or(predicate.orig_expr()), schema.clone());
    let part = |file: ObjectMeta| {
        let cache = cache.clone();
        async move {
            let footer = DFParquetMetadata::new(store, &file)
                .with_file_metadata_cache(Some(cache))
                .with_page_index_policy(Some(PageIndexPolicy::Optional))
                .fetch_metadata()
                .await
                .map_err(|error| unread(&file, &error))?;
            of(&footer, schema, predicate, pages)
        }
    };
    stream::iter(files).map(part).buffered(AT_A_TIME).try_collect().await
}

/// The error in the words of the scan, which name the file, and so the table: it would have told the same.
fn unread(file: &ObjectMeta, error: &DataFusionError) -> DataFusionError {
    let text = format!("Failed to fetch metadata for file {}: {error}", file.location);
    DataFusionError::ParquetError(Box::new(ParquetError::General(text)))
}

fn of(
    footer: &ParquetMetaData,
    schema: &Schema,
    predicate: &PruningPredicate,
    pages: &PagePruningAccessPlanFilter,
) -> Result<Part> {
    let file = footer.file_metadata();
    let stored = &parquet_to_arrow_schema(file.schema_descr(), file.key_value_metadata())?;
    // A bound may not be one that a condition can be asked of: a cast of it overflows. The scan reads on, too.
    let Ok(keep) = predicate.prune(&Bounds { schema, stored, footer }) else { return Ok(Part::All) };
    let groups = footer.row_groups().iter().zip(&keep).filter_map(|(group, keep)| keep.then_some(group));
    let Some(places) = groups.map(place).collect::<Option<Vec<_>>>() else { return Ok(Part::All) };
    let first = places.iter().map(|place| place.start).min();
    let last = places.iter().max_by_key(|place| place.start);
    let (Some(first), Some(last)) = (first, last) else { return Ok(Part::Nothing) };
    let range = first..last.end.max(last.start + 1);
    let read = footer.row_groups().iter().filter_map(place).filter(|place| range.contains(&place.start));
    let bytes = read.map(|place| (place.end - place.start).unsigned_abs()).sum();
    Ok(Part::Groups { range, groups: places.len(), bytes, rows: rows(footer, stored, &keep, pages) })
}

/// The rows in pages of groups to `keep` that may hold one that is asked for.
fn rows(footer: &ParquetMetaData, stored: &Schema, keep: &[bool], pages: &PagePruningAccessPlanFilter) -> u64 {
    let access = keep.iter().map(|keep| if *keep { RowGroupAccess::Scan } else { RowGroupAccess::Skip });
    // Somewhere the library must count what it does.
    let counted = ParquetFileMetrics::new(0, "", &ExecutionPlanMetricsSet::new());
    let columns = footer.file_metadata().schema_descr();
    let access = ParquetAccessPlan::new(access.collect());
    let access = pages.prune_plan_with_page_index(access, stored, columns, footer, &counted);
    let rows = access.inner().iter().zip(footer.row_groups()).map(|(access, group)| match access {
        RowGroupAccess::Skip => 0,
        RowGroupAccess::Scan => group.num_rows().unsigned_abs(),
        RowGroupAccess::Selection(rows) => rows.row_count() as u64,
    });
    rows.sum()
}

/// The bytes of a group, which begins with its first column: whoever reads that byte reads the group. None if it has no columns.
fn place(group: &RowGroupMetaData) -> Option<Range<i64>> {
    let first = group.columns().first()?;
    let begin = first.dictionary_page_offset().unwrap_or_else(|| first.data_page_offset());
    Some(begin..begin + group.compressed_size().max(0))
}

/// Whether bounds of the one type are bounds of the other.
fn are_comparable(stored: &DataType, wanted: &DataType) -> bool {
    let (is_text, is_binary) =
        (DataType::is_string, |t: &DataType| t.is_binary() && !matches!(t, DataType::FixedSizeBinary(_)));
    let is_same = stored == wanted || is_text(stored) && is_text(wanted) || is_binary(stored) && is_binary(wanted);
    is_same && !holds_float(wanted)
}

/// Bounds of the groups of rows of a file, as the pruning code asks for them. Of what the file does not have nothing is said.
struct Bounds<'a> {
    /// Columns of the table, and of the file: it may have others, and in another order.
    schema: &'a Schema,
    stored: &'a Schema,
    footer: &'a ParquetMetaData,
}

impl Bounds<'_> {
    /// What the file says of bounds, where they are those of the table's column.
    fn bounds<'a>(
        &'a self,
        column: &'a Column,
        read: impl FnOnce(&StatisticsConverter<'a>, &'a [RowGroupMetaData]) -> parquet::errors::Result<ArrayRef>,
    ) -> Option<ArrayRef> {
        let (_, wanted) = self.schema.column_with_name(column.name())?;
        let (_, stored) = self.stored.column_with_name(column.name())?;
        are_comparable(stored.data_type(), wanted.data_type()).then(|| self.told(column, read))?
    }

    fn told<'a, T>(
        &'a self,
        column: &'a Column,
        read: impl FnOnce(&StatisticsConverter<'a>, &'a [RowGroupMetaData]) -> parquet::errors::Result<T>,
    ) -> Option<T> {
        let columns = self.footer.file_metadata().schema_descr();
        let converter = StatisticsConverter::try_new(column.name(), self.stored, columns).ok()?;
        converter.parquet_column_index()?;
        read(&converter, self.footer.row_groups()).ok()
    }
}

impl PruningStatistics for Bounds<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.bounds(column, StatisticsConverter::row_group_mins)
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.bounds(column, StatisticsConverter::row_group_maxes)
    }

    fn num_containers(&self) -> usize {
        self.footer.num_row_groups()
    }

    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        // Of a column that is the table's and not of its partitions, which a file may have, too.
        self.schema.column_with_name(column.name())?;
        let counts: UInt64Array = self.told(column, StatisticsConverter::row_group_null_counts)?;
        Some(Arc::new(counts))
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        let rows = self.footer.row_groups().iter().map(|group| u64::try_from(group.num_rows()).ok());
        Some(Arc::new(rows.collect::<UInt64Array>()))
    }

    fn contained(&self, _column: &Column, _values: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Float64Array, Int64Array, RecordBatch, TimestampNanosecondArray};
    use arrow::datatypes::{Field, TimeUnit};
    use datafusion::common::DFSchema;
    use datafusion::datasource::physical_plan::parquet::metadata::CachedParquetMetaData;
    use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
    use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
    use datafusion::prelude::{Expr, col, lit};
    use object_store::ObjectStoreExt;
    use object_store::memory::InMemory;
    use object_store::path::Path;
    use parquet::arrow::ArrowWriter;
    use parquet::file::properties::WriterProperties;

    use huitong_catalog::Code;

    use super::*;
    use crate::error::of_datafusion;

    const COLUMNS: [(&str, DataType); 5] = [
        ("id", DataType::Int64),
        // Was added after the file was written.
        ("later", DataType::Int64),
        ("reversed", DataType::Int64),
        ("share", DataType::Float64),
        ("at", DataType::Timestamp(TimeUnit::Microsecond, None)),
    ];

    struct Scene {
        store: Arc<dyn ObjectStore>,
        file: ObjectMeta,
        state: SessionState,
        schema: SchemaRef,
    }

    impl Scene {
        /// Forty rows, ten in each group and five in each page: `id` from 0, `reversed` from 39 down, both in the file in another order than in the table.
        async fn new() -> Self {
            let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
            let share = (0..40).map(|id| if id == 17 { f64::NAN } else { 0.5 });
            let rows = RecordBatch::try_from_iter([
                ("reversed", Arc::new(Int64Array::from_iter_values((0..40).rev())) as ArrayRef),
                ("share", Arc::new(Float64Array::from_iter_values(share))),
                ("id", Arc::new(Int64Array::from_iter_values(0..40))),
                ("at", Arc::new(TimestampNanosecondArray::from_iter_values((0..40).map(|id| id * 1000)))),
            ]);
            let rows = rows.unwrap();
            let properties = WriterProperties::builder()
                .set_max_row_group_row_count(Some(10))
                .set_data_page_row_count_limit(5)
                .set_write_batch_size(5)
                .build();
            let mut writer = ArrowWriter::try_new(Vec::new(), rows.schema(), Some(properties)).unwrap();
            writer.write(&rows).unwrap();
            let path = Path::from("a.parquet");
            store.put(&path, writer.into_inner().unwrap().into()).await.unwrap();
            let file = store.head(&path).await.unwrap();
            let fields: Vec<_> = COLUMNS.into_iter().map(|(name, kind)| Field::new(name, kind, true)).collect();
            let state = SessionStateBuilder::new().with_default_features().build();
            Self { store, file, state, schema: Arc::new(Schema::new(fields)) }
        }

        async fn part(&self, filter: Expr) -> Part {
            self.parts(filter).await.unwrap().remove(0)
        }

        async fn parts(&self, filter: Expr) -> Result<Vec<Part>> {
            let (state, schema) = (&self.state, self.schema.clone());
            let filter = state.create_physical_expr(filter, &DFSchema::try_from(schema.clone()).unwrap()).unwrap();
            let predicate = PruningPredicateBuilder::new().with_file_schema(schema).try_build(filter).unwrap();
            left(state, &self.store, &self.schema, &predicate, vec![self.file.clone()]).await
        }

        fn footer(&self) -> Arc<ParquetMetaData> {
            let cache = self.state.runtime_env().cache_manager.get_file_metadata_cache();
            let kept = cache.get(&self.file.location).unwrap();
            kept.file_metadata.as_any().downcast_ref::<CachedParquetMetaData>().unwrap().parquet_metadata().clone()
        }

        /// Which groups begin in the part.
        async fn groups(&self, filter: Expr) -> [bool; 4] {
            let Part::Groups { range, groups, bytes, rows } = self.part(filter).await else { return [false; 4] };
            assert!(bytes > 0 && rows > 0 && groups > 0);
            let footer = self.footer();
            std::array::from_fn(|at| range.contains(&place(footer.row_group(at)).unwrap().start))
        }
    }

    #[tokio::test]
    async fn what_the_footer_leaves_is_read() {
        let scene = Scene::new().await;
        let (id, reversed) = (|| col("id"), || col("reversed"));
        assert_eq!(scene.groups(id().eq(lit(15_i64))).await, [false, true, false, false]);
        assert_eq!(scene.groups(reversed().eq(lit(15_i64))).await, [false, false, true, false]);
        let two = id().gt_eq(lit(15_i64)).and(id().lt(lit(25_i64)));
        assert_eq!(scene.groups(two).await, [false, true, true, false]);
        // What lies between is left to the scan.
        assert_eq!(scene.groups(id().lt(lit(5_i64)).or(id().gt(lit(35_i64)))).await, [true; 4]);
        assert_eq!(scene.part(id().gt(lit(100_i64))).await, Part::Nothing);
        assert_eq!(scene.part(id().is_null()).await, Part::Nothing);
        let footer = scene.footer();
        assert!(footer.column_index().is_some() && footer.offset_index().is_some(), "kept with the index of its pages");
    }

    #[tokio::test]
    async fn what_the_footer_cannot_tell_leaves_all() {
        let scene = Scene::new().await;
        assert_eq!(scene.groups(col("later").eq(lit(1_i64))).await, [true; 4]);
        // A NaN is larger than every number, and no bound tells of it.
        assert_eq!(scene.groups(col("share").gt(lit(5.0))).await, [true; 4]);
        // Nanoseconds are in the file, and microseconds in the table.
        let moment = lit(ScalarValue::TimestampMicrosecond(Some(15), None));
        assert_eq!(scene.groups(col("at").eq(moment)).await, [true; 4]);
    }

    #[tokio::test]
    async fn rows_are_those_of_the_pages_that_are_left() {
        let scene = Scene::new().await;
        let rows = async |filter| match scene.part(filter).await {
            Part::Groups { rows, .. } => rows,
            part => panic!("{part:?}"),
        };
        assert_eq!(rows(col("id").eq(lit(15_i64))).await, 5);
        assert_eq!(rows(col("id").gt_eq(lit(15_i64))).await, 25);
        assert_eq!(rows(col("later").eq(lit(1_i64))).await, 40);
        assert_eq!(rows(col("share").gt(lit(5.0))).await, 40);
    }

    #[tokio::test]
    async fn a_file_without_a_footer_ends_the_planning() {
        let mut scene = Scene::new().await;
        scene.file.location = Path::from("b.parquet");
        let told = of_datafusion(scene.parts(col("id").eq(lit(1_i64))).await.unwrap_err());
        assert!(told.code == Code::FILE_MISSING && told.message.contains("b.parquet"), "{told}");
    }
}
