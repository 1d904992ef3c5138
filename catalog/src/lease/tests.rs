use super::*;

/// Renewed ten times before it would be lost, so that a slow machine does not lose it.
const QUICK: Timing = Timing {
    span: Duration::from_millis(3_000),
    renew_every: Duration::from_millis(100),
    retry_after: Duration::from_millis(50),
    margin: Duration::from_millis(1_500),
};

#[tokio::test]
async fn a_kept_lease_outlives_its_span_and_is_free_when_closed() {
    let state = State::in_memory().await.unwrap();
    let held = take(&state, "a", QUICK).await.unwrap();
    sleep(QUICK.span + QUICK.margin).await;
    assert!(held.is_held());
    assert!(take(&state, "b", QUICK).await.is_none());
    let lost = held.lost();
    held.release().await;
    lost.await;
    assert_eq!(take(&state, "b", QUICK).await.unwrap().epoch(), 2);
}

#[tokio::test]
async fn a_dropped_lease_is_released() {
    let state = State::in_memory().await.unwrap();
    drop(take(&state, "a", TIMING).await.unwrap());
    let waited = timeout(TIMING.span / 2, async {
        while take(&state, "b", TIMING).await.is_none() {
            sleep(Duration::from_millis(10)).await;
        }
    });
    waited.await.unwrap();
}

#[tokio::test]
async fn a_lease_that_somebody_else_got_is_lost_at_the_next_renewal() {
    let state = State::in_memory().await.unwrap();
    let held = take(&state, "a", QUICK).await.unwrap();
    assert!(state.release_lease(&held.lease).await.unwrap());
    let _other = take(&state, "b", QUICK).await.unwrap();
    timeout(QUICK.span - QUICK.margin, held.lost()).await.unwrap();
    assert!(!held.is_held());
    held.release().await;
    assert_eq!(state.lease("c").await.unwrap().unwrap().holder, "b", "the new holder's lease stays");
}

#[tokio::test]
async fn without_a_database_it_is_lost_before_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let (mine, other) = (folder.path().join("s.db"), folder.path().join("s.db"));
    let (mine, other) = (State::open(&mine).await.unwrap(), State::open(&other).await.unwrap());
    let held = take(&mine, "a", QUICK).await.unwrap();
    mine.close().await;
    assert!(held.is_held(), "one failure is no loss");
    held.lost().await;
    assert!(!held.is_held());
    assert_eq!(other.lease("c").await.unwrap().unwrap().holder, "a", "in the database it has not ended yet");
}

async fn take(state: &State, holder: &str, timing: Timing) -> Option<HeldLease> {
    HeldLease::take_for(state, "c", holder, timing).await.unwrap()
}
