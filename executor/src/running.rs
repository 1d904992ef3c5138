//! Which tasks run here, and which jobs are over: tasks are ended by this list, and what a job wrote goes with its last task.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ballista_core::JobId;
use tokio::sync::{Notify, watch};

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
    running: HashMap<String, Job>,
    over: VecDeque<String>,
}

/// A job that has tasks here.
#[derive(Debug, Default)]
struct Job {
    tasks: HashSet<Task>,
    is_over: watch::Sender<bool>,
}

impl Running {
    /// None yet, of jobs that have their files in `directory`.
    pub fn new(directory: &Path) -> Self {
        Self { jobs: Mutex::default(), directory: directory.to_owned(), ended: Notify::new() }
    }

    /// The tasks of `job`.
    pub fn of(&self, job: &str) -> Vec<Task> {
        self.with(|jobs| jobs.running.get(job).into_iter().flat_map(|job| &job.tasks).copied().collect())
    }

    /// The jobs that have tasks here.
    pub fn jobs(&self) -> Vec<String> {
        self.with(|jobs| jobs.running.keys().cloned().collect())
    }

    /// How many tasks run.
    pub fn count(&self) -> usize {
        self.with(|jobs| jobs.running.values().map(|job| job.tasks.len()).sum())
    }

    /// A task begins; false if its job is over, and it must not.
    pub fn add(&self, job: &JobId, task: Task) -> bool {
        self.with(|jobs| {
            let may_begin = !jobs.is_over(job.as_str());
            if may_begin {
                jobs.running.entry(job.to_string()).or_default().tasks.insert(task);
            }
            may_begin
        })
    }

    /// A task has ended; the last one of a job that is over takes its files along.
    pub fn remove(&self, job: &JobId, task: Task) {
        let was_last = self.with(|jobs| {
            let Some(running) = jobs.running.get_mut(job.as_str()) else { return false };
            running.tasks.remove(&task);
            let was_last = running.tasks.is_empty();
            if was_last {
                jobs.running.remove(job.as_str());
            }
            was_last && jobs.is_over(job.as_str())
        });
        if was_last {
            self.clear(job.as_str());
        }
        self.ended.notify_one();
    }

    /// Tells when a job is over. Of one that has no tasks here nothing is told.
    pub fn watch(&self, job: &str) -> watch::Receiver<bool> {
        self.with(|jobs| match jobs.running.get(job) {
            Some(job) => job.is_over.subscribe(),
            None => watch::channel(jobs.is_over(job)).1,
        })
    }

    /// Nobody will ask for anything of a job any more. Its tasks end, and its files go with the last one.
    pub fn over(&self, job: &str) {
        let is_idle = self.with(|jobs| {
            if !jobs.is_over(job) {
                jobs.over.push_back(job.to_owned());
            }
            if jobs.over.len() > OVER_MAX {
                jobs.over.pop_front();
            }
            let Some(running) = jobs.running.get(job) else { return true };
            running.is_over.send_replace(true);
            false
        });
        if is_idle {
            self.clear(job);
        }
    }

    /// Removes what came late: a writer may make its file after its task has ended.
    pub fn sweep(&self) {
        let gone = self.with(|jobs| {
            let idle = jobs.over.iter().filter(|job| !jobs.running.contains_key(*job));
            idle.cloned().collect::<HashSet<_>>()
        });
        if let Err(error) = work_dir::clear(&self.directory, |name| gone.contains(name)) {
            tracing::warn!(%error, "files of jobs that are over are left behind");
        }
    }

    fn clear(&self, job: &str) {
        if let Err(error) = work_dir::remove(&self.directory, job) {
            tracing::warn!(job, %error, "files of a job that is over are left behind");
        }
    }

    fn with<T>(&self, look: impl FnOnce(&mut Jobs) -> T) -> T {
        look(&mut self.jobs.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Jobs {
    fn is_over(&self, job: &str) -> bool {
        self.over.iter().any(|over| over == job)
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
        assert!(running.add(&job, (1, 0)) && running.add(&job, (1, 1)));
        let over = running.watch(JOB);
        write();
        running.remove(&job, (1, 0));
        running.over(JOB);
        assert!(stage.exists() && *over.borrow(), "a task still writes, and is told");
        running.remove(&job, (1, 1));
        assert!(!folder.path().join(JOB).exists());
        assert!(!running.add(&job, (1, 2)), "a task that comes late does not begin");
        // A writer that comes late.
        write();
        running.sweep();
        assert!(!folder.path().join(JOB).exists());
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
        running.sweep();
        assert!(folder.path().join(JOB).exists());
        assert_eq!(running.with(|jobs| jobs.over.len()), OVER_MAX);
    }
}
