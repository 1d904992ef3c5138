//! `duplicate_groups(TABLE pairs)`: the filings that are one project.

use datafusion::sql::sqlparser::ast::{Expr, FunctionArg, Query, Value};
use huitong_catalog::Result;

use crate::statement::relations::call::Call;
use crate::statement::relations::template::{Parts, quoted};

const FORM: &str = "duplicate_groups(TABLE pairs[, min_score => 0.9]), of pairs as duplicate_pairs answers them";
const PAIRS: &str = "pairs of filings";
const LEAST: &str = "least score of a pair";

/// Rows of `group_id` (the smallest filing), `id` and `centrality`: with which part of the group's other filings a filing is a pair.
pub fn groups(given: &[FunctionArg]) -> Result<Query> {
    let mut call = Call::read("duplicate_groups", FORM.to_owned(), 1..=1, &["min_score"], given)?;
    let pairs = call.relations.pop().ok_or_else(|| call.missing("the relation"))?;
    let least = call.number("min_score")?.unwrap_or_else(|| Expr::value(Value::Number("0.9".to_owned(), false)));
    let edges = format!(
        "(SELECT DISTINCT least(id_l, id_r) AS id_l, greatest(id_l, id_r) AS id_r FROM {} AS pair \
         WHERE relation IN ('same_filing', 'same_project') AND score >= {} AND id_l <> id_r)",
        quoted(PAIRS),
        quoted(LEAST),
    );
    let text = format!(
        "SELECT member.cluster_id AS group_id, member.id, \
         CAST(edges.n AS DOUBLE) / (count(*) OVER (PARTITION BY member.cluster_id) - 1) AS centrality \
         FROM (SELECT get_field(edge, 'id') AS id, get_field(edge, 'cluster_id') AS cluster_id \
         FROM (SELECT unnest(link_components(id_l, id_r)) AS edge FROM {edges} AS edge) AS edge) AS member \
         JOIN (SELECT id, count(*) AS n FROM (SELECT id_l AS id FROM {edges} AS edge UNION ALL SELECT id_r AS id FROM {edges} AS edge) \
         AS edge GROUP BY id) AS edges ON member.id = edges.id"
    );
    Parts::default().relation(PAIRS, pairs).expression(LEAST, least).put_into(&text)
}
