use super::{LEVEL, Z, quantile};

#[test]
fn quantiles_are_those_of_tables() {
    assert!((quantile((1.0 + LEVEL) / 2.0) - Z).abs() < 1e-12);
    for (share, truth) in [(0.75, 0.674_489_750_196_082), (0.9, 1.281_551_565_544_6), (0.9995, 3.290_526_731_491_9)] {
        assert!((quantile(share) - truth).abs() < 1e-9, "{share}: {}", quantile(share));
    }
    assert!(quantile(0.5).abs() < 1e-12);
}
