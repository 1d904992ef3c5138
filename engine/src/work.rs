//! The threads that queries run on in this process.
//!
//! A query's operators may compute for seconds before they let go of a thread. Whoever shares threads with them waits: clients that want
//! to cancel, executors that say that they live, the coordinator's own lease. So queries have threads of their own, and the
//! operating system divides the cores.

use std::fmt;

use huitong_catalog::{Code, Error, Result};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinSet;

/// Stack of a thread that plans queries. Planning recurses along expressions and set operations; what a statement may chain is
/// bounded (`guard/size.rs`), and this is enough for that bound without optimisation. Pages that are not used cost nothing.
pub const STACK_BYTES: usize = 64 * 1024 * 1024;

/// The threads; dropped, they end what they are doing.
pub(crate) struct Work(Option<Runtime>, Handle);

impl Work {
    pub fn new() -> Result<Self> {
        let runtime = Builder::new_multi_thread()
            .enable_all()
            .thread_name("query")
            .thread_stack_size(STACK_BYTES)
            .build()
            .map_err(|e| Error::new(Code::INTERNAL, "the threads for queries cannot be started").caused_by(e))?;
        let handle = runtime.handle().clone();
        Ok(Self(Some(runtime), handle))
    }

    /// Runs something to its end, whoever waits.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.1.spawn(work);
    }

    /// Runs something as long as somebody waits for it.
    pub async fn run<T: Send + 'static>(&self, work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
        // A set, since it ends its tasks when it is dropped.
        let mut set = JoinSet::new();
        set.spawn_on(work, &self.1);
        match set.join_next().await {
            Some(Ok(done)) => done,
            Some(Err(error)) => Err(Error::new(Code::INTERNAL, "the query broke").caused_by(error)),
            None => Err(Error::new(Code::INTERNAL, "the query was never begun")),
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        // The last session may end inside another runtime, where waiting for threads is not allowed.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Work")
    }
}
