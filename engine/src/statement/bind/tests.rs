use arrow::datatypes::{UnionFields, UnionMode};

use super::super::parse;
use super::*;

fn bound(sql: &str, values: &[ScalarValue]) -> String {
    bind(parse(sql).unwrap(), values).unwrap().statement.to_string()
}

#[test]
fn values_take_the_places_of_parameters() {
    let values = [ScalarValue::from("it's '张三'; DROP TABLE t"), ScalarValue::Int64(Some(7))];
    let expected = "SELECT a FROM t WHERE b = 'it''s ''张三''; DROP TABLE t' AND c = 7 LIMIT 7";
    assert_eq!(bound("SELECT a FROM t WHERE b = $1 AND c = $2 LIMIT $2", &values), expected);
    let three = [values[0].clone(), values[1].clone(), values[1].clone()];
    assert_eq!(bound("SELECT a FROM t WHERE b = ? AND c = ? LIMIT ?", &three), expected);
    // What stands in quotes and comments is no parameter.
    assert_eq!(bound("SELECT '?', \"$1\" -- $9\n", &[]), "SELECT '?', \"$1\"");
}

#[test]
fn values_keep_their_types() {
    let cases = [
        (ScalarValue::Null, "NULL"),
        (ScalarValue::Boolean(Some(true)), "true"),
        (ScalarValue::Int32(Some(-5)), "arrow_cast('-5', 'Int32')"),
        (ScalarValue::Int64(Some(i64::MIN)), "arrow_cast('-9223372036854775808', 'Int64')"),
        (ScalarValue::Float64(Some(0.1)), "arrow_cast('0.1', 'Float64')"),
        (ScalarValue::Float64(Some(f64::NAN)), "arrow_cast('NaN', 'Float64')"),
        (ScalarValue::Decimal128(Some(-1205), 10, 2), "arrow_cast('-12.05', 'Decimal128(10, 2)')"),
        (ScalarValue::Date32(Some(20_000)), "arrow_cast('2024-10-04', 'Date32')"),
        // In Tokyo this is a year of five digits.
        (
            ScalarValue::TimestampSecond(Some(253_402_300_799), Some("Asia/Tokyo".into())),
            "arrow_cast(arrow_cast('253402300799', 'Int64'), 'Timestamp(s, \"Asia/Tokyo\")')",
        ),
        (ScalarValue::TimestampSecond(None, None), "arrow_cast(NULL, 'Timestamp(s)')"),
        (ScalarValue::FixedSizeBinary(4, None), "arrow_cast(NULL, 'FixedSizeBinary(4)')"),
        (ScalarValue::Int16(None), "arrow_cast(NULL, 'Int16')"),
        (ScalarValue::Binary(Some(vec![0, 255])), "X'00FF'"),
    ];
    for (value, expected) in cases {
        assert_eq!(bound("SELECT $1", &[value]), format!("SELECT {expected}"));
    }
    let list =
        ScalarValue::List(ScalarValue::new_list(&[1_i64.into(), ScalarValue::Int64(None)], &DataType::Int64, true));
    assert_eq!(bound("SELECT $1", &[list]), "SELECT arrow_cast(ARRAY[1, NULL], 'List(Int64)')");
    let none = ScalarValue::try_from(&list_of(DataType::Utf8)).unwrap();
    assert_eq!(bound("SELECT $1", &[none]), "SELECT arrow_cast(NULL, 'List(Utf8)')");
    let structure =
        ScalarValue::try_from(&DataType::Struct(vec![Field::new("a", DataType::Int64, true)].into())).unwrap();
    assert_eq!(bind(parse("SELECT $1").unwrap(), &[structure]).unwrap_err().code, Code::UNSUPPORTED_STATEMENT);
}

/// As flightsql-dbapi sends every value.
#[test]
fn a_value_of_one_of_several_types_is_bound_as_its_own() {
    let fields = [Field::new("0", DataType::Int64, true), Field::new("1", DataType::Utf8, true)];
    let one_of = |value: Option<(i8, ScalarValue)>| {
        let value = value.map(|(kind, value)| (kind, Box::new(value)));
        ScalarValue::Union(value, UnionFields::from_fields(fields.clone()), UnionMode::Dense)
    };
    let values = [one_of(Some((0, 7_i64.into()))), one_of(Some((1, "王芳".into()))), one_of(None)];
    let expected = "SELECT a FROM t WHERE b = '王芳' AND c = NULL LIMIT 7";
    assert_eq!(bound("SELECT a FROM t WHERE b = $2 AND c = $3 LIMIT $1", &values), expected);
}

#[test]
fn a_wrong_number_of_values_is_told() {
    for (sql, values) in [("SELECT $1, $2", 1), ("SELECT ?", 0), ("SELECT $3", 2), ("SELECT 1", 1)] {
        let values = vec![ScalarValue::Null; values];
        assert_eq!(bind(parse(sql).unwrap(), &values).unwrap_err().code, Code::PARAMETER_MISSING, "{sql}");
    }
    for sql in ["SELECT ?, $1", "SELECT $0", "SELECT $name", "SELECT $70000"] {
        assert_eq!(parse(sql).unwrap_err().code, Code::SYNTAX, "{sql}");
    }
    let told = parse("SELECT 1,\n  $name").unwrap_err();
    assert_eq!(told.place, Some(Place { line: 2, column: 3 }));
}

#[test]
fn rows_for_an_insert_become_one_statement() {
    let rows: Vec<_> = (1..4_i64).map(|v| vec![ScalarValue::from(v), ScalarValue::from("a")]).collect();
    let told = |sql: &str| -> Vec<String> {
        let all = bind_rows(parse(sql).unwrap(), &rows).unwrap();
        all.iter().map(|parsed| parsed.statement.to_string()).collect()
    };
    assert_eq!(told("INSERT INTO t VALUES (?, ?)"), ["INSERT INTO t VALUES (1, 'a'), (2, 'a'), (3, 'a')"]);
    assert_eq!(told("DELETE FROM t WHERE a = $1 AND b = $2").len(), 3);
    assert!(bind_rows(parse("INSERT INTO t VALUES ($1)").unwrap(), &[]).unwrap().is_empty());
}

#[test]
fn a_number_of_rows_is_known_as_such() {
    let parsed = parse("SELECT a FROM (SELECT a FROM t LIMIT $2) AS s WHERE a = $1 LIMIT $4 OFFSET $3").unwrap();
    assert_eq!(limits(&parsed), HashSet::from([2, 3, 4]));
}
