//! Names of types, as SQL reads them.

use arrow::datatypes::{DataType, TimeUnit};

pub fn name(told: &DataType) -> String {
    use DataType::*;
    let simple = match told {
        Null => "NULL",
        Boolean => "BOOLEAN",
        Int8 => "TINYINT",
        Int16 => "SMALLINT",
        Int32 => "INTEGER",
        Int64 => "BIGINT",
        UInt8 => "TINYINT UNSIGNED",
        UInt16 => "SMALLINT UNSIGNED",
        UInt32 => "INTEGER UNSIGNED",
        UInt64 => "BIGINT UNSIGNED",
        Float16 | Float32 => "REAL",
        Float64 => "DOUBLE",
        Utf8 | LargeUtf8 | Utf8View => "TEXT",
        Binary | LargeBinary | BinaryView | FixedSizeBinary(_) => "BYTEA",
        Date32 | Date64 => "DATE",
        Time32(_) | Time64(_) => "TIME",
        Interval(_) | Duration(_) => "INTERVAL",
        Union(..) => "UNION",
        Decimal32(precision, scale)
        | Decimal64(precision, scale)
        | Decimal128(precision, scale)
        | Decimal256(precision, scale) => return format!("DECIMAL({precision},{scale})"),
        Timestamp(unit, zone) => {
            let digits = match unit {
                TimeUnit::Second => "(0)",
                TimeUnit::Millisecond => "(3)",
                TimeUnit::Microsecond => "",
                TimeUnit::Nanosecond => "(9)",
            };
            return format!("TIMESTAMP{digits}{}", if zone.is_some() { " WITH TIME ZONE" } else { "" });
        }
        List(item) | LargeList(item) | FixedSizeList(item, _) | ListView(item) | LargeListView(item) => {
            return format!("{}[]", name(item.data_type()));
        }
        Struct(fields) => {
            let fields: Vec<_> =
                fields.iter().map(|field| format!("{} {}", field.name(), name(field.data_type()))).collect();
            return format!("STRUCT<{}>", fields.join(", "));
        }
        Map(entries, _) => {
            let parts: Vec<_> = match entries.data_type() {
                Struct(fields) => fields.iter().map(|field| name(field.data_type())).collect(),
                other => vec![name(other)],
            };
            return format!("MAP<{}>", parts.join(", "));
        }
        Dictionary(_, value) => return name(value),
        RunEndEncoded(_, values) => return name(values.data_type()),
    };
    simple.to_owned()
}
