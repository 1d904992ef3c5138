use super::*;

const NAN: f64 = f64::NAN;

fn same(found: &[f64], truth: &[f64]) {
    assert_eq!(found.len(), truth.len());
    for (found, truth) in found.iter().zip(truth) {
        assert!((found - truth).abs() < 1e-9 || (found.is_nan() && truth.is_nan()), "{found} {truth}");
    }
}

#[test]
fn each_method_by_hand() {
    let y = [NAN, 1.0, NAN, 3.0, NAN];
    same(&fill(&y, 1, Method::Linear).unwrap(), &[NAN, 1.0, 2.0, 3.0, NAN]);
    same(&fill(&y, 1, Method::Previous).unwrap(), &[NAN, 1.0, 1.0, 3.0, 3.0]);
    same(&fill(&y, 1, Method::Zero).unwrap(), &[0.0, 1.0, 0.0, 3.0, 0.0]);
    same(&fill(&y, 1, Method::None).unwrap(), &y);
}

#[test]
fn a_missing_february_looks_like_one() {
    let season = |t: usize| if t % 12 == 1 { -30.0 } else { 0.0 };
    let mut y: Vec<f64> = (0..60).map(|t| 100.0 + t as f64 + season(t)).collect();
    let truth = y[25];
    y[25] = NAN;
    assert!((fill(&y, 12, Method::Season).unwrap()[25] - truth).abs() < 3.0);
    assert!((fill(&y, 12, Method::Linear).unwrap()[25] - truth).abs() > 25.0);
}

#[test]
fn nothing_to_go_by() {
    assert_eq!(fill(&[NAN, NAN], 1, Method::Linear), Err(Error::Empty));
    assert_eq!(fill(&[1.0, f64::INFINITY], 1, Method::Season), Err(Error::Infinite { position: 2 }));
    assert!(fill(&[], 1, Method::Previous).unwrap().is_empty());
}
