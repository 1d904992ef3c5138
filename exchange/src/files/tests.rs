use std::io::Write;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::{DataType, Decimal128Type, Field, Int64Type, Schema};

use super::*;

fn file(ending: &str, content: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(ending).tempfile().unwrap();
    file.write_all(content).unwrap();
    file
}

fn read(ending: &str, content: &[u8], options: &TextOptions) -> Result<RecordBatch> {
    let file = file(ending, content);
    let mut source = open(file.path(), Format::of(file.path())?, options, None)?;
    source.batches.next().unwrap()
}

#[test]
fn codes_keep_their_zeros_and_amounts_are_numbers() {
    let content = "姓名,citizen_id,division,amount,share\n王芳,110101199003074578,007,12,0.5\n李雷,11010119900307001X,110,-3,1.25\n";
    let batch = read(".csv", content.as_bytes(), &TextOptions::default()).unwrap();
    let kinds: Vec<_> = batch.schema().fields().iter().map(|field| field.data_type().clone()).collect();
    use DataType::{Float64, Int64, Utf8};
    assert_eq!(kinds, [Utf8, Utf8, Utf8, Int64, Float64]);
    assert_eq!(batch.column(2).as_string::<i32>().value(0), "007");
    assert_eq!(batch.column(3).as_primitive::<Int64Type>().values(), &[12, -3]);
}

#[test]
fn gb18030_is_read_by_name() {
    let (bytes, _, lossy) = encoding_rs::GB18030.encode("姓名,住址\n㐂田,联和市𠮷路8号\n");
    assert!(!lossy);
    let options = TextOptions { encoding: "gb18030".into(), ..TextOptions::default() };
    let batch = read(".csv", &bytes, &options).unwrap();
    assert_eq!(batch.schema().field(0).name(), "姓名");
    assert_eq!(batch.column(1).as_string::<i32>().value(0), "联和市𠮷路8号");
}

#[test]
fn a_wrong_encoding_is_an_error_and_not_rubbish() {
    let (bytes, _, _) = encoding_rs::GB18030.encode("姓名,n\n王芳,1\n");
    let error = read(".csv", &bytes, &TextOptions::default()).unwrap_err();
    assert_eq!(error.code, Code::BAD_RECORD);
    assert!(error.message.contains("--encoding"), "{}", error.message);
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_name() {
    let batch = read(".csv", "\u{feff}a,b\n1,2\n".as_bytes(), &TextOptions::default()).unwrap();
    assert_eq!(batch.schema().field(0).name(), "a");
}

#[test]
fn a_value_that_does_not_fit_names_file_and_line() {
    let mut content = String::from("n\n");
    (0..SAMPLE_ROWS + 10).for_each(|n| content.push_str(&format!("{n}\n")));
    content.push_str("不是数\n");
    let file = file(".csv", content.as_bytes());
    let source = open(file.path(), Format::Csv, &TextOptions::default(), None).unwrap();
    let error = source.batches.filter_map(Result::err).next().unwrap();
    assert_eq!(error.code, Code::BAD_RECORD);
    assert!(error.message.contains("10012") && error.message.contains(".csv"), "{}", error.message);
}

#[test]
fn broken_files_are_errors_with_codes() {
    let options = TextOptions::default();
    assert_eq!(read(".parquet", b"PAR1 no", &options).unwrap_err().code, Code::BAD_RECORD);
    let broken = read(".ndjson", b"{\"a\": 1}\n\n{\"a\"", &options).unwrap_err();
    assert!(broken.code == Code::BAD_RECORD && broken.message.contains(".ndjson`, line 3: "), "{}", broken.message);
    assert_eq!(read(".xyz", b"", &options).unwrap_err().code, Code::UNKNOWN_FORMAT);
    let absent = open(Path::new("/no/such.csv"), Format::Csv, &options, None).err().unwrap();
    assert_eq!(absent.code, Code::FILE_MISSING);
    let wrong = TextOptions { encoding: "klingon".into(), ..options };
    assert_eq!(read(".csv", b"a\n1\n", &wrong).unwrap_err().code, Code::BAD_VALUE);
}

#[test]
fn ndjson_with_nested_values() {
    let batch =
        read(".ndjson", "{\"名\":\"甲\",\"x\":[1,2]}\n{\"名\":null,\"x\":[]}\n".as_bytes(), &TextOptions::default())
            .unwrap();
    assert_eq!(batch.num_rows(), 2);
    assert!(matches!(batch.schema().field_with_name("x").unwrap().data_type(), DataType::List(_)));
}

/// Everything of a file, with its types guessed or as wanted.
fn all(ending: &str, content: &str, wanted: Option<&SchemaRef>) -> Result<RecordBatch> {
    let file = file(ending, content.as_bytes());
    let source = open(file.path(), Format::of(file.path())?, &TextOptions::default(), wanted)?;
    let batches: Vec<_> = source.batches.collect::<Result<_>>()?;
    Ok(arrow::compute::concat_batches(&source.schema, &batches).unwrap())
}

fn column(kind: DataType) -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("n", kind, true)]))
}

#[test]
fn long_fractions_are_exact_where_a_double_is_not() {
    use DataType::{Decimal128, Float64, Int64, Utf8};
    let cases = [
        ("0.1234567890123456789", Decimal128(38, 19)),
        ("-12345678901234567.25\n1", Decimal128(38, 2)),
        ("0.5\n0.1234567890123456789", Decimal128(38, 19)),
        ("1.00000000000000000001\n12345678901234567", Decimal128(38, 20)),
        // As programs write doubles.
        ("0.30000000000000004\n0.1", Float64),
        ("12345678901234.56\n1.500000000000000000", Float64),
        ("0.5\n1.25", Float64),
        ("0.1234567890123456789\n1e-7", Float64),
        ("1.2345678901234567890123456789012345678901", Float64),
        // Digits without a point are names, and so are leading zeros.
        ("12345678901234567", Utf8),
        ("0.1234567890123456789\n007", Utf8),
        ("123456789012345", Int64),
    ];
    for (values, kind) in cases {
        let batch = all(".csv", &format!("n\n{values}\n"), None).unwrap();
        assert_eq!(batch.column(0).data_type(), &kind, "{values}");
    }
    let batch = all(".csv", "n\n0.1234567890123456789\n\"\"\n-3\n", None).unwrap();
    let values = batch.column(0).as_primitive::<Decimal128Type>();
    assert_eq!(values.iter().collect::<Vec<_>>(), [Some(1234567890123456789), None, Some(-30000000000000000000)]);
}

#[test]
fn a_decimal_is_never_cut_off() {
    let wanted = column(DataType::Decimal128(6, 2));
    let batch = all(".csv", "n\n1.25\n-9999.99\n1e3\n2.500\n", Some(&wanted)).unwrap();
    assert_eq!(batch.column(0).as_primitive::<Decimal128Type>().values(), &[125, -999_999, 100_000, 250]);
    for misfit in ["1.255", "10000", "1e5", "x", "0.001"] {
        let error = all(".csv", &format!("n\n1\n{misfit}\n"), Some(&wanted)).unwrap_err();
        let told = format!("line 3: `{misfit}` in column `n` does not fit DECIMAL(6, 2)");
        assert!(error.code == Code::SCHEMA_MISMATCH && error.message.contains(&told), "{}", error.message);
    }
    for (misfit, line) in [("1.255", 2), ("10000", 2), ("1e-30", 2)] {
        let error = all(".ndjson", &format!("{{\"n\": 1}}\n{{\"n\": {misfit}}}\n"), Some(&wanted)).unwrap_err();
        let told = format!("line {line}: column `n` does not fit DECIMAL(6, 2)");
        assert!(error.code == Code::SCHEMA_MISMATCH && error.message.contains(&told), "{}", error.message);
    }
    // A row that was not looked at has more digits than the ones that were.
    let rows = "0.1234567890123456789\n".repeat(SAMPLE_ROWS);
    let error = all(".csv", &format!("n\n{rows}0.12345678901234567891\n"), None).unwrap_err();
    assert!(error.message.contains("line 10002:") && error.hint.as_deref() == Some(DECLARE), "{}", error.message);
}

/// The reader makes 1 of 1.5, 7 of "007" and 3 of "3" without a word.
#[test]
fn a_later_row_that_does_not_fit_is_refused_with_its_line() {
    let cases = [
        ("1", "1.5", "`n` is DOUBLE here, and by the first 10000 rows BIGINT"),
        ("1", "\"007\"", "`n` is VARCHAR here"),
        ("1", "\"x\"", "`n` is VARCHAR here"),
        ("1", "true", "`n` is BOOLEAN here"),
        ("1", "9223372036854775808", "`n` is DOUBLE here"),
        ("1", "[1]", "`n` is a list here"),
        ("1", "{\"a\": 1}", "`n` is a struct here"),
        ("1.5", "\"x\"", "`n` is VARCHAR here"),
        ("\"x\"", "5", "`n` is BIGINT here"),
        ("true", "\"true\"", "`n` is VARCHAR here"),
        ("null", "1", "`n` is BIGINT here, and by the first 10000 rows VARCHAR"),
        ("[1]", "[1.5]", "`n` is a list here"),
        ("{\"a\": 1}", "{\"a\": 1.5}", "`n` is a struct here"),
        ("1", "1, \"m\": 2", "`m` is not in the first 10000 rows"),
        ("1", "", "whilst parsing"),
        ("1", "1}{\"n\": 1", "more than one object"),
    ];
    for (first, later, told) in cases {
        let mut content = format!("{{\"n\": {first}}}\n\n").repeat(SAMPLE_ROWS);
        content += &format!("{{\"n\": {first}}}\n").repeat(3_000);
        content += &format!("{{\"n\": {later}}}\n{{\"n\": {first}}}\n");
        let error = all(".ndjson", &content, None).unwrap_err();
        let place = ".ndjson`, line 23001: ";
        assert!(error.message.contains(place) && error.message.contains(told), "{later}: {}", error.message);
        if told.contains('`') {
            assert_eq!((error.code, error.hint.as_deref()), (Code::SCHEMA_MISMATCH, Some(DECLARE)), "{later}");
        } else {
            assert_eq!(error.code, Code::BAD_RECORD, "{later}");
        }
    }
    // What fits is kept as it is, wherever the rows are cut.
    for (first, later) in [("1", "2"), ("1.5", "2"), ("\"x\"", "null"), ("[1]", "[]"), ("{\"a\": 1}", "{}")] {
        let content = format!("{{\"n\": {first}}}\n").repeat(SAMPLE_ROWS) + &format!("{{\"n\": {later}}}");
        assert_eq!(all(".ndjson", &content, None).unwrap().num_rows(), SAMPLE_ROWS + 1, "{later}");
    }
}

#[test]
fn a_mixed_column_is_refused_unless_the_table_says_what_it_is() {
    let mixed = "{\"n\": \"x\"}\n{\"n\": 1.50}\n{\"n\": true}\n";
    let error = all(".ndjson", mixed, None).unwrap_err();
    assert!(error.message.contains("line 2: ") && error.message.contains("'n'"), "{}", error.message);
    assert_eq!(error.hint.as_deref(), Some(DECLARE));
    let batch = all(".ndjson", mixed, Some(&column(DataType::Utf8))).unwrap();
    assert_eq!(batch.column(0).as_string::<i32>().iter().flatten().collect::<Vec<_>>(), ["x", "1.50", "true"]);
    let lists = column(DataType::new_list(DataType::Int64, true));
    assert_eq!(all(".ndjson", "{\"n\": [1, null, 3.0]}\n", Some(&lists)).unwrap().schema(), lists);
    let error = all(".ndjson", "{\"n\": [1]}\n{\"n\": [1, 1.5]}\n", Some(&lists)).unwrap_err();
    assert!(error.message.contains("line 2: column `n` does not fit"), "{}", error.message);
}
