//! `cluster_metrics(cluster, truth)`: how well clusters agree with the truth; and, as plain functions, how well they hang together.

pub mod agreement;
pub mod shape;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, ListArray, StringArray, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Int64Type};
use datafusion_common::{DataFusionError, Result, ScalarValue, exec_err, not_impl_err, plan_err};
use datafusion_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion_expr::{Accumulator, AggregateUDFImpl, DocSection, Documentation, Signature, Volatility};

use self::agreement::{Agreement, agreement};
use super::components::id;

pub const CLUSTER_METRICS: &str = "cluster_metrics";

#[derive(Debug, PartialEq, Eq, Hash)]
pub struct ClusterMetrics {
    signature: Signature,
}

impl Default for ClusterMetrics {
    fn default() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

const COUNTS: [&str; 4] = ["records", "clusters", "true_clusters", "largest"];
const SCORES: [&str; 6] = ["pair_precision", "pair_recall", "pair_f1", "b3_precision", "b3_recall", "b3_f1"];

fn answer() -> Fields {
    let count = |name: &&str| Field::new(*name, DataType::Int64, true);
    let score = |name: &&str| Field::new(*name, DataType::Float64, true);
    COUNTS.iter().map(count).chain(SCORES.iter().map(score)).collect()
}

impl AggregateUDFImpl for ClusterMetrics {
    fn name(&self) -> &'static str {
        CLUSTER_METRICS
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Names only: numbers are read as their digits.
    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        match given {
            [cluster, truth] => [cluster, truth].iter().map(|of| id::type_of(of).map(|_| DataType::Utf8)).collect(),
            _ => plan_err!("{CLUSTER_METRICS} takes the cluster and the true cluster of each record"),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Struct(answer()))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let field = |part: &str, of: DataType| {
            Arc::new(Field::new(format_state_name(args.name, part), DataType::new_list(of, true), true))
        };
        Ok(vec![field("clusters", DataType::Utf8), field("truths", DataType::Utf8), field("records", DataType::Int64)])
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        match args.is_distinct {
            true => not_impl_err!("{CLUSTER_METRICS} does not accept DISTINCT: each record counts"),
            false => Ok(Box::new(Shared::default())),
        }
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}

/// Records by cluster and true cluster; NULL is a cluster like others.
#[derive(Debug, Default)]
struct Shared {
    counts: BTreeMap<(Option<String>, Option<String>), u64>,
    bytes: usize,
}

impl Shared {
    fn add(&mut self, clusters: &ArrayRef, truths: &ArrayRef, count: impl Fn(usize) -> u64) {
        let (clusters, truths) = (clusters.as_string::<i32>(), truths.as_string::<i32>());
        for (row, (cluster, truth)) in clusters.iter().zip(truths).enumerate() {
            let bytes = cluster.map_or(0, str::len) + truth.map_or(0, str::len) + size_of::<[Option<String>; 2]>();
            let before = self.counts.len();
            *self.counts.entry((cluster.map(str::to_owned), truth.map(str::to_owned))).or_default() += count(row);
            self.bytes += if self.counts.len() > before { bytes } else { 0 };
        }
    }
}

impl Accumulator for Shared {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let [clusters, truths] = values else { return exec_err!("{CLUSTER_METRICS} takes two columns") };
        self.add(clusters, truths, |_| 1);
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [clusters, truths, records] = states else { return exec_err!("a state of {} columns", states.len()) };
        for row in (0..clusters.len()).filter(|row| clusters.is_valid(*row)) {
            let [clusters, truths, records] =
                [clusters, truths, records].map(|column| column.as_list::<i32>().value(row));
            let records = records.as_primitive::<Int64Type>();
            self.add(&clusters, &truths, |row| records.value(row).unsigned_abs());
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let clusters: StringArray = self.counts.keys().map(|(cluster, _)| cluster.as_deref()).collect();
        let truths: StringArray = self.counts.keys().map(|(_, truth)| truth.as_deref()).collect();
        let records: Int64Array = self.counts.values().map(|count| i64::try_from(*count).ok()).collect();
        let list = |items: ArrayRef| {
            let field = Arc::new(Field::new_list_field(items.data_type().clone(), true));
            let list = ListArray::try_new(field, OffsetBuffer::from_lengths([items.len()]), items, None)?;
            Ok::<_, DataFusionError>(ScalarValue::List(Arc::new(list)))
        };
        Ok(vec![list(Arc::new(clusters))?, list(Arc::new(truths))?, list(Arc::new(records))?])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let Agreement { records, clusters, true_clusters, pairs, b_cubed, largest } = agreement(&self.counts);
        let counts = [records, clusters, true_clusters, largest].map(|count| i64::try_from(count).ok());
        let scores = [pairs, b_cubed].map(|score| [score.precision, score.recall, score.f1]);
        let score =
            |score: &f64| Arc::new(Float64Array::from(vec![Some(*score).filter(|score| !score.is_nan())])) as ArrayRef;
        let columns = counts.iter().map(|count| Arc::new(Int64Array::from(vec![*count])) as ArrayRef);
        let columns = columns.chain(scores.iter().flatten().map(score)).collect();
        Ok(ScalarValue::Struct(Arc::new(StructArray::try_new(answer(), columns, None)?)))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.bytes
    }
}

static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    let section = DocSection { include: true, label: "Linkage Functions", description: None };
    Documentation::builder(
        section,
        "Scores clusters against the truth: precision, recall and F1 of pairs of records (`pair_…`) and of records (B-cubed, `b3_…`), \
         with the numbers of records, clusters and true clusters and the size of the largest cluster. NULL is a cluster like others.",
        "cluster_metrics(cluster, truth)",
    )
    .with_sql_example("```sql\nSELECT cluster_metrics(c.cluster_id, t.person) FROM clusters c JOIN truth t USING (id);\n```")
    .with_argument("cluster", "BIGINT or VARCHAR: the cluster that a record was put in.")
    .with_argument("truth", "BIGINT or VARCHAR: the one that it belongs to.")
    .build()
});
