use super::*;

#[test]
fn waits_double_up_to_the_bound() {
    let waits: Vec<u64> = (3..=15).map(|count| wait_after(count).as_secs()).collect();
    assert_eq!(waits, [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    assert_eq!(wait_after(u32::MAX), WAIT_MAX);
}

#[test]
fn the_fifth_failure_locks_and_time_opens() {
    let mut lockout = Lockout::default();
    for at in 0..5 {
        assert_eq!(lockout.wait("li", ms(at)), None);
        lockout.failed("li", ms(at));
    }
    assert_eq!(lockout.wait("li", ms(4)), Some(Duration::from_secs(1)));
    assert_eq!(lockout.wait("li", ms(1_003)), Some(Duration::from_millis(1)));
    assert_eq!(lockout.wait("li", ms(1_004)), None);
    assert_eq!(lockout.wait("wang", ms(4)), None);
}

#[test]
fn success_and_an_hour_both_forgive() {
    let mut lockout = Lockout::default();
    (0..6).for_each(|_| lockout.failed("li", ms(0)));
    lockout.succeeded("li");
    assert_eq!(lockout.wait("li", ms(0)), None);
    (0..6).for_each(|_| lockout.failed("li", ms(0)));
    let later = ms(0).plus(MEMORY);
    lockout.failed("li", later);
    assert_eq!(lockout.wait("li", later), None);
}

#[test]
fn a_clock_that_steps_back_does_not_lock_for_longer() {
    let mut lockout = Lockout::default();
    (0..5).for_each(|_| lockout.failed("li", ms(1_000_000)));
    assert_eq!(lockout.wait("li", ms(0)), Some(Duration::from_secs(1)));
}

#[test]
fn memory_is_bounded_and_the_oldest_gives_way() {
    let mut lockout = Lockout::default();
    for at in 0..=NAMES_MAX {
        lockout.failed(&format!("user{at}"), ms(i64::try_from(at).unwrap()));
    }
    assert_eq!(lockout.0.len(), NAMES_MAX);
    assert!(!lockout.0.contains_key("user0"));
    assert!(lockout.0.contains_key("user1"));
    let later = ms(20_000).plus(MEMORY);
    lockout.failed("fresh", later);
    assert_eq!(lockout.0.len(), 1);
}

fn ms(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}
