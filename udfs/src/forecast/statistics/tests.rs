use super::*;

#[test]
fn medians() {
    assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
    assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
    assert!(median(&[]).is_nan());
}

#[test]
fn tails_are_those_of_printed_tables() {
    // Upper 5 % and 1 % points (Fisher & Yates, table V; Student: table III).
    for (f, numerator, denominator, tail) in
        [(4.9646, 1.0, 10.0, 0.05), (2.6049, 3.0, 120.0, 0.0549), (3.0984, 3.0, 20.0, 0.05), (7.2057, 4.0, 9.0, 0.007)]
    {
        let found = f_tail(f, numerator, denominator);
        assert!((found - tail).abs() < 3e-4, "{f}: {found}");
    }
    assert!((t_tail(2.2281, 10.0) - 0.05).abs() < 1e-5);
    assert!((t_tail(1.959_964, 1e7) - 0.05).abs() < 1e-6);
    assert_eq!(f_tail(0.0, 2.0, 9.0), 1.0);
    assert!(f_tail(f64::NAN, 2.0, 9.0).is_nan() && f_tail(1.0, 0.0, 9.0).is_nan());
    // In closed form for two degrees above: (1 + 2f / d)^(−d / 2).
    for f in [0.1, 1.0, 10.0, 100.0] {
        assert!((f_tail(f, 2.0, 8.0) - (1.0 + f / 4.0).powi(-4)).abs() < 1e-12);
    }
}

#[test]
fn autocorrelations() {
    assert_eq!(autocorrelation(&[1.0, -1.0, 1.0, -1.0], 1), -0.75);
    assert_eq!(autocorrelation(&[2.0; 5], 1), 0.0);
    assert_eq!(variance(&[1.0, 3.0]), 1.0);
}
