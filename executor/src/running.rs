//! Which tasks run here, and which jobs are over: tasks are cancelled by this list, and what a job wrote goes with its last task.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ballista_core::JobId;
use tokio::sync::Notify;

use crate::work_dir;

/// A task within its job, as stage and task.
pub type Task = (usize, usize);

/// So many jobs that are over are remembered: of an older one no task can come any more.
const OVER_MAX: usize = 1_000;

/// The list.
#[derive(Debug)]
pub struct Running {
    jobs: Mutex<Jobs>,
    /// Directory of the jobs' files.
    directory: PathBuf,
    /// Told whenever a task has ended.
    pub ended: Notify,
}

#[derive(Debug, Default)]
struct Jobs {
    tasks: HashMap<String, HashSet<Task>>,
    over: VecDeque<String>,
}

impl Running {
    /// None yet, of jobs that have their files in `directory`.
    pub fn new(directory: &Path) -> Self {
        Self { jobs: Mutex::default(), directory: directory.to_owned(), ended: Notify::new() }
    }

    /// The tasks of `job`.
    pub fn of(&self, job: &str) -> Vec<Task> {
        self.with(|jobs| jobs.tasks.get(job).into_iter().flatten().copied().collect())
    }

    /// The jobs that have tasks here.
    pub fn jobs(&self) -> Vec<String> {
        self.with(|jobs| jobs.tasks.keys().cloned().collect())
    }

    /// How many tasks run.
    pub fn count(&self) -> usize {
        self.with(|jobs| jobs.tasks.values().map(HashSet::len).sum())
    }

    /// A task has begun.
    pub fn add(&self, job: &JobId, task: Task) {
        self.with(|jobs| jobs.tasks.entry(job.to_string()).or_default().insert(task));
    }

    /// A task has ended; the last one of a job that is over takes its files along.
    pub fn remove(&self, job: &JobId, task: Task) {
        let is_over = self.with(|jobs| {
            let Some(tasks) = jobs.tasks.get_mut(job.as_str()) else { return false };
            tasks.remove(&task);
            if tasks.is_empty() {
                jobs.tasks.remove(job.as_str());
            }
            jobs.is_over(job.as_str())
        });
        if is_over {
            self.clear(job.as_str());
        }
        self.ended.notify_one();
    }

    /// Nobody will ask for anything of a job any more. Its files go, or go with its last task: one that had already been on its way
    /// here when the job ended makes its directory anew.
    pub fn over(&self, job: &str) {
        let is_over = self.with(|jobs| {
            if !jobs.over.iter().any(|known| known == job) {
                jobs.over.push_back(job.to_owned());
            }
            if jobs.over.len() > OVER_MAX {
                jobs.over.pop_front();
            }
            jobs.is_over(job)
        });
        if is_over {
            self.clear(job);
        }
    }

    fn clear(&self, job: &str) {
        if let Err(error) = work_dir::clear(&self.directory, |name| name == job) {
            tracing::warn!(job, %error, "files of a job that is over are left behind");
        }
    }

    fn with<T>(&self, look: impl FnOnce(&mut Jobs) -> T) -> T {
        look(&mut self.jobs.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Jobs {
    fn is_over(&self, job: &str) -> bool {
        !self.tasks.contains_key(job) && self.over.iter().any(|over| over == job)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const JOB: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn files_of_a_job_that_is_over_go_with_its_last_task() {
        let folder = tempfile::tempdir().unwrap();
        let running = Running::new(folder.path());
        let (job, stage) = (JobId::from(JOB), folder.path().join(JOB).join("1"));
        let write = || fs::create_dir_all(&stage).and_then(|()| fs::write(stage.join("data.arrow"), "rows")).unwrap();
        running.add(&job, (1, 0));
        running.add(&job, (1, 1));
        write();
        running.remove(&job, (1, 0));
        running.over(JOB);
        assert!(stage.exists(), "a task still writes");
        running.remove(&job, (1, 1));
        assert!(!folder.path().join(JOB).exists());
        // One that comes late.
        running.add(&job, (1, 2));
        write();
        running.remove(&job, (1, 2));
        assert!(!folder.path().join(JOB).exists());
        // Without tasks.
        write();
        running.over(JOB);
        assert!(!folder.path().join(JOB).exists());
        assert_eq!(running.count(), 0);
    }

    #[test]
    fn files_of_a_job_that_goes_on_stay() {
        let folder = tempfile::tempdir().unwrap();
        let running = Running::new(folder.path());
        fs::create_dir_all(folder.path().join(JOB)).unwrap();
        running.add(&JobId::from(JOB), (1, 0));
        running.remove(&JobId::from(JOB), (1, 0));
        (0..2 * OVER_MAX).for_each(|number| running.over(&format!("{number:032x}")));
        assert!(folder.path().join(JOB).exists());
        assert_eq!(running.with(|jobs| jobs.over.len()), OVER_MAX);
    }
}
