//! Joins by nested loops that answer for rows of their collected side, made fit for the cluster.
//!
//! A join without an equality (`a LEFT JOIN b ON a.x < b.y`) collects its left side and reads the right one part by part. A row of the
//! left side comes out once, with or without a partner, after all parts have been read: in one process they share what they know,
//! but tasks of a cluster do not, and each gives out such rows by itself. So the sides change places: each task collects the other one
//! and answers for its own part. A FULL JOIN answers for both sides and is refused.

use std::any::Any;
use std::sync::Arc;

use datafusion::common::JoinType;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::error::Result;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::joins::NestedLoopJoinExec;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, ExecutionPlan, ExecutionPlanProperties, ReplaceChildrenOptions,
};
use huitong_catalog::{Code, Error};

use crate::error::into_datafusion;

const ANEW: ReplaceChildrenOptions = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);

/// Lets every such join answer for the side that it reads in parts.
pub fn turn(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    plan.transform_up(|node| {
        let Some(join) = as_join(&node) else { return Ok(Transformed::no(node)) };
        if !answers_for_left(*join.join_type()) || join.right().output_partitioning().partition_count() == 1 {
            return Ok(Transformed::no(node));
        }
        if *join.join_type() == JoinType::Full {
            return Err(into_datafusion(refusal()));
        }
        let (left, right) = (join.left().clone(), join.right().clone());
        let gathered = node.replace_children(vec![left, Arc::new(CoalescePartitionsExec::new(right))], ANEW)?;
        match as_join(&gathered) {
            Some(join) => join.swap_inputs().map(Transformed::yes),
            None => Ok(Transformed::no(gathered)),
        }
    })
    .data()
}

fn as_join(node: &Arc<dyn ExecutionPlan>) -> Option<&NestedLoopJoinExec> {
    (node.as_ref() as &dyn Any).downcast_ref()
}

fn answers_for_left(join: JoinType) -> bool {
    use JoinType::*;
    matches!(join, Left | Full | LeftSemi | LeftAnti | LeftMark)
}

fn refusal() -> Error {
    Error::new(Code::NOT_DISTRIBUTABLE, "a FULL JOIN without an equality cannot be spread over executors")
        .with_hint("run it with `SET huitong.backend = 'auto'` or `'local'`")
}

#[cfg(test)]
mod tests {
    use datafusion::physical_plan::displayable;
    use datafusion::prelude::SessionContext;

    use super::*;
    use crate::error::of_datafusion;

    async fn turned(sql: &str) -> std::result::Result<String, Code> {
        let context = SessionContext::default();
        for table in ["a", "b"] {
            let rows = format!("CREATE TABLE {table} AS SELECT value AS x FROM generate_series(1, 10)");
            context.sql(&rows).await.unwrap().collect().await.unwrap();
        }
        // Two parts.
        context.sql("CREATE VIEW both AS SELECT x FROM b UNION ALL SELECT x + 1 FROM b").await.unwrap();
        let plan = context.sql(sql).await.unwrap().create_physical_plan().await.unwrap();
        let plan = turn(plan).map_err(|e| of_datafusion(e).code)?;
        Ok(displayable(plan.as_ref()).indent(false).to_string())
    }

    #[tokio::test]
    async fn a_join_answers_for_the_side_that_is_read_in_parts() {
        for (sql, expected) in [
            ("SELECT * FROM a LEFT JOIN both ON a.x < both.x", "join_type=Right,"),
            ("SELECT * FROM a WHERE EXISTS (SELECT 1 FROM both WHERE a.x < both.x)", "join_type=RightSemi,"),
            ("SELECT * FROM a WHERE NOT EXISTS (SELECT 1 FROM both WHERE a.x < both.x)", "join_type=RightAnti,"),
            ("SELECT * FROM a JOIN both ON a.x < both.x", "join_type=Inner,"),
            // One task reads all of it anyway.
            ("SELECT * FROM a LEFT JOIN b ON a.x < b.x", "join_type=Left,"),
        ] {
            let plan = turned(sql).await.unwrap();
            assert!(plan.contains(expected), "{sql}\n{plan}");
        }
        assert_eq!(turned("SELECT * FROM a FULL JOIN both ON a.x < both.x").await, Err(Code::NOT_DISTRIBUTABLE));
    }
}
