use super::*;

#[test]
fn lines_tell_rows_speed_and_time_left() {
    let elapsed = Duration::from_secs(2);
    assert_eq!(
        going("loading", 1_200, Some(4_800), elapsed),
        "loading: 1,200 of 4,800 rows (25 %), 600 rows/s, about 6.000 s left"
    );
    assert_eq!(going("loading", 1_200, None, elapsed), "loading: 1,200 rows, 600 rows/s, 2.000 s so far");
    assert_eq!(ended("loading", 1_200, elapsed), "loading: 1,200 rows in 2.000 s (600 rows/s)");
}

#[test]
fn a_wrong_total_or_no_time_does_no_harm() {
    assert_eq!(going("x", 10, Some(5), Duration::from_secs(1)), "x: 10 rows, 10 rows/s, 1.000 s so far");
    assert_eq!(going("x", 0, Some(5), Duration::ZERO), "x: 0 rows, 0 rows/s, 0.000 s so far");
    assert_eq!(going("x", 1, Some(u64::MAX), Duration::from_nanos(1)).split(',').next(), Some("x: 1 of 18"));
    assert_eq!(ended("x", 0, Duration::ZERO), "x: 0 rows in 0.000 s (0 rows/s)");
}

#[test]
fn a_log_gets_a_line_every_ten_seconds() {
    let progress = Progress::new("x", None);
    let due: Vec<u64> = (0..35).filter(|&second| progress.line_is_due(Duration::from_secs(second))).collect();
    assert_eq!(due, [10, 20, 30]);
}

#[test]
fn what_was_reached_never_goes_back_nor_beyond_the_end() {
    let progress = Progress::at_terminal("x", Some(100));
    let reached = [10, 5, 30, 250, 7].map(|rows| {
        progress.reach(rows);
        progress.done.load(Ordering::Relaxed)
    });
    assert_eq!(reached, [10, 10, 30, 100, 100]);
    progress.finish();
}

#[test]
fn threads_advance_one_bar() {
    let progress = Progress::new("x", Some(400));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..100).for_each(|_| progress.advance(1)));
        }
    });
    assert_eq!(progress.done.load(Ordering::Relaxed), 400);
}
