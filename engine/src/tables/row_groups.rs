//! Which part of a file a query reads, by the footer: from the first to the last group of rows that may hold a row for which its filters
//! are true.
//!
//! The scan itself leaves groups out too, when it opens a file. To know it before shows how much there is to read: what is little is read by
//! one task, and what is much is shared out evenly, which bytes of a file are not.
//!
//! Nothing is left out by what a file says of floating point, whose bounds leave out NaN, which is larger than every number
//! (`rules/float_filters.rs`), nor of a column that has another type in the file than in the table.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, UInt64Array};
use arrow::datatypes::{DataType, Schema};
use datafusion::catalog::Session;
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::{Column, ScalarValue};
use datafusion::datasource::physical_plan::parquet::metadata::DFParquetMetadata;
use datafusion::error::Result;
use datafusion::physical_optimizer::pruning::PruningPredicate;
use futures::{StreamExt, stream};
use object_store::{ObjectMeta, ObjectStore};
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::arrow::parquet_to_arrow_schema;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, RowGroupMetaData};

use crate::rules::float_filters::holds_float;

/// Of more files than this no footers are read: where so many are left, there is much to read.
pub const FILES_MAX: usize = 16;
/// Footers that are read at a time.
const AT_A_TIME: usize = 8;

/// The bytes of a file that are to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Nothing is known that would leave some out.
    All,
    /// Groups that begin in the range, which ends behind the byte where the last of them begins, and what they and those between have.
    Groups {
        range: Range<i64>,
        bytes: u64,
    },
    Nothing,
}

/// For each of some files, what `predicate` leaves of it. Footers are kept where the scan finds them again, with the indexes of their
/// pages. A file whose footer cannot be read is to be read whole: whoever does it tells the trouble.
pub async fn left(
    session: &dyn Session,
    store: &Arc<dyn ObjectStore>,
    schema: &Schema,
    predicate: &PruningPredicate,
    files: Vec<ObjectMeta>,
) -> Vec<Part> {
    let cache = session.runtime_env().cache_manager.get_file_metadata_cache();
    let part = |file: ObjectMeta| {
        let cache = cache.clone();
        async move {
            let footer = DFParquetMetadata::new(store, &file)
                .with_file_metadata_cache(Some(cache))
                .with_page_index_policy(Some(PageIndexPolicy::Optional))
                .fetch_metadata()
                .await;
            let part = footer.and_then(|footer| of(&footer, schema, predicate));
            part.unwrap_or_else(|error| {
                tracing::debug!(file = %file.location, %error, "a file is read whole");
                Part::All
            })
        }
    };
    stream::iter(files).map(part).buffered(AT_A_TIME).collect().await
}

fn of(footer: &ParquetMetaData, schema: &Schema, predicate: &PruningPredicate) -> Result<Part> {
    let file = footer.file_metadata();
    let stored = &parquet_to_arrow_schema(file.schema_descr(), file.key_value_metadata())?;
    let keep = predicate.prune(&Bounds { schema, stored, footer })?;
    let groups = footer.row_groups().iter().zip(keep).filter_map(|(group, keep)| keep.then_some(group));
    let Some(begins) = groups.map(begin).collect::<Option<Vec<_>>>() else { return Ok(Part::All) };
    let (Some(first), Some(last)) = (begins.iter().min(), begins.iter().max()) else { return Ok(Part::Nothing) };
    let range = *first..last + 1;
    let read = footer.row_groups().iter().filter(|group| begin(group).is_some_and(|begin| range.contains(&begin)));
    let bytes = read.map(|group| group.compressed_size().unsigned_abs()).sum();
    Ok(Part::Groups { range, bytes })
}

/// The byte where a group begins with its first column: whoever reads that reads the group. None if it has no columns.
fn begin(group: &RowGroupMetaData) -> Option<i64> {
    let first = group.columns().first()?;
    Some(first.dictionary_page_offset().unwrap_or_else(|| first.data_page_offset()))
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

    use super::*;

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
        schema: Schema,
    }

    impl Scene {
        /// Forty rows, ten in each group: `id` from 0, `reversed` from 39 down, both in the file in another order than in the table.
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
            let properties = WriterProperties::builder().set_max_row_group_row_count(Some(10)).build();
            let mut writer = ArrowWriter::try_new(Vec::new(), rows.schema(), Some(properties)).unwrap();
            writer.write(&rows).unwrap();
            let path = Path::from("a.parquet");
            store.put(&path, writer.into_inner().unwrap().into()).await.unwrap();
            let file = store.head(&path).await.unwrap();
            let fields: Vec<_> = COLUMNS.into_iter().map(|(name, kind)| Field::new(name, kind, true)).collect();
            let state = SessionStateBuilder::new().with_default_features().build();
            Self { store, file, state, schema: Schema::new(fields) }
        }

        async fn part(&self, filter: Expr) -> Part {
            let (state, schema) = (&self.state, Arc::new(self.schema.clone()));
            let filter = state.create_physical_expr(filter, &DFSchema::try_from(schema.clone()).unwrap()).unwrap();
            let predicate = PruningPredicateBuilder::new().with_file_schema(schema).try_build(filter).unwrap();
            left(state, &self.store, &self.schema, &predicate, vec![self.file.clone()]).await.remove(0)
        }

        fn footer(&self) -> Arc<ParquetMetaData> {
            let cache = self.state.runtime_env().cache_manager.get_file_metadata_cache();
            let kept = cache.get(&self.file.location).unwrap();
            kept.file_metadata.as_any().downcast_ref::<CachedParquetMetaData>().unwrap().parquet_metadata().clone()
        }

        /// Which groups begin in the part.
        async fn groups(&self, filter: Expr) -> [bool; 4] {
            let Part::Groups { range, bytes } = self.part(filter).await else { return [false; 4] };
            assert!(bytes > 0);
            let footer = self.footer();
            std::array::from_fn(|at| range.contains(&begin(footer.row_group(at)).unwrap()))
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
    async fn a_file_without_a_footer_is_read_whole() {
        let mut scene = Scene::new().await;
        scene.file.location = Path::from("b.parquet");
        assert_eq!(scene.part(col("id").eq(lit(1_i64))).await, Part::All);
    }
}
