//! `one_to_one(id_l, id_r, weight)`: of weighted candidate links those that give no record two partners and weigh most together.

pub mod matching;
pub mod one_to_one;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, ListArray, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::compute::concat;
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Float64Type};
use datafusion_common::{Result, ScalarValue, exec_err, not_impl_err, plan_err};
use datafusion_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion_expr::{Accumulator, AggregateUDFImpl, DocSection, Documentation, Signature, Volatility};

use super::components::id::{self, Id};

pub const ONE_TO_ONE: &str = "one_to_one";

#[derive(Debug, PartialEq, Eq, Hash)]
pub struct OneToOne {
    signature: Signature,
}

impl Default for OneToOne {
    fn default() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

fn collected(left: &DataType, right: &DataType) -> Fields {
    let field = |name: &str, of: &DataType| Field::new(name, of.clone(), true);
    Fields::from(vec![field("id_l", left), field("id_r", right), field("weight", &DataType::Float64)])
}

fn answered(left: &DataType, right: &DataType) -> Fields {
    let exact = Arc::new(Field::new("exact", DataType::Boolean, true));
    collected(left, right).iter().cloned().chain([exact]).collect()
}

fn list_of(items: ArrayRef) -> Result<ScalarValue> {
    let field = Arc::new(Field::new_list_field(items.data_type().clone(), true));
    let list = ListArray::try_new(field, OffsetBuffer::from_lengths([items.len()]), items, None)?;
    Ok(ScalarValue::List(Arc::new(list)))
}

/// The types of the two identifiers, from the type of the answer.
fn sides(of: &DataType) -> Result<[DataType; 2]> {
    match of {
        DataType::List(item) => match item.data_type() {
            DataType::Struct(fields) if fields.len() > 1 => Ok([0, 1].map(|at| fields[at].data_type().clone())),
            other => exec_err!("{ONE_TO_ONE} lists structs, not {other}"),
        },
        other => exec_err!("{ONE_TO_ONE} answers with a list, not {other}"),
    }
}

impl AggregateUDFImpl for OneToOne {
    fn name(&self) -> &'static str {
        ONE_TO_ONE
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        match given {
            [left, right, weight] if weight.is_numeric() || weight.is_null() => {
                Ok(vec![id::type_of(left)?, id::type_of(right)?, DataType::Float64])
            }
            _ => plan_err!("{ONE_TO_ONE} takes the two ends of a link and its weight"),
        }
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        let [left, right, ..] = given else { return plan_err!("{ONE_TO_ONE} takes three arguments") };
        Ok(DataType::new_list(DataType::Struct(answered(left, right)), true))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let [left, right] = sides(args.return_field.data_type())?;
        let list = DataType::new_list(DataType::Struct(collected(&left, &right)), true);
        Ok(vec![Arc::new(Field::new(format_state_name(args.name, "links"), list, true))])
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        if args.is_distinct {
            return not_impl_err!("{ONE_TO_ONE} does not accept DISTINCT: of a repeated link the heaviest counts");
        }
        Ok(Box::new(Candidates { sides: sides(args.return_type())?, links: Vec::new() }))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}

#[derive(Debug)]
struct Candidates {
    sides: [DataType; 2],
    links: Vec<StructArray>,
}

impl Candidates {
    fn fields(&self) -> Fields {
        collected(&self.sides[0], &self.sides[1])
    }

    /// The heaviest of each pair, sorted; links without an end or a weight are none.
    fn sorted(&self) -> Result<BTreeMap<(Id, Id), f64>> {
        let mut sorted: BTreeMap<(Id, Id), f64> = BTreeMap::new();
        for links in &self.links {
            let [left, right, weights] = links.columns() else {
                return exec_err!("links of {} columns", links.num_columns());
            };
            let weights = weights.as_primitive::<Float64Type>();
            for row in (0..links.len()).filter(|row| weights.is_valid(*row)) {
                let weight = weights.value(row);
                if !weight.is_finite() {
                    return exec_err!("{ONE_TO_ONE} takes finite weights");
                }
                if let (Some(left), Some(right)) = (id::read(left, row)?, id::read(right, row)?) {
                    let heaviest = sorted.entry((left, right)).or_insert(weight);
                    *heaviest = heaviest.max(weight);
                }
            }
        }
        Ok(sorted)
    }
}

impl Accumulator for Candidates {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let links = StructArray::try_new(self.fields(), values.to_vec(), None)?;
        if !links.is_empty() {
            self.links.push(links);
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let Some(links) = states.first() else { return exec_err!("a state without columns") };
        self.links.extend(links.as_list::<i32>().iter().flatten().map(|links| links.as_struct().clone()));
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let all: Vec<&dyn Array> = self.links.iter().map(|links| links as &dyn Array).collect();
        let none = || Arc::new(StructArray::new_null(self.fields(), 0)) as ArrayRef;
        Ok(vec![list_of(if all.is_empty() { none() } else { concat(&all)? })?])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let sorted = self.sorted()?;
        let distinct = |ids: &mut dyn Iterator<Item = &Id>| {
            let mut ids: Vec<Id> = ids.cloned().collect();
            ids.sort_unstable();
            ids.dedup();
            ids
        };
        let lefts = distinct(&mut sorted.keys().map(|(left, _)| left));
        let rights = distinct(&mut sorted.keys().map(|(_, right)| right));
        let place = |of: &[Id], id: &Id| of.binary_search(id).unwrap_or(0);
        let candidates: Vec<(usize, usize, f64)> = sorted
            .iter()
            .map(|((left, right), weight)| (place(&lefts, left), place(&rights, right), *weight))
            .collect();
        let chosen = one_to_one::choose(&candidates, one_to_one::EXACT_MAX);
        let columns = vec![
            id::write(chosen.iter().map(|link| &lefts[link.left]), &self.sides[0]),
            id::write(chosen.iter().map(|link| &rights[link.right]), &self.sides[1]),
            Arc::new(chosen.iter().map(|link| Some(link.weight)).collect::<Float64Array>()),
            Arc::new(chosen.iter().map(|link| Some(link.is_exact)).collect::<BooleanArray>()),
        ];
        list_of(Arc::new(StructArray::try_new(answered(&self.sides[0], &self.sides[1]), columns, None)?))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.links.iter().map(Array::get_array_memory_size).sum::<usize>()
    }
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    let section = DocSection { include: true, label: "Linkage Functions", description: None };
    Documentation::builder(
        section,
        "One-to-one assignment: of candidate links those whose weights add up to the most while no record has two. Links of weight 0 \
         and below are not chosen. Returns one element per link. `exact` is false where records hang together in such numbers that \
         links were taken greedily, the heaviest first.",
        "one_to_one(id_l, id_r, weight)",
    )
    .with_sql_example("```sql\nSELECT unnest(one_to_one(id_l, id_r, weight)) FROM links WHERE probability > 0.9;\n```")
    .with_argument("id_l", "BIGINT or VARCHAR.")
    .with_argument("id_r", "BIGINT or VARCHAR; equal identifiers of the two sides are different records.")
    .with_argument("weight", "Match weight, DOUBLE.")
    .build()
});
