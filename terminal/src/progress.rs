//! A bar for long steps that count rows, such as loading: rows, rows per second, time left. When standard error is not
//! a terminal it writes a line every ten seconds instead, so that a log says something but not much.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::say::{rows, tell, time};

const LINE_EVERY: Duration = Duration::from_secs(10);

/// Shows how far a step is. May be shared: threads that work on one step advance one bar.
pub struct Progress {
    label: String,
    total: Option<u64>,
    done: AtomicU64,
    started: Instant,
    /// When the last line was due, for output that is not a terminal.
    last: Mutex<Duration>,
    bar: Option<ProgressBar>,
    output: Output,
}

/// What is written when standard error is not a terminal.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Output {
    Lines,
    Nothing,
}

impl Progress {
    /// A bar on standard error for `total` rows, when that is known.
    pub fn new(label: impl Into<String>, total: Option<u64>) -> Self {
        Self::with(label.into(), total, Output::Lines)
    }

    /// The same, but for a person only: nothing is written when standard error is not a terminal.
    pub fn at_terminal(label: impl Into<String>, total: Option<u64>) -> Self {
        Self::with(label.into(), total, Output::Nothing)
    }

    fn with(label: String, total: Option<u64>, output: Output) -> Self {
        let bar = console::Term::stderr().is_term().then(|| draw(&label, total));
        let started = Instant::now();
        Self { label, total, done: AtomicU64::new(0), started, last: Mutex::default(), bar, output }
    }

    /// More rows are done.
    pub fn advance(&self, rows: u64) {
        let done = self.done.fetch_add(rows, Ordering::Relaxed) + rows;
        match &self.bar {
            Some(bar) => bar.inc(rows),
            None if self.output == Output::Lines && self.line_is_due(self.started.elapsed()) => self.say(done),
            None => {}
        }
    }

    /// So many rows are done by now; fewer than before, or more than there are, change nothing or count as all. For one
    /// caller, who asks somebody else how far the step is.
    pub fn reach(&self, rows: u64) {
        let rows = self.total.map_or(rows, |total| rows.min(total));
        self.advance(rows.saturating_sub(self.done.load(Ordering::Relaxed)));
        if let Some(bar) = &self.bar {
            bar.tick();
        }
    }

    /// The step is over: the bar gives way to one line that stays.
    pub fn finish(mut self) {
        let watched = self.bar.is_some();
        self.erase();
        if self.output == Output::Nothing && !watched {
            return;
        }
        let (done, elapsed) = (self.done.load(Ordering::Relaxed), self.started.elapsed());
        tell(&mut std::io::stderr(), &format!("{}\n", ended(&self.label, done, elapsed)));
    }

    fn line_is_due(&self, elapsed: Duration) -> bool {
        // Whoever finds the lock taken need not say what its holder is about to.
        let Ok(mut last) = self.last.try_lock() else { return false };
        let due = elapsed.saturating_sub(*last) >= LINE_EVERY;
        if due {
            *last = elapsed;
        }
        due
    }

    fn erase(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn say(&self, done: u64) {
        let line = going(&self.label, done, self.total, self.started.elapsed());
        tell(&mut std::io::stderr(), &format!("{line}\n"));
    }
}

/// A step that fails drops its bar; the line must not stay under the error.
impl Drop for Progress {
    fn drop(&mut self) {
        self.erase();
    }
}

fn draw(label: &str, total: Option<u64>) -> ProgressBar {
    let template = match total {
        Some(_) => "{prefix} [{bar:30}] {percent} % | {human_pos} of {human_len} rows | {speed} | {left}",
        None => "{spinner} {prefix} {human_pos} rows | {speed} | {elapsed}",
    };
    let plain = ProgressStyle::default_bar();
    let style = plain.clone().template(template).unwrap_or(plain);
    let speed = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        let _ = write!(out, "{} rows/s", HumanCount(state.per_sec() as u64));
    };
    // Before the first rows a guess would be no time at all.
    let left = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        let _ = match state.pos() {
            0 => write!(out, "{:#} so far", HumanDuration(state.elapsed())),
            _ => write!(out, "{:#} left", HumanDuration(state.eta())),
        };
    };
    let style = style.progress_chars("#>-").tick_chars("|/-\\ ").with_key("speed", speed).with_key("left", left);
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr()).with_style(style);
    bar.with_prefix(label.to_owned())
}

/// `loading: 1,200 of 4,800 rows (25 %), 600 rows/s, about 6.000 s left`.
fn going(label: &str, done: u64, total: Option<u64>, elapsed: Duration) -> String {
    let speed = speed(done, elapsed);
    match total.filter(|&total| total >= done && done > 0) {
        Some(total) => {
            let seconds = elapsed.as_secs_f64() * (total - done) as f64 / done as f64;
            let left = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
            let percent = done as f64 / total as f64 * 100.0;
            let (done, total) = (HumanCount(done), rows(total));
            format!("{label}: {done} of {total} ({percent:.0} %), {speed}, about {} left", time(left))
        }
        None => format!("{label}: {}, {speed}, {} so far", rows(done), time(elapsed)),
    }
}

fn ended(label: &str, done: u64, elapsed: Duration) -> String {
    format!("{label}: {} in {} ({})", rows(done), time(elapsed), speed(done, elapsed))
}

fn speed(done: u64, elapsed: Duration) -> String {
    format!("{} rows/s", HumanCount((done as f64 / elapsed.as_secs_f64().max(1e-3)) as u64))
}

#[cfg(test)]
mod tests;
