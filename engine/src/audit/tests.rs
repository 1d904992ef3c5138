use std::num::NonZeroU32;
use std::path::Path as FsPath;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::TryStreamExt;
use futures::future::join_all;
use huitong_catalog::audit::{Anchor, Event, Line, Outcome, Sealed, SigningKey, Summary, Window};
use huitong_catalog::clock::{FixedClock, Timestamp};
use huitong_catalog::config;
use huitong_catalog::config::AuditWait;
use huitong_catalog::ids::SeededRandomness;
use huitong_catalog::state::{COORDINATOR, State};
use huitong_catalog::{Code, Error, Result};
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};

use super::by_hand::by_hand;
use super::handle::{Audit, FOLDER, KEY_SETTING, Place};
use super::newest::{Row, newest};
use super::reading::{Known, Segments, signing_key};
use super::sealing::{file_name, keep, number_of};
use super::writer::Writer;

const SEGMENT: u32 = 4;
const GRACE: Duration = Duration::from_secs(10);

fn event(statement: &str) -> Event {
    Event { actor: "李雷".to_owned(), statement: Some(statement.to_owned()), ..Event::default() }
}

async fn audit(state: &State, store: &Arc<dyn ObjectStore>) -> Audit {
    audit_at(state, Place { store: store.clone(), folder: Path::from(FOLDER), directory: None }).await
}

async fn audit_at(state: &State, place: Place) -> Audit {
    let (wait, seal_after) = (AuditWait::All, Duration::from_secs(3600));
    let settings = config::Audit { wait, seal_after, seal_records: NonZeroU32::new(SEGMENT).unwrap() };
    let clock = Arc::new(FixedClock::at(Timestamp::from_ms(5)));
    Audit::open(state.clone(), place, clock, &SeededRandomness::new(1), settings).await.unwrap()
}

fn memory() -> Arc<dyn ObjectStore> {
    Arc::new(InMemory::new())
}

/// A state database in a file, which two processes may open.
async fn file(folder: &FsPath) -> State {
    State::open(&folder.join("state.db")).await.unwrap()
}

fn path(number: u64) -> Path {
    Path::from(format!("{FOLDER}/{}", file_name(number)))
}

/// Reads the whole chain as an auditor does.
async fn verify(state: &State, store: &Arc<dyn ObjectStore>, audit: &Audit) -> Summary {
    let known = Known::read(state).await.unwrap();
    segments(store).verify(vec![audit.key()], &[], Some(&known), false).await.unwrap()
}

fn segments(store: &Arc<dyn ObjectStore>) -> Segments {
    Segments::new(store.clone(), Path::from(FOLDER))
}

async fn record(audit: &Audit, count: usize) {
    for number in 0..count {
        audit.record(event(&number.to_string())).await.unwrap();
    }
}

#[tokio::test]
async fn a_record_is_durable_when_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (state, other) = (file(folder.path()).await, file(folder.path()).await);
    let audit = audit(&state, &memory()).await;
    for number in 1..=3 {
        assert_eq!(audit.record(event("SELECT 1")).await.unwrap().seq, number);
        assert_eq!(other.audit_head().await.unwrap().seq, number, "another process sees it");
    }
}

/// While one commit is under way, whoever comes shares the next one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_that_wait_share_a_commit() {
    let folder = tempfile::tempdir().unwrap();
    let (state, store) = (file(folder.path()).await, memory());
    let audit = audit(&state, &store).await;
    let waiting = (0..500).map(|number| {
        let audit = audit.clone();
        tokio::spawn(async move { audit.record(event(&number.to_string())).await.unwrap().seq })
    });
    let began = std::time::Instant::now();
    let mut told: Vec<u64> = join_all(waiting).await.into_iter().map(|told| told.unwrap()).collect();
    // One by one on this disk they would take seconds.
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    told.sort_unstable();
    assert_eq!(told, (1..=500).collect::<Vec<_>>(), "each has a place of its own");
    assert_eq!(verify(&state, &store, &audit).await.records, 500);
}

#[tokio::test]
async fn what_nobody_waits_for_is_written_in_its_order() {
    let (state, store) = (State::in_memory().await.unwrap(), memory());
    let audit = audit(&state, &store).await;
    (0..2_500).for_each(|number| audit.note(event(&number.to_string())));
    assert!(audit.finish(GRACE).await);
    let tail = state.audit_tail(usize::MAX).await.unwrap();
    let statements: Vec<_> = tail.iter().map(|line| Line::read(&line.text).unwrap().event.statement.unwrap()).collect();
    assert_eq!(statements, (0..2_500).map(|number| number.to_string()).collect::<Vec<_>>());
    assert_eq!(verify(&state, &store, &audit).await.tail, 2_500);
}

/// Whoever waits is refused; what has happened already is kept until it can be written.
#[tokio::test]
async fn a_database_that_takes_nothing_refuses_and_forgets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (state, store) = (file(folder.path()).await, memory());
    let lease = state.take_lease(COORDINATOR, "a", Duration::ZERO).await.unwrap().unwrap();
    let broken = state.fenced(lease.epoch + 1);
    let writer = Writer::new(broken.clone());
    writer.note(event("before"));
    let told = writer.record(event("refused")).await.unwrap_err();
    assert_eq!(told.code, Code::TAKEN_OVER, "{told:?}");
    writer.note(event("after"));
    // From now on the epoch is the right one.
    tokio::time::sleep(Duration::from_millis(20)).await;
    let lease = state.take_lease(COORDINATOR, "b", Duration::from_secs(60)).await.unwrap().unwrap();
    assert_eq!(lease.epoch, broken.epoch());
    assert!(writer.finish(GRACE).await);
    let tail = state.audit_tail(usize::MAX).await.unwrap();
    let statements: Vec<_> = tail.iter().map(|line| Line::read(&line.text).unwrap().event.statement.unwrap()).collect();
    assert_eq!(statements, ["before", "after"]);
    assert_eq!(verify(&state, &store, &audit(&state, &store).await).await.records, 2);
}

#[tokio::test]
async fn a_closed_database_is_told_with_a_code_of_its_own() {
    let state = State::in_memory().await.unwrap();
    let audit = audit(&state, &memory()).await;
    state.close().await;
    let told = audit.record(event("SELECT 1")).await.unwrap_err();
    assert_eq!(told.code, Code::AUDIT_UNWRITABLE, "{told:?}");
    // What waits is bounded: what has not begun is refused.
    let mut taken = 0;
    while audit.try_note(event("more")).is_ok() {
        taken += 1;
        assert!(taken <= 10_000, "there is no bound");
    }
    assert!(taken > 1_000, "{taken}");
    assert!(!audit.finish(Duration::from_millis(50)).await);
}

#[tokio::test]
async fn segments_are_made_of_the_oldest_and_verified() {
    let (state, store) = (State::in_memory().await.unwrap(), memory());
    let audit = audit(&state, &store).await;
    assert_eq!(audit.seal().await.unwrap(), None);
    let key = signing_key(&state).await.unwrap().unwrap();
    let anchor = async || segments(&store).anchor(&state, &key, Timestamp::from_ms(9)).await.unwrap();
    assert_eq!(anchor().await, None);
    record(&audit, 10).await;
    assert_eq!(audit.seal().await.unwrap(), Some(1));
    assert_eq!(
        verify(&state, &store, &audit).await,
        Summary { segments: 1, tail: 6, ..verify(&state, &store, &audit).await }
    );
    assert_eq!(audit.seal().await.unwrap(), Some(2));
    let kept = anchor().await.unwrap();
    assert_eq!((kept.segment, kept.last), (2, 8));
    assert_eq!(audit.seal().await.unwrap(), Some(3));
    assert_eq!(audit.seal().await.unwrap(), None);
    let summary = verify(&state, &store, &audit).await;
    assert_eq!((summary.segments, summary.records, summary.tail), (3, 10, 0));
    let with = async |anchors: &[Anchor], known: Option<&Known>| {
        segments(&store).verify(vec![audit.key()], anchors, known, false).await.map(|summary| summary.records)
    };
    assert_eq!(with(std::slice::from_ref(&kept), None).await.unwrap(), 10);
    // The end is cut off: the state database knows, and so does the anchor.
    let known = Known::read(&state).await.unwrap();
    store.delete(&path(3)).await.unwrap();
    let told = with(&[], Some(&known)).await.unwrap_err();
    assert!(told.code == Code::AUDIT_BROKEN && told.message.contains("record 9"), "{told:?}");
    assert_eq!(with(std::slice::from_ref(&kept), None).await.unwrap(), 8);
    store.delete(&path(2)).await.unwrap();
    let told = with(std::slice::from_ref(&kept), None).await.unwrap_err();
    assert!(told.message.contains("record 5") && told.message.contains("the anchor of segment 2"), "{told:?}");
    assert_eq!(with(&[], None).await.unwrap(), 4, "nobody knows better");
}

#[tokio::test]
async fn a_missing_segment_is_named() {
    let (state, store) = (State::in_memory().await.unwrap(), memory());
    let audit = audit(&state, &store).await;
    record(&audit, 12).await;
    while audit.seal().await.unwrap().is_some() {}
    store.delete(&path(2)).await.unwrap();
    let told = segments(&store).verify(vec![audit.key()], &[], None, false).await.unwrap_err();
    let expected = "audit segment 0000000002, record 5: the segment is missing";
    assert_eq!((told.code, told.message.as_str()), (Code::AUDIT_BROKEN, expected));
    let told = segments(&store).verify(vec![audit.key()], &[], None, true).await.unwrap_err();
    assert_eq!(told.message, "审计段 0000000002，记录 5：该段缺失");
}

/// The process ended between the object and its row; the next one has another epoch and more records.
#[tokio::test]
async fn a_segment_that_nobody_wrote_down_is_taken_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (state, store) = (file(folder.path()).await, memory());
    let first = audit(&state, &store).await;
    record(&first, 3).await;
    let tail = state.audit_tail(2).await.unwrap();
    let key = SigningKey::from_secret(&state.setting(KEY_SETTING).await.unwrap().unwrap()).unwrap();
    let sealed = Sealed::new(&state.audit_sealed().await.unwrap(), 77, &tail, &key).unwrap();
    store.put(&path(1), sealed.bytes.clone().into()).await.unwrap();
    record(&first, 3).await;
    drop(first);

    let next = audit(&state, &store).await;
    assert_eq!(next.seal().await.unwrap(), Some(1));
    assert_eq!(state.audit_sealed().await.unwrap(), sealed.end);
    assert_eq!(next.seal().await.unwrap(), Some(2));
    let summary = verify(&state, &store, &next).await;
    assert_eq!((summary.segments, summary.records, summary.tail), (2, 6, 0));
}

#[tokio::test]
async fn another_object_in_the_way_stops_sealing_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (state, store) = (file(folder.path()).await, memory());
    let ours = audit(&state, &store).await;
    record(&ours, 3).await;
    let key = SigningKey::from_secret(&state.setting(KEY_SETTING).await.unwrap().unwrap()).unwrap();
    let other = Line::new(Default::default(), 1, &event("another")).unwrap();
    let of_others = Sealed::new(&Default::default(), 1, &[other], &key).unwrap().bytes;
    for in_the_way in [b"rubbish".to_vec(), of_others] {
        store.put(&path(1), in_the_way.clone().into()).await.unwrap();
        let told = ours.seal().await.unwrap_err();
        assert_eq!(told.code, Code::AUDIT_SEGMENT_TAKEN, "{told:?}");
        assert!(told.message.contains("_audit/0000000001.audit"), "{}", told.message);
        assert_eq!(store.get(&path(1)).await.unwrap().bytes().await.unwrap(), in_the_way, "nothing is replaced");
    }
    assert_eq!(ours.record(event("goes on")).await.unwrap().seq, 4);
    store.delete(&path(1)).await.unwrap();
    assert_eq!(ours.seal().await.unwrap(), Some(1));
    assert_eq!(verify(&state, &store, &ours).await.records, 4);
}

#[tokio::test]
async fn what_was_changed_in_the_database_is_not_signed() {
    let folder = tempfile::tempdir().unwrap();
    let (state, store) = (file(folder.path()).await, memory());
    let audit = audit(&state, &store).await;
    record(&audit, 2).await;
    let head = state.audit_head().await.unwrap();
    // Behind the back of the chain: a line whose hash is that of another one.
    let right = Line::new(head.hash, 3, &event("right")).unwrap();
    let wrong = Line { text: right.text.replace("right", "wrong"), ..right };
    state.append_audit(&head, &[wrong]).await.unwrap();
    let told = audit.seal().await.unwrap_err();
    assert!(told.code == Code::AUDIT_BROKEN && told.message.contains("record 3"), "{told:?}");
    assert!(store.get(&path(1)).await.is_err());
}

#[tokio::test]
async fn a_store_that_refuses_keeps_records_in_the_database() {
    let (state, folder) = (State::in_memory().await.unwrap(), tempfile::tempdir().unwrap());
    // A file where the directory should be.
    std::fs::write(folder.path().join(FOLDER), "").unwrap();
    let store: Arc<dyn ObjectStore> = Arc::new(LocalFileSystem::new_with_prefix(folder.path()).unwrap());
    let directory = Some(folder.path().join(FOLDER));
    let audit = audit_at(&state, Place { store: store.clone(), folder: Path::from(FOLDER), directory }).await;
    record(&audit, 5).await;
    assert_eq!(audit.seal().await.unwrap_err().code, Code::STORE_UNAVAILABLE);
    assert_eq!(verify(&state, &store, &audit).await.tail, 5);
    std::fs::remove_file(folder.path().join(FOLDER)).unwrap();
    assert_eq!(audit.seal().await.unwrap(), Some(1));
    assert_eq!(verify(&state, &store, &audit).await.tail, 1);
}

#[tokio::test]
async fn full_segments_are_made_without_waiting_for_the_time() {
    let (state, store) = (State::in_memory().await.unwrap(), memory());
    let audit = audit(&state, &store).await;
    record(&audit, 6).await;
    let keeping = tokio::spawn(keep(audit.clone()));
    let made = async {
        while state.audit_sealed().await.unwrap().segment == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(GRACE, made).await.unwrap();
    keeping.abort();
    let summary = verify(&state, &store, &audit).await;
    assert_eq!((summary.segments, summary.records, summary.tail), (1, 6, 2));
}

#[tokio::test]
async fn the_key_stays() -> Result<()> {
    let (state, store) = (State::in_memory().await?, memory());
    let key = audit(&state, &store).await.key();
    assert_eq!(audit(&state, &store).await.key(), key);
    Ok(())
}

#[test]
fn names_of_segments_are_read_back() {
    assert_eq!(file_name(12), "0000000012.audit");
    assert_eq!(number_of("0000000012.audit"), Some(12));
    for other in ["12.audit", "0000000012", "0000000012.audit#1", "000000001x.audit", "+000000012.audit"] {
        assert_eq!(number_of(other), None, "{other}");
    }
}

/// Numbers of the records of a window, as they come.
async fn numbers(audit: &Audit, window: Window) -> Result<Vec<u64>> {
    let rows: Vec<Vec<Row>> = newest(audit.clone(), window).try_collect().await?;
    Ok(rows.into_iter().flatten().map(|row| row.record.seq).collect())
}

#[tokio::test]
async fn the_newest_come_first_and_what_is_not_asked_for_is_not_read() {
    let (state, store) = (State::in_memory().await.unwrap(), memory());
    let audit = audit(&state, &store).await;
    // Their clock was set back once.
    for time in [10, 20, 30, 40, 25, 26, 27, 28, 50, 60, 70, 80, 90] {
        audit.record(Event { time, ..event("SELECT 1") }).await.unwrap();
    }
    assert_eq!(numbers(&audit, Window::ALL).await.unwrap(), (1..=13).rev().collect::<Vec<_>>(), "none is in a segment");
    while audit.seal().await.unwrap().is_some() && state.audit_tail(9).await.unwrap().len() > 1 {}
    assert_eq!(state.audit_sealed().await.unwrap().segment, 3);
    assert_eq!(numbers(&audit, Window::ALL).await.unwrap(), (1..=13).rev().collect::<Vec<_>>());
    let of_numbers = |first, last| Window { first, last, ..Window::ALL };
    let of_times = |from, until| Window { from, until, ..Window::ALL };
    assert_eq!(numbers(&audit, of_times(25, 40)).await.unwrap(), [8, 7, 6, 5, 4, 3]);
    assert_eq!(numbers(&audit, of_numbers(4, 9)).await.unwrap(), [9, 8, 7, 6, 5, 4]);
    assert!(numbers(&audit, of_numbers(14, 99)).await.unwrap().is_empty());
    assert_eq!(numbers(&audit, of_numbers(13, 13).and(of_times(90, 90))).await.unwrap(), [13]);
    store.delete(&path(2)).await.unwrap();
    assert_eq!(numbers(&audit, of_numbers(9, 13)).await.unwrap(), [13, 12, 11, 10, 9]);
    assert_eq!(numbers(&audit, of_numbers(1, 4)).await.unwrap(), [4, 3, 2, 1]);
    assert_eq!(numbers(&audit, of_times(29, 49)).await.unwrap(), [4, 3]);
    assert_eq!(numbers(&audit, of_times(27, 49)).await.unwrap_err().code, Code::STORE_UNAVAILABLE);
    for rubbish in ["", "rubbish", "rubbish\nrubbish\n", "rubbish\nrubbish\nrubbish\n"] {
        store.put(&path(2), rubbish.into()).await.unwrap();
        assert_eq!(numbers(&audit, Window::ALL).await.unwrap_err().code, Code::AUDIT_BROKEN, "{rubbish}");
    }
}

/// Who works on the database by hand writes between the records of a server, and neither refuses the other.
#[tokio::test]
async fn hands_write_between_the_records_of_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let (state, other, store) = (file(folder.path()).await, file(folder.path()).await, memory());
    let audit = audit(&state, &store).await;
    for round in 0..5 {
        assert_eq!(audit.record(event("SELECT 1")).await.unwrap().seq, 3 * round + 1);
        let done = by_hand(&other, "huitong user list", "root", async { Ok(round) }).await.unwrap();
        assert_eq!(done, round);
    }
    let failed = async { Err::<(), _>(Error::new(Code::UNKNOWN_USER, "there is no user `li`")) };
    assert_eq!(by_hand(&other, "huitong user remove li", "root", failed).await.unwrap_err().code, Code::UNKNOWN_USER);
    let last = other.audit_tail_below(u64::MAX, &Window::ALL).await.unwrap();
    let last = Line::read(&last[0].text).unwrap().event;
    assert_eq!((last.outcome, last.error.as_deref()), (Outcome::Failed, Some("HT0206")));
    assert_eq!(verify(&state, &store, &audit).await.records, 17);
    // Nothing is done that could not be recorded.
    other.close().await;
    let is_done = AtomicBool::new(false);
    let work = async {
        is_done.store(true, Ordering::Relaxed);
        Ok(())
    };
    let told = by_hand(&other, "huitong user list", "root", work).await.unwrap_err();
    assert_eq!((told.code, is_done.into_inner()), (Code::AUDIT_UNWRITABLE, false));
}
