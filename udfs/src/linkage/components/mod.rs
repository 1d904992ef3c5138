//! `link_components(id_l, id_r)`: which records hang together by links.

pub mod contraction;
pub mod forest;
pub mod id;
pub mod rank;

#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, ListArray, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion_common::{Result, ScalarValue, exec_err, plan_err};
use datafusion_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion_expr::{Accumulator, AggregateUDFImpl, DocSection, Documentation, Signature, Volatility};

use self::forest::Forest;
use self::id::Id;

pub const LINK_COMPONENTS: &str = "link_components";

#[derive(Debug, PartialEq, Eq, Hash)]
pub struct LinkComponents {
    signature: Signature,
}

impl Default for LinkComponents {
    fn default() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

fn fields(of: &DataType) -> Fields {
    Fields::from(vec![Field::new("id", of.clone(), true), Field::new("cluster_id", of.clone(), true)])
}

impl AggregateUDFImpl for LinkComponents {
    fn name(&self) -> &'static str {
        LINK_COMPONENTS
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Both ends are texts if one is.
    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let [left, right] = given else { return plan_err!("{LINK_COMPONENTS} takes the two ends of a link") };
        let one = match (id::type_of(left)?, id::type_of(right)?) {
            (one, other) if one == other || right.is_null() => one,
            (_, other) if left.is_null() => other,
            _ => DataType::Utf8,
        };
        Ok(vec![one.clone(), one])
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        let of = given.first().unwrap_or(&DataType::Utf8);
        Ok(DataType::new_list(DataType::Struct(fields(of)), true))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(
            format_state_name(args.name, "sets"),
            args.return_field.data_type().clone(),
            true,
        ))])
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let DataType::List(item) = args.return_type() else {
            return exec_err!("{LINK_COMPONENTS} answers with a list");
        };
        let DataType::Struct(fields) = item.data_type() else { return exec_err!("{LINK_COMPONENTS} lists structs") };
        Ok(Box::new(Linked { fields: fields.clone(), forest: Forest::default(), text_bytes: 0 }))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}

#[derive(Debug)]
struct Linked {
    fields: Fields,
    forest: Forest<Id>,
    text_bytes: usize,
}

impl Linked {
    /// A link with one end is a record on its own.
    fn add(&mut self, left: &ArrayRef, right: &ArrayRef) -> Result<()> {
        for row in 0..left.len() {
            let before = self.forest.len();
            let (left, right) = (id::read(left, row)?, id::read(right, row)?);
            let bytes = left.as_ref().map_or(0, Id::bytes) + right.as_ref().map_or(0, Id::bytes);
            match (left, right) {
                (Some(left), Some(right)) => self.forest.link(left, right),
                (Some(one), None) | (None, Some(one)) => {
                    self.forest.add(one);
                }
                (None, None) => {}
            }
            if self.forest.len() > before {
                self.text_bytes += bytes;
            }
        }
        Ok(())
    }

    fn list(&mut self) -> Result<ScalarValue> {
        let sets = self.forest.sets();
        let of = self.fields.first().map_or(DataType::Utf8, |field| field.data_type().clone());
        let nodes = id::write(sets.iter().map(|(node, _)| node), &of);
        let names = id::write(sets.iter().map(|(_, name)| name), &of);
        let items: ArrayRef = Arc::new(StructArray::try_new(self.fields.clone(), vec![nodes, names], None)?);
        let field = Arc::new(Field::new_list_field(items.data_type().clone(), true));
        let list = ListArray::try_new(field, OffsetBuffer::from_lengths([items.len()]), items, None)?;
        Ok(ScalarValue::List(Arc::new(list)))
    }
}

impl Accumulator for Linked {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let [left, right] = values else { return exec_err!("{LINK_COMPONENTS} takes two columns") };
        self.add(left, right)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let Some(sets) = states.first() else { return exec_err!("a state without columns") };
        sets.as_list::<i32>().iter().flatten().try_for_each(|sets| match sets.as_struct().columns() {
            [nodes, names] => self.add(nodes, names),
            other => exec_err!("a state of {} columns", other.len()),
        })
    }

    /// The sets so far: at most one link per record, however many links there were.
    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.list()?])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.list()
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.forest.bytes() + self.text_bytes
    }
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    let section = DocSection { include: true, label: "Linkage Functions", description: None };
    Documentation::builder(
        section,
        "Connected components: returns one element per record with its `cluster_id`, the smallest identifier among all records that \
         it is linked to, directly or over others. A link with one NULL end is a record on its own.",
        "link_components(id_l, id_r)",
    )
    .with_sql_example("```sql\nSELECT unnest(link_components(id_l, id_r)) FROM links WHERE probability > 0.99;\n```")
    .with_argument("id_l", "BIGINT or VARCHAR.")
    .with_argument("id_r", "Of the same type.")
    .build()
});
