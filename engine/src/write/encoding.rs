//! How a file keeps its columns: row groups, compression, and which columns get a dictionary.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{can_cast_types, cast};
use arrow::datatypes::DataType;
use parquet::basic::Compression;
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

/// Rows of a row group: small enough that pruning pays and two cores share a file, large enough that footers stay
/// small.
const ROW_GROUP_ROWS: usize = 512 * 1024;

/// Rows of a page, which is the least that is decoded for a row: those of a batch.
const PAGE_ROWS: usize = 8 * 1024;

/// Fewer rows say too little about the values to come.
const JUDGED_ROWS_MIN: usize = 1024;

/// `first`: the rows that are written first.
pub fn properties(first: &RecordBatch) -> WriterProperties {
    let properties = WriterProperties::builder()
        // Snappy, as Spark's writer of Delta tables: zstd makes files a quarter smaller, and scans a tenth slower
        // (docs/decisions/0010).
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_data_page_row_count_limit(PAGE_ROWS)
        // Items of lists and entries of maps get the names that Parquet gives them, whatever they are called here.
        .set_coerce_types(true);
    first
        .schema_ref()
        .fields()
        .iter()
        .zip(first.columns())
        .filter(|(_, values)| hardly_repeats(values))
        .fold(properties, |properties, (field, _)| without_dictionary(properties, field.name()))
        .build()
}

/// A dictionary of such a column grows to its limit and is given up then, but stays in the file: each read of a few
/// rows has to decode it first.
fn without_dictionary(properties: WriterPropertiesBuilder, column: &str) -> WriterPropertiesBuilder {
    properties.set_column_dictionary_enabled(ColumnPath::new(vec![column.to_owned()]), false)
}

/// Whether less than one value in 200 was there before. With fewer than about a million different values in random
/// order, 8 192 rows would repeat more often than that: what is called unique here fits no dictionary.
fn hardly_repeats(values: &ArrayRef) -> bool {
    let rows = values.len() - values.null_count();
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(values.data_type().clone()));
    if rows < JUDGED_ROWS_MIN || values.data_type().is_nested() || !can_cast_types(values.data_type(), &dictionary) {
        return false;
    }
    // What cannot be counted keeps its dictionary: that is never wrong.
    let Ok(distinct) = cast(values, &dictionary) else { return false };
    distinct.as_any_dictionary().values().len() * 200 >= rows * 199
}

#[cfg(test)]
mod tests;
