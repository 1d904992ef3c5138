//! Likelihoods, states and forecasts at fixed parameters, against other programs.
//!
//! statsmodels 0.15.0: `ETSModel(y, error, trend, damped_trend, seasonal, seasonal_periods=4,
//! initialization_method="known", initial_level=101, initial_trend=0.6, initial_seasonal=…).smooth(p)` with
//! `smoothing_level` 0.4, `smoothing_trend` 0.03, `smoothing_seasonal` 0.2, `damping_trend` 0.9. The criterion is
//! `-2 * llf - n * (log(2 * pi) + 1) + n * log(n)`; the states are the last row of `states`.
//!
//! The multiplicative seasons are those of statsforecast 2.1.1, since statsmodels updates them by the new level (Holt and
//! Winters) and not by the old trend (the book, table 2.3), 10⁻⁴ apart here: `ets.pegelsresid_C(y, 4, [101, 0.6, *season
//! reversed], "M", "A", "M", damped, 0.4, 0.03, 0.2, phi, 3)` and `ets.etsforecast` over 6 steps,
//! of the damped trend over one: in the second its slope counts 2·φ and not φ + φ² (the book, section 2.3; the additive
//! damped case of statsmodels agrees with the book).

use super::fit::Fit;
use super::form::Form;
use super::likelihood::Tape;
use super::predict::{predict, run};
use super::select::Selected;
use super::state::{Smoothing, State};
use crate::forecast::tests::{assert_near, quarters};

struct Case {
    form: &'static str,
    criterion: f64,
    /// Level, slope and the season of the last value, as far as the form has them.
    state: &'static [f64],
    /// Of the first steps.
    mean: &'static [f64],
}

const CASES: [Case; 6] = [
    Case { form: "ANN", criterion: 301.666_432_585, state: &[127.622_967_535], mean: &[127.622_967_535; 6] },
    Case {
        form: "MAN",
        criterion: 299.628_269_474,
        state: &[128.614_820_390, 0.725_680_376],
        mean: &[129.340_500_766, 130.066_181_141, 130.791_861_517, 131.517_541_893, 132.243_222_268, 132.968_902_644],
    },
    Case {
        form: "AAdA",
        criterion: 171.354_951_026,
        state: &[125.980_653_034, 0.278_618_872, 3.765_628_982],
        mean: &[132.597_704_621, 118.947_953_127, 130.630_918_426, 130.608_635_287, 133.373_822_565, 119.646_459_276],
    },
    Case {
        form: "MAM",
        criterion: 146.451_909_768,
        state: &[127.949_582_439, 0.677_971_820, 1.017_892_685],
        mean: &[134.159_447_731, 119.534_495_226, 132.466_980_062, 132.999_354_225, 136.987_965_320, 122.041_457_510],
    },
    Case {
        form: "MNA",
        criterion: 194.004_519_079,
        state: &[124.417_969_304, 5.086_647_832],
        mean: &[132.015_653_482, 118.176_811_689, 129.683_779_560, 129.504_617_136, 132.015_653_482, 118.176_811_689],
    },
    Case {
        form: "MAdM",
        criterion: 168.847_506_329,
        state: &[125.837_746_669, 0.274_353_068, 1.031_898_502],
        mean: &[133.168_866_248],
    },
];

const ADDITIVE: [f64; 4] = [3.5, -8.0, 2.5, 2.0];
const MULTIPLICATIVE: [f64; 4] = [1.04, 0.92, 1.02, 1.02];

#[test]
fn likelihoods_states_and_forecasts_are_those_of_other_programs() {
    let y = quarters();
    for case in CASES {
        let form = Form::parse(case.form).unwrap();
        let has = |letter: char| case.form[1..case.form.len() - 1].contains(letter);
        let smoothing = Smoothing {
            alpha: 0.4,
            beta: if has('A') { 0.03 } else { 0.0 },
            gamma: 0.2,
            phi: if has('d') { 0.9 } else { 1.0 },
        };
        let season: &[f64] = match case.form.chars().last().unwrap() {
            'A' => &ADDITIVE,
            'M' => &MULTIPLICATIVE,
            _ => &[],
        };
        let start = State { level: 101.0, slope: if has('A') { 0.6 } else { 0.0 }, season: season.to_vec() };
        let criterion = Tape::default().value(&y, &form, &smoothing, &start);
        assert_near(&[criterion], &[case.criterion], 1e-8);
        let period = if season.is_empty() { 1 } else { 4 };
        let selected = Selected { fit: Fit { form, smoothing, start, criterion }, y: &y, period, aicc: 0.0 };
        let (end, _) = run(&selected);
        let slope = has('A').then_some(end.slope);
        let state: Vec<f64> = [end.level].into_iter().chain(slope).chain(end.season.last().copied()).collect();
        assert_near(&state, case.state, 1e-8);
        assert_near(&predict(&selected, case.mean.len()).mean, case.mean, 1e-8);
    }
}
