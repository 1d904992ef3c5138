//! `search('…')` as a table: what a clerk finds in the catalogue by words.

use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch};
use datafusion::catalog::{TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::{ScalarValue, plan_err};
use datafusion::datasource::MemTable;
use datafusion::error::Result;
use datafusion::logical_expr::Expr;
use huitong_catalog::contracts::Hit;
use huitong_catalog::names::TableName;

use crate::error::into_datafusion;
use crate::guard::access::Access;
use crate::system::{batch, text};

/// The function's name.
pub const SEARCH: &str = "search";
/// Hits, unless a second argument says how many.
const HITS: usize = 50;

/// The function as a principal may ask it.
#[derive(Debug)]
pub struct Search {
    access: Access,
}

impl Search {
    pub fn new(access: Access) -> Self {
        Self { access }
    }
}

impl TableFunctionImpl for Search {
    fn call_with_args(&self, arguments: TableFunctionArgs<'_, '_>) -> Result<Arc<dyn TableProvider>> {
        let (words, limit) = match arguments.exprs() {
            [words] => (text_of(words)?, HITS),
            [words, limit] => (text_of(words)?, number_of(limit)?),
            _ => return plan_err!("`{SEARCH}` takes words, and how many hits there may be"),
        };
        // Those of the statement: rights of one model about columns of another would name what is hidden.
        let contracts = self.access.contracts();
        let sees = |dataset: &TableName| self.access.knows(dataset);
        let mut hits =
            contracts.index().search(&words, sees, huitong_catalog::contracts::HITS_MAX).map_err(into_datafusion)?;
        // A column that is not there is not found.
        hits.retain(|hit| match (&hit.dataset, &hit.name) {
            (Some(dataset), Some(name)) => {
                self.access.columns(dataset).is_none_or(|columns| columns.contains(name.as_str()))
            }
            _ => true,
        });
        hits.truncate(limit);
        let rows = rows(&hits).map_err(into_datafusion)?;
        Ok(Arc::new(MemTable::try_new(rows.schema(), vec![vec![rows]])?))
    }
}

/// Best first; `rank` keeps that order through a sort.
fn rows(hits: &[Hit]) -> huitong_catalog::Result<RecordBatch> {
    let dataset = hits.iter().map(|hit| hit.dataset.as_ref().map(ToString::to_string)).collect::<Vec<_>>();
    let grade = hits.iter().map(|hit| hit.grade.map(|grade| grade.to_string())).collect::<Vec<_>>();
    let ranks = (1..).take(hits.len()).collect::<Int64Array>();
    batch(vec![
        ("rank", Arc::new(ranks)),
        ("kind", text(hits.iter().map(|hit| Some(hit.kind.as_str())))),
        ("dataset", text(dataset.iter().map(Option::as_deref))),
        ("name", text(hits.iter().map(|hit| hit.name.as_deref()))),
        ("zh", text(hits.iter().map(|hit| Some(&*hit.labels.zh)))),
        ("en", text(hits.iter().map(|hit| Some(&*hit.labels.en)))),
        ("grade", text(grade.iter().map(Option::as_deref))),
    ])
}

fn text_of(expression: &Expr) -> Result<String> {
    match expression {
        Expr::Literal(ScalarValue::Utf8(Some(text)) | ScalarValue::Utf8View(Some(text)), _) => Ok(text.clone()),
        _ => plan_err!("the words of `{SEARCH}` are a text, such as '人口'"),
    }
}

fn number_of(expression: &Expr) -> Result<usize> {
    match expression {
        Expr::Literal(ScalarValue::Int64(Some(number)), _) if *number > 0 => {
            Ok(usize::try_from(*number).unwrap_or(HITS))
        }
        _ => plan_err!("how many hits `{SEARCH}` may give is a number above 0"),
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::RecordBatch;
    use datafusion::physical_plan::collect;

    use crate::lineage::tests::city::{City, SUMMARY, operator};
    use crate::planning::Target;
    use crate::session::StatementContext;
    use crate::statement;

    async fn hits(statement: &StatementContext) -> usize {
        let parsed = statement::parse("SELECT name FROM search('汇总') WHERE kind = 'dataset'").unwrap();
        let (state, plan) = (statement.state(Target::Local), statement.plan(&parsed).await.unwrap());
        let plan = state.create_physical_plan(&plan).await.unwrap();
        collect(plan, state.task_ctx()).await.unwrap().iter().map(RecordBatch::num_rows).sum()
    }

    /// Whatever comes into force meanwhile.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_statement_searches_the_model_that_it_began_with() {
        let city = City::open().await;
        let session = city.session(&operator());
        let before = session.statement_context().unwrap();
        city.apply(&[("stats/summary.yaml", &SUMMARY.replace("RELEASE", ""))], true).await.unwrap();
        assert_eq!(hits(&session.statement_context().unwrap()).await, 1);
        assert_eq!(hits(&before).await, 0);
    }
}
