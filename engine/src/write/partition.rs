//! Rows by the values of their partition columns, as the log writes those values.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{SortColumn, lexsort_to_indices, partition, take_record_batch};
use arrow::datatypes::{DataType, Int64Type, TimeUnit, TimestampMicrosecondType};
use arrow::util::display::array_value_to_string;
use chrono::DateTime;
use datafusion::error::Result;
use huitong_catalog::{Code, Error};

use super::node::WriteSpec;
use crate::error::into_datafusion;

/// A value for each partition column, none for null.
pub type Values = BTreeMap<String, Option<String>>;

/// What rows of one file have in common.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    pub values: Values,
    /// The number that the layout gives them, if there is one.
    pub file: Option<i64>,
}

/// The batch in parts of what goes into one file; rows of a part keep their order.
pub fn split(spec: &WriteSpec, batch: &RecordBatch) -> Result<Vec<(Part, RecordBatch)>> {
    if spec.partitions.is_empty() && file_column(spec).is_none() {
        return Ok(vec![(Part::default(), batch.clone())]);
    }
    let sorted = match spec.layout {
        // They come in order, by more than these columns.
        Some(_) => batch.clone(),
        None => sorted(spec, batch)?,
    };
    let (partitions, numbers) = (keys(spec, &sorted), numbers(spec, &sorted)?);
    let all: Vec<ArrayRef> = partitions.iter().chain(&numbers).cloned().collect();
    let parts = partition(&all)?.ranges().into_iter().map(|range| {
        let values = spec.partitions.iter().zip(&partitions);
        let values = values.map(|(name, key)| Ok((name.clone(), text(name, key, range.start)?)));
        let file = numbers.as_ref().map(|numbers| numbers.as_primitive::<Int64Type>().value(range.start));
        Ok((Part { values: values.collect::<Result<_>>()?, file }, sorted.slice(range.start, range.len())))
    });
    parts.collect()
}

fn sorted(spec: &WriteSpec, batch: &RecordBatch) -> Result<RecordBatch> {
    let columns: Vec<_> = keys(spec, batch).into_iter().map(|values| SortColumn { values, options: None }).collect();
    Ok(take_record_batch(batch, &lexsort_to_indices(&columns, None)?)?)
}

fn keys(spec: &WriteSpec, batch: &RecordBatch) -> Vec<ArrayRef> {
    spec.partitions.iter().filter_map(|name| batch.column_by_name(name).cloned()).collect()
}

fn file_column(spec: &WriteSpec) -> Option<&String> {
    spec.layout.as_ref()?.file.as_ref()
}

fn numbers(spec: &WriteSpec, batch: &RecordBatch) -> Result<Option<ArrayRef>> {
    let Some(name) = file_column(spec) else { return Ok(None) };
    match batch.column_by_name(name).filter(|column| column.data_type() == &DataType::Int64) {
        Some(numbers) => Ok(Some(numbers.clone())),
        None => {
            let text = format!("rows of `{}` were not laid out", spec.table);
            Err(into_datafusion(Error::new(Code::INTERNAL, text)))
        }
    }
}

/// A value as the log writes it (Delta protocol, "Partition Value Serialization"). There an empty text is null, so it is refused.
fn text(name: &str, key: &ArrayRef, row: usize) -> Result<Option<String>> {
    if key.is_null(row) {
        return Ok(None);
    }
    let text = match key.data_type() {
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            let micros = key.as_primitive::<TimestampMicrosecondType>().value(row);
            // Without its zone, Spark would take a moment for one in the zone of its session.
            let format = if zone.is_some() { "%Y-%m-%dT%H:%M:%S%.6fZ" } else { "%Y-%m-%d %H:%M:%S%.6f" };
            DateTime::from_timestamp_micros(micros).map(|time| time.format(format).to_string())
        }
        _ => Some(array_value_to_string(key, row)?),
    };
    match text {
        // A year of more than four digits, or before 0, is read by nobody.
        Some(text) if matches!(key.data_type(), DataType::Timestamp(_, _)) && text.starts_with(['+', '-']) => {
            let text = format!("column `{name}` partitions its table and cannot hold the time {text}");
            Err(into_datafusion(Error::new(Code::EXECUTION, text).with_hint("take a year between 0 and 9999")))
        }
        Some(text) if !text.is_empty() => Ok(Some(text)),
        _ => {
            let error = Error::new(
                Code::EXECUTION,
                format!("column `{name}` partitions its table and cannot hold an empty text"),
            );
            Err(into_datafusion(error.with_hint("write NULL or another text in its place")))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Date32Array, Int64Array, StringArray, TimestampMicrosecondArray};

    use super::super::node::Layout;
    use super::*;

    fn spec(partitions: &[&str]) -> WriteSpec {
        WriteSpec {
            store: "file:///".into(),
            directory: "d".into(),
            file_bytes_target: 1,
            required: vec![],
            lengths: vec![],
            checks: vec![],
            layout: None,
            partitions: partitions.iter().map(|name| (*name).to_owned()).collect(),
            table: "t".into(),
        }
    }

    fn batch(names: [Option<&str>; 4]) -> RecordBatch {
        let columns: [(&str, ArrayRef); 4] = [
            ("区", Arc::new(StringArray::from(names.to_vec()))),
            ("d", Arc::new(Date32Array::from(vec![0, 0, 1, 0]))),
            ("at", Arc::new(TimestampMicrosecondArray::from(vec![1, 1, 1, 1]))),
            ("n", Arc::new(Int64Array::from(vec![1, 2, 3, 4]))),
        ];
        RecordBatch::try_from_iter(columns).expect("columns of equal length")
    }

    #[test]
    fn rows_are_parted_by_value() {
        let parts =
            split(&spec(&["区", "d", "at"]), &batch([Some("东"), None, Some("东"), Some("东")])).expect("parted");
        let told: Vec<_> = parts
            .iter()
            .map(|(Part { values, .. }, rows)| {
                let n = rows.column_by_name("n").expect("n").as_primitive::<Int64Type>().values().to_vec();
                (values["区"].as_deref(), values["d"].as_deref(), values["at"].as_deref(), n)
            })
            .collect();
        let at = Some("1970-01-01 00:00:00.000001");
        assert_eq!(
            told,
            [
                (None, Some("1970-01-01"), at, vec![2]),
                (Some("东"), Some("1970-01-01"), at, vec![1, 4]),
                (Some("东"), Some("1970-01-02"), at, vec![3]),
            ]
        );
        assert!(
            split(&spec(&["区"]), &batch([Some(""), None, None, None])).is_err(),
            "an empty text would become null"
        );
        let moment = TimestampMicrosecondArray::from(vec![1]).with_timezone("UTC");
        let moment = text("at", &(Arc::new(moment) as ArrayRef), 0).expect("written");
        assert_eq!(moment.as_deref(), Some("1970-01-01T00:00:00.000001Z"));
        let far: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![253_402_300_800_000_000]));
        assert!(text("at", &far, 0).is_err(), "the year 10000 could not be read back");
        assert_eq!(split(&spec(&[]), &batch([None; 4])).expect("whole").len(), 1);
    }

    #[test]
    fn rows_that_are_laid_out_keep_their_order() {
        let layout = Layout { file: Some("n".into()), order: vec![] };
        let laid_out = WriteSpec { layout: Some(layout), ..spec(&["区"]) };
        let parts = split(&laid_out, &batch([Some("西"), Some("西"), Some("东"), Some("东")])).expect("parted");
        let files: Vec<_> = parts.iter().map(|(part, rows)| (part.file, rows.num_rows())).collect();
        assert_eq!(files, [(Some(1), 1), (Some(2), 1), (Some(3), 1), (Some(4), 1)]);
        let missing = WriteSpec { layout: Some(Layout { file: Some("m".into()), order: vec![] }), ..spec(&[]) };
        assert!(split(&missing, &batch([None; 4])).is_err());
    }
}
