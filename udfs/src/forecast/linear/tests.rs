use super::*;

#[test]
fn a_positive_system_is_solved() {
    let mut a = vec![4.0, 0.0, 0.0, 2.0, 5.0, 0.0, -2.0, 1.0, 6.0];
    factor(&mut a, 3).unwrap();
    // 4 2 -2 | 2 5 1 | -2 1 6 times (1, 2, 3).
    let mut b = vec![2.0, 15.0, 18.0];
    solve(&a, 3, &mut b);
    for (found, truth) in b.iter().zip([1.0, 2.0, 3.0]) {
        assert!((found - truth).abs() < 1e-12);
    }
    assert!(factor(&mut [1.0, 0.0, 1.0, 1.0], 2).is_none());
    assert!(factor(&mut [f64::NAN], 1).is_none());
}

#[test]
fn a_line_is_fitted_with_its_ratios() {
    // Residuals 0.1, −0.2, 0.1 around 1 + 2 x: by hand, rss 0.06, slope's error sqrt(0.06 / 2).
    let (ones, x) = ([1.0; 3], [0.0, 1.0, 2.0]);
    let fit = least_squares(&[&ones, &x], &[1.1, 2.8, 5.1]);
    assert!((fit.coefficients[0] - 1.0).abs() < 1e-12 && (fit.coefficients[1] - 2.0).abs() < 1e-12);
    assert!((fit.rss - 0.06).abs() < 1e-12 && fit.freedom == 1);
    assert!((fit.t[1] - 2.0 / 0.03_f64.sqrt()).abs() < 1e-9);
}

#[test]
fn dependent_and_empty_columns_are_left_out() {
    let (ones, x, twice, zero) = ([1.0; 4], [0.0, 1.0, 2.0, 3.0], [0.0, 2.0, 4.0, 6.0], [0.0; 4]);
    let fit = least_squares(&[&zero, &ones, &x, &twice], &[1.0, 3.0, 5.0, 7.0]);
    assert!((fit.coefficients[2] - 2.0).abs() < 1e-12);
    assert_eq!((fit.coefficients[0], fit.coefficients[3], fit.freedom), (0.0, 0.0, 2));
    assert_eq!(least_squares(&[], &[1.0, 2.0]).rss, 5.0);
}
