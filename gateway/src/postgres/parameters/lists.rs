//! Lists of values.

use arrow::datatypes::DataType;
use bytes::{Buf, Bytes};
use datafusion::common::ScalarValue;
use huitong_engine::statement::list_items;

use super::{Read, wrong};
use crate::postgres::encode::Format;
use crate::postgres::types::{self, PgType};

/// Reads a list of values of a type.
pub fn read(nth: usize, item: PgType, format: Format, value: Bytes, zone: &str) -> Read<ScalarValue> {
    let wrong = |what: &str| wrong(nth, item.list_name, format, what);
    let items = match format {
        Format::Text => {
            let text = std::str::from_utf8(&value).map_err(|_| wrong("it is not UTF-8"))?;
            let items = list_items(text).ok_or_else(|| wrong(&format!("`{text}`")))?;
            items.into_iter().map(|item| item.map(Bytes::from)).collect()
        }
        Format::Binary => binary(item, value).ok_or_else(|| wrong("its bytes do not fit"))?,
    };
    let told = types::of_oid(item.oid).unwrap_or(DataType::Utf8);
    let one = |value: Option<Bytes>| match value {
        None => Ok(ScalarValue::try_from(&told).unwrap_or(ScalarValue::Null)),
        Some(_) => super::read(nth, item.oid, format, value, zone),
    };
    let values = items.into_iter().map(one).collect::<Read<Vec<_>>>()?;
    Ok(ScalarValue::List(match values.first().map(ScalarValue::data_type) {
        // Exact numbers have the scale that each is written with.
        Some(DataType::Decimal128(..) | DataType::Decimal256(..)) => {
            let texts = values.iter().map(|value| value.cast_to(&told)).collect::<Result<Vec<_>, _>>();
            ScalarValue::new_list(&texts.map_err(|_| wrong("its numbers have too many digits"))?, &told, true)
        }
        _ => ScalarValue::new_list(&values, &told, true),
    }))
}

/// The items of the protocol's form: dimensions, whether there are nulls, the items' type, the length and the first index of each
/// dimension, and the items with their lengths. Lists of lists have no like here.
fn binary(item: PgType, mut bytes: Bytes) -> Option<Vec<Option<Bytes>>> {
    let (dimensions, _, oid) = (bytes.try_get_i32().ok()?, bytes.try_get_i32().ok()?, bytes.try_get_u32().ok()?);
    if dimensions == 0 && bytes.is_empty() {
        return Some(Vec::new());
    }
    if dimensions != 1 || oid != item.oid {
        return None;
    }
    let (count, _) = (bytes.try_get_i32().ok()?, bytes.try_get_i32().ok()?);
    let mut items = Vec::new();
    for _ in 0..count {
        items.push(match bytes.try_get_i32().ok()? {
            -1 => None,
            length => {
                let length = usize::try_from(length).ok().filter(|length| *length <= bytes.len())?;
                Some(bytes.split_to(length))
            }
        });
    }
    bytes.is_empty().then_some(items)
}
