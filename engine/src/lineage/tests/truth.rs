//! One column of a source changes; then only what is said to come from it changes.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::prelude::SessionContext;

use super::plans::{Data, Lab, data};
use crate::lineage::Found;

const QUERIES: [&str; 34] = [
    "SELECT a, b FROM t",
    "SELECT q.a AS z, q.b + q.c AS w FROM t AS q",
    "WITH w AS (SELECT id, a * 2 AS d FROM t), v AS (SELECT d, id FROM w) SELECT d AS e, id FROM v",
    "SELECT a FROM t WHERE c = 1",
    "SELECT t.a, s.x FROM t JOIN s ON t.k = s.k",
    "SELECT t.a, s.x FROM t LEFT JOIN s ON t.k = s.k AND s.y = 1",
    "SELECT l.a AS one, r.a AS two FROM t l JOIN t r ON l.id = r.k",
    "SELECT t.id, s.k AS other FROM t FULL JOIN s ON t.id = s.k",
    "SELECT t.a, s.x FROM t CROSS JOIN s",
    "SELECT k, sum(a) AS n, count(*) AS m FROM t GROUP BY k",
    "SELECT sum(a) FILTER (WHERE c = 1) AS n, max(b) AS m FROM t",
    "SELECT k, max(b) AS m FROM t GROUP BY k HAVING sum(a) > 50",
    "SELECT k, c, sum(a) AS n FROM t GROUP BY ROLLUP (k, c)",
    "SELECT count(DISTINCT k) AS n FROM t",
    "SELECT DISTINCT k, c FROM t",
    "SELECT id, row_number() OVER (PARTITION BY k ORDER BY a) AS r FROM t",
    "SELECT id, sum(b) OVER (ORDER BY id) AS r FROM t",
    "SELECT id, lag(a) OVER (PARTITION BY k ORDER BY b) AS r FROM t",
    "SELECT id, sum(a) FILTER (WHERE c = 1) OVER (PARTITION BY k) AS r FROM t",
    "SELECT id, CASE WHEN c = 1 THEN a ELSE b END AS r FROM t",
    "SELECT id, coalesce(nullif(c, 1), a) AS r FROM t",
    "SELECT id, (SELECT max(x) FROM s) AS m FROM t",
    "SELECT id, (SELECT max(x) FROM s WHERE s.k = t.k) AS m FROM t",
    "SELECT id FROM t WHERE k IN (SELECT k FROM s WHERE y = 1)",
    "SELECT id FROM t WHERE NOT EXISTS (SELECT 1 FROM s WHERE s.k = t.k AND s.y = 1)",
    "SELECT id FROM t WHERE a > 40 OR EXISTS (SELECT 1 FROM s WHERE s.k = t.k AND s.y = 0)",
    "SELECT id FROM t WHERE a > (SELECT avg(x) FROM s) * 4",
    "SELECT a AS v FROM t UNION ALL SELECT x FROM s",
    "SELECT k AS v FROM t UNION SELECT k FROM s",
    "SELECT k FROM t INTERSECT SELECT k FROM s WHERE y = 1",
    "SELECT id AS v FROM t EXCEPT SELECT k FROM s",
    "SELECT id, b FROM t ORDER BY a DESC LIMIT 3",
    "SELECT DISTINCT ON (k) k, a FROM t ORDER BY k, b",
    "SELECT v, count(*) AS n FROM (SELECT k AS v FROM t UNION ALL SELECT y FROM s) q GROUP BY v",
];

#[tokio::test]
async fn what_changes_is_said_to_come_from_what_was_changed() {
    let before = data();
    let lab = Lab::new(&before);
    let (mut apart, mut resolved) = (0, 0);
    for query in QUERIES {
        let found = lab.found(&format!("CREATE VIEW v AS {query}")).await;
        let answer = answer(&lab, query).await;
        let mut changes = 0;
        for (table, column) in columns(&before) {
            for change in [up, down, flat, turned] {
                let lab = Lab::new(&changed(&before, table, column, change));
                for (output, values) in self::answer(&lab, query).await {
                    let says = comes_from(&found, &output, table, column);
                    if answer[&output] != values {
                        changes += 1;
                        assert!(says, "`{output}` of `{query}` changes with {table}.{column}: {found:?}");
                    }
                    apart += usize::from(!says);
                }
            }
        }
        assert!(changes > 0, "nothing changes `{query}`");
        resolved += usize::from(!found.0[""].values().any(|kind| kind.as_str() == "unresolved"));
    }
    // All of one and nothing of the other would be true, too, and of no use.
    assert!(apart > QUERIES.len() * 4, "everything is said to come from everything");
    assert_eq!(resolved, QUERIES.len() - 1, "all but the window with a filter are read");
}

fn comes_from(found: &Found, output: &str, table: &str, column: &str) -> bool {
    [output, ""]
        .iter()
        .filter_map(|output| found.0.get(*output))
        .any(|sources| sources.keys().any(|place| place.table.table() == table && place.column == column))
}

fn columns(data: &Data) -> Vec<(&'static str, &'static str)> {
    data.iter().flat_map(|(table, columns)| columns.iter().map(|(column, _)| (*table, *column))).collect()
}

type Change = fn(&mut [i64]);

fn up(values: &mut [i64]) {
    values.iter_mut().for_each(|value| *value += 1);
}

fn down(values: &mut [i64]) {
    values[0] -= 100;
}

fn flat(values: &mut [i64]) {
    values.fill(1);
}

fn turned(values: &mut [i64]) {
    values.rotate_left(1);
}

fn changed(data: &Data, table: &str, column: &str, change: Change) -> Data {
    let mut data = data.clone();
    for (_, columns) in data.iter_mut().filter(|(name, _)| *name == table) {
        columns.iter_mut().filter(|(name, _)| *name == column).for_each(|(_, values)| change(values));
    }
    data
}

/// The values of each column, in their own order.
async fn answer(lab: &Lab, query: &str) -> BTreeMap<String, Vec<String>> {
    let context = SessionContext::new_with_state(lab.state.clone());
    let frame = context.execute_logical_plan(lab.plan(query).await).await;
    let batches: Vec<RecordBatch> = match frame {
        Ok(frame) => frame.collect().await.unwrap_or_else(|e| panic!("{query}: {e}")),
        Err(error) => panic!("{query}: {error}"),
    };
    let mut answer = BTreeMap::<String, Vec<String>>::new();
    for batch in &batches {
        for (field, values) in batch.schema().fields().iter().zip(batch.columns()) {
            let shown = ArrayFormatter::try_new(values, &FormatOptions::default().with_null("∅")).unwrap();
            let values = (0..batch.num_rows()).map(|row| shown.value(row).to_string());
            answer.entry(field.name().clone()).or_default().extend(values);
        }
    }
    answer.values_mut().for_each(|values| values.sort_unstable());
    answer
}
