//! The park-project application: its tables and views, one night of its job, and filings that a clerk has before him.

use huitong_catalog::Result;
use huitong_catalog::identity::Principal;
use huitong_engine::Door;
use huitong_terminal::Progress;

use super::apps::{count, run};
use crate::node::Node;

const SETUP: &str = include_str!("../../apps/park-projects/setup.sql");
const NIGHTLY: &str = include_str!("../../apps/park-projects/nightly.sql");
const SAMPLE: &str = include_str!("../../apps/park-projects/sample.sql");
/// When the job would have been due that reads what the generator writes.
const TICK: &str = "2025-12-31T18:00:00Z";

/// Makes what is missing; a night that was cut off is not published, and runs again.
pub async fn ensure(node: &Node) -> Result<()> {
    let session = node.engine.session(Principal::operator(), Door::Direct);
    run(&session, SETUP, &[]).await?;
    if count(&session, "SELECT count(*) FROM park_projects.publication").await? > 0 {
        return Ok(());
    }
    let progress = Progress::new("park_projects".to_owned(), Some(2));
    run(&session, SAMPLE, &[]).await?;
    progress.reach(1);
    run(&session, NIGHTLY, &[("tick", TICK), ("run", "demo")]).await?;
    progress.reach(2);
    progress.finish();
    Ok(())
}
