//! When to stop: Ctrl-C or SIGTERM, told to every part of the process.

use std::future::Future;

use tokio::sync::watch;

/// Hands out futures that complete once, together.
#[derive(Clone)]
pub struct Stop(watch::Sender<bool>);

impl Stop {
    /// Completes on the first signal.
    pub fn on_signal() -> Self {
        let stop = Self(watch::channel(false).0);
        let sender = stop.0.clone();
        tokio::spawn(async move {
            signal().await;
            sender.send_replace(true);
        });
        stop
    }

    /// Completes only when told, for a program that handles Ctrl-C itself.
    pub fn on_demand() -> Self {
        Self(watch::channel(false).0)
    }

    pub fn stopped(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut receiver = self.0.subscribe();
        async move {
            // The sender lives in `self`'s clones; when all are gone there is nothing left to stop for.
            receiver.wait_for(|stopped| *stopped).await.ok();
        }
    }

    /// Stops when a part of the process has ended.
    pub async fn after<T>(&self, part: impl Future<Output = T>) -> T {
        let ended = part.await;
        self.now();
        ended
    }

    /// Stops without a signal.
    pub fn now(&self) {
        self.0.send_replace(true);
    }
}

async fn signal() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    interrupted.await.ok();
}
