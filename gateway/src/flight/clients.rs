//! Results as every client reads them.
//!
//! Drivers in use lack accessors for view, dictionary, small-decimal and half-float types, and refuse a stream whose
//! schema differs from what was announced, nullability included. So one function decides the announced schema, and every
//! batch is cast to exactly that.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use arrow::error::ArrowError;

/// The schema that is announced and sent for a result whose schema is certain about nulls.
pub fn announced(certain: &Schema) -> SchemaRef {
    let field = |field: &FieldRef| safe_field(field).as_ref().clone().with_nullable(field.is_nullable());
    Arc::new(Schema::new(certain.fields().iter().map(field).collect::<Vec<_>>()))
}

/// The same for any schema. All columns may be null: what the optimiser knows of nullability differs between planning and running.
pub fn safe_schema(schema: &Schema) -> SchemaRef {
    Arc::new(Schema::new(schema.fields().iter().map(|field| safe_field(field)).collect::<Vec<_>>()))
}

fn safe_field(field: &Field) -> FieldRef {
    Arc::new(Field::new(field.name(), safe_type(field.data_type()), true))
}

fn safe_type(data_type: &DataType) -> DataType {
    use DataType::*;
    match data_type {
        Utf8View | LargeUtf8 => Utf8,
        BinaryView | LargeBinary => Binary,
        Dictionary(_, value) => safe_type(value),
        RunEndEncoded(_, values) => safe_type(values.data_type()),
        Float16 => Float32,
        Decimal32(precision, scale) | Decimal64(precision, scale) => Decimal128(*precision, *scale),
        List(item) | ListView(item) => List(safe_field(item)),
        LargeList(item) | LargeListView(item) => LargeList(safe_field(item)),
        FixedSizeList(item, size) => FixedSizeList(safe_field(item), *size),
        Struct(fields) => Struct(fields.iter().map(|field| safe_field(field)).collect()),
        Map(entries, sorted) => Map(safe_entries(entries), *sorted),
        other => other.clone(),
    }
}

/// A map's entries and their keys are never null, and readers refuse a schema that says they may be.
fn safe_entries(entries: &Field) -> FieldRef {
    let told = match entries.data_type() {
        DataType::Struct(fields) => {
            let safe = |(at, field): (usize, &FieldRef)| match at {
                0 => Arc::new(Field::new(field.name(), safe_type(field.data_type()), false)),
                _ => safe_field(field),
            };
            DataType::Struct(fields.iter().enumerate().map(safe).collect())
        }
        other => safe_type(other),
    };
    Arc::new(Field::new(entries.name(), told, false))
}

/// A batch with exactly the announced schema. A value that it cannot hold is an error, never a null.
pub fn fit(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let strict = CastOptions { safe: false, ..CastOptions::default() };
    let columns = batch.columns().iter().zip(schema.fields()).map(|(column, field)| {
        match column.data_type() == field.data_type() {
            true => Ok(column.clone()),
            false => cast_with_options(column, field.data_type(), &strict),
        }
    });
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(schema.clone(), columns, &options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, MapArray, StringViewArray, StructArray};
    use arrow::buffer::OffsetBuffer;
    use arrow::datatypes::Int32Type;

    #[test]
    fn view_dictionary_and_nested_types_become_plain() {
        let views: ArrayRef = Arc::new(StringViewArray::from(vec!["甲", "乙乙乙乙乙乙乙乙乙乙"]));
        let words: ArrayRef = Arc::new(["a", "b"].into_iter().collect::<DictionaryArray<Int32Type>>());
        let inner = Field::new("v", DataType::Utf8View, false);
        let nested: ArrayRef = Arc::new(StructArray::from(vec![(Arc::new(inner), views.clone())]));
        let batch = RecordBatch::try_from_iter([("v", views), ("d", words), ("s", nested)]).unwrap();
        let schema = safe_schema(&batch.schema());
        let fitted = fit(&batch, &schema).unwrap();
        assert_eq!(fitted.schema(), schema);
        let expected = DataType::Struct(vec![Field::new("v", DataType::Utf8, true)].into());
        let types: Vec<_> = fitted.columns().iter().map(|column| column.data_type().clone()).collect();
        assert_eq!(types, [DataType::Utf8, DataType::Utf8, expected]);
    }

    #[test]
    fn what_is_in_a_map_becomes_plain_too() {
        let (keys, values) = (Field::new("k", DataType::LargeUtf8, false), Field::new("v", DataType::Utf8View, true));
        let texts: ArrayRef = Arc::new(StringViewArray::from(vec!["甲"]));
        let entries = StructArray::from(vec![
            (Arc::new(keys), arrow::compute::cast(&texts, &DataType::LargeUtf8).unwrap()),
            (Arc::new(values), texts),
        ]);
        let field = Arc::new(Field::new("entries", entries.data_type().clone(), false));
        let map = MapArray::new(field, OffsetBuffer::from_lengths([1]), entries, None, false);
        let batch = RecordBatch::try_from_iter([("m", Arc::new(map) as ArrayRef)]).unwrap();
        let fitted = fit(&batch, &safe_schema(&batch.schema())).unwrap();
        let map = fitted.column(0).as_map();
        assert_eq!((map.keys().data_type(), map.values().data_type()), (&DataType::Utf8, &DataType::Utf8));
        assert_eq!(map.values().as_string::<i32>().value(0), "甲");
    }

    #[test]
    fn what_is_certainly_no_null_is_announced_so() {
        let fields = vec![Field::new("id", DataType::Utf8View, false), Field::new("s", DataType::Utf8View, true)];
        let told = announced(&Schema::new(fields));
        assert_eq!(told.fields().iter().map(|field| field.is_nullable()).collect::<Vec<_>>(), [false, true]);
        assert_eq!(told.field(0).data_type(), &DataType::Utf8);
    }

    #[test]
    fn what_was_not_announced_is_no_null() {
        let batch =
            RecordBatch::try_from_iter([("a", Arc::new(StringViewArray::from(vec!["甲"])) as ArrayRef)]).unwrap();
        let announced = Arc::new(Schema::new(vec![Field::new("a", DataType::Int64, true)]));
        assert!(fit(&batch, &announced).is_err());
    }

    #[test]
    fn a_batch_without_columns_keeps_its_rows() {
        let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(3));
        let batch = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), vec![], &options).unwrap();
        assert_eq!(fit(&batch, &safe_schema(&batch.schema())).unwrap().num_rows(), 3);
    }
}
