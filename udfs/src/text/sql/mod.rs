//! The functions over columns. What is null gives null.

mod build;
mod pieces;
mod score;
mod sketch;
#[cfg(test)]
mod tests;
mod tokens;
mod writing;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, StringArray};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion_common::{Result, ScalarValue, exec_err};
use datafusion_expr::{ColumnarValue, DocSection, Documentation, DocumentationBuilder, ScalarFunctionArgs};

pub use build::IdfBuild;
pub use pieces::Pieces;
pub use score::Score;
pub use sketch::Sketch;
pub use tokens::Tokens;
pub use writing::Writing;

/// Runs a function of columns; constants alone give a constant.
pub(crate) fn over_columns(
    arguments: &ScalarFunctionArgs,
    run: impl FnOnce(&[ArrayRef]) -> Result<ArrayRef>,
) -> Result<ColumnarValue> {
    let constant = arguments.args.iter().all(|argument| matches!(argument, ColumnarValue::Scalar(_)));
    let rows = if constant { 1 } else { arguments.number_rows };
    let columns = arguments.args.iter().map(|argument| argument.to_array(rows)).collect::<Result<Vec<_>>>()?;
    let answer = run(&columns)?;
    match constant {
        true => Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&answer, 0)?)),
        false => Ok(ColumnarValue::Array(answer)),
    }
}

/// Whether a type is one of texts, or has no values.
pub(crate) fn is_text(given: &DataType) -> bool {
    match given {
        DataType::Dictionary(_, values) => is_text(values),
        DataType::Null => true,
        other => other.is_string(),
    }
}

/// What lists of texts are read as, and answered as.
pub(crate) fn text_list() -> DataType {
    DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true)))
}

/// Whether a type is one of lists of texts, or has no values.
pub(crate) fn is_text_list(given: &DataType) -> bool {
    let item: Option<&FieldRef> = match given {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => Some(item),
        DataType::ListView(item) | DataType::LargeListView(item) => Some(item),
        _ => None,
    };
    item.map_or(*given == DataType::Null, |item| is_text(item.data_type()))
}

/// A column of lists of texts.
pub(crate) struct Lists<'a> {
    lists: &'a ListArray,
    texts: &'a StringArray,
}

impl<'a> Lists<'a> {
    pub(crate) fn of(column: &'a ArrayRef) -> Result<Self> {
        match column.as_list_opt::<i32>().and_then(|lists| Some((lists, lists.values().as_string_opt::<i32>()?))) {
            Some((lists, texts)) => Ok(Self { lists, texts }),
            None => exec_err!("expected lists of texts, not {}", column.data_type()),
        }
    }

    /// The texts of a row that are not null; nothing for a list that is.
    pub(crate) fn row(&self, row: usize) -> Option<impl Iterator<Item = &'a str> + use<'a>> {
        let offsets = self.lists.value_offsets();
        let range = offsets[row] as usize..offsets[row + 1] as usize;
        let texts = self.texts;
        self.lists.is_valid(row).then(|| range.filter(|&at| texts.is_valid(at)).map(|at| texts.value(at)))
    }
}

/// A whole number that is the same for all rows.
pub(crate) fn constant(value: Option<&ScalarValue>) -> Option<i64> {
    match value?.cast_to(&DataType::Int64) {
        Ok(ScalarValue::Int64(number)) => number,
        _ => None,
    }
}

fn documented(description: &str, syntax: &str) -> DocumentationBuilder {
    let section = DocSection { include: true, label: "Text Functions", description: None };
    Documentation::builder(section, description, syntax)
}
