use super::options::Options;
use super::parameter::{Parameter, Role, coerce, numbers, texts};
use super::rows::{Column, Rows};
use arrow::datatypes::DataType;

const PARAMETERS: [Parameter; 5] = [
    Parameter::required("ts", Role::Time),
    Parameter::required("y", Role::Number),
    Parameter::optional("path", Role::Path),
    Parameter::optional("list", Role::Numbers),
    Parameter::optional("options", Role::Constant),
];

#[test]
fn arguments_become_the_types_that_are_computed_with() {
    let given = [DataType::Date32, DataType::Int32, DataType::Null, DataType::Float32, DataType::Int64];
    let taken = coerce("f", &PARAMETERS, &given).unwrap();
    assert_eq!(taken, [DataType::Date32, DataType::Float64, texts(), DataType::Float64, DataType::Utf8]);
    let list = coerce("f", &PARAMETERS, &[DataType::Date32, DataType::Int8, texts(), numbers()]).unwrap();
    assert_eq!(list[3], numbers());
}

#[test]
fn wrong_arguments_are_named() {
    let told = |given: &[DataType]| coerce("f", &PARAMETERS, given).unwrap_err().to_string();
    assert!(told(&[DataType::Date32]).contains("f takes (ts, y, path, list, options), of which 2 are required, got 1"));
    assert!(told(&[DataType::Utf8, DataType::Int8]).contains("`ts` must be a DATE or TIMESTAMP, got Utf8"));
    assert!(told(&[DataType::Date32, DataType::Utf8]).contains("`y` must be a number"));
}

#[test]
fn rows_are_sorted_by_time_and_then_by_value() {
    let mut rows = Rows::new(&PARAMETERS[..2]);
    rows.times = vec![3, 1, 3];
    rows.columns[0] = Column::Numbers(vec![5.0, 6.0, 4.0]);
    rows.sort();
    assert_eq!((rows.times.as_slice(), rows.numbers(0)), ([1, 3, 3].as_slice(), [6.0, 4.0, 5.0].as_slice()));
}

#[test]
fn constants_must_agree() {
    let mut rows = Rows::new(&PARAMETERS);
    assert_eq!(rows.constant(0, "options"), Ok(None));
    rows.widen(0, &"b".into());
    assert_eq!(rows.constant(0, "options"), Ok(Some("b")));
    rows.widen(0, &"a".into());
    let told = rows.constant(0, "options").unwrap_err().to_string();
    assert_eq!(told, "the rows of the series give different values of `options`: `a` and `b`");
}

#[test]
fn options_are_read_by_name_and_refused_by_name() {
    let known = ["calendar", "robust", "window", "period"];
    let options = Options::parse(r#"{"calendar": "cn", "robust": false, "window": 9, "period": 2.5}"#, &known).unwrap();
    assert_eq!(options.choice("calendar", &["none", "CN"]), Ok("CN"));
    assert_eq!(options.flag("robust", true), Ok(false));
    assert_eq!(options.count("window", 7..=99), Ok(Some(9)));
    assert_eq!(options.positive("period"), Ok(Some(2.5)));
    assert!(options.count("window", 10..=99).unwrap_err().contains("from 10 to 99"));
    assert!(Options::parse(r#"{"windw": 9}"#, &known).unwrap_err().contains("unknown option `windw`"));
    for broken in ["", "[]", "{", "1"] {
        assert!(Options::parse(broken, &known).is_err(), "{broken}");
    }
}

/// Whatever the values, each function answers, in the same way for any order and partitions; no row fails a query.
#[test]
fn every_function_answers_every_series() {
    use super::testing::{ask, months, numbers};
    const NAN: f64 = f64::NAN;
    let long = |f: fn(usize) -> f64| (0..60).map(f).collect::<Vec<f64>>();
    let series = [
        vec![],
        vec![1.0],
        vec![NAN],
        vec![1.0, 2.0],
        vec![NAN, 2.0, NAN],
        vec![f64::INFINITY, 1.0, 2.0, 3.0],
        vec![f64::MAX, -f64::MAX, f64::MAX],
        long(|_| 0.0),
        long(|_| 7.0),
        long(|_| NAN),
        long(|t| if t == 30 { 1.0 } else { 0.0 }),
        long(|t| if t % 2 == 0 { 1e300 } else { -1e300 }),
        long(|t| 1e-310 * t as f64),
        long(|t| if t % 12 == 0 { NAN } else { (t * t % 17) as f64 }),
        long(|t| -((t * t % 17) as f64)),
        long(|t| 1e15 + (t % 3) as f64),
    ];
    let names = ["ts_fill", "ts_decompose", "ts_features", "ts_changepoints", "ts_turning_points", "ts_decumulate"];
    for name in names {
        for y in &series {
            let found = ask(name, &[months((2000, 1), y.len()), numbers(y)]);
            let errors = found.texts("error");
            assert!(errors.len() <= 1 || errors.iter().all(String::is_empty), "{name} {y:?}");
        }
    }
}

/// Collecting is what every series pays: a hundred thousand of them in batches, as an aggregation over groups does it.
#[test]
fn a_hundred_thousand_series_are_collected() {
    use arrow::array::Array;
    use datafusion_expr::EmitTo;
    const SERIES: usize = 100_000;
    const BATCH: usize = 8192;
    let start = std::time::Instant::now();
    let mut groups = super::testing::groups("ts_fill", &[DataType::Date32, DataType::Float64]);
    let rows: Vec<(usize, usize)> = (0..3).flat_map(|t| (0..SERIES).map(move |group| (group, t))).collect();
    for batch in rows.chunks(BATCH) {
        let days = batch.iter().map(|(_, t)| *t as i32 * 7);
        let times = std::sync::Arc::new(arrow::array::Date32Array::from_iter_values(days));
        let values: Vec<f64> = batch.iter().map(|(group, t)| (group + t) as f64).collect();
        let places: Vec<usize> = batch.iter().map(|(group, _)| *group).collect();
        groups.update_batch(&[times, super::testing::numbers(&values)], &places, None, SERIES).unwrap();
    }
    let before = groups.size();
    assert!(before > SERIES * 3 * 16, "{before}");
    let first = groups.evaluate(EmitTo::First(10)).unwrap();
    assert_eq!(first.len(), 10);
    assert!(groups.size() < before);
    assert_eq!(groups.evaluate(EmitTo::All).unwrap().len(), SERIES - 10);
    println!("{:?}, {} bytes a series", start.elapsed(), before / SERIES);
}

#[test]
fn whole_numbers_are_told_in_their_order() {
    let mut rows = Rows::new(&PARAMETERS);
    for text in ["10", "9", "11", "9"] {
        rows.widen(0, &text.into());
    }
    let told = rows.constant(0, "horizon").unwrap_err().to_string();
    assert_eq!(told, "the rows of the series give different values of `horizon`: `9` and `11`");
    assert_eq!(rows.some_constant(0), Some("9"));
}
