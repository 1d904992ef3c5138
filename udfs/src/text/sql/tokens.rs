//! `zh_tokens(text[, words])`: the words of texts.

use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, AsArray, ListBuilder, StringBuilder};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion_common::{Result, exec_err, plan_err};
use datafusion_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::{Lists, documented, is_text, is_text_list, over_columns, text_list};
use crate::text::tokens::Dictionary;

/// The most words of a user: on a cluster each row of a batch may bring them along.
const WORDS_MAX: usize = 2_000;

#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Tokens {
    signature: Signature,
}

impl Tokens {
    pub fn new() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl Default for Tokens {
    fn default() -> Self {
        Self::new()
    }
}

/// Where the words of a row are: nearly always the same for all rows.
enum Words<'a> {
    Same(Dictionary),
    OfRows { lists: Lists<'a>, last: Option<(Vec<&'a str>, Dictionary)> },
}

impl Words<'_> {
    /// None where the list is null.
    fn of_row(&mut self, row: usize) -> Result<Option<Dictionary>> {
        match self {
            Self::Same(dictionary) => Ok(Some(dictionary.clone())),
            Self::OfRows { lists, last } => {
                let Some(words) = lists.row(row) else { return Ok(None) };
                let words: Vec<&str> = words.collect();
                if let Some((known, dictionary)) = last
                    && *known == words
                {
                    return Ok(Some(dictionary.clone()));
                }
                let dictionary = dictionary(&words)?;
                *last = Some((words, dictionary.clone()));
                Ok(Some(dictionary))
            }
        }
    }
}

fn dictionary(words: &[&str]) -> Result<Dictionary> {
    if words.len() > WORDS_MAX {
        return exec_err!("zh_tokens takes up to {WORDS_MAX} words of your own, not {}", words.len());
    }
    Ok(Dictionary::with(words.iter().copied()))
}

fn split(texts: &ArrayRef, mut words: Words) -> Result<ArrayRef> {
    let texts = cast(texts, &DataType::Utf8View)?;
    let mut lists = ListBuilder::new(StringBuilder::new());
    for (row, text) in texts.as_string_view().iter().enumerate() {
        // What is null needs no dictionary.
        let cut = match text {
            Some(text) => words.of_row(row)?.map(|dictionary| dictionary.tokens(text)),
            None => None,
        };
        lists.append_option(cut.map(|words| words.map(Some)));
    }
    Ok(Arc::new(lists.finish()))
}

impl ScalarUDFImpl for Tokens {
    fn name(&self) -> &'static str {
        "zh_tokens"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        match given {
            [text] if is_text(text) => Ok(vec![DataType::Utf8View]),
            [text, words] if is_text(text) && is_text_list(words) => Ok(vec![DataType::Utf8View, text_list()]),
            _ => plan_err!("zh_tokens takes a text, and a list of words if you have words of your own"),
        }
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(text_list())
    }

    fn invoke_with_args(&self, mut arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        match arguments.args.get(1) {
            None => over_columns(&arguments, |columns| split(&columns[0], Words::Same(Dictionary::usual()))),
            // One list for all rows is not repeated for each.
            Some(ColumnarValue::Scalar(words)) if !words.is_null() => {
                let list = words.to_array()?;
                let words: Vec<&str> = Lists::of(&list)?.row(0).into_iter().flatten().collect();
                let dictionary = dictionary(&words)?;
                arguments.args.truncate(1);
                over_columns(&arguments, |columns| split(&columns[0], Words::Same(dictionary)))
            }
            Some(_) => over_columns(&arguments, |columns| {
                split(&columns[0], Words::OfRows { lists: Lists::of(&columns[1])?, last: None })
            }),
        }
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    documented(
        "The words of a Chinese text in their order, by the dictionary and the model of jieba; signs and blanks are none. Texts are \
         cut as they stand: `zh_tokens(zh_normalize(text))` gives equal words for equal texts.",
        "zh_tokens(text[, words])",
    )
    .with_sql_example(
        "```sql\nSELECT zh_tokens('新能源汽车电池生产线');\nSELECT zh_tokens('华芯储能电站', ['华芯', '储能电站']);\n```",
    )
    .with_argument("text", "Any text.")
    .with_argument(
        "words",
        "Words that the dictionary lacks, in the writing of the text: a list, or the names of a code table as `(SELECT \
         array_agg(zh_normalize(name)) FROM huitong.codes WHERE code_table = '…')`; up to 2 000. NULL gives NULL.",
    )
    .build()
});
