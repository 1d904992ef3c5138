//! Joins that let go of their thread.
//!
//! A statement is stopped, and another one gets its turn, where an operator says that it has nothing yet. The library lets sources do
//! so now and then; but a join makes many rows of few, and one by nested loops can compare for minutes without asking its inputs for
//! anything. So what multiplies rows gives way by its output, and a join by nested loops gets its right side in pieces, each of
//! which it compares with the whole left side within a bounded time. A join by keys that answers for few of the pairs it makes gets its rows in
//! pieces, too, as many as it takes a short time for. Functions that take long for a single row get few rows at a time.
//!
//! This is done where a plan is run: the nodes do not travel.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use arrow::record_batch::RecordBatch;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{JoinSide, JoinType};
use datafusion::error::Result;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_expr::ScalarFunctionExpr;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::joins::{CrossJoinExec, HashJoinExec, NestedLoopJoinExec, SortMergeJoinExec};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::unnest::UnnestExec;
use datafusion::physical_plan::{ChildrenPropertiesMode, ExecutionPlan, ReplaceChildrenOptions};
use futures::{StreamExt, TryStreamExt, stream};

use super::through;

/// Pairs of rows that are compared at a stretch: some hundredths of a second.
const PAIRS: usize = 32_000_000;
/// The same where pieces would become so small that the join compares in its slower way (four times as long for a pair): a second.
const PAIRS_MAX: usize = 1_000_000_000;
/// The join takes the faster way for pieces of at least this part of a batch.
const FAST_PART: usize = 10;

/// Rows of the first piece that a join by keys gets: each may have a million partners.
const FIRST_ROWS: usize = 32;
/// Pieces become larger, up to a batch, while the join takes less than the first for one; after one that took longer than the second, the
/// next is as much smaller.
const QUICK: Duration = Duration::from_millis(10);
const SLOW: Duration = Duration::from_millis(100);

/// Functions that compare texts letter by letter; how long these may be is bounded where the functions are (`functions::bounded`).
const SLOW_FUNCTIONS: [&str; 1] = ["levenshtein"];
/// Rows that they get at a stretch.
const SLOW_ROWS: usize = 32;

/// The same plan with joins and slow functions that give way.
pub fn insert(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    giving_way(plan, PAIRS)
}

fn giving_way(plan: Arc<dyn ExecutionPlan>, pairs: usize) -> Result<Arc<dyn ExecutionPlan>> {
    plan.transform_up(|node| {
        if calls_slow_function(&node)? {
            return few_rows_at_a_time(node).map(Transformed::yes);
        }
        if !multiplies(&node) {
            return Ok(Transformed::no(node));
        }
        let node = if is::<NestedLoopJoinExec>(&node) {
            in_pieces(node, pairs)?
        } else if is_taciturn(&node) {
            at_a_pace(node)?
        } else {
            node
        };
        Ok(Transformed::yes(Arc::new(CooperativeExec::new(node)) as Arc<dyn ExecutionPlan>))
    })
    .data()
}

pub fn is<T: ExecutionPlan>(node: &Arc<dyn ExecutionPlan>) -> bool {
    (node.as_ref() as &dyn Any).is::<T>()
}

fn multiplies(node: &Arc<dyn ExecutionPlan>) -> bool {
    is::<NestedLoopJoinExec>(node)
        || is::<CrossJoinExec>(node)
        || is::<HashJoinExec>(node)
        || is::<SortMergeJoinExec>(node)
        || is::<UnnestExec>(node)
}

/// A join by keys that may make many pairs and answer with none: they are filtered, or only tell of a row whether it has any.
fn is_taciturn(node: &Arc<dyn ExecutionPlan>) -> bool {
    let node = node.as_ref() as &dyn Any;
    let (filter, kind) = match (node.downcast_ref::<HashJoinExec>(), node.downcast_ref::<SortMergeJoinExec>()) {
        (Some(join), _) => (join.filter(), *join.join_type()),
        (_, Some(join)) => (join.filter().as_ref(), join.join_type()),
        _ => return false,
    };
    filter.is_some() || !matches!(kind, JoinType::Inner | JoinType::Left | JoinType::Right | JoinType::Full)
}

fn calls_slow_function(node: &Arc<dyn ExecutionPlan>) -> Result<bool> {
    calls(node, |function| SLOW_FUNCTIONS.contains(&function))
}

/// Whether an operator calls one of these functions for its rows.
pub fn calls(node: &Arc<dyn ExecutionPlan>, is_wanted: impl Fn(&str) -> bool) -> Result<bool> {
    let mut found = false;
    node.apply_expressions(&mut |expression| {
        expression.apply(|part| {
            let function = (part.as_ref() as &dyn Any).downcast_ref::<ScalarFunctionExpr>();
            found |= function.is_some_and(|function| is_wanted(function.name()));
            Ok(TreeNodeRecursion::Continue)
        })
    })?;
    Ok(found)
}

fn few_rows_at_a_time(node: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let few =
        |input: &Arc<dyn ExecutionPlan>| through::node("FewRows", input.clone(), |rows, _| cut(rows, || SLOW_ROWS));
    let inputs = node.children().into_iter().map(few).collect();
    node.replace_children(inputs, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
}

/// The left side, all of which the join reads first, is counted; the right one is split by that.
fn in_pieces(join: Arc<dyn ExecutionPlan>, pairs: usize) -> Result<Arc<dyn ExecutionPlan>> {
    let left_rows = Arc::<AtomicUsize>::default();
    let side = |(at, input): (usize, &Arc<dyn ExecutionPlan>)| {
        let (input, left_rows) = (input.clone(), left_rows.clone());
        match at {
            0 => through::node("Counted", input, move |rows, _| counted(rows, left_rows.clone())),
            _ => through::node("InPieces", input, move |rows, context| {
                split(rows, left_rows.clone(), pairs, context.session_config().batch_size())
            }),
        }
    };
    let sides = join.children().into_iter().enumerate().map(side).collect();
    join.replace_children(sides, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
}

/// The join with pieces of the side whose rows it finds partners for.
fn at_a_pace(join: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let sorted = (join.as_ref() as &dyn Any).downcast_ref::<SortMergeJoinExec>();
    let is_left = sorted.is_some_and(|join| SortMergeJoinExec::probe_side(&join.join_type()) == JoinSide::Left);
    let paced = usize::from(!is_left);
    let side = |(at, input): (usize, &Arc<dyn ExecutionPlan>)| match at == paced {
        false => input.clone(),
        true => through::node("AtAPace", input.clone(), |rows, context| {
            self::paced(rows, context.session_config().batch_size())
        }),
    };
    let sides = join.children().into_iter().enumerate().map(side).collect();
    join.replace_children(sides, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
}

/// The rows in pieces by how long the last one kept whoever takes them, with a chance for others before each.
fn paced(rows: SendableRecordBatchStream, most: usize) -> SendableRecordBatchStream {
    struct Pace {
        rows: SendableRecordBatchStream,
        rest: Option<RecordBatch>,
        piece: usize,
        given: Option<Instant>,
    }
    let schema = rows.schema();
    let pace = Pace { rows, rest: None, piece: FIRST_ROWS, given: None };
    let pieces = stream::try_unfold(pace, move |mut pace| async move {
        if let Some(given) = pace.given {
            pace.piece = next_piece(pace.piece, given.elapsed()).min(most);
        }
        tokio::task::yield_now().await;
        let batch = match pace.rest.take() {
            Some(rest) => rest,
            None => match pace.rows.next().await.transpose()? {
                Some(batch) => batch,
                None => return Ok(None),
            },
        };
        let rows = pace.piece.min(batch.num_rows());
        if rows < batch.num_rows() {
            pace.rest = Some(batch.slice(rows, batch.num_rows() - rows));
        }
        pace.given = Some(Instant::now());
        Ok(Some((batch.slice(0, rows), pace)))
    });
    Box::pin(RecordBatchStreamAdapter::new(schema, pieces))
}

fn next_piece(piece: usize, taken: Duration) -> usize {
    match taken {
        taken if taken < QUICK => piece.saturating_mul(2),
        taken if taken > SLOW => ((piece as f64 * SLOW.div_duration_f64(taken)) as usize).max(1),
        _ => piece,
    }
}

fn counted(rows: SendableRecordBatchStream, left_rows: Arc<AtomicUsize>) -> SendableRecordBatchStream {
    // A plan may be run again.
    left_rows.store(0, Ordering::Relaxed);
    let schema = rows.schema();
    let rows = rows.inspect_ok(move |batch| {
        left_rows.fetch_add(batch.num_rows(), Ordering::Relaxed);
    });
    Box::pin(RecordBatchStreamAdapter::new(schema, rows))
}

fn split(
    rows: SendableRecordBatchStream,
    left_rows: Arc<AtomicUsize>,
    pairs: usize,
    batch_size: usize,
) -> SendableRecordBatchStream {
    cut(rows, move || piece(pairs, left_rows.load(Ordering::Relaxed), batch_size))
}

/// The rows in pieces of so many, asked before each batch, with a chance for others before each piece.
fn cut(rows: SendableRecordBatchStream, piece: impl Fn() -> usize + Send + 'static) -> SendableRecordBatchStream {
    let schema = rows.schema();
    let pieces = rows.map_ok(move |batch| {
        let piece = piece();
        let starts = (0..batch.num_rows()).step_by(piece);
        stream::iter(starts).then(move |start| {
            let rows = batch.slice(start, piece.min(batch.num_rows() - start));
            async move {
                tokio::task::yield_now().await;
                Ok(rows)
            }
        })
    });
    Box::pin(RecordBatchStreamAdapter::new(schema, pieces.try_flatten()))
}

/// Rows of the right side that are compared with all of the left one at a stretch.
fn piece(pairs: usize, left_rows: usize, batch_size: usize) -> usize {
    let (left_rows, fast) = (left_rows.max(1), batch_size.div_ceil(FAST_PART));
    let piece = pairs / left_rows;
    if left_rows.saturating_mul(fast) <= PAIRS_MAX { piece.max(fast) } else { piece.max(1) }
}

#[cfg(test)]
mod tests {
    use datafusion::physical_plan::{collect, displayable, execute_stream};
    use datafusion::prelude::{SessionConfig, SessionContext};

    use super::*;

    /// Small batches, so that pieces of few rows are cut in the faster way.
    async fn plan(sql: &str) -> (SessionContext, Arc<dyn ExecutionPlan>) {
        let context = SessionContext::default();
        let config = SessionConfig::new().with_batch_size(100).with_target_partitions(4);
        *context.state_ref().write().config_mut() = config;
        let plan = context.sql(sql).await.unwrap().create_physical_plan().await.unwrap();
        (context, plan)
    }

    fn shown(plan: &Arc<dyn ExecutionPlan>) -> String {
        displayable(plan.as_ref()).indent(false).to_string()
    }

    #[tokio::test]
    async fn a_join_that_finds_nothing_lets_others_run_and_can_be_stopped() {
        // Longer than anybody would wait: 10 000 million pairs, of which none fits.
        let sql = "SELECT count(*) FROM generate_series(1, 100000) AS a(x) JOIN generate_series(1, 100000) AS b(y) ON a.x + b.y < 0";
        let (context, plan) = plan(sql).await;
        let plan = giving_way(plan, 1000).unwrap();
        assert!(shown(&plan).contains("CooperativeExec\n") && shown(&plan).contains("InPieces"), "{}", shown(&plan));
        let mut rows = execute_stream(plan, context.task_ctx()).unwrap();
        // This test has one thread: that the time is noticed at all means that the join let go of it.
        let waited = tokio::time::timeout(Duration::from_millis(50), rows.next()).await;
        assert!(waited.is_err(), "it did not take long: {waited:?}");
    }

    #[tokio::test]
    async fn a_join_by_keys_that_answers_little_lets_others_run_and_can_be_stopped() {
        // 3 000 million pairs with equal keys.
        for (merged, condition) in [
            (false, "JOIN generate_series(1, 300000) AS b(y) ON a.x % 30 = b.y % 30 AND a.x + b.y < 0"),
            (false, "LEFT SEMI JOIN generate_series(1, 300000) AS b(y) ON a.x % 30 = b.y % 30 AND a.x + b.y < 0"),
            (true, "JOIN generate_series(1, 300000) AS b(y) ON a.x % 30 = b.y % 30 AND a.x + b.y < 0"),
        ] {
            let context = SessionContext::default();
            let mut config = SessionConfig::new().with_target_partitions(4);
            config.options_mut().optimizer.prefer_hash_join = !merged;
            *context.state_ref().write().config_mut() = config;
            let sql = format!("SELECT count(*) FROM generate_series(1, 300000) AS a(x) {condition}");
            let plan = context.sql(&sql).await.unwrap().create_physical_plan().await.unwrap();
            let plan = insert(plan).unwrap();
            assert!(shown(&plan).contains("AtAPace"), "{}", shown(&plan));
            let mut rows = execute_stream(plan, context.task_ctx()).unwrap();
            // As above: one thread. By then the sides are read.
            let waited = tokio::time::timeout(Duration::from_secs(1), rows.next()).await;
            assert!(waited.is_err(), "it did not take long: {waited:?}");
            let begun = Instant::now();
            drop(rows);
            // Tasks that were stopped end when they give way, one after the other.
            while tokio::runtime::Handle::current().metrics().num_alive_tasks() > 0 {
                assert!(begun.elapsed() < Duration::from_secs(60), "{condition}: it computes on");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }

    #[tokio::test]
    async fn functions_that_take_long_let_others_run() {
        let far = "levenshtein(repeat('a', 3000 + CAST(x % 2 AS INT)), repeat('b', 3000))";
        let sql = format!("SELECT sum({far}) FROM generate_series(1, 1000000) AS a(x) WHERE {far} > x - 1000000");
        let (context, plan) = plan(&sql).await;
        let plan = giving_way(plan, 1000).unwrap();
        assert!(shown(&plan).contains("FewRows"), "{}", shown(&plan));
        let mut rows = execute_stream(plan, context.task_ctx()).unwrap();
        // As above: one thread.
        let waited = tokio::time::timeout(Duration::from_millis(50), rows.next()).await;
        assert!(waited.is_err(), "it did not take long: {waited:?}");
    }

    #[test]
    fn pieces_are_short_but_not_slow() {
        for (left_rows, expected) in [(0, PAIRS), (1000, 32_000), (1_000_000, 820), (10_000_000, 3), (usize::MAX, 1)] {
            assert_eq!(piece(PAIRS, left_rows, 8192), expected, "{left_rows}");
        }
    }

    #[tokio::test]
    async fn rows_are_the_same() {
        for kind in ["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "LEFT SEMI JOIN", "LEFT ANTI JOIN"] {
            let sql = format!(
                "SELECT count(*) FROM generate_series(1, 300) AS a(x) {kind} generate_series(0, 2000) AS b(y) ON a.x > b.y + 1"
            );
            let (context, whole) = plan(&sql).await;
            let expected = collect(whole, context.task_ctx()).await.unwrap();
            let (_, plan) = plan(&sql).await;
            let pieces = giving_way(plan, 1000).unwrap();
            assert!(shown(&pieces).contains("InPieces"), "{kind}");
            assert_eq!(collect(pieces, context.task_ctx()).await.unwrap(), expected, "{kind}");
        }
        for kind in
            ["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "LEFT SEMI JOIN", "RIGHT ANTI JOIN", "LEFT ANTI JOIN"]
        {
            let column = if kind.starts_with("RIGHT ANTI") { "b.y" } else { "a.x" };
            let sql = format!(
                "SELECT {column} AS z FROM generate_series(1, 3000) AS a(x) {kind} generate_series(0, 2000) AS b(y) \
                 ON a.x % 50 = b.y % 50 AND a.x > b.y + 1 ORDER BY z"
            );
            let (context, whole) = plan(&sql).await;
            let expected = collect(whole, context.task_ctx()).await.unwrap();
            let (_, plan) = plan(&sql).await;
            let pieces = insert(plan).unwrap();
            assert!(shown(&pieces).contains("AtAPace"), "{kind}");
            assert_eq!(collect(pieces, context.task_ctx()).await.unwrap(), expected, "{kind}");
        }
    }

    #[test]
    fn the_pace_follows_the_join() {
        assert_eq!(next_piece(32, Duration::from_millis(1)), 64);
        assert_eq!(next_piece(64, Duration::from_millis(50)), 64);
        // Keys that many rows have come after many that few have.
        assert_eq!(next_piece(8192, Duration::from_secs(16)), 51);
        assert_eq!(next_piece(1, Duration::from_secs(1)), 1);
        assert_eq!(next_piece(usize::MAX, Duration::ZERO), usize::MAX);
    }
}
