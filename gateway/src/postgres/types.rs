//! Arrow's types as PostgreSQL's: object ids from its catalogue (`pg_type.dat`).

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, IntervalUnit, TimeUnit};

/// A type of PostgreSQL's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PgType {
    pub oid: u32,
    pub name: &'static str,
    /// Bytes of a value; -1 where they differ.
    pub size: i16,
    /// The type of lists of it, and that type's name.
    pub list_oid: u32,
    pub list_name: &'static str,
}

macro_rules! types {
    ($($name:ident = $oid:literal, $text:literal, $size:literal, $list:literal, $list_text:literal;)*) => {
        $(pub const $name: PgType =
            PgType { oid: $oid, name: $text, size: $size, list_oid: $list, list_name: $list_text };)*

        /// The types that columns and parameters can have.
        pub const ALL: &[PgType] = &[$($name),*];
    };
}

types! {
    BOOL = 16, "bool", 1, 1000, "_bool";
    BYTEA = 17, "bytea", -1, 1001, "_bytea";
    CHAR = 18, "char", 1, 1002, "_char";
    NAME = 19, "name", 64, 1003, "_name";
    INT8 = 20, "int8", 8, 1016, "_int8";
    INT2 = 21, "int2", 2, 1005, "_int2";
    INT4 = 23, "int4", 4, 1007, "_int4";
    TEXT = 25, "text", -1, 1009, "_text";
    OID = 26, "oid", 4, 1028, "_oid";
    JSON = 114, "json", -1, 199, "_json";
    FLOAT4 = 700, "float4", 4, 1021, "_float4";
    FLOAT8 = 701, "float8", 8, 1022, "_float8";
    BPCHAR = 1042, "bpchar", -1, 1014, "_bpchar";
    VARCHAR = 1043, "varchar", -1, 1015, "_varchar";
    DATE = 1082, "date", 4, 1182, "_date";
    TIME = 1083, "time", 8, 1183, "_time";
    TIMESTAMP = 1114, "timestamp", 8, 1115, "_timestamp";
    TIMESTAMPTZ = 1184, "timestamptz", 8, 1185, "_timestamptz";
    INTERVAL = 1186, "interval", 16, 1187, "_interval";
    NUMERIC = 1700, "numeric", -1, 1231, "_numeric";
    UUID = 2950, "uuid", 16, 2951, "_uuid";
}

/// The type of a column as clients see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    One(PgType),
    /// A list of values of a type; lists of lists and of structures are JSON.
    List(PgType),
}

impl Shape {
    pub fn of(told: &DataType) -> Self {
        match told {
            DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
                scalar(item.data_type()).map_or(Self::One(JSON), Self::List)
            }
            other => Self::One(scalar(other).unwrap_or(JSON)),
        }
    }

    pub fn oid(self) -> u32 {
        match self {
            Self::One(one) => one.oid,
            Self::List(item) => item.list_oid,
        }
    }

    pub fn size(self) -> i16 {
        match self {
            Self::One(one) => one.size,
            Self::List(_) => -1,
        }
    }
}

/// The modifier of a column's type: precision and scale of a number.
pub fn modifier(field: &Field) -> i32 {
    match field.data_type() {
        DataType::Decimal128(precision, scale) | DataType::Decimal256(precision, scale) => {
            ((i32::from(*precision) << 16) | (i32::from(*scale) & 0x7ff)) + 4
        }
        _ => -1,
    }
}

/// None for what has fields or items.
fn scalar(told: &DataType) -> Option<PgType> {
    Some(match told {
        DataType::Boolean => BOOL,
        DataType::Int8 | DataType::UInt8 | DataType::Int16 => INT2,
        DataType::UInt16 | DataType::Int32 => INT4,
        DataType::UInt32 | DataType::Int64 => INT8,
        DataType::UInt64
        | DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => NUMERIC,
        DataType::Float16 | DataType::Float32 => FLOAT4,
        DataType::Float64 => FLOAT8,
        DataType::Null | DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => TEXT,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => BYTEA,
        DataType::Date32 | DataType::Date64 => DATE,
        DataType::Time32(_) | DataType::Time64(_) => TIME,
        DataType::Timestamp(_, None) => TIMESTAMP,
        DataType::Timestamp(_, Some(_)) => TIMESTAMPTZ,
        DataType::Interval(_) | DataType::Duration(_) => INTERVAL,
        DataType::Dictionary(_, value) => return scalar(value),
        DataType::RunEndEncoded(_, values) => return scalar(values.data_type()),
        _ => return None,
    })
}

/// The type that a list of which has this number.
pub fn item_of(list_oid: u32) -> Option<PgType> {
    ALL.iter().find(|told| told.list_oid == list_oid).copied()
}

/// What a client is told of a parameter that the engine has found to be of a type. Lists of numbers without a sign are those of numbers
/// of things: asyncpg knows this one before it can ask for others.
pub fn of_parameter(told: &DataType) -> u32 {
    match told {
        DataType::List(item) if item.data_type() == &DataType::UInt32 => OID.list_oid,
        other => Shape::of(other).oid(),
    }
}

/// What a parameter of a type is in SQL; none where the client leaves it open, or sends a type that has no like here.
pub fn of_oid(oid: u32) -> Option<DataType> {
    if let Some(item) = item_of(oid) {
        let item = of_oid(item.oid).unwrap_or(DataType::Utf8);
        return Some(DataType::List(Arc::new(Field::new_list_field(item, true))));
    }
    Some(match oid {
        _ if oid == BOOL.oid => DataType::Boolean,
        _ if oid == BYTEA.oid => DataType::Binary,
        _ if oid == INT2.oid => DataType::Int16,
        _ if oid == INT4.oid => DataType::Int32,
        _ if oid == INT8.oid || oid == OID.oid => DataType::Int64,
        _ if oid == FLOAT4.oid => DataType::Float32,
        _ if oid == FLOAT8.oid => DataType::Float64,
        _ if oid == NUMERIC.oid => DataType::Decimal128(38, 10),
        _ if oid == DATE.oid => DataType::Date32,
        _ if oid == TIME.oid => DataType::Time64(TimeUnit::Nanosecond),
        _ if oid == TIMESTAMP.oid => DataType::Timestamp(TimeUnit::Microsecond, None),
        _ if oid == TIMESTAMPTZ.oid => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        _ if oid == INTERVAL.oid => DataType::Interval(IntervalUnit::MonthDayNano),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_those_of_postgres() {
        let list = |item: DataType| DataType::List(Arc::new(Field::new("item", item, true)));
        let cases = [
            (DataType::UInt64, 1700),
            (DataType::UInt32, 20),
            (DataType::Utf8View, 25),
            (DataType::Timestamp(TimeUnit::Second, Some("+08:00".into())), 1184),
            (DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)), 25),
            (list(DataType::Int32), 1007),
            (list(DataType::Utf8), 1009),
            (list(list(DataType::Int32)), 114),
            (DataType::Struct(vec![Field::new("a", DataType::Int32, true)].into()), 114),
        ];
        for (told, oid) in cases {
            assert_eq!(Shape::of(&told).oid(), oid, "{told}");
        }
        assert_eq!(modifier(&Field::new("n", DataType::Decimal128(15, 2), true)), 983_046);
    }

    /// A parameter's type leads back to itself, or a client would be told another one than it said.
    #[test]
    fn parameters_keep_their_types() {
        for told in ALL {
            if let Some(arrow) = of_oid(told.oid) {
                assert!(Shape::of(&arrow).oid() == told.oid || told.oid == OID.oid, "{}", told.name);
                let list = of_oid(told.list_oid).map(|list| Shape::of(&list).oid());
                assert!(list == Some(told.list_oid) || told.oid == OID.oid, "{}", told.list_name);
            }
        }
    }
}
