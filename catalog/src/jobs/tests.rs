mod books;
mod model;

use std::collections::BTreeMap;

use super::*;
use crate::clock::FixedClock;
use crate::ids::SeededRandomness;
use crate::state::tests::database::{Database, on_every_database};
use crate::state::{COORDINATOR, CatchUp, Cause, LOG_LINES_MAX, Outcome};

const MINUTE: Duration = Duration::from_secs(60);

/// 2027-03-27 12:00 in UTC, the day before clocks go forward in Berlin.
const START: Timestamp = Timestamp::from_ms(1_806_148_800_000);

struct Office {
    jobs: Jobs,
    state: State,
    clock: Arc<FixedClock>,
}

impl Office {
    async fn open(database: &Database, now: Timestamp, seed: u64) -> Self {
        let (state, clock) = (database.open().await, Arc::new(FixedClock::at(now)));
        let randomness = Arc::new(SeededRandomness::new(seed));
        Self { jobs: Jobs::new(state.clone(), clock.clone(), randomness), state, clock }
    }

    /// Takes over from whoever coordinated.
    async fn epoch(&self) -> i64 {
        self.state.take_lease(COORDINATOR, "test", Duration::from_secs(600)).await.unwrap().unwrap().epoch
    }

    async fn states(&self, job: &str) -> Vec<RunState> {
        self.jobs.runs(Some(job), None, 100).await.unwrap().into_iter().rev().map(|run| run.state).collect()
    }
}

fn job(name: &str) -> NewJob {
    NewJob {
        name: name.to_owned(),
        owner: "li".to_owned(),
        sql: "INSERT INTO t SELECT :day".to_owned(),
        params: BTreeMap::from([("day".to_owned(), "日\"1\"".to_owned())]),
        cron: None,
        zone: "UTC".to_owned(),
        catch_up: CatchUp::All,
        retries: 1,
        retry_wait: MINUTE,
        timeout: Some(MINUTE),
    }
}

fn scheduled(name: &str, cron: &str, zone: &str, catch_up: CatchUp) -> NewJob {
    NewJob { cron: Some(cron.to_owned()), zone: zone.to_owned(), catch_up, ..job(name) }
}

fn failed() -> End {
    End::Failed { error: "HT0114: a value\nmade it fail".to_owned() }
}

fn code<T>(result: Result<T>) -> Option<Code> {
    result.err().map(|error| error.code)
}
