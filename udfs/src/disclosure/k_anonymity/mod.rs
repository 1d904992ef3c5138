//! `k_anonymity(quasi [, threshold [, sensitive]])`: in how large a crowd each record stands.
//!
//! Records that agree in all quasi-identifiers are a class. The smallest class is the k of k-anonymity (Sweeney, *k-anonymity: a model
//! for protecting privacy*, IJUFKS 10, 2002), the fewest distinct sensitive values of a class the l of distinct l-diversity
//! (Machanavajjhala et al., *l-diversity: privacy beyond k-anonymity*, TKDD 1, 2007). NULL is a value like others.

mod classes;

#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, AsArray, Int64Array, StructArray};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Int64Type};
use datafusion_common::{Result, ScalarValue, exec_err, not_impl_err, plan_err};
use datafusion_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion_expr::{Accumulator, AggregateUDFImpl, DocSection, Documentation, Signature, Volatility};

use self::classes::Classes;

pub const K_ANONYMITY: &str = "k_anonymity";
/// Classes below it are counted, if nothing else is asked.
const THRESHOLD: i64 = 10;

#[derive(Debug, PartialEq, Eq, Hash)]
pub struct KAnonymity {
    signature: Signature,
}

impl Default for KAnonymity {
    fn default() -> Self {
        let plain = || Signature::user_defined(Volatility::Immutable);
        let names = ["quasi", "threshold", "sensitive"].to_vec();
        // The names cannot be refused: they differ, and a user-defined signature takes any number of them.
        Self { signature: plain().with_parameter_names(names).unwrap_or_else(|_| plain()) }
    }
}

fn answer() -> Fields {
    ["k_min", "n_below", "l_min"].iter().map(|name| Field::new(*name, DataType::Int64, true)).collect()
}

impl AggregateUDFImpl for KAnonymity {
    fn name(&self) -> &'static str {
        K_ANONYMITY
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let is_list =
            |of: &DataType| matches!(of, DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..));
        let wanted = [DataType::new_list(DataType::Utf8, true), DataType::Int64, DataType::Utf8];
        match given.first() {
            Some(first) if (is_list(first) || first.is_null()) && given.len() <= wanted.len() => {
                Ok(wanted.into_iter().take(given.len()).collect())
            }
            _ => plan_err!("{K_ANONYMITY} takes a list of quasi-identifiers [, threshold [, sensitive value]]"),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Struct(answer()))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let field = |part: &str, of: DataType| Arc::new(Field::new(format_state_name(args.name, part), of, true));
        Ok(classes::state().into_iter().map(|(part, of)| field(part, of)).collect())
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        match args.is_distinct {
            true => not_impl_err!("{K_ANONYMITY} does not accept DISTINCT: equal records are what it counts"),
            false => Ok(Box::new(Counted::default())),
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
struct Counted {
    threshold: Option<i64>,
    classes: Classes,
}

impl Counted {
    fn add_threshold(&mut self, given: &ArrayRef) -> Result<()> {
        for threshold in given.as_primitive::<Int64Type>().iter().flatten() {
            match self.threshold {
                Some(known) if known == threshold => {}
                None if threshold > 0 => self.threshold = Some(threshold),
                None => return exec_err!("the threshold of {K_ANONYMITY} is above 0"),
                Some(_) => return exec_err!("the threshold of {K_ANONYMITY} is the same for all rows"),
            }
        }
        Ok(())
    }
}

impl Accumulator for Counted {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let (Some(quasi), sensitive) = (values.first(), values.get(2)) else {
            return exec_err!("{K_ANONYMITY} got no list");
        };
        values.get(1).map_or(Ok(()), |threshold| self.add_threshold(threshold))?;
        self.classes.add(quasi.as_list(), sensitive.map(AsArray::as_string));
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let Some((threshold, classes)) = states.split_first() else { return exec_err!("a state without columns") };
        self.add_threshold(threshold)?;
        self.classes.merge(classes)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let threshold = ScalarValue::Int64(self.threshold);
        Ok(std::iter::once(threshold).chain(self.classes.write()?).collect())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let told = self.classes.told(self.threshold.unwrap_or(THRESHOLD));
        // Without a sensitive value there are none to count; with it, each record has one.
        let fewest = told.fewest_values.filter(|fewest| *fewest > 0);
        let columns: Vec<ArrayRef> = [told.smallest, Some(told.below), fewest]
            .into_iter()
            .map(|number| Arc::new(Int64Array::from(vec![number])) as ArrayRef)
            .collect();
        Ok(ScalarValue::Struct(Arc::new(StructArray::try_new(answer(), columns, None)?)))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.classes.bytes()
    }
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    let section = DocSection { include: true, label: "Disclosure Control Functions", description: None };
    Documentation::builder(
        section,
        "How anonymous records are: `k_min`, the size of the smallest class of records that agree in all quasi-identifiers; \
         `n_below`, how many records are in classes below the threshold; `l_min`, the fewest distinct sensitive values of a class \
         (NULL without that argument). NULL is a value like others.",
        "k_anonymity(quasi [, threshold [, sensitive]])",
    )
    .with_sql_example("```sql\nSELECT k_anonymity([district, birth_year, sex], 10, diagnosis) FROM patients;\n```")
    .with_argument("quasi", "List of what others may know of a person.")
    .with_argument("threshold", "Classes smaller than this are counted, 10 if not given.")
    .with_argument("sensitive", "What they must not learn.")
    .build()
});
