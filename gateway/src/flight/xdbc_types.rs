//! The types that a column of a table can have, for drivers that ask (`CommandGetXdbcTypeInfo`).

use std::sync::LazyLock;

use arrow_flight::sql::metadata::{XdbcTypeInfo, XdbcTypeInfoData, XdbcTypeInfoDataBuilder};
use arrow_flight::sql::{Nullable, Searchable, XdbcDataType, XdbcDatetimeSubcode};
use tonic::Status;

/// All of them.
pub fn all() -> Result<&'static XdbcTypeInfoData, Status> {
    static ALL: LazyLock<Result<XdbcTypeInfoData, String>> = LazyLock::new(|| {
        let mut builder = XdbcTypeInfoDataBuilder::new();
        types().into_iter().for_each(|known| builder.append(known));
        builder.build().map_err(|error| error.to_string())
    });
    ALL.as_ref().map_err(|error| Status::internal(error.clone()))
}

fn types() -> Vec<XdbcTypeInfo> {
    use XdbcDataType as X;
    let decimal = XdbcTypeInfo {
        create_params: Some(vec!["precision".to_owned(), "scale".to_owned()]),
        minimum_scale: Some(0),
        maximum_scale: Some(38),
        fixed_prec_scale: true,
        ..number("DECIMAL", X::XdbcDecimal, 38, 10)
    };
    let text = XdbcTypeInfo {
        create_params: Some(vec!["length".to_owned()]),
        case_sensitive: true,
        searchable: Searchable::Full,
        ..quoted("VARCHAR", X::XdbcVarchar, i32::MAX, "'")
    };
    let moment = |name, subcode, size| XdbcTypeInfo {
        sql_data_type: X::XdbcDatetime,
        datetime_subcode: Some(subcode),
        maximum_scale: Some(6),
        ..quoted(name, X::XdbcTimestamp, size, "TIMESTAMP '")
    };
    vec![
        plain("BOOLEAN", X::XdbcBit, 1),
        number("TINYINT", X::XdbcTinyint, 3, 10),
        number("SMALLINT", X::XdbcSmallint, 5, 10),
        number("INTEGER", X::XdbcInteger, 10, 10),
        number("BIGINT", X::XdbcBigint, 19, 10),
        decimal,
        number("REAL", X::XdbcReal, 24, 2),
        number("DOUBLE", X::XdbcDouble, 53, 2),
        XdbcTypeInfo { sql_data_type: X::XdbcDatetime, ..quoted("DATE", X::XdbcDate, 10, "DATE '") },
        moment("TIMESTAMP", XdbcDatetimeSubcode::XdbcSubcodeTimestamp, 26),
        moment("TIMESTAMP WITH TIME ZONE", XdbcDatetimeSubcode::XdbcSubcodeTimestampWithTimezone, 32),
        text,
        quoted("BYTEA", X::XdbcVarbinary, i32::MAX, "X'"),
    ]
}

fn plain(name: &str, kind: XdbcDataType, size: i32) -> XdbcTypeInfo {
    XdbcTypeInfo {
        type_name: name.to_owned(),
        local_type_name: Some(name.to_owned()),
        data_type: kind,
        sql_data_type: kind,
        column_size: Some(size),
        nullable: Nullable::NullabilityNullable,
        searchable: Searchable::Basic,
        ..XdbcTypeInfo::default()
    }
}

fn number(name: &str, kind: XdbcDataType, size: i32, radix: i32) -> XdbcTypeInfo {
    XdbcTypeInfo {
        unsigned_attribute: Some(false),
        auto_increment: Some(false),
        num_prec_radix: Some(radix),
        ..plain(name, kind, size)
    }
}

fn quoted(name: &str, kind: XdbcDataType, size: i32, prefix: &str) -> XdbcTypeInfo {
    XdbcTypeInfo {
        literal_prefix: Some(prefix.to_owned()),
        literal_suffix: Some("'".to_owned()),
        ..plain(name, kind, size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_found_by_their_number() {
        let all = all().unwrap();
        assert_eq!(all.record_batch(None).unwrap().num_rows(), types().len());
        assert_eq!(all.record_batch(XdbcDataType::XdbcTimestamp as i32).unwrap().num_rows(), 2);
        assert_eq!(all.record_batch(12_345).unwrap().num_rows(), 0);
    }
}
