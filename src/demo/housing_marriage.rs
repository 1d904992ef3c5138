//! The housing–marriage application: its tables and views, one night of its job, and applications of families who married last year.

use huitong_catalog::Result;
use huitong_catalog::identity::Principal;
use huitong_engine::Door;
use huitong_terminal::Progress;

use super::apps::{count, run};
use crate::node::Node;

const SETUP: &str = include_str!("../../apps/housing-marriage/setup.sql");
const NIGHTLY: &str = include_str!("../../apps/housing-marriage/nightly.sql");
const SAMPLE: &str = include_str!("../../apps/housing-marriage/sample.sql");
/// The last day of the registers that the generator writes.
const AS_OF: &str = "2025-12-31";
/// When a job would have been due that reads them.
const TICK: &str = "2025-12-31T17:30:00Z";

/// Makes what is missing; a night that was cut off is not published, and runs again.
pub async fn ensure(node: &Node) -> Result<()> {
    let session = node.engine.session(Principal::operator(), Door::Direct);
    run(&session, SETUP, &[]).await?;
    if count(&session, "SELECT count(*) FROM housing_marriage.publication").await? > 0 {
        return Ok(());
    }
    let progress = Progress::new("housing_marriage".to_owned(), Some(2));
    run(&session, SAMPLE, &[]).await?;
    progress.reach(1);
    run(&session, NIGHTLY, &[("as_of", AS_OF), ("tick", TICK), ("run", "demo")]).await?;
    progress.reach(2);
    progress.finish();
    Ok(())
}
