//! `link_fit(spec, session, pattern, n)`: a model from counts of patterns.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion_common::utils::SingleRowListArrayBuilder;
use datafusion_common::{Result, ScalarValue, exec_datafusion_err, exec_err, not_impl_err, plan_err};
use datafusion_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion_expr::{Accumulator, AggregateUDFImpl, DocSection, Documentation, Signature, Volatility};

use super::super::em::{Counts, fit};
use super::cache;

const NAME: &str = "link_fit";

#[derive(Debug, PartialEq, Eq, Hash)]
pub struct LinkFit {
    signature: Signature,
}

impl Default for LinkFit {
    fn default() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl AggregateUDFImpl for LinkFit {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let is_text = |given: &DataType| given.is_string() || given.is_null();
        let is_whole = |given: &DataType| given.is_integer() || given.is_null();
        match given {
            [spec, session, pattern, n] if is_text(spec) && is_text(session) && is_whole(pattern) && is_whole(n) => {
                Ok(vec![DataType::Utf8, DataType::Utf8, DataType::Int64, DataType::Int64])
            }
            _ => plan_err!("{NAME} takes a specification, the name of a session, a pattern and how many pairs have it"),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let list = |part: &str, item| {
            let item = Arc::new(Field::new_list_field(item, true));
            Arc::new(Field::new(format_state_name(args.name, part), DataType::List(item), true))
        };
        Ok(vec![
            list("specs", DataType::Utf8),
            list("sessions", DataType::Utf8),
            list("patterns", DataType::Int64),
            list("counts", DataType::Int64),
        ])
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        match args.is_distinct {
            true => not_impl_err!("{NAME} does not accept DISTINCT: equal counts are of different pairs"),
            false => Ok(Box::new(Fitting::default())),
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
struct Fitting {
    spec: Option<String>,
    counts: Counts,
}

impl Fitting {
    /// One specification for all rows.
    fn agree(&mut self, spec: &str) -> Result<()> {
        match &self.spec {
            Some(known) if known == spec => Ok(()),
            Some(_) => exec_err!("{NAME}: the specification must be the same in all rows"),
            None => {
                self.spec = Some(spec.to_owned());
                Ok(())
            }
        }
    }

    /// A null pattern counts pairs whose levels do not matter.
    fn add(&mut self, sessions: &StringArray, patterns: &Int64Array, counts: &Int64Array) -> Result<()> {
        for row in (0..sessions.len()).filter(|row| sessions.is_valid(*row) && counts.is_valid(*row)) {
            let pattern = if patterns.is_valid(row) { patterns.value(row) } else { 0 };
            match u64::try_from(counts.value(row)) {
                Ok(pairs) => self.counts.add(sessions.value(row), pattern, pairs),
                Err(_) => return exec_err!("{NAME}: {} pairs cannot be", counts.value(row)),
            }
        }
        Ok(())
    }
}

impl Accumulator for Fitting {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let [specs, sessions, patterns, counts] = values else { return exec_err!("{NAME} takes four arguments") };
        let (specs, sessions) = (cast(specs, &DataType::Utf8)?, cast(sessions, &DataType::Utf8)?);
        specs.as_string::<i32>().iter().flatten().try_for_each(|spec| self.agree(spec))?;
        self.add(sessions.as_string(), patterns.as_primitive::<Int64Type>(), counts.as_primitive::<Int64Type>())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [specs, sessions, patterns, counts] = states else {
            return exec_err!("a state of {} columns", states.len());
        };
        for row in 0..specs.len() {
            let one = |array: &ArrayRef| array.as_list::<i32>().value(row);
            one(specs).as_string::<i32>().iter().flatten().try_for_each(|spec| self.agree(spec))?;
            let (sessions, patterns, counts) = (one(sessions), one(patterns), one(counts));
            self.add(sessions.as_string(), patterns.as_primitive::<Int64Type>(), counts.as_primitive::<Int64Type>())?;
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let list =
            |array: ArrayRef| ScalarValue::List(Arc::new(SingleRowListArrayBuilder::new(array).build_list_array()));
        let sessions: StringArray = self.counts.iter().map(|(session, ..)| Some(session)).collect();
        let patterns: Int64Array = self.counts.iter().map(|(_, pattern, _)| Some(pattern)).collect();
        let most = |pairs: u64| i64::try_from(pairs).unwrap_or(i64::MAX);
        let counts: Int64Array = self.counts.iter().map(|(.., pairs)| Some(most(pairs))).collect();
        let specs: StringArray = self.spec.iter().map(Some).collect();
        Ok(vec![list(Arc::new(specs)), list(Arc::new(sessions)), list(Arc::new(patterns)), list(Arc::new(counts))])
    }

    /// Nothing of no rows.
    fn evaluate(&mut self) -> Result<ScalarValue> {
        let Some(spec) = &self.spec else { return Ok(ScalarValue::Utf8(None)) };
        let refused = |error| exec_datafusion_err!("{NAME}: {error}");
        let spec = cache::model(spec).map_err(refused)?.spec.clone();
        Ok(ScalarValue::Utf8(Some(fit(spec, &self.counts).map_err(refused)?.to_json())))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.spec.as_ref().map_or(0, String::len) + self.counts.bytes()
    }
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    let section = DocSection { include: true, label: "Linkage Functions", description: None };
    Documentation::builder(
        section,
        "Learns a model of linkage from how many pairs have which pattern, and answers its JSON. `session` says where pairs come from: \
         `$sample`, pairs taken at random, for `u`; the name of a session of the specification, for `m` by expectation and \
         maximisation; `$matches`, pairs that are known to match, for `m`; `$deterministic` and `$pairs`, how many pairs the rules \
         of the prior join and how many there are, for the prior. The result does not depend on the order of the rows.",
        "link_fit(spec, session, pattern, n)",
    )
    .with_sql_example("```sql\nSELECT link_fit(spec, session, pattern, n) AS model FROM counted;\n```")
    .with_argument("spec", "Specification of linkage, JSON; the same for all rows.")
    .with_argument("session", "Where the pairs come from.")
    .with_argument("pattern", "Pattern of `link_levels`; NULL where it does not matter.")
    .with_argument("n", "How many pairs have it.")
    .build()
});
