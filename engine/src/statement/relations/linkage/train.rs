//! `link_train`: the counts of comparison patterns that a model is learned from, and the model.

use huitong_udfs::linkage::spec::{self, Spec};

use super::blocking::{LEFT, Pairs, RIGHT, Rule, Side};
use super::records::{RECORD, of_both, record};
use crate::statement::relations::template::{literal, quoted};

/// The text of a query with one row, the model; `within`: of the pairs of one relation.
pub fn text(spec: &Spec, within: bool) -> String {
    let json = literal(&spec.to_json());
    let mut counted = vec![sample(spec, &json, within)];
    counted.extend(spec.training.sessions.iter().map(|session| of_session(spec, &session.rule, &json, within)));
    if !spec.prior.rules.is_empty() {
        counted.extend([joined(spec, within), possible(within)]);
    }
    let counted = counted.join(" UNION ALL ");
    format!("SELECT link_fit({json}, counted.session, counted.pattern, counted.n) AS model FROM ({counted}) AS counted")
}

/// Pairs taken at random: those of the records whose hashes are smallest, on each side another one.
fn sample(spec: &Spec, json: &str, within: bool) -> String {
    let pairs = if within { 2 * spec.training.sample } else { spec.training.sample };
    let records = (pairs as f64).sqrt().ceil();
    let columns = [(RECORD.to_owned(), record(spec, &[]))];
    let all = Pairs { rules: &[], is_within: within, columns: &columns, joins: "" };
    let taken = |side: Side, salt: &str| {
        let all = all.side(side);
        format!(
            "(SELECT * FROM {all} AS side ORDER BY md5(concat('{salt}', CAST(side.id AS VARCHAR))) LIMIT {records})"
        )
    };
    let (left, right) = if within { ("", "") } else { ("l", "r") };
    let once = if within { " WHERE l.id < r.id" } else { "" };
    let field = quoted(RECORD);
    format!(
        "SELECT '$sample' AS session, link_levels({json}, l.{field}, r.{field}) AS pattern, count(*) AS n \
         FROM {} AS l CROSS JOIN {} AS r{once} GROUP BY 2",
        taken(Side::Left, left),
        taken(Side::Right, right),
    )
}

fn of_session(spec: &Spec, rule: &spec::Rule, json: &str, within: bool) -> String {
    let rules = [Rule::of(rule)];
    let columns = [(RECORD.to_owned(), record(spec, &[]))];
    let pairs = Pairs { rules: &rules, is_within: within, columns: &columns, joins: "" }.text();
    let [left, right] = of_both();
    let name = literal(&rule.name);
    format!(
        "SELECT {name} AS session, link_levels({json}, pairs.{left}, pairs.{right}) AS pattern, count(*) AS n \
         FROM ({pairs}) AS pairs GROUP BY 2"
    )
}

/// How many pairs the rules of the prior join.
fn joined(spec: &Spec, within: bool) -> String {
    let rules: Vec<Rule> = spec.prior.rules.iter().map(Rule::of).collect();
    let pairs = Pairs { rules: &rules, is_within: within, columns: &[], joins: "" }.text();
    format!(
        "SELECT '$deterministic' AS session, CAST(NULL AS BIGINT) AS pattern, count(*) AS n FROM ({pairs}) AS pairs"
    )
}

/// How many pairs there are.
fn possible(within: bool) -> String {
    let count = |relation: &str| format!("(SELECT count(*) AS n FROM {} AS record)", quoted(relation));
    let (from, pairs) = match within {
        true => (format!("{} AS l", count(LEFT)), "l.n * (l.n - 1) / 2"),
        false => (format!("{} AS l CROSS JOIN {} AS r", count(LEFT), count(RIGHT)), "l.n * r.n"),
    };
    format!("SELECT '$pairs' AS session, CAST(NULL AS BIGINT) AS pattern, {pairs} AS n FROM {from}")
}
