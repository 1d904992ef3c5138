use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, StringViewArray, new_null_array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field};
use datafusion_common::config::ConfigOptions;
use datafusion_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl};

use super::{ProjectFeatures, ProjectRelation};
use crate::linkage::defaults::CN_PROJECT;
use crate::linkage::model::{Model, probability};

/// Texts, investment and phase of a filing.
type Row<'a> = ([Option<&'a str>; 8], f64, Option<i64>);

const CODE: Option<&str> = Some("2404-990101-04-01-123456");
const SUMMARY: Option<&str> = Some("用地61300平方米，定员80人");
const BASE: [Option<&str>; 8] = [
    CODE,
    Some("年产300万支一次性注射器项目"),
    SUMMARY,
    Some("91990101MA0123453Q"),
    Some("上海浦江医药有限公司"),
    Some("C27"),
    Some("临港园区"),
    Some("LG-01-0007"),
];

fn invoke(function: &dyn ScalarUDFImpl, columns: Vec<ArrayRef>) -> ArrayRef {
    let types: Vec<DataType> = columns.iter().map(|column| column.data_type().clone()).collect();
    let types = function.coerce_types(&types).unwrap();
    let columns: Vec<ArrayRef> = columns.iter().zip(&types).map(|(column, to)| cast(column, to).unwrap()).collect();
    let rows = columns[0].len();
    let args = ScalarFunctionArgs {
        arg_fields: types.iter().map(|of| Arc::new(Field::new("", of.clone(), true))).collect(),
        args: columns.into_iter().map(ColumnarValue::Array).collect(),
        number_rows: rows,
        return_field: Arc::new(Field::new("", function.return_type(&types).unwrap(), true)),
        config_options: Arc::new(ConfigOptions::default()),
    };
    function.invoke_with_args(args).unwrap().into_array(rows).unwrap()
}

fn features(rows: &[Row]) -> ArrayRef {
    let texts = (0..8).map(|at| Arc::new(rows.iter().map(|row| row.0[at]).collect::<StringViewArray>()) as ArrayRef);
    let investment = Arc::new(rows.iter().map(|row| Some(row.1)).collect::<Float64Array>()) as ArrayRef;
    let phase = Arc::new(rows.iter().map(|row| row.2).collect::<Int64Array>()) as ArrayRef;
    invoke(&ProjectFeatures::default(), texts.chain([investment, phase]).collect())
}

fn with(changes: &[(usize, Option<&'static str>)]) -> [Option<&'static str>; 8] {
    let mut row = BASE;
    changes.iter().for_each(|(at, value)| row[*at] = *value);
    row
}

/// As a pair passes through: what the model says, and what the relation is.
fn judged(others: &[Row]) -> Vec<(f64, Option<String>)> {
    let base = vec![(BASE, 5.4e7, None); others.len()];
    let (left, right) = (features(&base), features(others));
    let model = Model::parse(CN_PROJECT).unwrap();
    let levels = model.levels(left.as_struct(), right.as_struct()).unwrap();
    let weight = |row: usize| {
        model.prior_weight + levels.iter().enumerate().map(|(at, values)| model.weight(at, values[row])).sum::<f64>()
    };
    let probabilities: Vec<f64> = (0..others.len()).map(|row| probability(weight(row))).collect();
    let is_match = Arc::new(arrow::array::BooleanArray::from_iter(probabilities.iter().map(|p| Some(*p >= 0.5))));
    let told = invoke(&ProjectRelation::default(), vec![left, right, is_match]);
    let relations = told.as_struct().column(0).as_string::<i32>();
    probabilities.into_iter().zip(relations.iter().map(|relation| relation.map(str::to_owned))).collect()
}

#[test]
fn a_register_is_judged() {
    let renamed = with(&[(0, None), (4, Some("同泰制药有限公司"))]);
    let elsewhere = with(&[(0, None), (3, None), (4, Some("同泰制药有限公司")), (6, Some("东园")), (7, Some("D-3"))]);
    let second = with(&[
        (0, Some("2505-990101-04-01-000001")),
        (1, Some("一次性注射器项目（二期）")),
        (2, Some("用地100亩，定员20人")),
    ]);
    let rival = with(&[
        (0, None),
        (2, Some("用地100亩，定员20人")),
        (3, Some("91990101MA099999X0")),
        (4, Some("同泰制药有限公司")),
    ]);
    let own = with(&[
        (0, None),
        (1, Some("年产20万套一次性注射器项目")),
        (2, Some("用地100亩，定员20人")),
        (7, Some("LG-01-0009")),
    ]);
    // On the same parcel with other amounts: somebody has to look whether it is another line.
    let grown = with(&[(0, None), (1, Some("一次性注射器扩建项目")), (2, Some("用地100亩，定员20人"))]);
    let judged = judged(&[
        (BASE, 5.4e7, None),
        (renamed, 5.4e7, None),
        (elsewhere, 5.4e7, None),
        (second, 3e7, None),
        (rival, 9e7, None),
        (own, 9e7, None),
        ([None; 8], f64::NAN, None),
        (grown, 9e7, None),
    ]);
    let relations: Vec<Option<&str>> = judged.iter().map(|(_, relation)| relation.as_deref()).collect();
    assert_eq!(
        relations,
        [
            Some("same_filing"),
            Some("same_filing"),
            Some("same_project"),
            Some("split_phase"),
            Some("similar_line"),
            None,
            None,
            Some("same_filing")
        ]
    );
    let (probability, _) = judged[7];
    assert!(0.5 < probability && probability < 0.99, "{probability}");
    assert!(judged[..3].iter().all(|(probability, _)| *probability > 0.99), "{judged:?}");
    assert!(judged[3..7].iter().all(|(probability, _)| *probability < 0.5), "{judged:?}");
}

#[test]
fn rows_that_are_null_relate_to_nothing() {
    let features = features(&[(BASE, 5.4e7, None)]);
    let null = new_null_array(features.data_type(), 1);
    let yes = Arc::new(arrow::array::BooleanArray::from(vec![true])) as ArrayRef;
    for (left, right) in [(&features, &null), (&null, &features), (&null, &null)] {
        let told = invoke(&ProjectRelation::default(), vec![Arc::clone(left), Arc::clone(right), Arc::clone(&yes)]);
        assert!(told.as_struct().columns().iter().all(|column| column.is_null(0)));
    }
}

#[test]
fn other_arguments_are_refused() {
    let text = DataType::Utf8;
    let refused =
        |function: &dyn ScalarUDFImpl, given: &[DataType]| function.coerce_types(given).unwrap_err().to_string();
    assert!(refused(&ProjectFeatures::default(), std::slice::from_ref(&text)).contains("eight texts"));
    let error = refused(&ProjectRelation::default(), &[text.clone(), text, DataType::Boolean]);
    assert!(error.contains("rows of project_features"), "{error}");
}
