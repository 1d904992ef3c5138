//! The measures as functions of columns: `jaro`, `jaro_winkler`, `damerau_levenshtein`, `jaccard`, `lcs_ratio` of texts,
//! `days_apart`, `months_apart` of days, `relative_difference` of numbers. A null on either side gives null.

mod apart;
mod jaccard;
#[cfg(test)]
mod tests;
mod texts;

use arrow::array::ArrayRef;
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion_common::{Result, ScalarValue};
use datafusion_expr::{ColumnarValue, ScalarFunctionArgs};

pub use apart::Apart;
pub use jaccard::Jaccard;
pub use texts::Texts;

/// Runs a function of arrays; one that has only constants is answered once.
fn over_rows(
    arguments: &ScalarFunctionArgs,
    run: impl FnOnce(&[ArrayRef]) -> Result<ArrayRef>,
) -> Result<ColumnarValue> {
    let constant = arguments.args.iter().all(|argument| matches!(argument, ColumnarValue::Scalar(_)));
    let rows = if constant { 1 } else { arguments.number_rows };
    let arrays = arguments.args.iter().map(|argument| argument.to_array(rows)).collect::<Result<Vec<_>>>()?;
    let answer = run(&arrays)?;
    Ok(match constant {
        true => ColumnarValue::Scalar(ScalarValue::try_from_array(&answer, 0)?),
        false => ColumnarValue::Array(answer),
    })
}

fn is_text(given: &DataType) -> bool {
    match given {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

/// Texts of any kind as views, which point into what is there.
fn as_views(texts: &ArrayRef) -> Result<ArrayRef> {
    Ok(cast(texts, &DataType::Utf8View)?)
}
