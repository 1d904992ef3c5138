//! What of a record a model looks at: its columns in a struct, and how frequent its terms are.

use huitong_udfs::linkage::spec::Spec;

use super::blocking::{LEFT, RIGHT};
use crate::statement::relations::template::{ROW, literal, quoted};

/// The column that holds it.
pub const RECORD: &str = "compared";

/// Its names in a relation of pairs.
pub fn of_both() -> [String; 2] {
    ["_l", "_r"].map(|side| quoted(&format!("{RECORD}{side}")))
}

/// Text of the struct, over a row; of these columns also how frequent their values are, over a row of [`terms`] each.
pub fn record(spec: &Spec, frequent: &[&str]) -> String {
    let columns = spec.columns().into_iter().map(|column| format!("{}, {ROW}.{}", literal(column), quoted(column)));
    let terms = frequent.iter().enumerate().map(|(at, column)| {
        let field = literal(&format!("tf_{column}"));
        format!("{field}, {}.\"frequency of term\"", terms_name(at))
    });
    format!("named_struct({})", columns.chain(terms).collect::<Vec<_>>().join(", "))
}

fn terms_name(at: usize) -> String {
    quoted(&format!("terms {at}"))
}

/// Text of joins that bring a row the frequencies of its terms: of each value its share of all values in both relations.
pub fn terms(frequent: &[&str], within: bool) -> String {
    let join = |(at, column): (usize, &&str)| {
        let (name, column) = (terms_name(at), quoted(column));
        let of = |relation: &str| format!("SELECT term.{column} AS term FROM {} AS term", quoted(relation));
        let all = if within { of(LEFT) } else { format!("{} UNION ALL {}", of(LEFT), of(RIGHT)) };
        format!(
            " LEFT JOIN (SELECT counted.term AS \"value of term\", CAST(counted.n AS DOUBLE) / sum(counted.n) OVER () AS \"frequency of term\" \
             FROM (SELECT term, count(*) AS n FROM ({all}) AS term WHERE term IS NOT NULL GROUP BY term) AS counted) AS {name} \
             ON {ROW}.{column} = {name}.\"value of term\""
        )
    };
    frequent.iter().enumerate().map(join).collect()
}
