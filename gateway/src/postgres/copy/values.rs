//! Texts as values of a column: what `COPY … TO` writes is taken back.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BinaryBuilder, ListArray, StringArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{CastOptions, cast, cast_with_options};
use arrow::datatypes::{DataType, Field, FieldRef};
use arrow::error::ArrowError;
use arrow::json::ReaderBuilder;
use huitong_catalog::{Code, Error};
use huitong_engine::statement::list_items;
use serde_json::value::RawValue;

use crate::postgres::parameters::bytes_of_text;
use crate::postgres::types::Shape;

type Result<T> = std::result::Result<T, ArrowError>;

/// Texts as the values of a column; one that does not fit is told with its row, as `row` calls it.
pub fn column(
    field: &Field,
    texts: &StringArray,
    zone: &str,
    row: impl Fn(usize) -> String,
) -> huitong_catalog::Result<ArrayRef> {
    let told = field.data_type();
    typed(texts, told, zone).map_err(|error| {
        let wrong = (0..texts.len()).find(|at| typed(&texts.slice(*at, 1), told, zone).is_err()).unwrap_or_default();
        let value = if texts.is_valid(wrong) { texts.value(wrong) } else { "" };
        let text = format!("{} of COPY: `{value}` does not fit column `{}`", row(wrong), field.name());
        Error::new(Code::BAD_RECORD, text).with_hint(format!("its type is {told}")).caused_by(error)
    })
}

/// Texts as values of a type; moments without a zone are of `zone`.
fn typed(texts: &StringArray, told: &DataType, zone: &str) -> Result<ArrayRef> {
    let whole: ArrayRef = Arc::new(texts.clone());
    match told {
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            let mut bytes = BinaryBuilder::new();
            for text in texts {
                let read = |text| bytes_of_text(text).ok_or_else(|| wrong("no bytes"));
                bytes.append_option(text.map(read).transpose()?);
            }
            strictly(&(Arc::new(bytes.finish()) as ArrayRef), told)
        }
        DataType::Timestamp(unit, Some(_)) => {
            cast(&strictly(&whole, &DataType::Timestamp(*unit, Some(zone.into())))?, told)
        }
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _)
            if matches!(Shape::of(told), Shape::List(_)) =>
        {
            strictly(&lists(texts, item, zone)?, told)
        }
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::FixedSizeList(..)
        | DataType::Struct(_)
        | DataType::Map(..) => structures(texts, told),
        told => strictly(&whole, told),
    }
}

/// A value that does not fit is an error, and no null.
fn strictly(values: &ArrayRef, told: &DataType) -> Result<ArrayRef> {
    cast_with_options(values, told, &CastOptions { safe: false, ..CastOptions::default() })
}

/// Lists as PostgreSQL writes them: `{1,NULL,"a b"}`.
fn lists(texts: &StringArray, item: &FieldRef, zone: &str) -> Result<ArrayRef> {
    let read = |text: Option<&str>| text.map_or(Some(Vec::new()), list_items).ok_or_else(|| wrong("no list"));
    let lists = texts.iter().map(read).collect::<Result<Vec<_>>>()?;
    let lengths = OffsetBuffer::from_lengths(lists.iter().map(Vec::len));
    let items: StringArray = lists.into_iter().flatten().collect();
    let items = typed(&items, item.data_type(), zone)?;
    let nulls = texts.iter().map(|text| text.is_some()).collect::<NullBuffer>();
    Ok(Arc::new(ListArray::try_new(item.clone(), lengths, items, Some(nulls))?))
}

/// Structures, maps and lists of such, as JSON.
fn structures(texts: &StringArray, told: &DataType) -> Result<ArrayRef> {
    let field: FieldRef = Arc::new(Field::new_list_field(told.clone(), true));
    let mut decoder = ReaderBuilder::new_with_field(field).with_batch_size(texts.len().max(1)).build_decoder()?;
    for text in texts {
        let text = text.unwrap_or("null");
        // The reader would take several values in one text, or one in several texts.
        serde_json::from_str::<&RawValue>(text).map_err(|error| ArrowError::ParseError(error.to_string()))?;
        decoder.decode(text.as_bytes())?;
        decoder.decode(b"\n")?;
    }
    match decoder.flush()? {
        Some(read) if read.num_rows() == texts.len() => Ok(read.column(0).clone()),
        None if texts.is_empty() => Ok(arrow::array::new_empty_array(told)),
        _ => Err(wrong("not one value for each line")),
    }
}

fn wrong(what: &str) -> ArrowError {
    ArrowError::ParseError(what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::datatypes::{Fields, TimeUnit};
    use arrow::util::display::array_value_to_string;

    fn read(told: &DataType, text: &str) -> String {
        let texts = StringArray::from(vec![Some(text), None]);
        match typed(&texts, told, "+08:00") {
            Ok(values) => {
                assert!(values.is_null(1) && values.len() == 2, "{told} {text}");
                array_value_to_string(&values, 0).unwrap()
            }
            Err(_) => "an error".to_owned(),
        }
    }

    #[test]
    fn what_is_written_is_taken_back() {
        let list = |item: DataType| DataType::List(Arc::new(Field::new_list_field(item, true)));
        let fields = vec![Field::new("a", DataType::Int32, true), Field::new("b", list(DataType::Utf8), true)];
        let structure = DataType::Struct(Fields::from(fields));
        let moment = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        for (told, text, expected) in [
            (list(DataType::Int32), "{1,NULL,-3}", "[1, , -3]"),
            (list(DataType::Int32), "{}", "[]"),
            (list(DataType::Int32), "{1,x}", "an error"),
            (list(DataType::Int32), "1", "an error"),
            (list(DataType::Utf8), r#"{a,"b,c","d\"e",NULL}"#, "[a, b,c, d\"e, ]"),
            (list(DataType::Date32), "{2024-02-29}", "[2024-02-29]"),
            (list(DataType::Boolean), "{t,f}", "[true, false]"),
            (list(list(DataType::Int64)), "[[1],[2,null]]", "[[1], [2, ]]"),
            (list(list(DataType::Int64)), "[[1]] [[2]]", "an error"),
            (structure.clone(), r#"{"a":1,"b":["x"]}"#, "{a: 1, b: [x]}"),
            (structure.clone(), r#"{"a":"x"}"#, "an error"),
            (structure, "", "an error"),
            (moment.clone(), "2024-02-29 12:00:00", "2024-02-29T04:00:00Z"),
            (moment, "2024-02-29 12:00:00+00", "2024-02-29T12:00:00Z"),
            (DataType::Binary, "\\x00ff", "00ff"),
            (DataType::Int32, "9999999999", "an error"),
        ] {
            assert_eq!(read(&told, text), expected, "{told} {text}");
        }
    }
}
