use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Date64Array, Float64Array, Int64Array, ListArray, StringArray,
    TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray,
};
use arrow::compute::{cast, concat, take};
use arrow::datatypes::{
    DataType, Date32Type, Field, Float64Type, Int32Type, Int64Type, Schema, TimeUnit, TimestampMillisecondType,
};
use chrono::{Days, Months, NaiveDate};
use datafusion_common::ScalarValue;
use datafusion_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion_expr::{Accumulator, AggregateUDF, EmitTo, GroupsAccumulator};

use crate::all_aggregates;

/// The function as a session would hold it, with one call's argument types.
pub(super) struct Called {
    function: Arc<AggregateUDF>,
    pub(super) arguments: Vec<DataType>,
}

impl Called {
    pub(super) fn on(timestamp: DataType) -> Self {
        let function = all_aggregates().into_iter().find(|function| function.name() == "ts_forecast").unwrap();
        Called { function, arguments: vec![timestamp, DataType::Float64, DataType::Int64, DataType::Utf8] }
    }

    fn with<T>(&self, distinct: bool, make: impl FnOnce(AccumulatorArgs) -> T) -> T {
        let fields: Vec<_> = self.arguments.iter().map(|t| Arc::new(Field::new("a", t.clone(), true))).collect();
        let result = self.function.return_type(&self.arguments).unwrap();
        make(AccumulatorArgs {
            return_field: Arc::new(Field::new("f", result, true)),
            schema: &Schema::empty(),
            ignore_nulls: false,
            order_bys: &[],
            is_reversed: false,
            name: "f",
            is_distinct: distinct,
            exprs: &[],
            expr_fields: &fields,
        })
    }

    pub(super) fn accumulator(&self) -> Box<dyn Accumulator> {
        self.with(false, |args| self.function.accumulator(args)).unwrap()
    }

    fn groups(&self) -> Box<dyn GroupsAccumulator> {
        self.with(false, |args| self.function.create_groups_accumulator(args)).unwrap()
    }

    pub(super) fn run(&self, arguments: &[ArrayRef]) -> Rows {
        let mut accumulator = self.accumulator();
        accumulator.update_batch(arguments).unwrap();
        Rows::of(&accumulator.evaluate().unwrap())
    }
}

/// The list of one series.
#[derive(Debug, PartialEq)]
pub(super) struct Rows(ListArray);

impl Rows {
    pub(super) fn of(value: &ScalarValue) -> Self {
        let ScalarValue::List(list) = value else { panic!("{value}") };
        Rows(list.as_ref().clone())
    }

    fn column(&self, name: &str) -> ArrayRef {
        self.0.value(0).as_struct().column_by_name(name).unwrap().clone()
    }

    pub(super) fn floats(&self, name: &str) -> Vec<f64> {
        self.column(name).as_primitive::<Float64Type>().iter().map(Option::unwrap).collect()
    }

    pub(super) fn texts(&self, name: &str) -> Vec<Option<String>> {
        self.column(name).as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()
    }

    /// The message of a series that failed: exactly one row, without a forecast.
    pub(super) fn error(&self) -> String {
        assert_eq!(self.0.value(0).len(), 1);
        for empty in ["step", "ts", "yhat", "lo", "hi", "spec"] {
            assert_eq!(self.column(empty).null_count(), 1, "{empty}");
        }
        self.texts("error")[0].clone().unwrap()
    }
}

const LENGTH: usize = 40;

fn date(t: usize) -> i32 {
    let date = NaiveDate::from_ymd_opt(2020, 1, 31).unwrap() + Months::new(t as u32);
    Date32Type::from_naive_date(date)
}

fn value(t: usize) -> f64 {
    50.0 + t as f64 + [3.0, -2.0, 0.0, -1.0][t % 4] + ((t * 37) % 11) as f64 / 5.0
}

fn arguments(timestamps: ArrayRef, horizon: i64, model: &str) -> Vec<ArrayRef> {
    let length = timestamps.len();
    vec![
        timestamps,
        Arc::new((0..length).map(value).collect::<Float64Array>()),
        Arc::new(Int64Array::from(vec![horizon; length])),
        Arc::new(StringArray::from(vec![model; length])),
    ]
}

pub(super) fn monthly(model: &str) -> Vec<ArrayRef> {
    arguments(Arc::new(Date32Array::from_iter_values((0..LENGTH).map(date))), 5, model)
}

fn rows(arguments: &[ArrayRef], rows: &[i64]) -> Vec<ArrayRef> {
    let rows = Int64Array::from(rows.to_vec());
    arguments.iter().map(|array| take(array, &rows, None).unwrap()).collect()
}

fn replace(arguments: &[ArrayRef], place: usize, array: ArrayRef) -> Vec<ArrayRef> {
    let mut arguments = arguments.to_vec();
    arguments[place] = array;
    arguments
}

#[test]
fn one_row_per_step_with_everything_filled_in() {
    let found = Called::on(DataType::Date32).run(&monthly("Theta"));
    let steps: Vec<i32> = found.column("step").as_primitive::<Int32Type>().values().to_vec();
    assert_eq!(steps, [1, 2, 3, 4, 5]);
    let dates = found.column("ts");
    assert_eq!(dates.as_primitive::<Date32Type>().values().to_vec(), (40..45).map(date).collect::<Vec<_>>());
    assert_eq!(found.floats("level"), [0.95; 5]);
    assert_eq!(found.texts("model"), vec![Some("theta".to_owned()); 5]);
    assert_eq!(found.column("n_obs").as_primitive::<Int32Type>().values().to_vec(), [40; 5]);
    assert_eq!(found.column("error").null_count(), 5);
    let (lo, mean, hi) = (found.floats("lo"), found.floats("yhat"), found.floats("hi"));
    assert!((0..5).all(|h| lo[h] < mean[h] && mean[h] < hi[h] && (85.0..110.0).contains(&mean[h])), "{mean:?}");
}

#[test]
fn the_model_may_be_left_out() {
    let mut called = Called::on(DataType::Date32);
    let asked = called.run(&monthly("auto"));
    called.arguments.pop();
    assert_eq!(called.run(&monthly("unused")[..3]), asked);
}

#[test]
fn order_and_partitioning_change_no_bit() {
    for model in ["naive", "snaive", "theta", "auto_ets"] {
        let called = Called::on(DataType::Date32);
        let whole = monthly(model);
        let single = called.run(&whole);
        let shuffled: Vec<i64> = (0..LENGTH as i64).map(|t| t * 17 % LENGTH as i64).collect();
        assert_eq!(called.run(&rows(&whole, &shuffled)), single);
        let mut last = called.accumulator();
        for part in shuffled.chunks(9) {
            let mut partial = called.accumulator();
            partial.update_batch(&rows(&whole, part)).unwrap();
            let state: Vec<_> = partial.state().unwrap().iter().map(|part| part.to_array().unwrap()).collect();
            last.merge_batch(&state).unwrap();
        }
        assert_eq!(Rows::of(&last.evaluate().unwrap()), single);
    }
}

#[test]
fn the_state_has_the_declared_types() {
    let called = Called::on(DataType::Date32);
    let result = called.function.return_type(&called.arguments).unwrap();
    let args = StateFieldsArgs {
        name: "f",
        input_fields: &[],
        return_field: Arc::new(Field::new("f", result, true)),
        ordering_fields: &[],
        is_distinct: false,
    };
    let declared = called.function.state_fields(args).unwrap();
    let mut accumulator = called.accumulator();
    accumulator.update_batch(&monthly("theta")).unwrap();
    let state = accumulator.state().unwrap();
    let types: Vec<_> = state.iter().map(ScalarValue::data_type).collect();
    assert_eq!(types, declared.iter().map(|field| field.data_type().clone()).collect::<Vec<_>>());
    let converted = called.groups().convert_to_state(&monthly("theta"), None).unwrap();
    assert_eq!(types, converted.iter().map(|array| array.data_type().clone()).collect::<Vec<_>>());
}

/// Two series with rows interleaved: group of each row.
fn two_groups() -> Vec<usize> {
    (0..LENGTH).map(|t| usize::from(t % 2 == 1)).collect()
}

fn of_group(group: usize) -> Vec<i64> {
    (0..LENGTH as i64).filter(|t| *t as usize % 2 == group).collect()
}

fn assert_groups(found: &ArrayRef, truth: &[Rows]) {
    let lists = found.as_list::<i32>();
    assert_eq!(lists.len(), truth.len());
    for (group, truth) in truth.iter().enumerate() {
        assert_eq!(&Rows(lists.slice(group, 1)), truth);
    }
}

#[test]
fn many_groups_give_what_single_groups_give() {
    let called = Called::on(DataType::Date32);
    let whole = monthly("theta");
    let truth: Vec<Rows> = [0, 1].map(|group| called.run(&rows(&whole, &of_group(group)))).into();
    let mut direct = called.groups();
    direct.update_batch(&whole, &two_groups(), None, 2).unwrap();
    assert_groups(&direct.evaluate(EmitTo::All).unwrap(), &truth);

    let mut partial = called.groups();
    partial.update_batch(&whole, &two_groups(), None, 2).unwrap();
    let empty = partial.size();
    let state = partial.state(EmitTo::All).unwrap();
    assert!(partial.size() < empty);
    let mut last = called.groups();
    last.merge_batch(&state, &[0, 1], 2).unwrap();
    assert_groups(&last.evaluate(EmitTo::First(1)).unwrap(), &truth[..1]);
    assert_groups(&last.evaluate(EmitTo::First(1)).unwrap(), &truth[1..]);

    let mut converted = called.groups();
    let state = called.groups().convert_to_state(&whole, None).unwrap();
    converted.merge_batch(&state, &two_groups(), 2).unwrap();
    assert_groups(&converted.evaluate(EmitTo::All).unwrap(), &truth);
}

#[test]
fn filtered_rows_do_not_count() {
    let called = Called::on(DataType::Date32);
    let whole = monthly("theta");
    let truth = [called.run(&rows(&whole, &of_group(1)))];
    let filter: BooleanArray = (0..LENGTH).map(|t| if t % 4 == 0 { None } else { Some(t % 2 == 1) }).collect();
    let mut direct = called.groups();
    direct.update_batch(&whole, &[0; LENGTH], Some(&filter), 1).unwrap();
    assert_groups(&direct.evaluate(EmitTo::All).unwrap(), &truth);
    let state = called.groups().convert_to_state(&whole, Some(&filter)).unwrap();
    let mut last = called.groups();
    last.merge_batch(&state, &[0; LENGTH], 1).unwrap();
    assert_groups(&last.evaluate(EmitTo::All).unwrap(), &truth);
}

#[test]
fn missing_values_and_missing_rows_are_gaps() {
    let called = Called::on(DataType::Date32);
    let whole = monthly("theta");
    let values = |gap| -> ArrayRef {
        Arc::new((0..LENGTH).map(|t| if t == 20 { gap } else { Some(value(t)) }).collect::<Float64Array>())
    };
    let null = called.run(&replace(&whole, 1, values(None)));
    let nan = called.run(&replace(&whole, 1, values(Some(f64::NAN))));
    let present: Vec<i64> = (0..LENGTH as i64).filter(|t| *t != 20).collect();
    assert_eq!(null, nan);
    assert_eq!(null, called.run(&rows(&whole, &present)));
    assert_eq!(null.column("n_obs").as_primitive::<Int32Type>().value(0), 39);
}

#[test]
fn a_series_that_fails_says_why_in_its_row() {
    let called = Called::on(DataType::Date32);
    let whole = monthly("auto_ets");
    let error = |arguments: &[ArrayRef]| called.run(arguments).error();
    assert_eq!(error(&rows(&whole, &[])), "no observations");
    assert_eq!(error(&rows(&whole, &[3])), "one timestamp does not show the time step; at least two are needed");
    assert_eq!(error(&rows(&whole, &[0, 1, 2, 2, 3])), "timestamp 2020-03-31 occurs more than once");
    let dates = [Some(date(0)), None, Some(date(1))];
    assert_eq!(
        error(&replace(&rows(&whole, &[0, 1, 2]), 0, Arc::new(Date32Array::from(dates.to_vec())))),
        "1 rows have no timestamp"
    );
    let values: Float64Array = (0..LENGTH).map(|t| Some(if t == 6 { f64::INFINITY } else { 1.0 })).collect();
    assert_eq!(error(&replace(&whole, 1, Arc::new(values))), "observation 7 is infinite");
    let missing: Float64Array = (0..LENGTH).map(|_| None::<f64>).collect();
    assert_eq!(error(&replace(&whole, 1, Arc::new(missing))), "no observations");
    let irregular = Date32Array::from_iter_values((0..LENGTH).map(|t| date(t) + i32::from(t == 9)));
    assert_eq!(
        error(&replace(&whole, 0, Arc::new(irregular))),
        "timestamp 2020-11-01 does not follow 2020-09-30 by a multiple of 1 month"
    );
    let last = Date32Array::from_iter_values((0..LENGTH as i32).map(|t| i32::MAX - 10_000_000 * t));
    assert!(error(&replace(&whole, 0, Arc::new(last))).contains("is outside the supported calendar"));
}

#[test]
fn rows_that_disagree_about_the_call_are_told() {
    let called = Called::on(DataType::Date32);
    let whole = monthly("auto_ets");
    let horizons: Int64Array = (0..LENGTH as i64).map(|t| 3 + t % 2).collect();
    let found = called.run(&replace(&whole, 2, Arc::new(horizons)));
    assert_eq!(found.error(), "the rows of the series give different values of `horizon`: `3` and `4`");
    let models: StringArray = (0..LENGTH).map(|t| Some(if t == 7 { "naive" } else { "theta" })).collect();
    let found = called.run(&replace(&whole, 3, Arc::new(models)));
    assert!(found.error().starts_with("the rows of the series give different values of `model`"));
}

#[test]
fn a_wrong_call_fails_the_query() {
    let called = Called::on(DataType::Date32);
    let whole = monthly("theta");
    let fails = |arguments: &[ArrayRef]| {
        let one = called.accumulator().update_batch(arguments).unwrap_err().to_string();
        let many = called.groups().update_batch(arguments, &[0; LENGTH], None, 1).unwrap_err().to_string();
        assert_eq!(one, many);
        one
    };
    assert!(fails(&monthly("tehta")).ends_with("ts_forecast: unknown model `tehta`; did you mean `theta`?"));
    assert!(
        fails(&monthly("?"))
            .contains("unknown model `?`; known are `auto`, `auto_ets`, `auto_arima`, `ces`, `theta`, ")
    );
    for horizon in [0, -1, 10_001, i64::MAX] {
        let arguments = replace(&whole, 2, Arc::new(Int64Array::from(vec![horizon; LENGTH])));
        assert!(fails(&arguments).contains(&format!("`horizon` must be from 1 to 10000, got {horizon}")));
    }
    let null = replace(&whole, 2, Arc::new(Int64Array::from(vec![None; LENGTH])));
    assert!(fails(&null).contains("`horizon` must not be NULL"));
    let null = replace(&whole, 3, Arc::new(StringArray::from(vec![None::<&str>; LENGTH])));
    assert!(fails(&null).contains("`model` must not be NULL"));
    assert!(called.with(true, |args| called.function.accumulator(args)).is_err());
}

#[test]
fn argument_types_are_coerced_or_refused() {
    let coerce = |types: &[DataType]| Called::on(DataType::Date32).function.coerce_types(types);
    let zoned = DataType::Timestamp(TimeUnit::Microsecond, Some("Asia/Shanghai".into()));
    let decimal = DataType::Decimal128(12, 2);
    let found = coerce(&[zoned.clone(), decimal, DataType::UInt8, DataType::Utf8View]).unwrap();
    assert_eq!(found, [zoned, DataType::Float64, DataType::Int64, DataType::Utf8]);
    let number = DataType::Int32;
    for bad in [
        vec![DataType::Date32, number.clone()],
        vec![DataType::Utf8, number.clone(), number.clone()],
        vec![DataType::Date32, DataType::Boolean, number.clone()],
        vec![DataType::Date32, number.clone(), DataType::Float64],
        vec![DataType::Date32, number.clone(), number.clone(), number.clone()],
        vec![DataType::Date32, number.clone(), number.clone(), DataType::Utf8, number.clone()],
        vec![DataType::Date32, number.clone(), number, DataType::Utf8, DataType::Utf8, DataType::Utf8],
    ] {
        assert!(coerce(&bad).is_err(), "{bad:?}");
    }
}

#[test]
fn every_timestamp_type_comes_back_as_it_went_in() {
    let seconds = |t: usize| i64::from(date(t)) * 86_400;
    let range = || (0..LENGTH).map(seconds);
    let reference = Called::on(DataType::Date32).run(&monthly("theta"));
    let columns: [ArrayRef; 4] = [
        Arc::new(Date64Array::from_iter_values(range().map(|s| s * 1_000))),
        Arc::new(TimestampSecondArray::from_iter_values(range())),
        Arc::new(TimestampMillisecondArray::from_iter_values(range().map(|s| s * 1_000))),
        Arc::new(TimestampNanosecondArray::from_iter_values(range().map(|s| s * 1_000_000_000)).with_timezone("UTC")),
    ];
    for column in columns {
        let data_type = column.data_type().clone();
        let found = Called::on(data_type.clone()).run(&arguments(column, 5, "theta"));
        assert_eq!(found.column("ts").data_type(), &data_type);
        assert_eq!(&cast(&found.column("ts"), &DataType::Date32).unwrap(), &reference.column("ts"));
        assert_eq!(found.floats("yhat"), reference.floats("yhat"));
    }
}

/// Midnights of Berlin: its clocks change on 2024-03-31, so the day before the change has 23 hours.
#[test]
fn local_days_and_hours_survive_a_change_of_the_clock() {
    let zone = "Europe/Berlin";
    let data_type = DataType::Timestamp(TimeUnit::Millisecond, Some(zone.into()));
    let run = |raw: Vec<i64>| {
        let column = TimestampMillisecondArray::from(raw).with_timezone(zone);
        let found = Called::on(data_type.clone()).run(&arguments(Arc::new(column), 4, "naive"));
        found.column("ts").as_primitive::<TimestampMillisecondType>().values().to_vec()
    };
    let hour = 3_600_000;
    let midnight = |day: u64| {
        let date = NaiveDate::from_ymd_opt(2024, 3, 1).unwrap() + Days::new(day);
        let utc = date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis();
        utc - hour * if day > 30 { 2 } else { 1 }
    };
    assert_eq!(run((0..30).map(midnight).collect()), [30, 31, 32, 33].map(midnight));
    assert_eq!(run((2..32).map(midnight).collect()), [32, 33, 34, 35].map(midnight));
    let start = midnight(30) - 20 * hour;
    let hours = |from: i64| (from..from + 20).map(|h| start + h * hour).collect::<Vec<_>>();
    assert_eq!(run(hours(0)), [20, 21, 22, 23].map(|h| start + h * hour));
    assert_eq!(run(hours(10)), [30, 31, 32, 33].map(|h| start + h * hour));
}

#[test]
fn a_date_beyond_the_type_is_an_error_of_the_series() {
    let day = 86_400_000_000_000;
    let first = i64::MAX / day - 40;
    let column = TimestampNanosecondArray::from_iter_values((0..LENGTH as i64).map(|t| (first + t) * day));
    let found =
        Called::on(DataType::Timestamp(TimeUnit::Nanosecond, None)).run(&arguments(Arc::new(column), 5, "naive"));
    assert_eq!(found.error(), "the 2-step horizon leaves the supported calendar");
}

#[test]
fn a_state_of_another_shape_is_refused() {
    let empty: ArrayRef = Arc::new(Int64Array::from(vec![1_i64]));
    let called = Called::on(DataType::Date32);
    assert!(called.accumulator().merge_batch(std::slice::from_ref(&empty)).is_err());
    assert!(called.groups().merge_batch(&vec![empty; 7], &[0], 1).is_err());
}

#[test]
fn the_accumulator_can_be_asked_twice_and_grows_with_its_rows() {
    let mut accumulator = Called::on(DataType::Date32).accumulator();
    let before = accumulator.size();
    accumulator.update_batch(&monthly("theta")).unwrap();
    assert!(accumulator.size() >= before + LENGTH * 16);
    assert_eq!(accumulator.evaluate().unwrap(), accumulator.evaluate().unwrap());
}

#[test]
fn documentation_names_every_argument() {
    let called = Called::on(DataType::Date32);
    let documentation = called.function.documentation().unwrap();
    let arguments = documentation.arguments.as_ref().unwrap();
    let names: Vec<&str> = arguments.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["ts", "y", "horizon", "model", "options"]);
    assert_eq!(called.function.signature().parameter_names.as_deref().unwrap(), names);
}

#[test]
fn a_hundred_thousand_groups_are_collected() {
    const GROUPS: usize = 100_000;
    let called = Called::on(DataType::Date32);
    let mut groups = called.groups();
    let all: Vec<usize> = (0..GROUPS).collect();
    for t in 0..3 {
        let arguments: Vec<ArrayRef> = vec![
            Arc::new(Date32Array::from(vec![date(t); GROUPS])),
            Arc::new((0..GROUPS).map(|group| (group * (t + 1)) as f64).collect::<Float64Array>()),
            Arc::new(Int64Array::from(vec![1; GROUPS])),
            Arc::new(StringArray::from(vec!["naive"; GROUPS])),
        ];
        groups.update_batch(&arguments, &all, None, GROUPS).unwrap();
    }
    let first = groups.evaluate(EmitTo::First(60_000)).unwrap();
    let rest = groups.evaluate(EmitTo::All).unwrap();
    let lists = concat(&[&first, &rest]).unwrap();
    let rows = lists.as_list::<i32>().values().as_struct().column_by_name("yhat").unwrap().clone();
    let yhat = rows.as_primitive::<Float64Type>();
    assert!((0..GROUPS).all(|group| (yhat.value(group) - (group * 3) as f64).abs() < 1e-6));
}

#[test]
fn timestamps_travel_as_integers() {
    let state = Called::on(DataType::Date32).groups().convert_to_state(&monthly("theta"), None).unwrap();
    let timestamps = state[0].as_list::<i32>().value(1);
    assert_eq!(timestamps.as_primitive::<Int64Type>().values().to_vec(), [i64::from(date(1))]);
}
