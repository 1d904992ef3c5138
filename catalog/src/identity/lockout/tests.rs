use super::*;

#[test]
fn waits_double_up_to_the_bound() {
    let waits: Vec<u64> = (3..=15).map(|count| LockoutRules::default().wait_after(count).as_secs()).collect();
    assert_eq!(waits, [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    assert_eq!(LockoutRules::default().wait_after(u32::MAX), Duration::from_secs(300));
}

#[test]
fn the_fifth_failure_locks_and_time_opens() {
    let mut lockout = Lockout::new(LockoutRules::default());
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
    let mut lockout = Lockout::new(LockoutRules::default());
    (0..6).for_each(|_| lockout.failed("li", ms(0)));
    lockout.succeeded("li");
    assert_eq!(lockout.wait("li", ms(0)), None);
    (0..6).for_each(|_| lockout.failed("li", ms(0)));
    let later = ms(0).plus(LockoutRules::default().memory);
    lockout.failed("li", later);
    assert_eq!(lockout.wait("li", later), None);
}

#[test]
fn a_clock_that_steps_back_does_not_lock_for_longer() {
    let mut lockout = Lockout::new(LockoutRules::default());
    (0..5).for_each(|_| lockout.failed("li", ms(1_000_000)));
    assert_eq!(lockout.wait("li", ms(0)), Some(Duration::from_secs(1)));
}

#[test]
fn memory_is_bounded_and_the_oldest_gives_way() {
    let mut lockout = Lockout::new(LockoutRules::default());
    for at in 0..=NAMES_MAX {
        lockout.failed(&format!("user{at}"), ms(i64::try_from(at).unwrap()));
    }
    assert_eq!(lockout.names.len(), NAMES_MAX);
    assert!(!lockout.names.contains_key("user0"));
    assert!(lockout.names.contains_key("user1"));
    let later = ms(20_000).plus(LockoutRules::default().memory);
    lockout.failed("fresh", later);
    assert_eq!(lockout.names.len(), 1);
}

#[test]
fn the_rules_are_those_of_the_settings() {
    let strict = LockoutRules { free_failures: 1, wait_max: Duration::from_secs(7), memory: Duration::from_secs(60) };
    let waits: Vec<u64> = (0..=5).map(|count| strict.wait_after(count).as_secs()).collect();
    assert_eq!(waits, [0, 1, 2, 4, 7, 7]);
    let mut lockout = Lockout::new(strict);
    lockout.failed("li", ms(0));
    assert_eq!(lockout.wait("li", ms(0)), Some(Duration::from_secs(1)));
    lockout.failed("li", ms(59_999));
    assert_eq!(lockout.wait("li", ms(59_999)), Some(Duration::from_secs(2)));
    lockout.failed("li", ms(119_999));
    assert_eq!(lockout.wait("li", ms(119_999)), Some(Duration::from_secs(1)), "a minute forgives");
}

fn ms(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}
