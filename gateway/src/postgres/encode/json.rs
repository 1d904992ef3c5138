//! Structures, maps and lists of such as JSON.

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, new_empty_array};
use arrow::datatypes::DataType;
use bytes::{BufMut, BytesMut};
use huitong_catalog::Result;

use super::calendar::Zone;
use super::values;

/// Whether values of a type have parts, and so are written here.
pub fn is_structure(told: &DataType) -> bool {
    use DataType::{FixedSizeList, LargeList, List, Map, Struct, Union};
    matches!(told, Struct(_) | Map(..) | List(_) | LargeList(_) | FixedSizeList(..) | Union(..))
}

/// Refuses a type with a part that has no form, before a value is written.
pub fn check(told: &DataType) -> Result<()> {
    match told {
        DataType::Struct(fields) => fields.iter().try_for_each(|field| check(field.data_type())),
        DataType::Map(part, _)
        | DataType::List(part)
        | DataType::LargeList(part)
        | DataType::FixedSizeList(part, _) => check(part.data_type()),
        // It is shown as the libraries show it.
        DataType::Union(..) => Ok(()),
        plain => values::text(&new_empty_array(plain), Zone::parse("UTC")?).map(|_| ()),
    }
}

/// Appends a value of a type that was checked.
pub fn value(out: &mut BytesMut, column: &ArrayRef, row: usize) {
    if column.is_null(row) || column.data_type() == &DataType::Null {
        out.extend_from_slice(b"null");
        return;
    }
    match column.data_type() {
        DataType::Struct(fields) => {
            let columns = column.as_struct().columns();
            let members = fields.iter().zip(columns);
            list(out, (b'{', b'}'), members, |out, (field, column)| {
                string(out, field.name());
                out.put_u8(b':');
                value(out, column, row);
            });
        }
        DataType::Map(..) => {
            let map = column.as_map();
            let (from, to) = (map.value_offsets()[row] as usize, map.value_offsets()[row + 1] as usize);
            list(out, (b'{', b'}'), from..to, |out, at| {
                string(out, &shown(map.keys(), at));
                out.put_u8(b':');
                value(out, map.values(), at);
            });
        }
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => match values::items(column) {
            Ok((items, range)) => list(out, (b'[', b']'), range(row), |out, at| value(out, items, at)),
            Err(_) => out.extend_from_slice(b"null"),
        },
        DataType::Boolean => {
            out.extend_from_slice(if column.as_boolean().value(row) { b"true" } else { b"false" });
        }
        told if told.is_numeric() => {
            let text = shown(column, row);
            match text.as_str() {
                // JSON has no such numbers.
                "NaN" | "Infinity" | "-Infinity" => string(out, &text),
                _ => out.extend_from_slice(text.as_bytes()),
            }
        }
        DataType::Union(..) => match arrow::util::display::array_value_to_string(column, row) {
            Ok(text) => string(out, &text),
            Err(_) => out.extend_from_slice(b"null"),
        },
        _ => string(out, &shown(column, row)),
    }
}

fn list<T>(
    out: &mut BytesMut,
    (begin, end): (u8, u8),
    items: impl IntoIterator<Item = T>,
    mut item: impl FnMut(&mut BytesMut, T),
) {
    out.put_u8(begin);
    for (nth, one) in items.into_iter().enumerate() {
        if nth > 0 {
            out.put_u8(b',');
        }
        item(out, one);
    }
    out.put_u8(end);
}

fn string(out: &mut BytesMut, text: &str) {
    out.extend_from_slice(serde_json::Value::from(text).to_string().as_bytes());
}

/// A value that is none of the above, as text. Moments inside structures are shown in UTC, so that the same row is the same JSON.
fn shown(column: &ArrayRef, row: usize) -> String {
    let mut out = BytesMut::new();
    if let Ok(write) = Zone::parse("UTC").and_then(|utc| values::text(column, utc)) {
        write(row, &mut out);
    }
    String::from_utf8_lossy(&out).into_owned()
}
