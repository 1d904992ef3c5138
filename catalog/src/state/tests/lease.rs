//! Who holds a lease, by the database's clock.

use std::time::Duration;

use super::*;

on_every_database! {
    a_lease_has_one_holder_at_a_time
    an_expired_lease_is_for_whoever_is_first
    a_holder_that_takes_again_ends_what_it_had
    of_many_takers_one_gets_it
}

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(1);

async fn a_lease_has_one_holder_at_a_time(database: &Database) {
    let (one, two) = (database.open().await, database.open().await);
    assert_eq!(one.lease("c").await.unwrap(), None);
    let first = one.take_lease("c", "a", LONG).await.unwrap().unwrap();
    assert_eq!((first.holder.as_str(), first.epoch), ("a", 1));
    assert_eq!(two.take_lease("c", "b", LONG).await.unwrap(), None);
    assert!(two.take_lease("other", "b", LONG).await.unwrap().is_some());
    assert_eq!(two.lease("c").await.unwrap().as_ref(), Some(&first));
    assert!(one.renew_lease(&first, 2 * LONG).await.unwrap());
    let until = two.lease("c").await.unwrap().unwrap().until;
    assert!(until >= first.until.plus(LONG), "{until:?}");

    assert!(one.release_lease(&first).await.unwrap());
    assert!(!one.release_lease(&first).await.unwrap());
    assert_eq!(two.lease("c").await.unwrap(), None);
    let second = two.take_lease("c", "b", LONG).await.unwrap().unwrap();
    assert_eq!((second.holder.as_str(), second.epoch), ("b", 2));
}

async fn an_expired_lease_is_for_whoever_is_first(database: &Database) {
    let state = database.open().await;
    let first = state.take_lease("c", "a", SHORT).await.unwrap().unwrap();
    tokio::time::sleep(10 * SHORT).await;
    assert_eq!(state.lease("c").await.unwrap(), None);
    // A clock that jumped is no reason to stop, as long as nobody else came.
    assert!(state.renew_lease(&first, SHORT).await.unwrap());
    tokio::time::sleep(10 * SHORT).await;
    let second = state.take_lease("c", "b", LONG).await.unwrap().unwrap();
    assert_eq!(second.epoch, 2);
    assert!(!state.renew_lease(&first, LONG).await.unwrap());
    assert!(!state.release_lease(&first).await.unwrap());
    assert_eq!(state.lease("c").await.unwrap(), Some(second));
}

async fn a_holder_that_takes_again_ends_what_it_had(database: &Database) {
    let state = database.open().await;
    let first = state.take_lease("c", "a", LONG).await.unwrap().unwrap();
    let second = state.take_lease("c", "a", LONG).await.unwrap().unwrap();
    assert_eq!((first.epoch, second.epoch), (1, 2));
    assert!(!state.renew_lease(&first, LONG).await.unwrap());
    assert!(!state.release_lease(&first).await.unwrap());
    assert!(state.renew_lease(&second, LONG).await.unwrap());
}

async fn of_many_takers_one_gets_it(database: &Database) {
    let states = [database.open().await, database.open().await];
    for round in 1..=5 {
        let takers = (0..24).map(|number| {
            let state = states[number % 2].clone();
            tokio::spawn(async move { state.take_lease("c", &format!("{round}/{number}"), LONG).await })
        });
        let mut holders = Vec::new();
        for taker in takers.collect::<Vec<_>>() {
            holders.extend(taker.await.unwrap().unwrap());
        }
        assert_eq!(holders.len(), 1, "{holders:?}");
        assert_eq!(holders[0].epoch, round);
        assert!(states[0].release_lease(&holders[0]).await.unwrap());
    }
}
