//! The live line under a running statement: drawn on standard error after half a second, erased when the statement
//! ends.

use std::future::Future;
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::watch;

use crate::connection::QueryProgress;
use crate::say::time;
use crate::width::visible;

const DELAY: Duration = Duration::from_millis(500);
const REDRAW: Duration = Duration::from_millis(100);

/// Shows that work goes on; a hidden one shows nothing.
pub(crate) struct Meter {
    shown: bool,
    started: Instant,
    drawn: Instant,
    bar: Option<ProgressBar>,
    progress: Option<watch::Receiver<QueryProgress>>,
    rows: u64,
}

impl Meter {
    /// A meter that draws only when standard error is a terminal.
    pub(crate) fn stderr() -> Self {
        Self::new(console::Term::stderr().is_term())
    }

    pub(crate) fn hidden() -> Self {
        Self::new(false)
    }

    fn new(shown: bool) -> Self {
        let started = Instant::now();
        Self { shown, started, drawn: started, bar: None, progress: None, rows: 0 }
    }

    /// Awaits `work`, redrawing meanwhile, and also when many short waits follow each other.
    pub(crate) async fn wait<T>(&mut self, work: impl Future<Output = T>) -> T {
        if !self.shown {
            return work.await;
        }
        tokio::pin!(work);
        loop {
            let due = self.drawn + REDRAW;
            tokio::select! {
                done = &mut work => {
                    self.draw_if_due();
                    return done;
                }
                () = tokio::time::sleep_until(due.into()) => self.draw_if_due(),
            }
        }
    }

    /// From now on shows what the server tells.
    pub(crate) fn follow(&mut self, progress: Option<watch::Receiver<QueryProgress>>) {
        self.progress = progress;
    }

    /// Rows that have arrived here.
    pub(crate) fn rows(&mut self, count: usize) {
        self.rows += count as u64;
    }

    /// Erases the line; it comes back if more is awaited.
    pub(crate) fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    /// Erases the line for good: rows on the same screen are progress enough.
    pub(crate) fn hush(&mut self) {
        self.clear();
        self.shown = false;
    }

    fn draw_if_due(&mut self) {
        let now = Instant::now();
        if self.shown && now >= self.drawn + REDRAW {
            self.drawn = now;
            self.draw(now - self.started);
        }
    }

    fn draw(&mut self, elapsed: Duration) {
        if elapsed < DELAY {
            return;
        }
        let told = self.progress.as_ref().map(|progress| progress.borrow().clone());
        let bar = self.bar.get_or_insert_with(spinner);
        bar.set_message(line(&told.unwrap_or_default(), self.rows, elapsed));
        bar.tick();
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.clear();
    }
}

/// ASCII, because the width of the usual spinner characters is not the same on every terminal.
fn spinner() -> ProgressBar {
    let style = ProgressStyle::default_spinner().tick_chars("|/-\\ ");
    let style = match style.clone().template("{spinner} {wide_msg}") {
        Ok(style) => style,
        Err(_) => style,
    };
    ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_style(style)
}

/// Percentage, time so far, time left, rows, speed, bytes, stage: each only when it is known, and what a narrow window
/// cuts off is what matters least.
fn line(progress: &QueryProgress, arrived: u64, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64();
    let fraction = progress.fraction.filter(|fraction| (0.0..=1.0).contains(fraction));
    let rows = progress.rows.max(arrived);
    let mut parts = Vec::new();
    parts.extend(fraction.map(|fraction| format!("{:.0} %", fraction * 100.0)));
    parts.push(time(elapsed));
    // Below two per cent the guess is worse than none.
    if let Some(fraction) = fraction.filter(|&fraction| fraction >= 0.02) {
        let left = Duration::from_secs_f64(seconds * (1.0 - fraction) / fraction);
        parts.push(format!("about {} left", time(left)));
    }
    if rows > 0 {
        let per_second = (rows as f64 / seconds.max(1e-3)) as u64;
        parts.push(format!("{} rows", HumanCount(rows)));
        parts.push(format!("{} rows/s", HumanCount(per_second)));
    }
    if progress.bytes > 0 {
        parts.push(HumanBytes(progress.bytes).to_string());
    }
    parts.extend(progress.stage.as_deref().map(|stage| visible(stage).into_owned()));
    parts.join(" | ")
}

#[cfg(test)]
mod tests;
