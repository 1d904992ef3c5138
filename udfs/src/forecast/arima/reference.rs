//! Likelihoods and forecasts at fixed parameters, against another program.
//!
//! statsmodels 0.15.0. Criterion and variance: `SARIMAX(w, order=(p, 0, q), seasonal_order=(P, 0, Q, 4), trend="n",
//! concentrate_scale=True).smooth(parameters)` of the differenced series w, exact with a stationary first state; the
//! criterion is `-2 * llf - n * (log(2 * pi) + 1)`, the variance `scale`. Means and standard deviations:
//! `SARIMAX(y, order, seasonal_order, trend="n").smooth([*parameters, 1.0]).get_forecast(6)`, with unit variance; the
//! deviations of the double difference are not compared, as their diffuse first state is approximate there.

use super::difference::differenced;
use super::fit::Fit;
use super::likelihood::Filter;
use super::order::Order;
use super::predict::predict;
use super::select::Selected;
use crate::forecast::interval::Z;
use crate::forecast::tests::{assert_near, quarters};

struct Case {
    order: &'static str,
    /// Taken off before: the program has no mean here.
    level: f64,
    /// Multiplied out by hand.
    phi: &'static [f64],
    theta: &'static [f64],
    criterion: f64,
    variance: f64,
    mean: [f64; 6],
    /// Of the second step on; that of the first is one.
    deviation: Option<[f64; 5]>,
}

const CASES: [Case; 4] = [
    Case {
        order: "(1,0,1)",
        level: 112.0,
        phi: &[0.7],
        theta: &[0.3],
        criterion: 185.505_909_255,
        variance: 100.376_220_581,
        mean: [12.307_523_706, 8.615_266_594, 6.030_686_616, 4.221_480_631, 2.955_036_442, 2.068_525_509],
        deviation: Some([std::f64::consts::SQRT_2, 1.577_973_384, 1.652_301_425, 1.687_527_481, 1.704_522_517]),
    },
    Case {
        order: "(2,1,1)",
        level: 0.0,
        phi: &[0.5, -0.3],
        theta: &[0.4],
        criterion: 239.200_538_211,
        variance: 449.697_076_390,
        mean: [117.009_107_416, 110.873_661_124, 111.613_205_754, 113.823_611_956, 114.706_951_668, 114.485_499_664],
        deviation: Some([2.147_091_055, 2.968_585_522, 3.500_503_535, 3.896_945_118, 4.251_509_298]),
    },
    Case {
        order: "(0,1,1)(0,1,1)",
        level: 0.0,
        phi: &[],
        theta: &[-0.4, 0.0, 0.0, -0.6, 0.24],
        criterion: 5.148_243_697,
        variance: 1.094_424_430,
        mean: [133.419_977_825, 120.105_862_171, 132.431_214_094, 132.693_426_795, 136.092_072_396, 122.777_956_742],
        deviation: None,
    },
    Case {
        order: "(1,0,0)(1,1,0)",
        level: 0.0,
        phi: &[0.6, 0.0, 0.0, -0.3, 0.18],
        theta: &[],
        criterion: 46.437_043_516,
        variance: 3.557_866_667,
        mean: [131.564, 117.746_4, 129.851_84, 129.575_104, 131.427_862_4, 117.920_317_44],
        deviation: Some([1.166_190_379, 1.220_491_704, 1.239_457_946, 1.491_473_151, 1.572_341_304]),
    },
];

#[test]
fn likelihoods_and_forecasts_are_those_of_another_program() {
    for case in CASES {
        let y: Vec<f64> = quarters().iter().map(|value| value - case.level).collect();
        let order = Order { constant: false, ..Order::parse(case.order).unwrap() };
        let w = differenced(&y, order.plain.diff, order.seasonal.diff, 4);
        let outcome = Filter::default().run(&w, case.phi, case.theta, false).unwrap();
        assert_near(&[outcome.criterion], &[case.criterion], 1e-8);
        assert_near(&[outcome.squares / w.len() as f64], &[case.variance], 1e-8);
        let (n, coefficients) = (w.len(), order.coefficients());
        let (phi, theta) = (case.phi.to_vec(), case.theta.to_vec());
        let fit = Fit { order, x: vec![0.0; coefficients], phi, theta, outcome };
        let found = predict(&Selected { fit, w, aicc: 0.0 }, &y, 4, 6).unwrap();
        // The program's first state of a differenced series is diffuse with a large but finite variance.
        assert_near(&found.mean, &case.mean, 1e-7);
        let sigma = (outcome.squares / (n - coefficients) as f64).sqrt();
        let deviation: Vec<f64> = found.hi.iter().zip(&found.mean).map(|(hi, mean)| (hi - mean) / Z / sigma).collect();
        if let Some(truth) = case.deviation {
            assert_near(&deviation[1..], &truth, 1e-8);
        }
    }
}
