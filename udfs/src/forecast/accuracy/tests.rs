use super::*;

const NAN: f64 = f64::NAN;

fn pair(y: f64, yhat: f64) -> Pair {
    Pair { y, yhat, lo: NAN, hi: NAN, scale: NAN }
}

fn of(pairs: &[Pair]) -> Sums {
    let mut sums = Sums::default();
    pairs.iter().for_each(|pair| sums.add(pair));
    sums
}

#[test]
fn measures_by_hand() {
    let full = |y, yhat, lo, hi| Pair { y, yhat, lo, hi, scale: 2.0 };
    let found = of(&[full(10.0, 12.0, 8.0, 14.0), full(20.0, 16.0, 15.0, 19.0)]).measures(0.95);
    assert_eq!((found.n, found.mae, found.rmse, found.bias), (2, 3.0, 10.0_f64.sqrt(), -1.0));
    assert!((found.smape - 100.0 * (2.0 / 22.0 + 4.0 / 36.0)).abs() < 1e-12);
    assert_eq!((found.mase, found.rmsse, found.wape, found.coverage), (1.5, 2.5_f64.sqrt(), 0.2, 0.5));
    // Widths 6 and 4, a miss of 1 that counts 2 / 0.05 fold, all by the scale 2: mean of 3 and 22.
    assert!((found.msis - 12.5).abs() < 1e-9, "{}", found.msis);
}

#[test]
fn what_is_missing_is_not_counted() {
    let found = of(&[pair(NAN, 1.0), pair(1.0, NAN), pair(f64::INFINITY, 1.0), pair(0.0, 0.0)]).measures(0.95);
    assert_eq!((found.n, found.mae, found.smape), (1, 0.0, 0.0));
    assert!(found.mase.is_nan() && found.coverage.is_nan() && found.wape.is_nan() && found.msis.is_nan());
    assert!(Sums::default().measures(0.9).mae.is_nan());
    // A scale of zero scales nothing.
    assert!(of(&[Pair { scale: 0.0, ..pair(1.0, 2.0) }]).measures(0.95).mase.is_nan());
}

#[test]
fn any_order_and_any_parts_give_the_same_bits() {
    let pairs: Vec<Pair> = (0..999_u64)
        .map(|i| {
            let size = 10_f64.powi((i * 37 % 33) as i32 - 16);
            let y = size * (1.0 + (i * 7919 % 1009) as f64 / 1009.0);
            Pair { y, yhat: -0.7 * y, lo: y - size, hi: y + 0.1 * size, scale: 1.0 / 3.0 }
        })
        .collect();
    let whole = of(&pairs).measures(0.95);
    for parts in [2, 7, 31] {
        let mut merged = Sums::default();
        for part in (0..parts).rev() {
            let those: Vec<Pair> = pairs.iter().copied().skip(part).step_by(parts).collect();
            merged.merge(&of(&those));
        }
        assert_eq!(merged.measures(0.95), whole);
    }
}

#[test]
fn sums_are_exact() {
    let sum = |values: &[f64]| {
        let mut sum = ExactSum::default();
        values.iter().for_each(|value| sum.add(*value));
        sum.value()
    };
    assert_eq!(sum(&[1e16, 1.0, -1e16]), 1.0);
    assert_eq!(sum(&[0.1; 10]), 1.0);
    assert_eq!(sum(&[1e308, 1e308, -1e308, -1e308, 7.0]), 7.0);
    assert_eq!(sum(&[1e308; 4]), f64::INFINITY);
    assert_eq!(sum(&[]), 0.0);
    assert_eq!(sum(&[f64::INFINITY, 1.0]), f64::INFINITY);
    assert!(sum(&[f64::INFINITY, f64::NEG_INFINITY]).is_nan());
    // Half a unit in the last place, with and without something beyond it.
    assert_eq!(sum(&[1.0, 2_f64.powi(-53)]), 1.0);
    assert_eq!(sum(&[1.0, 2_f64.powi(-53), 2_f64.powi(-80)]), 1.0 + f64::EPSILON);
}

#[test]
fn a_sum_travels() {
    let mut sum = ExactSum::default();
    [1e20, 3.0, 1e-9].iter().for_each(|value| sum.add(*value));
    let (terms, special) = sum.parts();
    assert_eq!(ExactSum::from_parts(terms, special).value(), sum.value());
}
