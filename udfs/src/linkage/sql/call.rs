//! A call with a model and the two rows of each pair.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, StringArray, StructArray, new_empty_array};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type};
use datafusion_common::{Result, ScalarValue, exec_datafusion_err, exec_err, plan_datafusion_err, plan_err};
use datafusion_expr::{ReturnFieldArgs, ScalarFunctionArgs};

use super::super::Error;
use super::super::model::Model;
use super::cache;

/// Pairs of a batch, if there is a model.
pub struct Call {
    pub model: Arc<Model>,
    pub left: StructArray,
    pub right: StructArray,
    /// Pairs of which a row is null have no answer.
    pub present: Option<NullBuffer>,
}

/// The types that a function of a model and two rows computes with.
pub fn coerce(name: &str, given: &[DataType]) -> Result<Vec<DataType>> {
    let is_text = |given: &DataType| given.is_string() || given.is_null();
    match given {
        [model, left @ DataType::Struct(_), right @ DataType::Struct(_)] if is_text(model) => {
            Ok(vec![DataType::Utf8, left.clone(), right.clone()])
        }
        _ => plan_err!("{name} takes the text of a model and two structs, one of each row"),
    }
}

/// Refuses, where the model is known, rows that lack what it reads.
pub fn checked(name: &str, args: &ReturnFieldArgs, answer: DataType, reads_terms: bool) -> Result<FieldRef> {
    let field = Arc::new(Field::new(name, answer, true));
    let text = match args.scalar_arguments.first() {
        Some(Some(ScalarValue::Utf8(Some(text)) | ScalarValue::LargeUtf8(Some(text)))) => text,
        Some(Some(ScalarValue::Utf8View(Some(text)))) => text,
        _ => return Ok(field),
    };
    let refused = |error: Error| plan_datafusion_err!("{name}: {error}");
    let model = cache::model(text).map_err(refused)?;
    if let [_, left, right] = args.arg_fields {
        let (left, right) = (new_empty_array(left.data_type()), new_empty_array(right.data_type()));
        if let (Some(left), Some(right)) = (left.as_struct_opt(), right.as_struct_opt()) {
            model.levels(left, right).map_err(refused)?;
            if reads_terms {
                Terms::new(&model, left, right).map_err(refused)?;
            }
        }
    }
    Ok(field)
}

impl Call {
    /// # Errors
    /// A text that is no model, or not the same in all rows.
    pub fn new(name: &str, args: &ScalarFunctionArgs) -> Result<Option<Call>> {
        let [text, left, right] = args.args.as_slice() else { return exec_err!("{name} takes a model and two rows") };
        let text = match text {
            datafusion_expr::ColumnarValue::Scalar(text) => text.to_array()?,
            datafusion_expr::ColumnarValue::Array(texts) => Arc::clone(texts),
        };
        let Some(text) = one_text(name, &cast(&text, &DataType::Utf8)?)? else { return Ok(None) };
        let model = cache::model(&text).map_err(|error| exec_datafusion_err!("{name}: {error}"))?;
        let rows = |row: &datafusion_expr::ColumnarValue| -> Result<StructArray> {
            Ok(row.to_array(args.number_rows)?.as_struct().clone())
        };
        let (left, right) = (rows(left)?, rows(right)?);
        let present = NullBuffer::union(left.nulls(), right.nulls());
        Ok(Some(Call { model, left, right, present }))
    }

    /// # Errors
    /// As of [`Model::levels`].
    pub fn levels(&self, name: &str) -> Result<super::super::levels::Levels> {
        self.model.levels(&self.left, &self.right).map_err(|error| exec_datafusion_err!("{name}: {error}"))
    }

    /// # Errors
    /// Frequencies that are not there or no numbers.
    pub fn terms(&self, name: &str) -> Result<Terms> {
        Terms::new(&self.model, &self.left, &self.right).map_err(|error| exec_datafusion_err!("{name}: {error}"))
    }

    pub fn is_present(&self, row: usize) -> bool {
        self.present.as_ref().is_none_or(|present| present.is_valid(row))
    }
}

/// The text that all rows have.
fn one_text(name: &str, texts: &ArrayRef) -> Result<Option<String>> {
    let texts: &StringArray = texts.as_string();
    let mut rows = texts.iter();
    let Some(first) = rows.next() else { return Ok(None) };
    match rows.all(|text| text == first) {
        true => Ok(first.map(str::to_owned)),
        false => exec_err!("{name}: the model must be the same in all rows"),
    }
}

/// Frequencies of the values of both rows, by the model's term fields.
pub struct Terms(Vec<(Float64Array, Float64Array)>);

impl Terms {
    fn new(model: &Model, left: &StructArray, right: &StructArray) -> Result<Self, Error> {
        let column = |rows: &StructArray, name: &str| {
            let mend = "join the table of frequencies, or leave `term_frequency` out of the model";
            let missing = || Error::new(format!("term frequency `{name}`"), "a row has no such field", mend);
            let column = rows.column_by_name(name).ok_or_else(missing)?;
            let numbers = match column.data_type().is_numeric() || column.data_type().is_null() {
                true => cast(column, &DataType::Float64).ok(),
                false => None,
            };
            let wrong = || {
                Error::new(format!("term frequency `{name}`"), format!("it is {}", column.data_type()), "give a number")
            };
            numbers.map(|numbers| numbers.as_primitive::<Float64Type>().clone()).ok_or_else(wrong)
        };
        let both = |name: &String| Ok((column(left, name)?, column(right, name)?));
        model.term_fields.iter().map(both).collect::<Result<_, _>>().map(Terms)
    }

    /// The larger of the frequencies of a pair, if one is known.
    pub fn of(&self, field: usize, row: usize) -> Option<f64> {
        let (left, right) = self.0.get(field)?;
        let of = |side: &Float64Array| side.is_valid(row).then(|| side.value(row)).filter(|value| !value.is_nan());
        match (of(left), of(right)) {
            (Some(left), Some(right)) => Some(left.max(right)),
            (one, other) => one.or(other),
        }
    }
}
