//! Some rows of a version, taken at even distances, so that the same version always gives the same ones.

#![expect(
    deprecated,
    reason = "what is to replace this reader is a trait, and it would be written here again as it is"
)]

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, new_empty_array, new_null_array};
use arrow::compute::{cast, concat};
use arrow::datatypes::FieldRef;
use datafusion::error::DataFusionError;
use futures::{StreamExt, TryStreamExt, stream};
use huitong_catalog::Result;
use object_store::ObjectStore;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, RowSelection};
use parquet::arrow::async_reader::ParquetObjectReader;
use parquet::arrow::{ParquetRecordBatchStreamBuilder, ProjectionMask};
use parquet::file::metadata::PageIndexPolicy;

use super::version::{DataFile, TableVersion};
use crate::error::{in_table, of_datafusion};

/// Places that are looked at, and rows that are read at each: about thirty thousand rows of at most as many files as there are
/// places.
const PLACES: u64 = 512;
const RUN: u64 = 64;
/// Files that are read at a time.
const FILES_OPEN: usize = 8;

/// Values of some columns, which are stored in the files, from `files` (with their numbers of rows): an array for each column.
pub async fn columns(
    store: Arc<dyn ObjectStore>,
    version: &TableVersion,
    files: &BTreeMap<usize, u64>,
    fields: &[FieldRef],
    table: &str,
) -> Result<Vec<ArrayRef>> {
    let each = places(files).into_iter().map(|(number, runs)| {
        let (store, file, fields) = (store.clone(), &version.files[number], fields.to_vec());
        async move { read(store, file, &runs, &fields).await }
    });
    let read: Vec<Vec<ArrayRef>> =
        stream::iter(each).buffered(FILES_OPEN).try_collect().await.map_err(|e| in_table(of_datafusion(e), table))?;
    let whole = |column: usize| {
        let parts: Vec<_> = read.iter().map(|columns| columns[column].as_ref()).collect();
        match parts.is_empty() {
            true => Ok(new_empty_array(fields[column].data_type())),
            false => concat(&parts).map_err(|e| of_datafusion(e.into())),
        }
    };
    (0..fields.len()).map(whole).collect()
}

/// The rows to read of each file.
fn places(files: &BTreeMap<usize, u64>) -> BTreeMap<usize, Vec<Range<usize>>> {
    let all = u128::from(files.values().sum::<u64>());
    let narrow = |wide: u128| u64::try_from(wide).unwrap_or(u64::MAX);
    // Where the table is small these meet, and it is read whole.
    let start = |place: u64| narrow(u128::from(place) * all / u128::from(PLACES));
    let mut chosen = BTreeMap::new();
    let mut begin = 0;
    for (number, rows) in files.iter().filter(|(_, rows)| **rows > 0) {
        let end = begin + rows;
        let near = |row: u64| narrow(u128::from(row) * u128::from(PLACES) / all);
        let mut runs: Vec<Range<usize>> = Vec::new();
        for place in near(begin).saturating_sub(1)..=near(end).min(PLACES - 1) {
            let (from, to) = (start(place).max(begin), (start(place) + RUN).min(start(place + 1)).min(end));
            if from < to {
                let offset = |row: u64| usize::try_from(row - begin).unwrap_or(usize::MAX);
                runs.push(offset(from)..offset(to));
            }
        }
        if !runs.is_empty() {
            chosen.insert(*number, runs);
        }
        begin = end;
    }
    chosen
}

async fn read(
    store: Arc<dyn ObjectStore>,
    file: &DataFile,
    runs: &[Range<usize>],
    fields: &[FieldRef],
) -> Result<Vec<ArrayRef>, DataFusionError> {
    let reader = ParquetObjectReader::new(store, file.path.clone()).with_file_size(file.size_bytes);
    let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
    let builder = ParquetRecordBatchStreamBuilder::new_with_options(reader, options).await?;
    let rows = usize::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or_default();
    // What the log says of the number of rows may be wrong.
    let runs: Vec<_> =
        runs.iter().map(|run| run.start.min(rows)..run.end.min(rows)).filter(|run| !run.is_empty()).collect();
    let selection = RowSelection::from_consecutive_ranges(runs.into_iter(), rows);
    let root = builder.parquet_schema().root_schema();
    let wanted =
        root.get_fields().iter().enumerate().filter(|(_, column)| fields.iter().any(|f| f.name() == column.name()));
    let mask = ProjectionMask::roots(builder.parquet_schema(), wanted.map(|(index, _)| index).collect::<Vec<_>>());
    let batches: Vec<RecordBatch> =
        builder.with_projection(mask).with_row_selection(selection).build()?.try_collect().await?;
    let values = |field: &FieldRef| {
        let parts = batches.iter().map(|batch| match batch.column_by_name(field.name()) {
            Some(values) => Ok(cast(values, field.data_type())?),
            // The file is older than the column.
            None => Ok(new_null_array(field.data_type(), batch.num_rows())),
        });
        let parts = parts.collect::<Result<Vec<_>, DataFusionError>>()?;
        match parts.is_empty() {
            true => Ok(new_empty_array(field.data_type())),
            false => Ok(concat(&parts.iter().map(AsRef::as_ref).collect::<Vec<_>>())?),
        }
    };
    fields.iter().map(values).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(files: &[u64]) -> BTreeMap<usize, Vec<Range<usize>>> {
        places(&files.iter().copied().enumerate().collect())
    }

    fn count(runs: &[Range<usize>]) -> usize {
        runs.iter().map(ExactSizeIterator::len).sum()
    }

    #[test]
    fn a_small_table_is_read_whole_and_a_large_one_evenly() {
        for small in [&[1][..], &[7, 0, 500], &[100; 20]] {
            let read: usize = chosen(small).values().map(|runs| count(runs)).sum();
            assert_eq!(read as u64, small.iter().sum::<u64>(), "{small:?}");
        }
        let files = [100_000_000, 1, 50_000_000, 50_000_000];
        let large = chosen(&files);
        let of = |file: usize| large.get(&file).map_or(0, |runs| count(runs));
        assert_eq!((0..4).map(of).sum::<usize>() as u64, PLACES * RUN);
        assert!(
            of(0) == 16384 && of(2).abs_diff(8192) <= 64 && of(3).abs_diff(8192) <= 64,
            "{} {} {}",
            of(0),
            of(2),
            of(3)
        );
        assert!(large[&0].iter().all(|run| run.end <= 100_000_000) && large[&0].is_sorted_by_key(|run| run.start));
        let many = chosen(&[1000; 50_000]);
        assert!(many.len() <= 2 * PLACES as usize && chosen(&[1000; 50_000]) == many);
        assert!(chosen(&[]).is_empty() && chosen(&[0, 0]).is_empty());
    }
}
