//! `idf_build(words)`: in how many lists each word occurs, as one value.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion_common::{Result, ScalarValue, exec_err, not_impl_err, plan_err};
use datafusion_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion_expr::{Accumulator, AggregateUDFImpl, Documentation, Signature, Volatility};

use super::{Lists, documented, is_text_list, text_list};
use crate::text::frequency::{Counter, Frequencies};

/// The aggregate function. It has no state: equal everywhere it is registered.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct IdfBuild {
    signature: Signature,
}

impl Default for IdfBuild {
    fn default() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl AggregateUDFImpl for IdfBuild {
    fn name(&self) -> &'static str {
        "idf_build"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        match given {
            [words] if is_text_list(words) => Ok(vec![text_list()]),
            _ => plan_err!("idf_build takes a list of texts"),
        }
    }

    /// Views of bytes: where one value stands beside many rows, its bytes are there once.
    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::BinaryView)
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format_state_name(args.name, "counts"), DataType::Binary, true))])
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        match args.is_distinct {
            true => not_impl_err!("idf_build does not accept DISTINCT: equal texts count as often as they occur"),
            false => Ok(Box::new(Counting::default())),
        }
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}

#[derive(Debug, Default)]
struct Counting(Counter);

impl Accumulator for Counting {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let [words] = values else { return exec_err!("idf_build takes one list") };
        let lists = Lists::of(words)?;
        (0..words.len()).filter_map(|row| lists.row(row)).for_each(|words| self.0.add(words));
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [states] = states else { return exec_err!("a state of {} columns", states.len()) };
        for bytes in states.as_binary::<i32>().iter().flatten() {
            let Some(counts) = Frequencies::read(bytes) else {
                return exec_err!("a state that idf_build did not write");
            };
            self.0.merge(&counts);
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::Binary(Some(self.0.to_bytes()))])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::BinaryView(Some(self.0.to_bytes())))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.0.bytes()
    }
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    documented(
        "Counts in how many lists each text occurs, for `token_idf`, `token_cosine`, `token_bm25` and `rare_tokens`: one value of 12 bytes \
         for each text that occurs. It does not depend on the order of the rows. Lists that are NULL are not counted.",
        "idf_build(words)",
    )
    .with_sql_example("```sql\nCREATE TABLE weights AS SELECT idf_build(zh_tokens(title)) AS idf FROM projects;\n```")
    .with_argument("words", "List of texts: the words of one document.")
    .build()
});
