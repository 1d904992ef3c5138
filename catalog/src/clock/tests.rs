use super::*;

#[test]
fn a_fixed_clock_moves_only_when_told() {
    let clock = FixedClock::at(Timestamp::from_ms(1_000));
    assert_eq!(clock.now(), clock.now());
    clock.advance(Duration::from_secs(2));
    assert_eq!(clock.now(), Timestamp::from_ms(3_000));
}

#[test]
fn arithmetic_saturates() {
    let end = Timestamp::from_ms(i64::MAX);
    assert_eq!(end.plus(Duration::MAX), end);
    assert_eq!(Timestamp::from_ms(-5).minus(Duration::MAX).plus(Duration::ZERO).ms(), i64::MIN);
    assert_eq!(Timestamp::from_ms(1).since(end), Duration::ZERO);
    assert_eq!(end.since(Timestamp::from_ms(i64::MAX - 7)), Duration::from_millis(7));
}

#[test]
fn the_system_clock_is_past_the_first_commit() {
    let first_commit_ms = 1_790_000_000_000;
    assert!(SystemClock.now().ms() > first_commit_ms);
}
