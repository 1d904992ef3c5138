//! Executors that get no work for a while.
//!
//! Some failures are a machine's own: its disk is full, the store does not answer it, nobody can fetch what it made. What is run
//! again there at once fails again, so for a while the work goes to others, as long as there are others.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ballista_core::serde::protobuf::TaskStatus;
use ballista_core::serde::protobuf::failed_task::FailedReason;
use ballista_core::serde::protobuf::task_status::Status;
use huitong_catalog::Code;
use huitong_engine::error::of_job_text;

/// How long an executor rests.
const REST: Duration = Duration::from_secs(30);

/// Since when executors rest.
#[derive(Debug, Default)]
pub struct Rest(Mutex<HashMap<String, Instant>>);

impl Rest {
    /// Sends executors to rest for what one of them reports of its tasks.
    pub fn heed(&self, reporter: &str, reports: &[TaskStatus]) {
        for report in reports {
            let Some(Status::Failed(failed)) = &report.status else { continue };
            if let Some(FailedReason::FetchPartitionError(fetch)) = &failed.failed_reason {
                self.send(&fetch.executor_id);
            } else if [Code::DISK_FULL, Code::STORE_UNAVAILABLE].contains(&of_job_text(&failed.error).code) {
                self.send(reporter);
            }
        }
    }

    /// Sends an executor to rest.
    pub fn send(&self, executor: &str) {
        let earlier = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(executor.to_owned(), Instant::now());
        if earlier.is_none() {
            tracing::warn!(
                executor,
                "rests for {REST:?}: its disk is full, it misses the store, or its files cannot be fetched"
            );
        }
    }

    /// Whether an executor rests.
    pub fn has(&self, executor: &str) -> bool {
        let resting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        resting.get(executor).is_some_and(|since| since.elapsed() < REST)
    }

    /// Whether an executor gets no work now: it rests, and one of the others does not.
    pub fn holds(&self, executor: &str, mut others: impl Iterator<Item = String>) -> bool {
        let mut resting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        resting.retain(|_, since| since.elapsed() < REST);
        resting.contains_key(executor) && others.any(|other| !resting.contains_key(&other))
    }
}

#[cfg(test)]
mod tests {
    use ballista_core::serde::protobuf::{ExecutionError, FailedTask, FetchPartitionError};

    use super::*;

    fn failed(error: &str, reason: FailedReason) -> TaskStatus {
        let failed = FailedTask { error: error.into(), failed_reason: Some(reason), ..FailedTask::default() };
        TaskStatus { status: Some(Status::Failed(failed)), ..TaskStatus::default() }
    }

    fn held(rest: &Rest) -> Vec<&'static str> {
        let all = ["a", "b", "c"];
        let others =
            |one: &str| all.into_iter().filter(move |other| *other != one).map(str::to_owned).collect::<Vec<_>>();
        all.into_iter().filter(|one| rest.holds(one, others(one).into_iter())).collect()
    }

    #[test]
    fn who_fails_for_reasons_of_its_own_rests_unless_all_do() {
        let rest = Rest::default();
        let execution = || FailedReason::ExecutionError(ExecutionError {});
        rest.heed("a", &[failed("Execution(\"HT0107: division by zero\")", execution())]);
        assert!(held(&rest).is_empty());
        rest.heed("a", &[failed("External(HT0311: no space is left on a disk)", execution())]);
        assert_eq!(held(&rest), ["a"]);
        let fetch = FetchPartitionError { executor_id: "c".into(), ..FetchPartitionError::default() };
        rest.heed("b", &[failed("connection reset", FailedReason::FetchPartitionError(fetch))]);
        assert_eq!(held(&rest), ["a", "c"]);
        rest.heed("b", &[failed("External(HT0307: no answer to GET `t/x.parquet`: 503)", execution())]);
        assert!(held(&rest).is_empty(), "somebody has to do the work");
        assert!(!Rest::default().holds("a", std::iter::empty()));
    }
}
