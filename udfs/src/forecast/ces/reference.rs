//! States and forecasts at fixed parameters, against another program.
//!
//! statsforecast 2.1.1: `ces.initstate(y, 4, season)`, one pass of `ces.cescalc(y, states, m, switch_ces(season), 1.2, 0.9,
//! 0.15, 0.9 or 0, e, amse, 3, False)` and `ces.cesforecast` over 6 steps, for the seasons N (m = 1), S, P, F (m = 4). The
//! squares are `sum(e ** 2)`, the level the last row of `states` (of the simple form: its last place of the cycle).

use super::fit::Fit;
use super::form::{Complex, Form};
use super::predict::predict;
use super::state::{Pair, Smoothing, State};
use crate::forecast::tests::{assert_near, quarters};

struct Case {
    form: Form,
    level: f64,
    season: &'static [f64],
    squares: f64,
    last: [f64; 2],
    mean: [f64; 6],
}

/// The centred moving average over four quarters leaves these means.
const INDICES: [f64; 4] = [5.091_666_666_666_667, -9.091_666_666_666_667, 1.969_444_444_444_445, 2.030_555_555_555_555];

const CASES: [Case; 4] = [
    Case {
        form: Form::None,
        level: 103.710_000_000_000_01,
        season: &[],
        squares: 78_325.335_271_626,
        last: [75.662_106_545_031_16, 154.634_835_452_420_5],
        mean: [75.662_106_545, 60.198_623_000, 55.725_109_054, 50.599_949_543, 46.052_470_540, 41.901_971_386],
    },
    Case {
        form: Form::Simple,
        level: 0.0,
        season: &[105.0, 92.5, 105.0, 104.3],
        squares: 49_551.362_914_718,
        last: [78.526_210_937_500_01, 155.141_502_130_681_86],
        mean: [79.020_000_000, 70.753_320_313, 78.666_796_875, 78.526_210_938, 63.430_037_642, 56.397_373_935],
    },
    Case {
        form: Form::Partial,
        level: 101.7,
        season: &INDICES,
        squares: 42_756.971_229_488,
        last: [50.960_851_601_598_57, 97.105_582_377_222_67],
        mean: [101.649_703_356, 79.199_120_727, 88.577_400_495, 86.079_950_941, 82.180_151_913, 66.602_076_012],
    },
    Case {
        form: Form::Full,
        level: 101.7,
        season: &INDICES,
        squares: 6_713_613.407_381_341,
        last: [861.493_624_958_226_9, 1_964.349_478_232_749_8],
        mean: [
            -899.057_022_087,
            -1_459.949_788_496,
            -1_944.688_123_293,
            -1_458.230_132_260,
            -1_160.553_657_437,
            -1_550.707_846_406,
        ],
    },
];

#[test]
fn states_and_forecasts_are_those_of_another_program() {
    let y = quarters();
    for Case { form, level, season, squares, last, mean } in CASES {
        let smoothing = Smoothing {
            level: Complex { real: 1.2, imaginary: 0.9 },
            season: Complex { real: 0.15, imaginary: if form == Form::Full { 0.9 } else { 0.0 } },
        };
        let season = season.iter().copied().map(Pair::guess).collect();
        let start = State { level: Pair::guess(level), season };
        let mut state = start.clone();
        let found = state.forward(form, &smoothing, &y);
        assert_near(&[found], &[squares], 1e-9);
        let end = if form.has_level() { state.level } else { state.season[3] };
        assert_near(&[end.value, end.potential], &last, 1e-9);
        let fit = Fit { form, smoothing, start, end: state, squares, aicc: 0.0 };
        assert_near(&predict(&fit, &y, 6).mean, &mean, 1e-8);
    }
}
