//! `jaccard(a, b [, n])`: of the sets of characters (or n-grams) of two texts, or of the elements of two lists.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int64Type};
use datafusion_common::{Result, exec_err, plan_err};
use datafusion_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::super::{Scratch, jaccard};
use super::{as_views, is_text, over_rows};

const NAME: &str = "jaccard";

#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Jaccard {
    signature: Signature,
}

impl Default for Jaccard {
    fn default() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Jaccard {
    fn name(&self) -> &'static str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        match given {
            [left, right] if is_text(left) && is_text(right) => Ok(given.to_vec()),
            [left, right, gram] if is_text(left) && is_text(right) && gram.is_integer() => {
                Ok(vec![left.clone(), right.clone(), DataType::Int64])
            }
            [left, right] => match (elements(left), elements(right)) {
                (Some(left), Some(right)) if left == right || left.is_null() || right.is_null() => {
                    let item = if left.is_null() { right } else { left };
                    let list = DataType::List(Arc::new(Field::new_list_field(item, true)));
                    Ok(vec![list.clone(), list])
                }
                _ => {
                    plan_err!("{NAME} takes two texts, or two lists of texts or whole numbers, not {left} and {right}")
                }
            },
            _ => plan_err!("{NAME} takes two texts and perhaps the length of their parts, or two lists"),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        over_rows(&arguments, |arrays| {
            let [left, right, rest @ ..] = arrays else { return exec_err!("{NAME} takes two arguments") };
            match left.data_type() {
                DataType::List(_) => of_lists(left, right),
                _ => of_texts(left, right, rest.first()),
            }
        })
    }
}

/// What elements of a list are compared as.
fn elements(list: &DataType) -> Option<DataType> {
    match list {
        DataType::Null => Some(DataType::Null),
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => match item.data_type() {
            DataType::Null => Some(DataType::Null),
            text if is_text(text) => Some(DataType::Utf8View),
            number if number.is_integer() => Some(DataType::Int64),
            _ => None,
        },
        _ => None,
    }
}

fn of_texts(left: &ArrayRef, right: &ArrayRef, gram: Option<&ArrayRef>) -> Result<ArrayRef> {
    let (left, right) = (as_views(left)?, as_views(right)?);
    let (left, right) = (left.as_string_view(), right.as_string_view());
    let gram = gram.map(AsArray::as_primitive::<Int64Type>);
    let mut scratch = Scratch::default();
    let mut answers = Float64Array::builder(left.len());
    for row in 0..left.len() {
        let length = match gram {
            None => Some(1),
            Some(gram) => gram.is_valid(row).then(|| gram.value(row)),
        };
        answers.append_option(match length {
            Some(length) if left.is_valid(row) && right.is_valid(row) => {
                Some(jaccard::of_characters(left.value(row), right.value(row), grams(length)?, &mut scratch))
            }
            _ => None,
        });
    }
    Ok(Arc::new(answers.finish()))
}

fn grams(length: i64) -> Result<usize> {
    match usize::try_from(length) {
        Ok(length) if (1..=jaccard::GRAM_MOST).contains(&length) => Ok(length),
        _ => exec_err!("{NAME}: parts of a text have 1 to {} characters, not {length}", jaccard::GRAM_MOST),
    }
}

/// Null elements are none.
fn of_lists(left: &ArrayRef, right: &ArrayRef) -> Result<ArrayRef> {
    let (left, right) = (left.as_list::<i32>(), right.as_list::<i32>());
    let range = |offsets: &[i32], row: usize| offsets[row] as usize..offsets[row + 1] as usize;
    let is_present = |row: usize| left.is_valid(row) && right.is_valid(row);
    let mut answers = Float64Array::builder(left.len());
    macro_rules! answer {
        ($values:expr) => {{
            let (of_left, of_right) = ($values(left.values())?, $values(right.values())?);
            let (mut one, mut other) = (vec![], vec![]);
            for row in 0..left.len() {
                one.clear();
                other.clear();
                if !is_present(row) {
                    answers.append_null();
                    continue;
                }
                let taken = |array, row| range(array, row);
                one.extend(
                    taken(left.value_offsets(), row).filter(|at| of_left.is_valid(*at)).map(|at| of_left.value(at)),
                );
                other.extend(
                    taken(right.value_offsets(), row).filter(|at| of_right.is_valid(*at)).map(|at| of_right.value(at)),
                );
                answers.append_value(jaccard::of_lists(&mut one, &mut other));
            }
        }};
    }
    let whole =
        |values: &ArrayRef| -> Result<_> { Ok(cast(values, &DataType::Int64)?.as_primitive::<Int64Type>().clone()) };
    let text = |values: &ArrayRef| -> Result<_> { Ok(cast(values, &DataType::Utf8View)?.as_string_view().clone()) };
    match left.values().data_type() {
        DataType::Int64 => answer!(whole),
        _ => answer!(text),
    }
    Ok(Arc::new(answers.finish()))
}
