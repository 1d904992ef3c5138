use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use super::*;

/// Long enough to be told from nothing.
const SOON: Duration = Duration::from_millis(30);

fn places(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap()
}

fn door(running_max: u32) -> Admission {
    Admission::new(Limits { running_max: places(running_max), ..Limits::default() })
}

fn ask(user: &str, group: &Arc<Group>) -> Ask {
    Ask { user: user.to_owned(), door: "flight", group: group.clone(), bytes: 1 }
}

fn patient() -> Arc<Group> {
    Arc::new(Group { queued_max: 10_000, user_queued_max: 10_000, ..Group::new("g") })
}

fn queued(admission: &Admission) -> usize {
    admission.snapshot().waiting.len()
}

#[tokio::test]
async fn a_ticket_tells_how_long_it_took() {
    let (admission, group) = (door(1), patient());
    let first = admission.admit(ask("li", &group)).await.unwrap();
    assert!(first.waited() < SOON);
    let second = tokio::spawn({
        let (admission, ask) = (admission.clone(), ask("wang", &group));
        async move { admission.admit(ask).await }
    });
    tokio::time::sleep(SOON).await;
    assert!(admission.snapshot().waiting[0].waited >= SOON);
    drop(first);
    assert!(second.await.unwrap().unwrap().waited() >= SOON);
    assert_eq!(admission.snapshot(), Snapshot::default());
}

#[tokio::test]
async fn nobody_waits_longer_than_the_group_allows() {
    let wait_max = SOON;
    let (admission, group) = (door(1), Arc::new(Group { wait_max, ..Group::new("g") }));
    let _first = admission.admit(ask("li", &group)).await.unwrap();
    let refusal = admission.admit(ask("wang", &group)).await.unwrap_err();
    assert!(matches!(refusal, Refusal::TooLong { waited } if waited >= wait_max), "{refusal:?}");
    assert_eq!(queued(&admission), 0);
    let never = Arc::new(Group { wait_max: Duration::MAX, ..Group::new("g") });
    let waiting = timeout(2 * SOON, admission.admit(ask("wang", &never))).await;
    assert!(waiting.is_err() && queued(&admission) == 0);
}

#[tokio::test]
async fn a_group_that_does_not_wait_still_starts() {
    let group = Arc::new(Group { wait_max: Duration::ZERO, ..Group::new("g") });
    let admission = door(1);
    let _first = admission.admit(ask("li", &group)).await.unwrap();
    let refusal = admission.admit(ask("li", &group)).await.unwrap_err();
    assert!(matches!(refusal, Refusal::TooLong { .. }), "{refusal:?}");
}

#[tokio::test]
async fn a_dropped_future_leaves_at_every_moment() {
    let (admission, group) = (door(1), patient());
    // Before it was polled.
    drop(admission.admit(ask("li", &group)));
    let first = admission.admit(ask("li", &group)).await.unwrap();
    // While it waits, behind and before others.
    let mut left = Box::pin(admission.admit(ask("li", &group)));
    let mut stays = Box::pin(admission.admit(ask("li", &group)));
    assert!(poll(&mut left).await.is_none() && poll(&mut stays).await.is_none());
    drop(left);
    assert_eq!(queued(&admission), 1);
    // When it has the place and does not know it yet: the next one gets it.
    let mut next = Box::pin(admission.admit(ask("li", &group)));
    assert!(poll(&mut next).await.is_none());
    drop(first);
    assert_eq!(queued(&admission), 1);
    drop(stays);
    assert!(poll(&mut next).await.is_some_and(|outcome| outcome.is_ok()));
    drop(next);
    assert_eq!(admission.snapshot(), Snapshot::default());
}

/// A place that comes in the moment in which patience ends is taken.
#[tokio::test]
async fn a_place_at_the_last_moment_is_not_lost() {
    let wait_max = SOON;
    let (admission, group) = (door(1), Arc::new(Group { wait_max, ..Group::new("g") }));
    let first = admission.admit(ask("li", &group)).await.unwrap();
    let mut second = Box::pin(admission.admit(ask("wang", &group)));
    assert!(poll(&mut second).await.is_none());
    std::thread::sleep(wait_max);
    drop(first);
    assert!(second.await.is_ok_and(|ticket| ticket.waited() >= wait_max));
}

async fn poll<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    std::future::poll_fn(|context| match std::pin::Pin::new(&mut *future).poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// A thousand statements of one user wait, and one of another gets in after two of them have ended.
#[tokio::test]
async fn a_flood_does_not_keep_others_out() {
    let (admission, group) = (door(4), patient());
    let ended = Arc::new(AtomicUsize::new(0));
    let flood =
        (0..1_000).map(|number| tokio::spawn(work(admission.clone(), ask("flood", &group), number, ended.clone())));
    let flood: Vec<_> = flood.collect();
    // Until all have asked: others are let in after some tens of tasks.
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    let (running, waiting) = (admission.snapshot().groups[0].running, queued(&admission));
    assert!(running == 4 && waiting > 900, "{running} run and {waiting} wait");
    let before = ended.load(Ordering::SeqCst);
    let ticket = admission.admit(ask("single", &group)).await.unwrap();
    // Two, and those that ended until this task was run again.
    let after = ended.load(Ordering::SeqCst) - before;
    assert!(after <= 10, "after {after}");
    drop(ticket);
    for task in flood {
        task.await.unwrap();
    }
    assert_eq!(ended.load(Ordering::SeqCst), 1_000);
}

/// A short statement.
async fn work(admission: Admission, ask: Ask, number: u64, ended: Arc<AtomicUsize>) {
    let _ticket = admission.admit(ask).await.unwrap();
    tokio::time::sleep(Duration::from_millis(5 + number % 3)).await;
    ended.fetch_add(1, Ordering::SeqCst);
}

/// Real threads and a real clock: clients that give up at any moment, waits that end, and never more at work than may.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn threads_lose_no_place_and_no_wake_up() {
    const PLACES: usize = 3;
    let admission = door(PLACES as u32);
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let group = patient();
    let hasty = Arc::new(Group { wait_max: Duration::from_millis(3), ..Group::new("hasty") });
    let tasks = (0..3_000_u64).map(|number| {
        let group = if number % 3 == 0 { &hasty } else { &group };
        let (admission, ask) = (admission.clone(), ask(&format!("user {}", number % 7), group));
        let (running, most) = (running.clone(), most.clone());
        let task = tokio::spawn(async move {
            let Ok(_ticket) = admission.admit(ask).await else { return };
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            let _leave = Leave(running);
            tokio::time::sleep(Duration::from_micros(number % 5 * 50)).await;
        });
        (number, task)
    });
    let tasks: Vec<_> = tasks.collect();
    for (number, task) in &tasks {
        if number % 5 == 0 {
            tokio::time::sleep(Duration::from_micros(number % 11 * 10)).await;
            task.abort();
        }
    }
    for (_, task) in tasks {
        timeout(Duration::from_secs(60), task).await.expect("nobody waits for ever").ok();
    }
    assert_eq!(admission.snapshot(), Snapshot::default());
    assert!(admission.with(|state| state.waiters.is_empty()));
    assert!(most.load(Ordering::SeqCst) <= PLACES);
}

/// Counts down also when its task is aborted.
struct Leave(Arc<AtomicUsize>);

impl Drop for Leave {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
