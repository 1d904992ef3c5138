//! Forecasts and one-step errors at fixed parameters, against another program.
//!
//! statsforecast 2.1.1: `_theta.pegels_resid(y, switch_theta(model), 101.0, 0.35, theta, 3)` with theta 2 (standard) and 3
//! (optimised), and `_theta.forecast` of its states over 6 steps. The errors are the fourth to the sixth.

use super::fit::{Fit, Variant};
use super::predict::predict;
use super::trend::{Line, Scope};
use crate::forecast::tests::{assert_near, quarters};

struct Case {
    variant: Variant,
    theta: f64,
    mean: [f64; 6],
    errors: Option<[f64; 3]>,
}

const CASES: [Case; 4] = [
    Case {
        variant: Variant { scope: Scope::Static, optimised: false },
        theta: 2.0,
        mean: [128.283_940_291, 128.635_741_417, 128.987_542_543, 129.339_343_668, 129.691_144_794, 130.042_945_920],
        errors: None,
    },
    Case {
        variant: Variant { scope: Scope::Static, optimised: true },
        theta: 3.0,
        mean: [128.618_989_524, 129.088_057_691, 129.557_125_859, 130.026_194_026, 130.495_262_194, 130.964_330_362],
        errors: None,
    },
    Case {
        variant: Variant { scope: Scope::Dynamic, optimised: false },
        theta: 2.0,
        mean: [128.283_940_291, 128.631_958_909, 128.977_493_811, 129.320_362_672, 129.660_422_666, 129.997_563_935],
        errors: Some([-10.603_427_083, -3.550_850_438, -16.412_373_769]),
    },
    Case {
        variant: Variant { scope: Scope::Dynamic, optimised: true },
        theta: 3.0,
        mean: [128.618_989_524, 129.085_238_003, 129.549_391_034, 130.011_267_405, 130.470_722_477, 130.927_642_199],
        errors: Some([-15.218_652_778, -6.936_954_750, -19.148_115_233]),
    },
];

#[test]
fn forecasts_and_errors_are_those_of_another_program() {
    let y = quarters();
    for Case { variant, theta, mean, errors } in CASES {
        let line = if variant.scope == Scope::Static { Line::through(&y) } else { Line::EMPTY };
        let fit = Fit { variant, alpha: 0.35, weight: 1.0 - 1.0 / theta, level: 101.0, line, mse: 1.0, parameters: 3 };
        assert_near(&predict(&fit, &y, 6).0, &mean, 1e-8);
        // The line of the static variants knows the whole series, so only the dynamic ones can be run on its head.
        if let Some(truth) = errors {
            let found: Vec<f64> = (3..6).map(|t| y[t] - predict(&fit, &y[..t], 1).0[0]).collect();
            assert_near(&found, &truth, 1e-8);
        }
    }
}
