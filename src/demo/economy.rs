//! The economy application: its views, and forecasts as its monthly job would have made them in the last year.

use huitong_catalog::Result;
use huitong_catalog::identity::Principal;
use huitong_engine::Door;
use huitong_terminal::Progress;

use super::apps::{count, run};
use crate::node::Node;

const SETUP: &str = include_str!("../../apps/economy/setup.sql");
const MONTHLY: &str = include_str!("../../apps/economy/monthly.sql");
/// Days on which the job ran, so that there are forecasts whose months have come.
const DAYS: [&str; 3] = ["2024-12-31", "2025-06-30", "2025-12-31"];
/// Fast enough for a first look; the application's own job takes `auto`.
const MODEL: &str = "dot";

/// Makes what is missing; a demo that was cut off goes on where it stopped.
pub async fn ensure(node: &Node) -> Result<()> {
    let session = node.engine.session(Principal::operator(), Door::Direct);
    run(&session, SETUP, &[]).await?;
    let mut progress = None;
    for (done, day) in (0..).zip(DAYS) {
        if count(&session, &format!("SELECT count(*) FROM economy.forecast WHERE as_of = DATE '{day}'")).await? > 0 {
            continue;
        }
        let progress = progress.get_or_insert_with(|| Progress::new("economy".to_owned(), Some(DAYS.len() as u64)));
        run(&session, MONTHLY, &[("as_of", day), ("model", MODEL)]).await?;
        progress.reach(done + 1);
    }
    if let Some(progress) = progress {
        progress.finish();
    }
    Ok(())
}
