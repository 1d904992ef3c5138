//! Compares linkage with Splink on the files that `benchmarks/linkage/parity.py` writes: levels, weights, training, and how many pairs
//! a second of one processor scores.
//!
//!     cargo run --release -p huitong-udfs --example linkage -- DIRECTORY NAME

use std::error::Error;
use std::fs::{File, read_to_string};
use std::sync::Arc;
use std::time::Instant;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StructArray};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type};
use datafusion_common::ScalarValue;
use datafusion_common::config::ConfigOptions;
use datafusion_expr::{ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs};
use huitong_udfs::linkage::em::{Counts, fit};
use huitong_udfs::linkage::levels;
use huitong_udfs::linkage::model::Model;
use huitong_udfs::linkage::spec::Spec;
use huitong_udfs::linkage::splink::import;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [directory, name] = arguments.as_slice() else { return Err("linkage DIRECTORY NAME".into()) };
    let path = |rest: &str| format!("{directory}/{name}.{rest}");
    let model = Model::new(import(&read_to_string(path("model.json"))?)?)?;
    let pairs = read(&path("pairs.parquet"))?;
    compare_weights(&model, &pairs)?;
    compare_training(&model.spec, &path)?;
    if let Ok(many) = read(&path("many.parquet")) {
        measure(&model, &many)?;
    }
    Ok(())
}

fn read(path: &str) -> Outcome<RecordBatch> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
    let schema = Arc::clone(reader.schema());
    let batches = reader.build()?.collect::<Result<Vec<_>, _>>()?;
    Ok(concat_batches(&schema, &batches)?)
}

/// The columns of one side, without their suffix.
fn side(pairs: &RecordBatch, suffix: &str) -> StructArray {
    let schema = pairs.schema();
    let columns = schema.fields().iter().zip(pairs.columns()).filter_map(|(field, column)| {
        let name = field.name().strip_suffix(suffix)?;
        Some((Arc::new(Field::new(name, column.data_type().clone(), true)), Arc::clone(column)))
    });
    StructArray::from(columns.collect::<Vec<_>>())
}

/// As a query does.
fn call(name: &str, text: &str, left: &StructArray, right: &StructArray) -> Outcome<ArrayRef> {
    let known = huitong_udfs::all_scalars();
    let function = known.iter().find(|function| function.name() == name).ok_or("no such function")?;
    let field = |of: &DataType| Arc::new(Field::new("a", of.clone(), true));
    let (arg_fields, text) =
        (vec![field(&DataType::Utf8), field(left.data_type()), field(right.data_type())], ScalarValue::from(text));
    let constants = [Some(&text), None, None];
    let planned = ReturnFieldArgs { arg_fields: &arg_fields, scalar_arguments: &constants };
    let return_field = function.return_field_from_args(planned)?;
    let args = ScalarFunctionArgs {
        args: vec![
            ColumnarValue::Scalar(text.clone()),
            ColumnarValue::Array(Arc::new(left.clone())),
            ColumnarValue::Array(Arc::new(right.clone())),
        ],
        arg_fields,
        number_rows: left.len(),
        return_field,
        config_options: Arc::new(ConfigOptions::default()),
    };
    Ok(function.invoke_with_args(args)?.into_array(left.len())?)
}

fn compare_weights(model: &Model, pairs: &RecordBatch) -> Outcome<()> {
    let (left, right) = (side(pairs, "_l"), side(pairs, "_r"));
    let levels = model.levels(&left, &right)?;
    let mut other_levels = 0;
    for (comparison, values) in model.spec.comparisons.iter().zip(&levels) {
        let gamma = pairs.column_by_name(&format!("gamma_{}", comparison.name)).ok_or("no gamma")?;
        let gamma = cast(gamma, &DataType::Int64)?;
        let other = gamma.as_primitive::<Int64Type>().values().iter().zip(values);
        other_levels += other.filter(|(theirs, ours)| **theirs != i64::from(**ours)).count();
    }
    let scores = call("link_score", &model.spec.to_json(), &left, &right)?;
    let column = |array: &ArrayRef| array.as_primitive::<Float64Type>().clone();
    let (ours, theirs) = (column(scores.as_struct().column(0)), pairs.column_by_name("match_weight").map(column));
    let theirs = theirs.ok_or("no match_weight")?;
    let apart = ours.values().iter().zip(theirs.values()).map(|(ours, theirs)| (ours - theirs).abs());
    println!(
        "{} pairs: {other_levels} levels differ, weights differ by {:e} at most",
        pairs.num_rows(),
        apart.fold(0.0, f64::max)
    );
    Ok(())
}

/// From the same `u` and the pairs of the same sessions.
fn compare_training(trained: &Spec, path: &impl Fn(&str) -> String) -> Outcome<()> {
    let sessions: Vec<Value> = serde_json::from_str(&read_to_string(path("sessions.json"))?)?;
    let mut text: Value = serde_json::from_str(&import(&read_to_string(path("start.json"))?)?.to_json())?;
    let rules = sessions.iter().map(|session| json!({"name": session["rule"], "sql": session["rule"]}));
    text["training"]["sessions"] = rules.collect();
    let model = Model::parse(&text.to_string())?;
    let mut counts = Counts::default();
    for (at, session) in sessions.iter().enumerate() {
        let pairs = read(&path(&format!("em{at}.parquet")))?;
        let levels = model.levels(&side(&pairs, "_l"), &side(&pairs, "_r"))?;
        let rule = session["rule"].as_str().unwrap_or_default();
        levels::patterns(&model.spec, &levels, pairs.num_rows()).into_iter().for_each(|code| counts.add(rule, code, 1));
    }
    let started = Instant::now();
    let fitted = fit(model.spec.clone(), &counts)?;
    let took = started.elapsed();
    let chances = |spec: &Spec| -> Vec<f64> {
        let levels = spec.comparisons.iter().flat_map(|comparison| &comparison.levels);
        levels.filter(|level| !level.is_null).map(|level| level.m.unwrap_or(f64::NAN)).collect()
    };
    let apart = chances(&fitted).into_iter().zip(chances(trained)).map(|(ours, theirs)| (ours - theirs).abs());
    println!(
        "training: m differs by {:e} at most; {took:?}",
        apart.filter(|apart| !apart.is_nan()).fold(0.0, f64::max)
    );
    for (ours, theirs) in fitted.trace["sessions"].as_array().unwrap_or(&Vec::new()).iter().zip(&sessions) {
        println!(
            "  {} pairs, λ {} and {}, iterations {} and {}",
            ours["pairs"], ours["lambda"], theirs["lambda"], ours["iterations"], theirs["iterations"]
        );
    }
    Ok(())
}

/// Batches of the size that queries have; several times, of which the fastest counts.
fn measure(model: &Model, pairs: &RecordBatch) -> Outcome<()> {
    const BATCH: usize = 8192;
    let (left, right, text) = (side(pairs, "_l"), side(pairs, "_r"), model.spec.to_json());
    for name in ["link_levels", "link_score"] {
        let mut fastest = f64::INFINITY;
        for _ in 0..3 {
            let started = Instant::now();
            for from in (0..left.len()).step_by(BATCH) {
                let rows = BATCH.min(left.len() - from);
                call(name, &text, &left.slice(from, rows), &right.slice(from, rows))?;
            }
            fastest = fastest.min(started.elapsed().as_secs_f64());
        }
        println!("{name}: {} pairs in {fastest:.3} s, {:.0} a second", left.len(), left.len() as f64 / fastest);
    }
    Ok(())
}
