//! Thousands of random operations, against books that are kept in memory by the simplest means.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Timelike, Weekday};
use chrono_tz::Tz;

use super::*;
use crate::config::StatePlace;
use crate::ids::random;

on_every_database! {
    the_books_are_right_when_clocks_go_forward
    the_books_are_right_when_clocks_go_back
}

/// 2027-10-25 12:00 in UTC, six days before clocks go back in Berlin.
const OCTOBER: Timestamp = Timestamp::from_ms(1_824_465_600_000);

async fn the_books_are_right_when_clocks_go_forward(database: &Database) {
    compare_books(database, START, 0x5eed_0001).await;
}

async fn the_books_are_right_when_clocks_go_back(database: &Database) {
    compare_books(database, OCTOBER, 0x5eed_0002).await;
}

async fn compare_books(database: &Database, start: Timestamp, seed: u64) {
    let rounds = match database.place {
        StatePlace::File(_) => 3_000,
        StatePlace::Postgres(_) => 600,
    };
    let mut game = Game::open(database, start, seed).await;
    for round in 0..rounds {
        game.at = format!("seed {seed:#x}, round {round}");
        game.play().await;
        if round % 50 == 0 {
            game.compare().await;
        }
    }
    game.compare().await;
    game.no_tick_is_lost_or_doubled().await;
}

/// One schedule, told in two ways: to the program as a pattern, to the model minute by minute.
struct Pattern {
    name: &'static str,
    cron: &'static str,
    zone: Tz,
    catch_up: CatchUp,
    is_tick: fn(DateTime<Tz>) -> bool,
}

const PATTERNS: [Pattern; 5] = [
    Pattern {
        name: "night",
        cron: "30 2 * * *",
        zone: Tz::Europe__Berlin,
        catch_up: CatchUp::All,
        is_tick: is_half_past_two,
    },
    Pattern {
        name: "often",
        cron: "0 */6 * * *",
        zone: Tz::Asia__Shanghai,
        catch_up: CatchUp::All,
        is_tick: |t| t.minute() == 0 && t.hour() % 6 == 0,
    },
    Pattern {
        name: "hour",
        cron: "0 * * * *",
        zone: Tz::Europe__Berlin,
        catch_up: CatchUp::Last,
        is_tick: |t| t.minute() == 0,
    },
    Pattern { name: "now", cron: "* * * * *", zone: Tz::Europe__Berlin, catch_up: CatchUp::None, is_tick: |_| true },
    Pattern {
        name: "week",
        cron: "15 9 * * 1",
        zone: Tz::Asia__Shanghai,
        catch_up: CatchUp::None,
        is_tick: |t| (t.weekday(), t.hour(), t.minute()) == (Weekday::Mon, 9, 15),
    },
];

/// Or the first moment after the hour that was left out; of two, the first.
fn is_half_past_two(time: DateTime<Tz>) -> bool {
    let before = |minutes: i64| time - chrono::Duration::minutes(minutes);
    match (time.hour(), time.minute()) {
        (2, 30) => before(60).hour() != 2,
        (3, 0) => before(1).hour() == 1,
        _ => false,
    }
}

/// The ticks later than `from`, up to `to`.
fn ticks(pattern: &Pattern, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
    let (first, last) = (from.ms().div_euclid(60_000) + 1, to.ms().div_euclid(60_000));
    let local = |ms| DateTime::from_timestamp_millis(ms).unwrap().with_timezone(&pattern.zone);
    (first..=last)
        .map(|minute| minute * 60_000)
        .filter(|ms| (pattern.is_tick)(local(*ms)))
        .map(Timestamp::from_ms)
        .collect()
}

/// A job's ticks up to `decided` are decided.
struct Book {
    enabled: bool,
    decided: Timestamp,
    /// Whether it was ever switched.
    switched: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    state: RunState,
    cause: Cause,
    steps_done: u32,
    attempts: u32,
    failures: u32,
    epoch: Option<i64>,
    cancel_requested: bool,
    not_before: Timestamp,
    created_at: Timestamp,
}

type Key = (String, Timestamp);

struct Game {
    office: Office,
    dice: SeededRandomness,
    at: String,
    start: Timestamp,
    /// The latest time at which ticks were decided.
    decided: Timestamp,
    epoch: i64,
    books: Vec<Book>,
    entries: BTreeMap<Key, Entry>,
    ids: BTreeMap<Key, String>,
    /// Of all times: most have ended.
    claims: Vec<Claim>,
}

impl Game {
    async fn open(database: &Database, start: Timestamp, seed: u64) -> Self {
        let office = Office::open(database, start, seed).await;
        for pattern in &PATTERNS {
            let job = scheduled(pattern.name, pattern.cron, pattern.zone.name(), pattern.catch_up);
            office.jobs.submit(NewJob { retries: 2, retry_wait: 40 * MINUTE, ..job }).await.unwrap();
        }
        let epoch = office.epoch().await;
        let book = || Book { enabled: true, decided: start, switched: false };
        Self {
            office,
            dice: SeededRandomness::new(seed),
            at: String::new(),
            start,
            decided: start,
            epoch,
            books: PATTERNS.iter().map(|_| book()).collect(),
            entries: BTreeMap::new(),
            ids: BTreeMap::new(),
            claims: Vec::new(),
        }
    }

    fn below(&self, bound: usize) -> usize {
        let number = u64::from_le_bytes(random(&self.dice).unwrap());
        usize::try_from(number % bound as u64).unwrap()
    }

    fn now(&self) -> Timestamp {
        self.office.clock.now()
    }

    async fn play(&mut self) {
        match self.below(100) {
            0..20 => self.pass_time().await,
            20..24 => self.jump(),
            24..46 => self.claim().await,
            46..50 => self.claim_as_former_coordinator().await,
            50..64 => self.step().await,
            64..85 => self.finish().await,
            85..88 => self.crash().await,
            88..91 => self.cancel().await,
            91..94 => self.retry().await,
            94..96 => self.switch().await,
            96..98 => self.submit().await,
            _ => self.log().await,
        }
    }

    async fn pass_time(&mut self) {
        let ms = [30_000, 90 * 60_000, 8 * 3_600_000][self.below(3)];
        self.office.clock.advance(Duration::from_millis(self.below(ms) as u64));
        let now = self.now();
        let mut added = 0;
        for (pattern, book) in PATTERNS.iter().zip(&mut self.books).filter(|(_, book)| book.enabled) {
            let found = ticks(pattern, book.decided, now);
            book.decided = found.last().copied().unwrap_or(book.decided);
            let last = found.last().copied();
            let runs = match pattern.catch_up {
                CatchUp::All => found,
                CatchUp::Last => last.into_iter().collect(),
                CatchUp::None => last.filter(|tick| now.since(*tick) < MINUTE).into_iter().collect(),
            };
            added += runs.len() as u64;
            for tick in runs {
                let entry = Entry::new(Cause::Schedule, now);
                self.entries.entry((pattern.name.to_owned(), tick)).or_insert(entry);
            }
        }
        self.decided = self.decided.max(now);
        assert_eq!(self.office.jobs.due().await.unwrap(), added, "{}", self.at);
        self.learn_ids().await;
    }

    fn jump(&self) {
        let hour = Duration::from_secs(3_600);
        let now = self.now();
        self.office.clock.set(if self.below(2) == 0 { now.plus(hour) } else { now.minus(hour) });
    }

    async fn claim(&mut self) {
        let now = self.now();
        let claim = self.office.jobs.claim(self.epoch).await.unwrap();
        let busy: Vec<&String> = self.in_state(RunState::Running).map(|((job, _), _)| job).collect();
        let free = self.in_state(RunState::Waiting).filter(|((job, _), e)| e.not_before <= now && !busy.contains(&job));
        let age = |((_, tick), entry): (&Key, &Entry)| (*tick, entry.created_at);
        let oldest = free.map(age).min();
        let Some(claim) = claim else { return assert_eq!(oldest, None, "{}", self.at) };
        let key = (claim.job.clone(), claim.tick);
        assert!(!busy.contains(&&claim.job), "{}: {claim:?} overlaps", self.at);
        let epoch = self.epoch;
        let entry = self.entries.get_mut(&key).unwrap();
        assert_eq!(Some((claim.tick, entry.created_at)), oldest, "{}: {claim:?}", self.at);
        assert_eq!((entry.state, entry.steps_done), (RunState::Waiting, claim.steps_done), "{}: {claim:?}", self.at);
        *entry = Entry { state: RunState::Running, epoch: Some(epoch), attempts: entry.attempts + 1, ..entry.clone() };
        assert_eq!((claim.epoch, claim.attempt), (epoch, entry.attempts), "{}", self.at);
        self.claims.push(claim);
    }

    async fn claim_as_former_coordinator(&mut self) {
        let claim = self.office.jobs.claim(self.epoch - 1).await.unwrap();
        assert_eq!(claim, None, "{}", self.at);
    }

    async fn step(&mut self) {
        let Some(claim) = self.some_claim() else { return };
        let (done, total) = (self.below(5) as u32, 5);
        let written = self.office.jobs.step_done(&claim, done, total).await.unwrap();
        let entry = self.claimed(&claim).filter(|entry| entry.steps_done <= done);
        assert_eq!(written, entry.is_some(), "{}: {claim:?}", self.at.clone());
        if let Some(entry) = self.claimed(&claim).filter(|entry| entry.steps_done <= done) {
            entry.steps_done = done;
        }
    }

    async fn finish(&mut self) {
        let Some(claim) = self.some_claim() else { return };
        let now = self.now();
        let end = [End::Done { rows: Some(1) }, failed(), End::Cancelled][[0, 0, 1, 1, 1, 2][self.below(6)]].clone();
        let told = self.office.jobs.finish(&claim, end.clone()).await.unwrap();
        let expected = self.claimed(&claim).map(|entry| {
            let failure = matches!(end, End::Failed { .. });
            entry.failures += u32::from(failure);
            (entry.state, entry.not_before) = match end {
                End::Done { .. } => (RunState::Done, Timestamp::default()),
                End::Failed { .. } if !entry.cancel_requested && entry.failures <= 2 => {
                    (RunState::Waiting, now.plus(40 * MINUTE))
                }
                End::Failed { .. } if !entry.cancel_requested => (RunState::Failed, Timestamp::default()),
                _ => (RunState::Cancelled, Timestamp::default()),
            };
            entry.state
        });
        assert_eq!(told, expected, "{}: {claim:?}", self.at);
    }

    async fn crash(&mut self) {
        self.epoch = self.office.epoch().await;
        let lost = self.office.jobs.recover(self.epoch).await.unwrap();
        let running: Vec<Key> = self.in_state(RunState::Running).map(|(key, _)| key.clone()).collect();
        assert_eq!(lost, running.len() as u64, "{}", self.at);
        for key in running {
            let entry = self.entries.get_mut(&key).unwrap();
            entry.state = if entry.cancel_requested { RunState::Cancelled } else { RunState::Waiting };
            entry.not_before = Timestamp::default();
        }
    }

    async fn cancel(&mut self) {
        let Some((key, id)) = self.some_run() else { return };
        let told = self.office.jobs.cancel(&id).await.ok();
        let entry = self.entries.get_mut(&key).unwrap();
        let expected = match entry.state {
            RunState::Waiting => Some(RunState::Cancelled),
            RunState::Running => Some(RunState::Running),
            _ => None,
        };
        assert_eq!(told, expected, "{}", self.at);
        if let Some(state) = expected {
            *entry = Entry { state, cancel_requested: true, ..entry.clone() };
        }
    }

    async fn retry(&mut self) {
        let Some((key, id)) = self.some_run() else { return };
        let told = self.office.jobs.retry(&id).await.is_ok();
        let entry = self.entries.get_mut(&key).unwrap();
        let expected = matches!(entry.state, RunState::Failed | RunState::Cancelled);
        assert_eq!(told, expected, "{}", self.at);
        if expected {
            let (state, cause, not_before) = (RunState::Waiting, Cause::Retry, Timestamp::default());
            *entry = Entry { state, cause, not_before, failures: 0, cancel_requested: false, ..entry.clone() };
        }
    }

    /// Leaves the first schedule alone.
    async fn switch(&mut self) {
        let which = 1 + self.below(PATTERNS.len() - 1);
        let now = self.now();
        let (name, book) = (PATTERNS[which].name, &mut self.books[which]);
        (book.enabled, book.switched) = (!book.enabled, true);
        if book.enabled {
            book.decided = now;
            self.office.jobs.enable(name).await.unwrap();
        } else {
            self.office.jobs.disable(name).await.unwrap();
        }
    }

    async fn submit(&mut self) {
        let (name, now) = (format!("once_{}", self.entries.len()), self.now());
        let once = NewJob { retries: 2, retry_wait: 40 * MINUTE, ..job(&name) };
        if self.office.jobs.submit(once).await.is_ok() {
            self.entries.insert((name, now), Entry::new(Cause::Submit, now));
            self.learn_ids().await;
        }
    }

    async fn log(&mut self) {
        let Some(claim) = self.some_claim() else { return };
        let written = self.office.jobs.log(&claim, "a line").await.unwrap();
        assert_eq!(written, self.claimed(&claim).is_some(), "{}", self.at.clone());
    }

    async fn compare(&self) {
        let rows = self.office.jobs.runs(None, None, 1_000_000).await.unwrap();
        assert_eq!(rows.len(), self.entries.len(), "{}", self.at);
        let mut running: Vec<&str> = Vec::new();
        for row in &rows {
            let entry = &self.entries[&(row.job.clone(), row.tick)];
            assert_eq!(&Entry::of(row), entry, "{}: {} {:?}", self.at, row.job, row.tick);
            assert_eq!(
                row.ended_at.is_none(),
                matches!(row.state, RunState::Waiting | RunState::Running),
                "{}",
                self.at
            );
            running.extend((row.state == RunState::Running).then_some(row.job.as_str()));
        }
        let count = running.len();
        running.sort_unstable();
        running.dedup();
        assert_eq!(running.len(), count, "{}: runs overlap", self.at);
    }

    /// Once more, over the whole time at once.
    async fn no_tick_is_lost_or_doubled(&self) {
        let (pattern, book) = (&PATTERNS[0], &self.books[0]);
        assert!(!book.switched && pattern.catch_up == CatchUp::All);
        let rows = self.office.jobs.runs(Some(pattern.name), None, 1_000_000).await.unwrap();
        let found: Vec<Timestamp> = rows.iter().rev().map(|row| row.tick).collect();
        assert_eq!(found, ticks(pattern, self.start, self.decided), "{}", self.at);
        assert!(found.len() > 2);
    }

    fn in_state(&self, state: RunState) -> impl Iterator<Item = (&Key, &Entry)> {
        self.entries.iter().filter(move |(_, entry)| entry.state == state)
    }

    /// One of the last, so that about half of them still hold.
    fn some_claim(&self) -> Option<Claim> {
        let recent = self.claims.len().min(10);
        if recent == 0 { None } else { self.claims.iter().rev().nth(self.below(recent)).cloned() }
    }

    fn some_run(&self) -> Option<(Key, String)> {
        let count = self.ids.len();
        if count == 0 {
            None
        } else {
            self.ids.iter().nth(self.below(count)).map(|(key, id)| (key.clone(), id.clone()))
        }
    }

    fn claimed(&mut self, claim: &Claim) -> Option<&mut Entry> {
        let entry = self.entries.get_mut(&(claim.job.clone(), claim.tick))?;
        let holds =
            entry.state == RunState::Running && (entry.epoch, entry.attempts) == (Some(claim.epoch), claim.attempt);
        holds.then_some(entry)
    }

    /// Of the newest runs: new ones are among them.
    async fn learn_ids(&mut self) {
        for row in self.office.jobs.runs(None, None, 50).await.unwrap() {
            self.ids.insert((row.job, row.tick), row.id);
        }
    }
}

impl Entry {
    fn new(cause: Cause, now: Timestamp) -> Self {
        Self {
            state: RunState::Waiting,
            cause,
            steps_done: 0,
            attempts: 0,
            failures: 0,
            epoch: None,
            cancel_requested: false,
            not_before: Timestamp::default(),
            created_at: now,
        }
    }

    fn of(row: &RunRow) -> Self {
        Self {
            state: row.state,
            cause: row.cause,
            steps_done: row.steps_done,
            attempts: row.attempts,
            failures: row.failures,
            epoch: row.epoch,
            cancel_requested: row.cancel_requested,
            not_before: row.not_before,
            created_at: row.created_at,
        }
    }
}
