//! What follows from pairs that were found: who is whose one counterpart, and what belongs together.

use datafusion::sql::sqlparser::ast::{Expr, FunctionArg, Ident, Query};
use huitong_catalog::Result;

use crate::statement::relations::call::Call;
use crate::statement::relations::template::{Parts, ROW, literal, quoted};

/// An aggregate over pairs whose list becomes rows.
pub struct Edges {
    pub name: &'static str,
    pub form: &'static str,
    pub aggregate: &'static str,
    /// Columns of the pairs, which may go by other names.
    pub arguments: &'static [&'static str],
    /// Fields of its rows.
    pub fields: &'static [&'static str],
}

/// `one_to_one(TABLE edges)`: of the pairs those that make the largest sum of weights while each record is in one at most.
pub static ONE_TO_ONE: Edges = Edges {
    name: "one_to_one",
    form: "one_to_one(TABLE edges[, id_l => column, id_r => column, weight => column])",
    aggregate: "one_to_one",
    arguments: &["id_l", "id_r", "weight"],
    fields: &["id_l", "id_r", "weight", "exact"],
};

/// `connected_components(TABLE edges)`: each record with the smallest one that a path of pairs leads to.
pub static CONNECTED_COMPONENTS: Edges = Edges {
    name: "connected_components",
    form: "connected_components(TABLE edges[, id_l => column, id_r => column])",
    aggregate: "link_components",
    arguments: &["id_l", "id_r"],
    fields: &["id", "cluster_id"],
};

pub fn query(edges: &'static Edges, given: &[FunctionArg]) -> Result<Query> {
    const RELATION: &str = "relation of edges";
    let mut call = Call::read(edges.name, edges.form.to_owned(), 1..=1, edges.arguments, given)?;
    let relation = call.relations.pop().ok_or_else(|| call.missing("the relation"))?;
    let given = |name: &str| format!("given {name}");
    let arguments: Vec<String> = edges.arguments.iter().map(|name| quoted(&given(name))).collect();
    let fields: Vec<String> =
        edges.fields.iter().map(|field| format!("get_field(edge, {}) AS {}", literal(field), quoted(field))).collect();
    let text = format!(
        "SELECT {} FROM (SELECT unnest({}({})) AS edge FROM {} AS {ROW}) AS edges",
        fields.join(", "),
        edges.aggregate,
        arguments.join(", "),
        quoted(RELATION),
    );
    let column = |call: &mut Call, name: &str| call.take(name).unwrap_or_else(|| Expr::Identifier(Ident::new(name)));
    let parts = Parts::default().relation(RELATION, relation);
    let put = |parts: Parts, name: &&str| parts.expression(given(name), column(&mut call, name));
    edges.arguments.iter().fold(parts, put).put_into(&text)
}
