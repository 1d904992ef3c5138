//! `link_explain(model, l, r)`: why a pair weighs what it weighs.

use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, Float64Builder, ListArray, StringBuilder, StructArray, new_null_array};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion_common::{Result, plan_err};
use datafusion_expr::{
    ColumnarValue, DocSection, Documentation, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::super::model::{Line, explain};
use super::call::{self, Call};

const NAME: &str = "link_explain";

#[derive(Debug, PartialEq, Eq, Hash)]
pub struct LinkExplain {
    signature: Signature,
}

impl Default for LinkExplain {
    fn default() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

fn fields() -> Fields {
    let number = |name: &str| Field::new(name, DataType::Float64, true);
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    Fields::from(vec![text("field"), text("level"), number("weight"), number("tf_weight"), number("total")])
}

fn item() -> FieldRef {
    Arc::new(Field::new_list_field(DataType::Struct(fields()), true))
}

impl ScalarUDFImpl for LinkExplain {
    fn name(&self) -> &'static str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        call::coerce(NAME, given)
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        plan_err!("{NAME} is asked by its fields")
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        call::checked(NAME, &args, DataType::List(item()), true)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let Some(call) = Call::new(NAME, &args)? else {
            return Ok(ColumnarValue::Array(new_null_array(&DataType::List(item()), args.number_rows)));
        };
        let (levels, terms) = (call.levels(NAME)?, call.terms(NAME)?);
        let mut lines = Lines::default();
        for row in 0..args.number_rows {
            let values: Vec<i8> = levels.iter().map(|values| values[row]).collect();
            let of_pair = call.is_present(row).then(|| explain(&call.model, &values, |field| terms.of(field, row)));
            lines.push(of_pair.unwrap_or_default());
        }
        Ok(ColumnarValue::Array(Arc::new(lines.finish(call.present)?)))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}

/// Lines of all pairs, column by column.
#[derive(Default)]
struct Lines {
    lengths: Vec<usize>,
    texts: [StringBuilder; 2],
    numbers: [Float64Builder; 3],
}

impl Lines {
    fn push(&mut self, lines: Vec<Line>) {
        self.lengths.push(lines.len());
        for Line { field, level, weight, term_weight, total } in lines {
            self.texts[0].append_value(field);
            self.texts[1].append_option(level);
            self.numbers.iter_mut().zip([weight, term_weight, total]).for_each(|(to, number)| to.append_value(number));
        }
    }

    fn finish(mut self, present: Option<arrow::buffer::NullBuffer>) -> Result<ListArray> {
        let texts = self.texts.iter_mut().map(|texts| Arc::new(texts.finish()) as ArrayRef);
        let numbers = self.numbers.iter_mut().map(|numbers| Arc::new(numbers.finish()) as ArrayRef);
        let rows = StructArray::try_new(fields(), texts.chain(numbers).collect(), None)?;
        Ok(ListArray::try_new(item(), OffsetBuffer::from_lengths(self.lengths), Arc::new(rows), present)?)
    }
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    let section = DocSection { include: true, label: "Linkage Functions", description: None };
    Documentation::builder(
        section,
        "Why a pair weighs what it weighs, as the steps of a waterfall: first the prior, then one row for each comparison with the label \
         of its level, its weight in bits, what the frequency of the value adds to it, and the total so far; the last total is the \
         weight of `link_score`. NULL if a row is.",
        "link_explain(model, l, r)",
    )
    .with_sql_example("```sql\nSELECT unnest(link_explain(model, l, r)) FROM pairs WHERE id_l = 17 AND id_r = 4;\n```")
    .with_argument("model", "As of `link_score`.")
    .with_argument("l", "As of `link_score`.")
    .with_argument("r", "As of `link_score`.")
    .build()
});
