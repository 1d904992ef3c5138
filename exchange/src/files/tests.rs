use std::io::Write;

use arrow::array::AsArray;
use arrow::datatypes::{DataType, Int64Type};

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
    assert_eq!(read(".ndjson", b"{\"a\": 1}\n{\"a\"", &options).unwrap_err().code, Code::BAD_RECORD);
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
