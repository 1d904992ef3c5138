//! Candidate pairs: one equi-join per blocking rule, without the pairs of the rules before.

use huitong_udfs::linkage::spec;

use crate::statement::relations::template::{ROW, literal, quoted};

/// Records are compared whose keys under a rule are all equal. A key that is NULL is equal to none.
#[derive(Debug)]
pub struct Rule {
    /// What it is called where it is told of.
    pub name: String,
    pub keys: Vec<Key>,
}

/// Texts of an expression over a row of each side.
#[derive(Debug)]
pub struct Key {
    pub left: String,
    pub right: String,
}

impl Rule {
    /// As a specification has it.
    pub fn of(rule: &spec::Rule) -> Self {
        let key = |key: &spec::Key| Key { left: key.left.sql(ROW), right: key.right.sql(ROW) };
        Self { name: rule.name.clone(), keys: rule.keys.iter().map(key).collect() }
    }
}

/// The text of a query over candidate pairs.
#[derive(Debug)]
pub struct Pairs<'a> {
    pub rules: &'a [Rule],
    /// Whether the records are compared with each other: each pair once, and none with itself.
    pub is_within: bool,
    /// Text of what else a side hands on, each with its name.
    pub columns: &'a [(String, String)],
    /// Text of joins of each side, which keep its rows.
    pub joins: &'a str,
}

/// Placeholders of the parts.
pub const LEFT: &str = "left relation";
pub const RIGHT: &str = "right relation";
pub const LEFT_ID: &str = "left id";
pub const RIGHT_ID: &str = "right id";
pub const MAX_PAIRS: &str = "most pairs";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Left,
    Right,
}

impl Pairs<'_> {
    /// A relation of `id_l`, `id_r`, `rule` (from 1) and the columns of both sides with `_l` and `_r` behind their names.
    pub fn text(&self) -> String {
        let all: Vec<String> = (0..self.rules.len()).map(|rule| self.of_rule(rule)).collect();
        all.join(" UNION ALL ")
    }

    fn of_rule(&self, rule: usize) -> String {
        let before: String =
            (0..rule).map(|before| format!(" AND NOT coalesce({}, false)", self.equal(before))).collect();
        let once = if self.is_within { " AND l.id < r.id" } else { "" };
        let columns: String = self
            .columns
            .iter()
            .map(|(name, _)| {
                let [from, left, right] =
                    [name.clone(), format!("{name}_l"), format!("{name}_r")].map(|name| quoted(&name));
                format!(", l.{from} AS {left}, r.{from} AS {right}")
            })
            .collect();
        format!(
            "SELECT l.id AS id_l, r.id AS id_r, CAST({number} AS INT) AS rule{columns} \
             FROM (SELECT side.* FROM {left} AS side CROSS JOIN {estimate} AS estimate \
             WHERE __pairs_within(estimate.pairs, {most}, {name}, estimate.worst)) AS l \
             JOIN {right} AS r ON {equal}{once} WHERE true{before}",
            number = rule + 1,
            left = self.side(Side::Left),
            estimate = self.estimate(rule),
            most = quoted(MAX_PAIRS),
            name = literal(&self.rules[rule].name),
            right = self.side(Side::Right),
            equal = self.equal(rule),
        )
    }

    /// A relation with its ids, its keys and what it hands on.
    pub fn side(&self, which: Side) -> String {
        let (relation, id) = self.of(which);
        let keys: String = (0..self.rules.len()).map(|rule| self.keys(which, rule)).collect();
        let columns: String = self.columns.iter().map(|(name, text)| format!(", {text} AS {}", quoted(name))).collect();
        format!("(SELECT {} AS id{keys}{columns} FROM {} AS {ROW}{})", quoted(id), quoted(relation), self.joins)
    }

    /// How many records of a side have which key of a rule: without what the joins bring, which keeps the rows as they are.
    fn counted(&self, which: Side, rule: usize) -> String {
        let (relation, id) = self.of(which);
        let keys = self.key_columns(rule).join(", ");
        format!(
            "(SELECT {keys}, count(*) AS n FROM (SELECT {} AS id{} FROM {} AS {ROW}) AS side GROUP BY {keys})",
            quoted(id),
            self.keys(which, rule),
            quoted(relation),
        )
    }

    fn of(&self, which: Side) -> (&'static str, &'static str) {
        match which {
            Side::Right if !self.is_within => (RIGHT, RIGHT_ID),
            Side::Left | Side::Right => (LEFT, LEFT_ID),
        }
    }

    /// The keys of a rule, behind other columns.
    fn keys(&self, which: Side, rule: usize) -> String {
        let text = |key: &Key| match which {
            Side::Left => key.left.clone(),
            Side::Right => key.right.clone(),
        };
        let keys = self.rules[rule].keys.iter().zip(self.key_columns(rule));
        keys.map(|(given, name)| format!(", {} AS {name}", text(given))).collect()
    }

    fn key_columns(&self, rule: usize) -> Vec<String> {
        (0..self.rules[rule].keys.len()).map(|at| quoted(&format!("key {at} of rule {rule}"))).collect()
    }

    fn equal(&self, rule: usize) -> String {
        let equal: Vec<String> = self.key_columns(rule).iter().map(|key| format!("l.{key} = r.{key}")).collect();
        equal.join(" AND ")
    }

    /// One row: how many pairs a rule makes, and the key of the largest block.
    fn estimate(&self, rule: usize) -> String {
        // Where the keys of both sides differ, a record's counterparts are others than those of its own key.
        let is_halved = self.is_within && self.rules[rule].keys.iter().all(|key| key.left == key.right);
        let pairs = if is_halved { "CAST(l.n AS DOUBLE) * (l.n - 1) / 2" } else { "CAST(l.n AS DOUBLE) * r.n" };
        let value: Vec<String> = self.key_columns(rule).iter().map(|key| format!("CAST(l.{key} AS VARCHAR)")).collect();
        format!(
            "(SELECT coalesce(sum(block.pairs), 0) AS pairs, first_value(block.value ORDER BY block.pairs DESC, block.value) AS worst \
             FROM (SELECT {pairs} AS pairs, concat_ws(', ', {value}) AS value FROM {left} AS l JOIN {right} AS r ON {equal}) AS block)",
            value = value.join(", "),
            left = self.counted(Side::Left, rule),
            right = self.counted(Side::Right, rule),
            equal = self.equal(rule),
        )
    }
}
