use super::*;

#[test]
fn the_line_tells_only_what_is_known() {
    let nothing = QueryProgress::default();
    assert_eq!(line(&nothing, 0, Duration::from_millis(1_500)), "1.500 s");
    assert_eq!(line(&nothing, 3_000, Duration::from_millis(1_500)), "1.500 s | 3,000 rows | 2,000 rows/s");
    let half = QueryProgress { fraction: Some(0.5), rows: 10_000, bytes: 2048, stage: Some("stage 2\x1b of 5".into()) };
    let expected = "50 % | 10.0 s | about 10.0 s left | 10,000 rows | 1,000 rows/s | 2.00 KiB | stage 2\\x1b of 5";
    assert_eq!(line(&half, 3, Duration::from_secs(10)), expected);
}

#[test]
fn a_nonsense_fraction_is_not_shown() {
    for fraction in [f64::NAN, f64::INFINITY, -1.0, 1.5] {
        let progress = QueryProgress { fraction: Some(fraction), ..QueryProgress::default() };
        assert_eq!(line(&progress, 0, Duration::from_secs(2)), "2.000 s");
    }
    let barely = QueryProgress { fraction: Some(1e-300), ..QueryProgress::default() };
    assert_eq!(line(&barely, 0, Duration::from_secs(2)), "0 % | 2.000 s");
}

#[tokio::test]
async fn a_hidden_meter_only_waits() {
    let mut meter = Meter::hidden();
    assert_eq!(meter.wait(async { 7 }).await, 7);
    assert!(meter.bar.is_none());
}

#[tokio::test]
async fn many_short_waits_are_drawn_like_a_long_one() {
    let mut meter = Meter::new(true);
    meter.started -= DELAY;
    for _ in 0..100 {
        meter.wait(tokio::time::sleep(REDRAW / 20)).await;
        if meter.bar.is_some() {
            meter.hush();
            meter.wait(tokio::time::sleep(REDRAW * 2)).await;
            assert!(meter.bar.is_none(), "a hushed meter stays away");
            return;
        }
    }
    panic!("nothing was drawn");
}
