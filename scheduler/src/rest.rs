//! Executors that get no work for a while.
//!
//! Some failures are a machine's own: its disk is full, the store does not answer it, nobody can fetch what it made. What is run
//! again there at once fails again, so for a while the work goes to others, as long as there are others.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ballista_core::serde::protobuf::TaskStatus;
use ballista_core::serde::protobuf::failed_task::FailedReason;
use ballista_core::serde::protobuf::task_status::Status;
use huitong_catalog::Code;
use huitong_engine::error::of_job_text;

/// How long an executor rests.
const REST: Duration = Duration::from_secs(30);

/// What is known of executors that failed.
#[derive(Debug, Default)]
pub struct Rest(Mutex<HashMap<String, Failed>>);

#[derive(Debug)]
struct Failed {
    at: Instant,
    /// By its own word, the coordinator's, or that of two others. One reader that misses an executor's files may be at fault itself.
    is_sure: bool,
    /// Who could not fetch its files.
    missed_by: HashSet<String>,
}

impl Rest {
    /// Heeds what one of `alive` executors reports of its tasks.
    pub fn heed(&self, reporter: &str, reports: &[TaskStatus], alive: usize) {
        for report in reports {
            let Some(Status::Failed(failed)) = &report.status else { continue };
            if let Some(FailedReason::FetchPartitionError(fetch)) = &failed.failed_reason {
                self.note(&fetch.executor_id, |failed| {
                    failed.missed_by.insert(reporter.to_owned());
                    // There is no third one to be asked.
                    failed.is_sure |= failed.missed_by.len() > 1 || alive <= 2;
                });
            } else if [Code::DISK_FULL, Code::STORE_UNAVAILABLE].contains(&of_job_text(&failed.error).code) {
                self.send(reporter);
            }
        }
    }

    /// Sends an executor to rest.
    pub fn send(&self, executor: &str) {
        self.note(executor, |failed| failed.is_sure = true);
    }

    fn note(&self, executor: &str, change: impl FnOnce(&mut Failed)) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, failed| failed.at.elapsed() < REST);
        let failed = all.entry(executor.to_owned()).or_insert_with(|| Failed {
            at: Instant::now(),
            is_sure: false,
            missed_by: HashSet::new(),
        });
        let was_sure = failed.is_sure;
        change(failed);
        if failed.is_sure && !was_sure {
            failed.at = Instant::now();
            tracing::warn!(
                executor,
                "rests for {REST:?}: its disk is full, it misses the store, or its files cannot be fetched"
            );
        }
    }

    /// Whether an executor gets no work now: it rests, and at least as many of the others do not.
    pub fn holds(&self, executor: &str, others: &[String]) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let rests = |id: &str| all.get(id).is_some_and(|failed| failed.is_sure && failed.at.elapsed() < REST);
        let resting = 1 + others.iter().filter(|other| rests(other)).count();
        rests(executor) && 2 * resting <= 1 + others.len()
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

    fn missed(executor: &str) -> TaskStatus {
        let fetch = FetchPartitionError { executor_id: executor.into(), ..FetchPartitionError::default() };
        failed("connection reset", FailedReason::FetchPartitionError(fetch))
    }

    fn full() -> TaskStatus {
        failed("External(HT0311: no space is left on a disk)", FailedReason::ExecutionError(ExecutionError {}))
    }

    fn held(rest: &Rest, all: &[&'static str]) -> Vec<&'static str> {
        let others = |one: &str| all.iter().filter(|other| **other != one).map(ToString::to_string).collect::<Vec<_>>();
        all.iter().filter(|one| rest.holds(one, &others(one))).copied().collect()
    }

    const FOUR: [&str; 4] = ["a", "b", "c", "d"];

    #[test]
    fn who_fails_for_reasons_of_its_own_rests_unless_most_do() {
        let rest = Rest::default();
        let execution = FailedReason::ExecutionError(ExecutionError {});
        rest.heed("a", &[failed("Execution(\"HT0107: division by zero\")", execution)], 4);
        assert!(held(&rest, &FOUR).is_empty());
        rest.heed("a", &[full()], 4);
        assert_eq!(held(&rest, &FOUR), ["a"]);
        rest.heed("b", &[full()], 4);
        assert_eq!(held(&rest, &FOUR), ["a", "b"]);
        rest.heed("c", &[full()], 4);
        assert!(held(&rest, &FOUR).is_empty(), "somebody has to do the work");
        assert!(!rest.holds("a", &[]));
    }

    #[test]
    fn whose_files_two_others_miss_rests() {
        let rest = Rest::default();
        // One that is parted from all others misses the files of all.
        rest.heed("a", &[missed("b"), missed("c"), missed("b")], 4);
        assert!(held(&rest, &FOUR).is_empty());
        rest.heed("b", &[missed("a")], 4);
        rest.heed("c", &[missed("a")], 4);
        assert_eq!(held(&rest, &FOUR), ["a"]);
        let of_two = Rest::default();
        of_two.heed("a", &[missed("b")], 2);
        assert_eq!(held(&of_two, &["a", "b"]), ["b"]);
        let told = Rest::default();
        told.send("d");
        assert_eq!(held(&told, &FOUR), ["d"]);
    }
}
