//! What drivers want to know of a table's columns beside their Arrow types, as metadata of the fields: the keys that the
//! specification of Flight SQL names (`CommandGetTables`, `table_schema`).

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use huitong_engine::planning::CATALOG;

use super::clients::safe_schema;
use crate::type_names;

/// Where the engine keeps what a COMMENT said.
const COMMENT: &str = "comment";

/// A table's columns, of types that every client reads. What a table refuses to hold is no null; what a view answers may be one,
/// whatever its plan says.
pub fn described(schema: &str, table: &str, columns: &Schema, is_read_only: bool) -> SchemaRef {
    let safe = safe_schema(columns);
    let field = |(stored, safe): (&Arc<Field>, &Arc<Field>)| {
        let mut told = HashMap::from([
            ("CATALOG_NAME", CATALOG.to_owned()),
            ("DB_SCHEMA_NAME", schema.to_owned()),
            ("TABLE_NAME", table.to_owned()),
            ("TYPE_NAME", type_names::name(stored.data_type())),
            ("IS_AUTO_INCREMENT", flag(false)),
            ("IS_CASE_SENSITIVE", flag(*safe.data_type() == DataType::Utf8)),
            ("IS_READ_ONLY", flag(is_read_only)),
            ("IS_SEARCHABLE", flag(!safe.data_type().is_nested())),
        ]);
        if let Some((precision, scale)) = digits(safe.data_type()) {
            told.insert("PRECISION", precision.to_string());
            told.insert("SCALE", scale.to_string());
        }
        if let Some(comment) = stored.metadata().get(COMMENT) {
            told.insert("REMARKS", comment.clone());
        }
        let told = told.into_iter().map(|(key, value)| (format!("ARROW:FLIGHT:SQL:{key}"), value));
        let is_nullable = is_read_only || stored.is_nullable();
        safe.as_ref().clone().with_nullable(is_nullable).with_metadata(told.collect())
    };
    Arc::new(Schema::new(columns.fields().iter().zip(safe.fields()).map(field).collect::<Vec<_>>()))
}

fn flag(is: bool) -> String {
    if is { "1" } else { "0" }.to_owned()
}

/// Digits of a number in all, and behind the point; of a floating one as many as it keeps for certain.
fn digits(data_type: &DataType) -> Option<(u8, i8)> {
    Some(match data_type {
        DataType::Int8 | DataType::UInt8 => (3, 0),
        DataType::Int16 | DataType::UInt16 => (5, 0),
        DataType::Int32 | DataType::UInt32 => (10, 0),
        DataType::Int64 => (19, 0),
        DataType::UInt64 => (20, 0),
        DataType::Float32 => (6, 0),
        DataType::Float64 => (15, 0),
        DataType::Decimal128(precision, scale) | DataType::Decimal256(precision, scale) => (*precision, *scale),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_say_what_they_are() {
        let named = HashMap::from([(COMMENT.to_owned(), "统一社会信用代码".to_owned())]);
        let columns = Schema::new(vec![
            Field::new("uscc", DataType::Utf8View, false).with_metadata(named),
            Field::new("amount", DataType::Decimal128(18, 2), true),
        ]);
        let told = described("corp", "企业", &columns, true);
        let of = |at: usize, key: &str| told.field(at).metadata().get(&format!("ARROW:FLIGHT:SQL:{key}")).cloned();
        assert_eq!(told.field(0).data_type(), &DataType::Utf8);
        assert_eq!(of(0, "REMARKS").as_deref(), Some("统一社会信用代码"));
        assert_eq!(of(0, "TYPE_NAME").as_deref(), Some("TEXT"));
        assert_eq!(of(0, "PRECISION"), None);
        assert_eq!((of(1, "PRECISION").as_deref(), of(1, "SCALE").as_deref()), (Some("18"), Some("2")));
        assert!(told.field(0).is_nullable(), "of a view");
        let table = described("corp", "企业", &columns, false);
        assert_eq!(table.fields().iter().map(|field| field.is_nullable()).collect::<Vec<_>>(), [false, true]);
        assert_eq!((of(1, "TABLE_NAME").as_deref(), of(1, "IS_READ_ONLY").as_deref()), (Some("企业"), Some("1")));
    }
}
