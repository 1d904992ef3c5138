//! `ngrams(text, n)`, `zh_quantities(text)`: the pieces of texts.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, ListBuilder, StringBuilder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use datafusion_common::{Result, exec_err, plan_err};
use datafusion_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use super::{documented, is_text, over_columns, text_list};
use crate::text::{ngrams, quantities};

/// The longest runs of characters that can be asked for: a text of a megabyte would have as many of them as it has characters.
const LENGTH_MAX: i64 = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Asked {
    Runs,
    Quantities,
}

/// A text as a list.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Pieces {
    asked: Asked,
    signature: Signature,
}

impl Pieces {
    /// `ngrams(text, n)`: runs of characters.
    pub fn ngrams() -> Self {
        Self::of(Asked::Runs)
    }

    /// `zh_quantities(text)`: amounts with their units.
    pub fn quantities() -> Self {
        Self::of(Asked::Quantities)
    }

    fn of(asked: Asked) -> Self {
        Self { asked, signature: Signature::user_defined(Volatility::Immutable) }
    }

    fn split(&self, columns: &[ArrayRef]) -> Result<ArrayRef> {
        let Some((texts, lengths)) = columns.split_first() else { return exec_err!("{} takes a text", self.name()) };
        let texts = cast(texts, &DataType::Utf8View)?;
        let texts = texts.as_string_view();
        let lengths = lengths.first().map(|lengths| cast(lengths, &DataType::Int64)).transpose()?;
        let mut lists = ListBuilder::new(StringBuilder::new());
        for (row, text) in texts.iter().enumerate() {
            let length = lengths.as_ref().map_or(Ok(Some(0)), |lengths| length(lengths, row))?;
            let (Some(text), Some(length)) = (text, length) else {
                lists.append_null();
                continue;
            };
            match self.asked {
                Asked::Runs => ngrams::ngrams(text, length).for_each(|run| lists.values().append_value(run)),
                Asked::Quantities => {
                    quantities::quantities(text).iter().for_each(|amount| lists.values().append_value(amount));
                }
            }
            lists.append(true);
        }
        Ok(Arc::new(lists.finish()))
    }
}

fn length(lengths: &ArrayRef, row: usize) -> Result<Option<usize>> {
    let lengths = lengths.as_primitive::<Int64Type>();
    match lengths.is_valid(row).then(|| lengths.value(row)) {
        None => Ok(None),
        Some(n @ 1..=LENGTH_MAX) => Ok(Some(n as usize)),
        Some(n) => exec_err!("ngrams takes runs of 1 to {LENGTH_MAX} characters, not {n}"),
    }
}

impl ScalarUDFImpl for Pieces {
    fn name(&self) -> &'static str {
        match self.asked {
            Asked::Runs => "ngrams",
            Asked::Quantities => "zh_quantities",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        match (self.asked, given) {
            (Asked::Quantities, [text]) if is_text(text) => Ok(vec![DataType::Utf8View]),
            (Asked::Runs, [text, n]) if is_text(text) && (n.is_integer() || n.is_null()) => {
                Ok(vec![DataType::Utf8View, DataType::Int64])
            }
            (Asked::Runs, _) => plan_err!("ngrams takes a text and a whole number"),
            _ => plan_err!("{} takes a text", self.name()),
        }
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(text_list())
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        over_columns(&arguments, |columns| self.split(columns))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(match self.asked {
            Asked::Runs => &NGRAMS,
            Asked::Quantities => &QUANTITIES,
        })
    }
}

static NGRAMS: LazyLock<Documentation> = LazyLock::new(|| {
    documented(
        "The runs of `n` characters of a text, from left to right, blanks included. A shorter text is its only run; an empty one has \
         none.",
        "ngrams(text, n)",
    )
    .with_sql_example("```sql\nSELECT ngrams('生产线', 2);\n-- [生产, 产线]\n```")
    .with_argument("text", "Any text.")
    .with_argument("n", "Characters of a run, 1 to 16.")
    .build()
});

static QUANTITIES: LazyLock<Documentation> = LazyLock::new(|| {
    documented(
        "The amounts of a text with their units, in one writing: digits or Chinese numbers, with 万 and 亿 written out. Numbers without a \
         unit of huitong's list are none.",
        "zh_quantities(text)",
    )
    .with_sql_example("```sql\nSELECT zh_quantities('年产300万支，总投资1.25亿元');\n-- [3000000支, 125000000元]\n```")
    .with_argument("text", "Any text.")
    .build()
});
