use std::str::FromStr;
use std::sync::Arc;

use arrow::array::*;
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::*;

use super::*;
use crate::fake::people;
use crate::width::{Ambiguous, width};

mod layout;

fn written(format: Format, options: &TableOptions, batches: &[RecordBatch]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = writer(format, options, &mut out);
    writer.begin(&batches[0].schema()).unwrap();
    for batch in batches {
        writer.batch(batch).unwrap();
    }
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(writer.finish().unwrap(), rows as u64, "{format}");
    drop(writer);
    out
}

fn text(format: Format, batches: &[RecordBatch]) -> String {
    String::from_utf8(written(format, &TableOptions::default(), batches)).unwrap()
}

fn table(options: &TableOptions, batches: &[RecordBatch]) -> String {
    String::from_utf8(written(Format::Table, options, batches)).unwrap()
}

fn one(name: &str, array: impl Array + 'static) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable([(name, Arc::new(array) as ArrayRef, true)]).unwrap()
}

/// Values that try to break a format.
fn nasty() -> RecordBatch {
    let texts = StringArray::from(vec![Some("a,\"b\""), Some(""), None, Some("x\r\ny\tz|\\`<b>"), Some("\x1b[2J")]);
    let numbers = Int64Array::from(vec![Some(1), None, Some(-3), Some(4), Some(5)]);
    let columns: [(&str, ArrayRef); 2] = [("t|\"x", Arc::new(texts)), ("n", Arc::new(numbers))];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true))).unwrap()
}

/// One column of each kind of type, with a NULL in the second row.
fn every_type() -> RecordBatch {
    let date = 19_723; // 2024-01-01
    let second = i64::from(date) * 86_400 + 3_723;
    let zone = "Asia/Shanghai";
    let mut list = ListBuilder::new(Int32Builder::new());
    list.append_value([Some(1), None]);
    list.append_null();
    let fields = Fields::from(vec![Field::new("甲", DataType::Utf8, true), Field::new("b", DataType::Int32, true)]);
    let parts: Vec<ArrayRef> =
        vec![Arc::new(StringArray::from(vec!["值", "x"])), Arc::new(Int32Array::from(vec![7, 8]))];
    let structure = StructArray::new(fields, parts, Some(vec![true, false].into()));
    let mut map = MapBuilder::new(None, StringBuilder::new(), Int32Builder::new());
    map.keys().append_value("k");
    map.values().append_value(1);
    map.append(true).unwrap();
    map.append(false).unwrap();
    let mut by_number = MapBuilder::new(None, Int32Builder::new(), Int32Builder::new());
    by_number.keys().append_value(9);
    by_number.values().append_value(1);
    by_number.append(true).unwrap();
    by_number.append(false).unwrap();
    let dictionary: DictionaryArray<Int32Type> = [Some("d"), None].into_iter().collect();
    let null_value =
        DictionaryArray::new(Int32Array::from(vec![0, 1]), Arc::new(StringArray::from(vec![Some("v"), None])));
    let runs = RunArray::try_new(&Int32Array::from(vec![1, 2]), &StringArray::from(vec![Some("r"), None])).unwrap();
    let mut union = UnionBuilder::new_dense();
    union.append::<Int32Type>("i", 5).unwrap();
    union.append_null::<Int32Type>("i").unwrap();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("null", Arc::new(NullArray::new(2))),
        ("bool", Arc::new(BooleanArray::from(vec![Some(true), None]))),
        ("u64", Arc::new(UInt64Array::from(vec![Some(u64::MAX), None]))),
        ("f64", Arc::new(Float64Array::from(vec![Some(1.5), None]))),
        ("dec", Arc::new(Decimal128Array::from(vec![Some(-12_345), None]).with_precision_and_scale(12, 2).unwrap())),
        ("text", Arc::new(StringViewArray::from(vec![Some("汇通"), None]))),
        ("bin", Arc::new(BinaryArray::from(vec![Some(&b"\x00\xff"[..]), None]))),
        (
            "fixed",
            Arc::new(FixedSizeBinaryArray::try_from_sparse_iter_with_size([Some(b"ab"), None].into_iter(), 2).unwrap()),
        ),
        ("date", Arc::new(Date32Array::from(vec![Some(date), None]))),
        ("time", Arc::new(Time64MicrosecondArray::from(vec![Some(3_723_000_001), None]))),
        ("ts", Arc::new(TimestampMillisecondArray::from(vec![Some(second * 1000 + 5), None]))),
        ("tz", Arc::new(TimestampSecondArray::from(vec![Some(second), None]).with_timezone(zone))),
        ("dur", Arc::new(DurationSecondArray::from(vec![Some(61), None]))),
        ("interval", Arc::new(IntervalYearMonthArray::from(vec![Some(14), None]))),
        ("list", Arc::new(list.finish())),
        ("struct", Arc::new(structure)),
        ("map", Arc::new(map.finish())),
        ("map_n", Arc::new(by_number.finish())),
        ("dict", Arc::new(dictionary)),
        ("dict_null", Arc::new(null_value)),
        ("run", Arc::new(runs)),
        ("union", Arc::new(union.build().unwrap())),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true))).unwrap()
}

fn assert_aligned(drawing: &str, ambiguous: Ambiguous) {
    let widths: Vec<usize> = drawing.lines().map(|line| width(line, ambiguous)).collect();
    assert!(widths.iter().all(|&columns| columns == widths[0]), "{widths:?}\n{drawing}");
}

#[test]
fn csv_quotes_what_it_must_and_tells_null_from_empty() {
    let expected = "\"t|\"\"x\",n\n\"a,\"\"b\"\"\",1\n\"\",\n,-3\n\"x\r\ny\tz|\\`<b>\",4\n\x1b[2J,5\n";
    assert_eq!(text(Format::Csv, &[nasty()]), expected);
    assert_eq!(text(Format::Csv, &[one("a", StringArray::from(vec![None, Some("b")]))]), "a\n\"\"\nb\n");
    assert_eq!(text(Format::Csv, &[people(&[])]), "id,姓名\n");
}

#[test]
fn csv_is_read_back_as_it_was() {
    let csv = text(Format::Csv, &[nasty(), nasty()]);
    let mut reader = arrow::csv::ReaderBuilder::new(nasty().schema()).with_header(true).build(csv.as_bytes()).unwrap();
    let read = reader.next().unwrap().unwrap();
    let whole = arrow::compute::concat_batches(&nasty().schema(), &[nasty(), nasty()]).unwrap();
    assert_eq!(read.column(1), whole.column(1));
    let texts = |batch: &RecordBatch| -> Vec<String> {
        batch.column(0).as_string::<i32>().iter().map(|text| text.unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(texts(&read), texts(&whole));
}

#[test]
fn json_is_one_array_and_ndjson_one_object_a_line() {
    let batches = [people(&[(Some(1), Some("张\"三\n"))]), people(&[]), people(&[(None, None)])];
    let (first, second) = (r#"{"id":1,"姓名":"张\"三\n"}"#, r#"{"id":null,"姓名":null}"#);
    assert_eq!(text(Format::Json, &batches), format!("[\n{first},\n{second}\n]\n"));
    assert_eq!(text(Format::Ndjson, &batches), format!("{first}\n{second}\n"));
    assert_eq!(text(Format::Json, &[people(&[])]), "[\n]\n");
    assert_eq!(text(Format::Ndjson, &[people(&[])]), "");
}

#[test]
fn json_keeps_columns_of_one_name_apart() {
    let number = |value| Arc::new(Int32Array::from(vec![value])) as ArrayRef;
    let names = ["a", "a", "a_2", "a"];
    let fields: Vec<Field> = names.iter().map(|name| Field::new(*name, DataType::Int32, true)).collect();
    let columns = (1..=4).map(number).collect();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap();
    assert_eq!(text(Format::Ndjson, &[batch]), "{\"a\":1,\"a_3\":2,\"a_2\":3,\"a_4\":4}\n");
}

#[test]
fn json_of_every_type_parses() {
    let json: serde_json::Value = serde_json::from_str(&text(Format::Json, &[every_type()])).unwrap();
    let first = &json[0];
    for (name, expected) in [
        ("u64", serde_json::json!(u64::MAX)),
        ("dec", serde_json::json!(-123.45)),
        ("bin", serde_json::json!("00ff")),
        ("tz", serde_json::json!("2024-01-01T09:02:03+08:00")),
        ("list", serde_json::json!([1, null])),
        ("struct", serde_json::json!({"甲": "值", "b": 7})),
        ("map", serde_json::json!({"k": 1})),
        ("map_n", serde_json::json!("{9: 1}")),
        ("union", serde_json::json!("{i=5}")),
    ] {
        assert_eq!(first[name], expected, "{name}");
    }
    let second = json[1].as_object().unwrap();
    assert_eq!(second.len(), every_type().num_columns());
    for (name, value) in second.iter().filter(|(name, _)| *name != "union") {
        assert!(value.is_null(), "{name}: {value}");
    }
    let odd = Float64Array::from(vec![f64::NAN, f64::INFINITY]);
    assert_eq!(text(Format::Ndjson, &[one("f", odd)]), "{\"f\":null}\n{\"f\":null}\n");
}

#[test]
fn markdown_cells_cannot_end_early() {
    let expected = r#"| t\|"x | n |
| --- | ---: |
| a,"b" | 1 |
| | |
| | -3 |
| x<br>y\tz\|\\\`&lt;b> | 4 |
| \x1b[2J | 5 |
"#;
    assert_eq!(text(Format::Markdown, &[nasty()]), expected);
}

#[test]
fn every_type_has_its_text() {
    let csv = text(Format::Csv, &[every_type()]);
    let expected = "true,18446744073709551615,1.5,-123.45,汇通,00ff,6162,2024-01-01,01:02:03.000001,2024-01-01T01:02:03.005,\
                    2024-01-01T09:02:03+08:00,PT61S,1 years 2 mons,\"[1, NULL]\",\"{甲: 值, b: 7}\",{k: 1},{9: 1},d,v,r,{i=5}";
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[1], format!(",{expected}"));
    assert!(lines[2].starts_with(",,,,,,,,,,,,,,,,,,,,,"), "{}", lines[2]);
}

#[test]
fn an_export_stops_at_a_value_without_text_and_a_table_goes_on() {
    let dates = one("d", Date32Array::from(vec![Some(i32::MAX), Some(0)]));
    for format in [Format::Csv, Format::Markdown] {
        let mut out = Vec::new();
        let mut writer = writer(format, &TableOptions::default(), &mut out);
        writer.begin(&dates.schema()).unwrap();
        assert!(matches!(writer.batch(&dates), Err(WriteError::Arrow(_))), "{format}");
    }
    assert!(text(Format::Table, &[dates]).contains("| ?          |\n| 1970-01-01 |"));
}

#[test]
fn a_table_is_aligned_and_escaped() {
    let expected = r#"
+---------------------+------+
| t|"x                |    n |
+---------------------+------+
| a,"b"               |    1 |
|                     | NULL |
| NULL                |   -3 |
| x                  +|    4 |
| y\tz|\`<b>          |      |
| \x1b[2J             |    5 |
+---------------------+------+
"#;
    let drawn = text(Format::Table, &[nasty()]);
    assert_eq!(drawn.replace("\\\\", "\\"), drawn, "a backslash is shown as it is");
    let squeeze = |text: &str| text.replace(['-', ' '], "");
    assert_eq!(squeeze(&drawn), squeeze(expected.trim_start()));
    assert_aligned(&drawn, Ambiguous::Narrow);
}

#[test]
fn chinese_wide_combining_and_emoji_text_lines_up() {
    let values = [
        "汇通",
        "ＡＢＣ",
        "ｱｲｳ",
        "e\u{301}te\u{301}",
        "😀👨\u{200d}👩\u{200d}👧🇨🇳",
        "a\tb",
        "“引号”…①",
        "한국어",
        "ก็",
        "x",
    ];
    let texts = StringArray::from(values.to_vec());
    let again = StringArray::from(values.iter().rev().copied().collect::<Vec<_>>());
    let columns: [(&str, ArrayRef); 2] = [("姓名", Arc::new(texts)), ("“备注”", Arc::new(again))];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    for ambiguous in [Ambiguous::Narrow, Ambiguous::Wide] {
        for width_max in [None, Some(30), Some(20), Some(12), Some(3)] {
            let options = TableOptions { width_max, ambiguous, types: true, ..TableOptions::default() };
            let drawn = table(&options, std::slice::from_ref(&batch));
            let frame = drawn.lines().filter(|line| line.starts_with(['|', '+'])).collect::<Vec<_>>().join("\n");
            assert_aligned(&frame, ambiguous);
            if let Some(max) = width_max.filter(|&max| max >= 12) {
                assert!(frame.lines().all(|line| width(line, ambiguous) <= max), "{max}\n{drawn}");
            }
        }
    }
    let golden =
        "+------+------+\n|   id | 姓名 |\n+------+------+\n|   12 | 张三 |\n| NULL | a    |\n+------+------+\n";
    assert_eq!(text(Format::Table, &[people(&[(Some(12), Some("张三")), (None, Some("a"))])]), golden);
}

#[test]
fn a_text_of_several_lines_is_drawn_over_several_lines() {
    let texts = StringViewArray::from(vec![Some("扫描表\n  filter: 甲 > 1\r\n\n"), None, Some("a\rb"), Some("")]);
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1)]), None, None, None]);
    let again: DictionaryArray<Int32Type> = [Some("x\ny"), Some("一\n二\n三"), None, None].into_iter().collect();
    let columns: [(&str, ArrayRef); 3] =
        [("plan\nof", Arc::new(texts)), ("l", Arc::new(lists)), ("again", Arc::new(again))];
    let batch = RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true))).unwrap();
    let golden = r"
+------------------+------+-------+
| plan\nof         | l    | again |
+------------------+------+-------+
| 扫描表          +| [1]  | x    +|
|   filter: 甲 > 1+|      | y     |
|                 +|      |       |
|                  |      |       |
| NULL             | NULL | 一   +|
|                  |      | 二   +|
|                  |      | 三    |
| a\rb             | NULL | NULL  |
|                  | NULL | NULL  |
+------------------+------+-------+
";
    let drawn = table(&TableOptions::default(), std::slice::from_ref(&batch));
    assert_eq!(drawn, golden.trim_start());
    for max in 12..40 {
        let options = TableOptions { width_max: Some(max), ..TableOptions::default() };
        let drawn = table(&options, std::slice::from_ref(&batch));
        let frame = drawn.lines().filter(|line| line.starts_with(['|', '+'])).collect::<Vec<_>>().join("\n");
        assert_aligned(&frame, Ambiguous::Narrow);
    }
    let long = one("t", StringArray::from(vec!["x\n".repeat(1_234_567)]));
    let drawn = table(&TableOptions::default(), std::slice::from_ref(&long));
    assert!(drawn.lines().count() < 1_010 && drawn.contains("| … 1,233,568 lines |"), "{}", drawn.lines().count());
    let all = table(&TableOptions { rows_max: None, ..TableOptions::default() }, &[long]);
    assert_eq!(all.lines().count(), 1_234_568 + 4);
}

#[test]
fn types_stand_under_names_and_nulls_are_dim_in_colour() {
    let options = TableOptions { types: true, color: true, ..TableOptions::default() };
    let golden = "+--------+------+\n|     id | 姓名 |\n| \x1b[2mbigint\x1b[0m | \x1b[2mtext\x1b[0m |\n+--------+------+\n\
                  |      1 | \x1b[2mNULL\x1b[0m |\n+--------+------+\n";
    assert_eq!(table(&options, &[people(&[(Some(1), None)])]), golden);
}

fn numbered(rows: std::ops::Range<i64>) -> RecordBatch {
    one("n", Int64Array::from_iter_values(rows))
}

#[test]
fn a_long_result_shows_its_start_and_end() {
    let options = TableOptions { rows_max: Some(5), ..TableOptions::default() };
    let golden = "+------------------+\n|                n |\n+------------------+\n|                0 |\n|                1 |\n\
                  |                2 |\n| … 1,234,562 rows |\n|          1234565 |\n|          1234566 |\n+------------------+\n";
    assert_eq!(table(&options, &[numbered(0..1_234_567)]), golden);
    // However the rows are cut into batches, the same ones are shown.
    for size in 1..12 {
        let batches: Vec<_> =
            (0..30).step_by(size).map(|start| numbered(start as i64..(start + size).min(30) as i64)).collect();
        let drawn = table(&options, &batches);
        let shown: Vec<i64> = drawn.lines().filter_map(|line| line.trim_matches(['|', ' ']).parse().ok()).collect();
        assert_eq!(shown, [0, 1, 2, 28, 29], "{size}");
        assert!(drawn.contains("… 25 rows"));
    }
}

#[test]
fn a_result_that_fits_is_whole() {
    for (rows_max, rows, note) in
        [(Some(5), 5, false), (Some(5), 6, true), (Some(1), 1, false), (Some(0), 2, true), (None, 500, false)]
    {
        let drawn = table(&TableOptions { rows_max, ..TableOptions::default() }, &[numbered(0..rows)]);
        assert_eq!(drawn.contains('…'), note, "{rows_max:?} {rows}");
        assert_aligned(&drawn, Ambiguous::Narrow);
    }
    assert_eq!(table(&TableOptions::default(), &[numbered(0..0)]), "+---+\n| n |\n+---+\n+---+\n");
}

#[test]
fn a_narrow_window_leaves_out_columns_in_the_middle() {
    let names: Vec<String> = (0..30).map(|index| format!("第{index}列")).collect();
    let columns =
        names.iter().map(|name| (name, Arc::new(StringArray::from(vec!["一个很长的值".repeat(3)])) as ArrayRef));
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    for max in [20, 40, 79, 80, 120] {
        let options = TableOptions { width_max: Some(max), ..TableOptions::default() };
        let drawn = table(&options, std::slice::from_ref(&batch));
        let (frame, note) = drawn.trim_end().rsplit_once('\n').unwrap();
        assert_aligned(frame, Ambiguous::Narrow);
        assert!(frame.lines().all(|line| width(line, Ambiguous::Narrow) <= max), "{max}\n{drawn}");
        assert!(frame.contains("第0列") && note.ends_with("of 30 columns shown"), "{drawn}");
        assert_eq!(frame.contains("第29列"), max >= 40, "{drawn}");
    }
}

#[test]
fn parquet_and_arrow_are_read_back_as_they_were() {
    let schema = every_type().schema();
    let stored: Vec<usize> = (0..schema.fields().len())
        .filter(|&index| !matches!(schema.field(index).data_type(), DataType::Union(..) | DataType::RunEndEncoded(..)))
        .collect();
    let batch = every_type().project(&stored).unwrap();
    let bytes = written(Format::Parquet, &TableOptions::default(), &[batch.clone(), batch.clone()]);
    let reader =
        parquet::arrow::arrow_reader::ParquetRecordBatchReader::try_new(bytes::Bytes::from(bytes), 100).unwrap();
    let read: Vec<_> = reader.collect::<Result<_, _>>().unwrap();
    let whole = arrow::compute::concat_batches(&batch.schema(), [&batch, &batch]).unwrap();
    assert_eq!(read.len(), 1);
    for (index, field) in batch.schema().fields().iter().enumerate() {
        assert_eq!(read[0].schema().field(index), field.as_ref());
        // Which of several keys stands for NULL is a dictionary's own affair.
        let same = read[0].column(index).logical_nulls() == whole.column(index).logical_nulls();
        let plain = |batch: &RecordBatch| text(Format::Csv, &[batch.project(&[index]).unwrap()]);
        assert!(same && plain(&read[0]) == plain(&whole), "{}", field.name());
    }

    let bytes = written(Format::Arrow, &TableOptions::default(), &[every_type()]);
    let reader = arrow::ipc::reader::StreamReader::try_new(bytes.as_slice(), None).unwrap();
    assert_eq!(reader.collect::<Result<Vec<_>, _>>().unwrap(), [every_type()]);
    for format in [Format::Parquet, Format::Arrow] {
        assert!(!written(format, &TableOptions::default(), &[people(&[])]).is_empty());
    }
}

#[test]
fn a_writer_used_out_of_order_is_an_error() {
    for format in [Format::Json, Format::Parquet, Format::Arrow] {
        let mut out = Vec::new();
        assert!(writer(format, &TableOptions::default(), &mut out).batch(&people(&[])).is_err(), "{format}");
    }
    for format in [Format::Parquet, Format::Arrow] {
        let mut out = Vec::new();
        let mut writer = writer(format, &TableOptions::default(), &mut out);
        writer.begin(&people(&[]).schema()).unwrap();
        assert!(writer.begin(&people(&[]).schema()).is_err(), "{format}");
    }
}

#[test]
fn a_batch_that_is_not_what_the_header_said_is_no_panic() {
    for format in Format::ALL {
        for (header, rows) in [(people(&[]), numbered(0..3)), (numbered(0..0), people(&[(None, Some("x"))]))] {
            let mut out = Vec::new();
            let mut writer = writer(format, &TableOptions::default(), &mut out);
            writer.begin(&header.schema()).unwrap();
            let _ = writer.batch(&rows);
            let _ = writer.finish();
        }
    }
}

#[test]
fn formats_have_names() {
    for format in Format::ALL {
        assert_eq!(Format::from_str(&format.to_string()).unwrap(), format);
    }
    let error = Format::from_str("xml").unwrap_err();
    assert_eq!(error.hint.unwrap(), "one of table, csv, json, ndjson, markdown, parquet, arrow");
}

#[test]
fn types_have_sql_names() {
    let list = DataType::new_list(DataType::Decimal128(12, 2), true);
    for (data_type, name) in [
        (DataType::Int64, "bigint"),
        (DataType::Utf8View, "text"),
        (list, "decimal(12,2)[]"),
        (DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8)), "text"),
        (DataType::Timestamp(TimeUnit::Second, Some("+08:00".into())), "timestamptz"),
    ] {
        assert_eq!(type_name(&data_type), name);
    }
    for field in every_type().schema().fields() {
        assert!(!type_name(field.data_type()).is_empty());
    }
}

#[test]
fn nested_text_cannot_reach_the_terminal_either() {
    let values = StringArray::from(vec!["\x1b[31m\n"]);
    let field = Arc::new(Field::new("item", DataType::Utf8, true));
    let list = ListArray::new(field, OffsetBuffer::new(ScalarBuffer::from(vec![0, 1])), Arc::new(values), None);
    let drawn = table(&TableOptions::default(), &[one("\x07l", list)]);
    assert!(drawn.contains(r"[\x1b[31m\n]") && drawn.contains(r"\x07l"), "{drawn}");
    assert!(!drawn.chars().any(|c| c.is_control() && c != '\n'));
}
