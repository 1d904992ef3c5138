//! `sdc_protect(options, dims, grouping, value [, contributors [, top [, key]]])`: a whole table of cells becomes one that may be
//! published.
//!
//! Partial aggregation only collects the cells; the last step sorts them into a table, so that order and partitions do not matter.

mod cells;
mod columns;
mod options;
mod solve;

#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, StructArray};
use arrow::compute::concat;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion_common::{Result, ScalarValue, exec_datafusion_err, exec_err, not_impl_err, plan_err};
use datafusion_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion_expr::{Accumulator, AggregateUDFImpl, DocSection, Documentation, Signature, Volatility};

use self::options::Options;
use super::table::{CELLS_MAX, Error};

pub const SDC_PROTECT: &str = "sdc_protect";

#[derive(Debug, PartialEq, Eq, Hash)]
pub struct SdcProtect {
    signature: Signature,
}

impl Default for SdcProtect {
    fn default() -> Self {
        let plain = || Signature::user_defined(Volatility::Immutable);
        let names = ["options", "dims", "grouping", "value", "contributors", "top", "key"].to_vec();
        // The names cannot be refused: they differ, and a user-defined signature takes any number of them.
        Self { signature: plain().with_parameter_names(names).unwrap_or_else(|_| plain()) }
    }
}

impl AggregateUDFImpl for SdcProtect {
    fn name(&self) -> &'static str {
        SDC_PROTECT
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let wanted = columns::arguments();
        match (4..=wanted.len()).contains(&given.len()) {
            true => Ok(wanted.into_iter().take(given.len()).collect()),
            false => plan_err!("{SDC_PROTECT} takes options, dims, grouping, value [, contributors [, top [, key]]]"),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(columns::answer())
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let field = |part: &str, of: DataType| Arc::new(Field::new(format_state_name(args.name, part), of, true));
        let cells = DataType::new_list(DataType::Struct(columns::cell()), true);
        Ok(vec![field("options", DataType::Utf8), field("cells", cells)])
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        match args.is_distinct {
            true => {
                not_impl_err!("{SDC_PROTECT} does not accept DISTINCT: a cell that is given twice is told, not dropped")
            }
            false => Ok(Box::new(Collected::default())),
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
struct Collected {
    options: Option<String>,
    cells: Vec<StructArray>,
    count: usize,
}

impl Collected {
    fn add(&mut self, cells: StructArray) -> Result<()> {
        self.count += cells.len();
        if self.count > CELLS_MAX {
            return Err(told(&Error::Size));
        }
        if !cells.is_empty() {
            self.cells.push(cells);
        }
        Ok(())
    }

    fn add_options(&mut self, texts: &ArrayRef) -> Result<()> {
        for text in texts.as_string::<i32>().iter().flatten() {
            match &self.options {
                Some(options) if options == text => {}
                Some(_) => return exec_err!("{SDC_PROTECT} takes options that are the same for all cells"),
                None => self.options = Some(text.to_owned()),
            }
        }
        Ok(())
    }

    fn whole(&self) -> Result<StructArray> {
        if self.cells.is_empty() {
            return Ok(StructArray::new_null(columns::cell(), 0));
        }
        let all: Vec<&dyn Array> = self.cells.iter().map(|cells| cells as &dyn Array).collect();
        Ok(concat(&all)?.as_struct().clone())
    }
}

impl Accumulator for Collected {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let Some((options, given)) = values.split_first() else { return exec_err!("{SDC_PROTECT} got no arguments") };
        self.add_options(options)?;
        self.add(columns::pack(given, options.len())?)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [options, cells] = states else {
            return exec_err!("{SDC_PROTECT} got a state of {} columns", states.len());
        };
        self.add_options(options)?;
        cells.as_list::<i32>().iter().flatten().try_for_each(|cells| self.add(cells.as_struct().clone()))
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let cells = columns::list_of(Arc::new(self.whole()?))?;
        Ok(vec![ScalarValue::Utf8(self.options.clone()), ScalarValue::List(Arc::new(cells))])
    }

    /// An empty list for no cells.
    fn evaluate(&mut self) -> Result<ScalarValue> {
        let given = columns::unpack(&self.whole()?)?;
        let options = Options::read(self.options.as_deref().unwrap_or("{}")).map_err(|error| told(&error))?;
        let list = match given.is_empty() {
            true => columns::list_of(Arc::new(StructArray::new_null(columns::shown(), 0)))?,
            false => {
                let (cells, shown) = solve::protect(&given, &options).map_err(|error| told(&error))?;
                columns::write(&cells, &shown)?
            }
        };
        Ok(ScalarValue::List(Arc::new(list)))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.cells.iter().map(Array::get_array_memory_size).sum::<usize>()
    }
}

fn told(error: &Error) -> datafusion_common::DataFusionError {
    exec_datafusion_err!("{SDC_PROTECT}: {error}")
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    let section = DocSection { include: true, label: "Disclosure Control Functions", description: None };
    Documentation::builder(
        section,
        "Protects a table of counts or amounts with its totals, so that it can be published. Takes one row per cell and returns one \
         element per cell of the complete table, empty ones included: `dims`, `grouping`, `value` (NULL if it is not published), \
         `flag` (`published`, `suppressed`, `perturbed`, `rounded`, `impossible`) and `reason`. Fails if the table cannot be \
         protected, if totals are not sums, and beyond 100 000 cells.",
        "sdc_protect(options, dims, grouping, value [, contributors [, top [, key]]])",
    )
    .with_sql_example(
        "```sql\nSELECT unnest(sdc_protect('{\"min_cell\":10}', [district, sex], g, n))\nFROM (SELECT district, sex, \
         grouping(district, sex) AS g, count(*) AS n FROM persons GROUP BY CUBE (district, sex));\n```",
    )
    .with_argument(
        "options",
        "JSON. `method`: `suppress` (default; `min_cell` 10, `zeros` `group`, `publish` or `protect`, `dominance`, `p_percent`, \
         `explain`), `cell_key` (`max_noise` 5, `variance` 3, `smallest` 2) or `round` (`base` 3, 5 or 10).",
    )
    .with_argument("dims", "List of the cell's categories; NULL is a category too, where `grouping` does not say total.")
    .with_argument("grouping", "`grouping(…)` of the dimensions: a bit is set where the cell is a total, the last dimension lowest.")
    .with_argument("value", "Count or amount, not below 0; NULL for a cell that everybody knows to be impossible.")
    .with_argument("contributors", "Makes it a table of amounts: how many contributed, for all cells and totals.")
    .with_argument("top", "The two largest contributions, for `dominance` and `p_percent`.")
    .with_argument("key", "The sum of `record_key` of the cell's records, for `cell_key` and `round`.")
    .build()
});
